"""The daemon's part played by hand over AMI, with the rights of the sample's own user and nothing more."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import AsyncIterator
from typing import Final

from dialer.lab.errors import LabError
from dialer.lab.lab import Lab
from dialer.lab.record import CarrierCall
from dialer.lab.wire import Line, Message
from tests.lab.patience import until

_RUN: Final = f"{os.getpid():x}"
_count = itertools.count(1)


class Driver:
    """Seats agents, places calls and waits for what Asterisk says of them."""

    def __init__(self, lab: Lab, line: Line) -> None:
        self.lab = lab
        self.line = line
        self._older = len(lab.carrier_calls())
        self._made: list[str] = []

    async def seat(self, endpoint: str, exten: str = "agent101") -> str:
        """Ring a phone and wait until it is held; the seat's id."""
        seat_id = f"s-{_RUN}-{next(_count):06d}"
        await self._originate(seat_id, endpoint, "dialer-seat", exten, 10, {})
        await self.entered(seat_id, "holding_bridge")
        return seat_id

    async def listen(self, endpoint: str, seat_id: str, mode: str) -> str:
        """Ring a supervisor's phone and let it listen to a seat; the phone's id once it does."""
        listener = f"l-{_RUN}-{next(_count):06d}"
        await self._originate(listener, endpoint, "dialer-listen", mode, 10, {"DIALER_HEARS": seat_id})

        def answered(m: Message) -> bool:
            return m["Event"] == "OriginateResponse" and m["ActionID"] == f"{listener}.originate"

        assert (await self.line.wait_for(answered))["Response"] == "Success", self.facts(listener)
        return listener

    async def dial(
        self, number: str, *, ring_s: float = 15, trunk: str = "carrier", **variables: object
    ) -> str:
        """Place a call and return its id at once; variables as the daemon sends them unless given."""
        call_id = f"c-{_RUN}-{next(_count):06d}"
        given: dict[str, object] = {
            "DIALER_CALL_ID": call_id,
            "DIALER_HOLD_S": 10,
            "DIALER_AMD": 0,
            "DIALER_AGENT_DROP": "hang_up",
            "DIALER_KEY_S": 1,
            **variables,
        }
        await self._originate(call_id, f"PJSIP/{number}@{trunk}", "dialer-call", "s", ring_s, given)
        return call_id

    async def answered(self, number: str, **variables: object) -> str:
        """Place a call and wait until the person waits for an agent."""
        call_id = await self.dial(number, ring_s=15, trunk="carrier", **variables)
        await self.entered(call_id, "holding_bridge")
        return call_id

    async def connect(self, call_id: str, seat_id: str, *, tone: bool = False) -> Message:
        """Bridge as the daemon does: connected is said only after success. The bridge's response."""
        headers = [("Channel1", call_id), ("Channel2", seat_id)]
        answer = await self.line.ask("Bridge", *headers, *([("Tone", "Channel2")] if tone else []))
        if answer["Response"] == "Success":
            await self.set_variable(call_id, "DIALER_CONNECTED", "1")
        return answer

    async def set_variable(self, call_id: str, name: str, value: str) -> None:
        """Set a channel variable."""
        await self.line.ask("Setvar", ("Channel", call_id), ("Variable", name), ("Value", value))

    async def hang_up(self, channel_id: str) -> None:
        """End a channel and wait until it is gone."""
        await self.line.ask("Hangup", ("Channel", channel_id), ("Cause", "16"))
        await self.gone(channel_id)

    async def entered(self, channel_id: str, technology: str = "", *, times: int = 1) -> Message:
        """Wait for a channel to enter a bridge (of that technology) for that many times in all."""

        def seen(m: Message) -> bool:
            return (
                m["Event"] == "BridgeEnter"
                and m["Uniqueid"] == channel_id
                and technology in ("", m["BridgeTechnology"])
            )

        try:
            await until(lambda: sum(map(seen, self.line.events)) >= times)
        except TimeoutError:
            raise LabError(f"{channel_id} never entered {technology}: {self.facts(channel_id)}") from None
        return [m for m in self.line.events if seen(m)][times - 1]

    async def gone(self, channel_id: str, timeout_s: float = 60) -> Message:
        """Wait for a channel's end."""
        return await self.line.wait_for(
            lambda m: m["Event"] == "Hangup" and m["Uniqueid"] == channel_id, timeout_s
        )

    async def said(self, name: str, call_id: str, timeout_s: float = 60) -> Message:
        """Wait for one of the dialplan's own events about a call."""
        return await self.line.wait_for(
            lambda m: m["UserEvent"] == name and m["CallID"] == call_id, timeout_s
        )

    async def failed(self, call_id: str, timeout_s: float = 60) -> Message:
        """Wait for a call to end unanswered: its OriginateResponse."""
        return await self.line.wait_for(
            lambda m: m["Event"] == "OriginateResponse" and m["ActionID"] == f"{call_id}.originate", timeout_s
        )

    def instant(self, channel_id: str, name: str) -> float:
        """When an event was first said of a channel, by the switch's clock."""
        return next(
            float(m["Timestamp"])
            for m in self.line.events
            if name in (m["UserEvent"], m["Event"])
            and channel_id in (m["CallID"], m["Uniqueid"], m["DestUniqueid"])
        )

    def story(self, channel_id: str) -> list[str]:
        """What was said about a channel, in order, in short."""
        return [
            m["UserEvent"] or f"{m['Event']} {m['BridgeTechnology']}".strip()
            for m in self.line.events
            if channel_id in (m["Uniqueid"], m["CallID"], m["DestUniqueid"])
        ]

    def facts(self, channel_id: str) -> list[dict[str, str]]:
        """All that was said about a channel, in order, in full; and the answer to its Originate."""
        return [
            dict(m.headers)
            for m in self.line.events
            if channel_id in (m["Uniqueid"], m["CallID"], m["DestUniqueid"], m["ActionID"].split(".")[0])
        ]

    async def flags(self, family: str) -> set[str]:
        """The call ids the dialplan wrote into dialer/<family>."""
        rows = await self.line.ask_list("DBGetTree", ("Family", f"dialer/{family}"))
        return {row["Key"].rpartition("/")[2] for row in rows if row["Key"]}

    async def carrier_call(self, number: str) -> CarrierCall:
        """The carrier's record of the last call to a number or phone, once it has ended."""

        def found() -> list[CarrierCall]:
            return [call for call in self.lab.carrier_calls()[self._older :] if call.number == number]

        await until(lambda: bool(found()))
        return found()[-1]

    async def leave_nothing(self) -> None:
        """End whatever this driver made."""
        for channel_id in self._made:
            await self.line.ask("Hangup", ("Channel", channel_id))

    async def _originate(
        self,
        channel_id: str,
        dial: str,
        context: str,
        exten: str,
        timeout_s: float,
        variables: dict[str, object],
    ) -> None:
        self._made.append(channel_id)
        answer = await self.line.ask(
            "Originate",
            ("Channel", dial),
            ("Context", context),
            ("Exten", exten),
            ("Priority", "1"),
            ("Timeout", str(round(timeout_s * 1000))),
            ("CallerID", '"Acme Ltd" <+442071234567>'),
            ("Async", "true"),
            ("ChannelId", channel_id),
            ("ActionID", f"{channel_id}.originate"),
            *(("Variable", f"{name}={value}") for name, value in variables.items()),
        )
        assert answer["Response"] == "Success", answer


@contextlib.asynccontextmanager
async def driving(lab: Lab) -> AsyncIterator[Driver]:
    """A driver with a session of its own; its channels are ended afterwards."""
    async with Line(lab.node.port, lab.node.username, lab.node.secret, events=True) as line:
        driver = Driver(lab, line)
        yield driver
        await driver.leave_nothing()
