"""Channels and bridges as the machine keeps them, and the headers Asterisk writes about them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from ami.fake.behaviour import AgentPhone, Callee
from ami.fake.records import CarrierCall
from ami.fake.steps import Step
from ami.fake.timers import Timer

DOWN, RINGING, UP = 0, 5, 6
STATE_TEXT = {DOWN: "Down", RINGING: "Ringing", UP: "Up"}
INBOUND_CONTEXT = "dialer-inbound"
"""The context of the endpoints in pjsip.conf, which a channel shows until it was answered."""

Thread = Generator[Step, str, None]


@dataclass(frozen=True, slots=True)
class Originate:
    """One Originate, Async, as the machine takes it."""

    channel: str
    channel_id: str
    context: str
    exten: str
    timeout_s: float
    caller: tuple[str, str]
    account: str
    variables: dict[str, str]
    action_id: str

    @property
    def target(self) -> str:
        """The dial string without its technology."""
        return self.channel.partition("/")[2]


class Channel:
    """One leg. `pbx` is its dialplan thread, `wait` the timer that thread waits for."""

    __slots__ = (
        "account",
        "application",
        "bridge",
        "bridged",
        "call",
        "caller",
        "context",
        "created_at",
        "data",
        "dialing",
        "exten",
        "far",
        "gone",
        "leaves",
        "limit",
        "linked_id",
        "name",
        "order",
        "pbx",
        "recorded_from",
        "recording",
        "ring",
        "state",
        "talk_from",
        "talk_left_s",
        "unique_id",
        "variables",
        "wait",
        "will",
    )

    def __init__(
        self, unique_id: str, name: str, order: Originate, far: Callee | AgentPhone, created_at: float
    ) -> None:
        self.unique_id = unique_id
        self.linked_id = unique_id
        self.name = name
        self.order = order
        self.far = far
        self.created_at = created_at
        self.state = DOWN
        self.account = ""
        self.caller: tuple[str, str] = ("", "")
        self.context = INBOUND_CONTEXT
        self.exten = "s"
        self.application = "AppDial2"
        self.data = "(Outgoing Line)"
        self.variables: dict[str, str] = {}
        self.dialing = True
        self.gone = False
        self.bridge: Bridge | None = None
        self.bridged = False
        self.pbx: Thread | None = None
        self.wait: Timer | None = None
        self.limit: Timer | None = None
        self.ring: Timer | None = None
        self.will: Timer | None = None
        self.leaves: Timer | None = None
        self.call: CarrierCall | None = None
        self.talk_from: float | None = None
        self.talk_left_s = 0.0
        self.recording = ""
        self.recorded_from = 0.0

    def headers(self, prefix: str = "", shown: tuple[str, ...] = ()) -> str:
        """The block of headers every channel event carries (manager_channels.c), with its variables."""
        number, name = self.caller
        p = prefix
        number, name = number or "<unknown>", name or "<unknown>"
        text = (
            f"{p}Channel: {self.name}\r\n{p}ChannelState: {self.state}\r\n"
            f"{p}ChannelStateDesc: {STATE_TEXT[self.state]}\r\n"
            f"{p}CallerIDNum: {number}\r\n{p}CallerIDName: {name}\r\n"
            f"{p}ConnectedLineNum: {number}\r\n{p}ConnectedLineName: {name}\r\n"
            f"{p}Language: en\r\n{p}AccountCode: {self.account}\r\n{p}Context: {self.context}\r\n"
            f"{p}Exten: {self.exten}\r\n{p}Priority: 1\r\n"
            f"{p}Uniqueid: {self.unique_id}\r\n{p}Linkedid: {self.linked_id}\r\n"
        )
        for variable in shown:
            text += f"{p}ChanVariable: {variable}={self.variables.get(variable, '')}\r\n"
        return text


class Bridge:
    """A bridge: holding (one waits in it), two-party, or a conference."""

    __slots__ = ("creator", "members", "name", "technology", "unique_id")

    def __init__(self, unique_id: str, *, holding: bool, name: str = "", conference: bool = False) -> None:
        self.unique_id = unique_id
        self.name = name or "<unknown>"
        self.creator = "ConfBridge" if conference else "BridgeWait" if holding else "<unknown>"
        self.technology = "softmix" if conference else "holding_bridge" if holding else "simple_bridge"
        self.members: dict[str, Channel] = {}

    @property
    def holding(self) -> bool:
        """Whether its members wait instead of talking."""
        return self.technology == "holding_bridge"

    @property
    def conference(self) -> bool:
        """Whether more than two may talk in it."""
        return self.technology == "softmix"

    def headers(self) -> str:
        """The block of headers every bridge event carries (manager_bridges.c)."""
        # A conference counts its own announcer.
        members = len(self.members) + self.conference
        return (
            f"BridgeUniqueid: {self.unique_id}\r\n"
            f"BridgeType: {'base' if self.holding or self.conference else 'basic'}\r\n"
            f"BridgeTechnology: {self.technology}\r\nBridgeCreator: {self.creator}\r\n"
            f"BridgeName: {self.name}\r\nBridgeNumChannels: {members}\r\n"
            f"BridgeVideoSourceMode: none\r\n"
        )
