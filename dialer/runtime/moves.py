"""The commands of a conversation, run on the switch: hold, third parties, conferences, recordings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from pathlib import PurePosixPath

import structlog

import ami
from dialer import compliance
from dialer.core import commands as do
from dialer.core import parties, wishes
from dialer.runtime.previews import Previews
from dialer.runtime.wiring import Shell

log = structlog.get_logger(__name__)

AGENT_DROP = "DIALER_AGENT_DROP"

Start = Callable[[str, Coroutine[None, None, None]], object]


class Moves:
    """Runs them for one floor. `numbers` holds whom a third party's call goes to; it is in no journal.

    `shown` is what a desk may show of them, by party.
    """

    def __init__(self, runner: Shell, previews: Previews, start: Start) -> None:
        self.numbers: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self._runner = runner
        self._previews = previews
        self._start = start

    def run(self, command: do.Command) -> bool:
        """Begin to do it; whether it was one of these."""
        work = self._work(command)
        if work is None:
            return False
        self._start(type(command).__name__, work)
        return True

    def path(self, file: str) -> str:
        """Where a recording is, as the switch names it; empty for none."""
        return str(PurePosixPath(self._runner.wiring.recordings) / file) if file else ""

    async def _find_tapes(self) -> None:
        runner = self._runner
        try:
            found = await runner.wiring.node.switch.tapes()
        except ami.AmiError as error:
            log.warning("tapes_not_found", campaign=runner.campaign_id, error=str(error))
            return
        for call_id, (path, muted) in found.items():
            if call_id in runner.floor.calls:
                file = PurePosixPath(path).name
                runner.feed(wishes.TapeFound(runner.now(), call_id, file, muted))

    def _work(self, command: do.Command) -> Coroutine[None, None, None] | None:
        switch = self._runner.wiring.node.switch
        match command:
            case do.Park(call_id=call):
                return self._move(call, switch.park(call))
            case do.Rescue(call_id=call):
                return self._move(call, switch.rescue(call))
            case do.Join(call_id=call, seat_id=seat, other_id=other, other_is_seat=helps, apart=apart):
                return self._move(call, switch.join(call, seat, other, other_is_seat=helps, apart=apart))
            case do.TakeBack(seat_id=seat):
                return self._try("take_back", seat, switch.take_back(seat))
            case do.DialParty(call_id=call, party_id=party, trunk=trunk):
                self._runner.wiring.node.own(party, self._runner)
                return self._dial(call, party, trunk)
            case do.BridgeParty(channel_id=channel, party_id=party):
                return self._bridge(channel, party)
            case do.ClaimPreview(agent_id=agent):
                return self._previews.claim(agent)
            case do.JudgePreview(agent_id=agent):
                return self._previews.judge(agent)
            case do.DoubtMachine(call_id=call):
                return self._try("doubt", call, switch.set_var(call, "DIALER_AMD_MACHINE", "agent"))
        return self._tape(command)

    def _tape(self, command: do.Command) -> Coroutine[None, None, None] | None:
        switch = self._runner.wiring.node.switch
        match command:
            case do.StartRecording(call_id=call, file=file):
                return self._try("record", call, switch.record(call, self.path(file)))
            case do.StopRecording(call_id=call):
                return self._try("stop_recording", call, switch.stop_recording(call))
            case do.MuteRecording(call_id=call, muted=muted):
                return self._try("mute_recording", call, switch.mute_recording(call, muted=muted))
            case do.FindTapes():
                return self._find_tapes()
        return None

    async def _move(self, call_id: str, request: Awaitable[None]) -> None:
        try:
            await request
        except ami.AmiError as error:
            runner = self._runner
            runner.feed(wishes.MoveFailed(runner.now(), call_id, f"Asterisk did not do it: {error}"))

    async def _try(self, what: str, channel: str, request: Awaitable[None]) -> None:
        try:
            await request
        except ami.AmiError as error:
            log.warning(
                "not_done", what=what, campaign=self._runner.campaign_id, channel=channel, error=str(error)
            )

    async def _dial(self, call_id: str, party_id: str, trunk: str) -> None:
        runner, number = self._runner, self.numbers.pop(party_id, None)
        gone = [one for one in self.shown if one not in runner.floor.parties]
        for one in gone:
            del self.shown[one]
        self.shown[party_id] = "" if number is None else compliance.numbers.mask(number)
        template = runner.wiring.dial_templates.get(trunk)
        try:
            if number is None or template is None:
                raise ami.Unsendable("the trunk is not in the configuration any more")
            await runner.wiring.node.switch.dial_party(
                party_id,
                call_id,
                ami.dial_string(template, number),
                timeout_s=parties.ring_s(runner.floor, trunk),
                caller_id=runner.wiring.caller_id,
                account=runner.campaign_id,
            )
        except ami.AmiError as error:
            runner.feed(wishes.PartyGone(runner.now(), party_id, f"it could not be called: {error}"))

    async def _bridge(self, channel_id: str, party_id: str) -> None:
        runner = self._runner
        switch = runner.wiring.node.switch
        try:
            await switch.begin_bridge(channel_id, party_id, tone=False)
            if channel_id in runner.floor.calls:
                # With no agent in it, the end of the third party is the end of the call.
                await switch.set_var(channel_id, AGENT_DROP, "hang_up")
        except ami.AmiError as error:
            log.warning("party_not_joined", campaign=runner.campaign_id, party=party_id, error=str(error))
            runner.floor.audit("a third party was not joined")
