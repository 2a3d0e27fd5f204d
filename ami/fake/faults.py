"""What can go wrong between a client and its switch, on demand and at any time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Faults:
    """Switches that may be turned while the switch runs. Seconds and bytes."""

    silent: bool = False
    """Half-open: nothing the client says arrives, nothing is answered, the connection stays."""
    delay_s: float = 0.0
    """Everything the switch says arrives this much later, in order."""
    split_bytes: int = 0
    """What the switch says arrives in pieces of this size."""
    slow_login_s: float = 0.0
    """The answer to a login takes this long."""
    refuse_login: bool = False
    refuse_connections: bool = False
    """New connections are closed before the greeting."""
    deaf_to: set[str] = field(default_factory=set)
    """Actions (lower case) that are never answered and never done."""
    lost: Counter[str] = field(default_factory=Counter)
    """How many of the next events of each name are lost."""
    missing_modules: set[str] = field(default_factory=set)
    """Modules (app_mixmonitor, app_bridgewait, ...) that are not loaded, with their actions and applications."""

    missing_sounds: set[str] = field(default_factory=set)
    """Sound files that are not there, such as dialer/abandoned."""

    def loses(self, name: str) -> bool:
        """Whether this event is lost; counts down."""
        if self.lost[name] > 0:
            self.lost[name] -= 1
            return True
        return False


MODULE_ACTIONS = {
    "mixmonitor": "app_mixmonitor",
    "stopmixmonitor": "app_mixmonitor",
    "mixmonitormute": "app_mixmonitor",
    "pjsipshowendpoints": "res_pjsip",
    "pjsipshowcontacts": "res_pjsip",
    "pjsipshowendpoint": "res_pjsip",
}

# fmt: off
MODULES = frozenset(
    [
        "app_amd", "app_bridgewait", "app_chanspy", "app_confbridge", "app_mixmonitor", "app_playback", "app_read",
        "app_stack", "app_userevent", "app_waitforsilence", "bridge_holding", "bridge_simple", "bridge_softmix",
        "chan_pjsip", "codec_alaw", "codec_resample", "codec_ulaw", "format_pcm", "format_sln", "format_wav",
        "func_callerid", "func_channel",
        "func_cut", "func_db", "func_groupcount", "func_hangupcause", "func_logic",
        "func_periodic_hook", "func_strings", "func_talkdetect", "func_timeout", "func_uri",
        "pbx_config", "res_musiconhold", "res_pjproject", "res_pjsip",
        "res_pjsip_authenticator_digest", "res_pjsip_caller_id", "res_pjsip_endpoint_identifier_ip",
        "res_pjsip_endpoint_identifier_user", "res_pjsip_header_funcs", "res_pjsip_nat",
        "res_pjsip_outbound_authenticator_digest", "res_pjsip_outbound_registration",
        "res_pjsip_pubsub", "res_pjsip_registrar", "res_pjsip_rfc3326", "res_pjsip_sdp_rtp",
        "res_pjsip_session", "res_rtp_asterisk", "res_sorcery_astdb", "res_sorcery_config",
        "res_sorcery_memory", "res_timing_timerfd",
    ]
)
# fmt: on
