"""Channels and bridges as the machine keeps them, and the headers Asterisk writes about them."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from ami.fake.behaviour import AgentPhone, Callee
from ami.fake.records import CarrierCall
from ami.fake.timers import Timer

if TYPE_CHECKING:
    from ami.fake.steps import Step

DOWN, RINGING, UP = 0, 5, 6
STATE_TEXT = {DOWN: "Down", RINGING: "Ringing", UP: "Up"}

Pbx = Generator["Step", str, None]


class Channel:
    """One leg. `pbx` is its dialplan thread, `step` what that thread waits in."""

    __slots__ = (
        "account",
        "answered_at",
        "application",
        "bridge",
        "call",
        "caller",
        "cause",
        "context",
        "created_at",
        "data",
        "dialing",
        "endpoint",
        "exten",
        "far",
        "gone",
        "limit",
        "linked_id",
        "name",
        "order",
        "pbx",
        "recording",
        "ring",
        "state",
        "step",
        "step_timer",
        "talk_from",
        "talk_left_s",
        "tech_cause",
        "unique_id",
        "variables",
        "will",
    )

    def __init__(self, unique_id: str, name: str, endpoint: str, created_at: float) -> None:
        self.unique_id = unique_id
        self.linked_id = unique_id
        self.name = name
        self.endpoint = endpoint
        self.created_at = created_at
        self.answered_at: float | None = None
        self.state = DOWN
        self.account = ""
        self.caller: tuple[str, str] = ("", "")
        self.context = "default"
        self.exten = ""
        self.application = "AppDial2"
        self.data = "(Outgoing Line)"
        self.variables: dict[str, str] = {}
        self.order: Any = None
        self.dialing = True
        self.gone = False
        self.bridge: Bridge | None = None
        self.pbx: Pbx | None = None
        self.step: Step | None = None
        self.step_timer: Timer | None = None
        self.limit: Timer | None = None
        self.ring: Timer | None = None
        self.will: Timer | None = None
        self.far: Callee | AgentPhone = AgentPhone()
        self.call: CarrierCall | None = None
        self.talk_from = 0.0
        self.talk_left_s = 0.0
        self.cause = 0
        self.tech_cause: int | None = None
        self.recording = ""

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
    """A bridge: holding (one waits in it) or two-party."""

    __slots__ = ("creator", "members", "name", "technology", "unique_id")

    def __init__(self, unique_id: str, *, holding: bool, name: str = "") -> None:
        self.unique_id = unique_id
        self.name = name or "<unknown>"
        self.creator = "BridgeWait" if holding else "<unknown>"
        self.technology = "holding_bridge" if holding else "simple_bridge"
        self.members: dict[str, Channel] = {}

    @property
    def holding(self) -> bool:
        """Whether its members wait instead of talking."""
        return self.technology == "holding_bridge"

    def headers(self) -> str:
        """The block of headers every bridge event carries (manager_bridges.c)."""
        return (
            f"BridgeUniqueid: {self.unique_id}\r\nBridgeType: {'base' if self.holding else 'basic'}\r\n"
            f"BridgeTechnology: {self.technology}\r\nBridgeCreator: {self.creator}\r\n"
            f"BridgeName: {self.name}\r\nBridgeNumChannels: {len(self.members)}\r\n"
            f"BridgeVideoSourceMode: none\r\n"
        )
