"""Phones of people who sign in: as Asterisk dials them, and never a way to the outside."""

from __future__ import annotations

import re

import config
from dialer.control.errors import ControlError

# A name, or a name at an endpoint: no address of its own (PJSIP/trunk/sip:...), with which anything could be dialed.
_PHONE = re.compile(
    r"[A-Za-z][A-Za-z0-9]{1,15}/(?P<name>[A-Za-z0-9._-]{1,80})(?:@(?P<at>[A-Za-z0-9._-]{1,80}))?"
)


def check(phone: str, settings: config.Settings) -> None:
    """Raise ControlError unless it is empty, or a phone of our own: a trunk would dial a number for whoever it is."""
    if not phone:
        return
    match = _PHONE.fullmatch(phone)
    if match is None or phone.lower().startswith("local/"):
        raise ControlError(
            "phone_invalid", "a phone is written as Asterisk dials it, such as PJSIP/101 or PJSIP/101@phones"
        )
    if (match["at"] or match["name"]).lower() in _trunks(settings):
        raise ControlError(
            "phone_invalid", f"{phone} rings over a trunk; name a phone that is registered at the Asterisk"
        )


def _trunks(settings: config.Settings) -> frozenset[str]:
    """The names by which trunks are dialed: carrier of PJSIP/{number}@carrier, g1 of DAHDI/g1/{number}."""
    dials = (trunk.dial for node in settings.nodes.values() for trunk in node.trunks.values())
    words = (word for dial in dials for word in re.split(r"[/@:]", dial)[1:])
    return frozenset(word.lower() for word in words if word and "{" not in word)
