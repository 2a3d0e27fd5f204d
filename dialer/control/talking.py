"""Use cases of a conversation: hang up, hold, give it away, bring somebody in, leave, record."""

from __future__ import annotations

from typing import Any

from dialer.control.dialing import Dialing
from dialer.control.errors import ControlError
from dialer.core import events as ev
from dialer.core import legs
from dialer.core import wishes as wi
from dialer.core.agent import Agent, State
from dialer.core.call import Call
from dialer.runtime import shown_calls
from dialer.runtime.floor import FloorRunner

Found = tuple[FloorRunner, Agent, Call]


class Talking(Dialing):
    """What an agent may ask for while talking with somebody."""

    async def hang_up(self, agent: str) -> dict[str, Any]:
        """End the own conversation, or the call by hand that is being placed; wrap-up follows a conversation."""
        runner = self._floor_of(agent)
        found = runner.floor.roster.get(agent)
        if found is None or found.call_id is None or found.state not in (State.TALKING, State.DIALING):
            raise ControlError("no_call", f"agent {agent} is in no call that could be ended")
        self._line(runner)
        return await self._do(runner, agent, wi.HangUpAsked(runner.now(), agent))

    async def hold(self, agent: str) -> dict[str, Any]:
        """Music for the person; the agent hears nothing. The conversation goes on."""
        runner, _, call = self._talking(agent)
        if call.parking or call.parked_at is not None:
            raise ControlError("already_held", "the person is on hold; take them off it with unhold")
        self._no_party(runner, call)
        return await self._do(runner, agent, wi.HoldAsked(runner.now(), agent))

    async def unhold(self, agent: str) -> dict[str, Any]:
        """Back to the person; with a third party the agent spoke to apart, all three."""
        runner, _, call = self._talking(agent)
        if call.parked_at is None:
            raise ControlError("not_held", "the person is not on hold")
        return await self._do(runner, agent, wi.UnholdAsked(runner.now(), agent))

    async def transfer(
        self, agent: str, to_agent: str | None = None, to_number: str | None = None
    ) -> dict[str, Any]:
        """Give the person to a free agent at once, or to an outside number as soon as it answers."""
        runner, _, call = self._talking(agent)
        self._no_party(runner, call)
        if (to_agent is None) == (to_number is None):
            raise ControlError("bad_request", "say to whom: to_agent or to_number, one of them")
        if to_agent is not None:
            self._free(runner, agent, to_agent)
            return await self._do(runner, agent, wi.TransferAsked(runner.now(), agent, to_agent))
        return await self._call_in(agent, to_number or "", wi.Purpose.TRANSFER)

    async def add(
        self, agent: str, to_agent: str | None = None, to_number: str | None = None
    ) -> dict[str, Any]:
        """Bring a free agent or an outside number in; while the person is on hold, the agent speaks to it apart."""
        runner, _, call = self._talking(agent)
        self._no_party(runner, call)
        if (to_agent is None) == (to_number is None):
            raise ControlError("bad_request", "say whom: to_agent or to_number, one of them")
        if to_agent is not None:
            self._free(runner, agent, to_agent)
            return await self._do(runner, agent, wi.AgentAdded(runner.now(), agent, to_agent))
        return await self._call_in(agent, to_number or "", wi.Purpose.ADD)

    async def drop(self, agent: str) -> dict[str, Any]:
        """The third party goes, or is called no longer; the conversation goes on."""
        runner, _, call = self._talking(agent)
        if call.party_id is None:
            raise ControlError("no_party", "there is no third party to drop")
        return await self._do(runner, agent, wi.PartyDropped(runner.now(), agent))

    async def leave(self, agent: str) -> dict[str, Any]:
        """Leave the person and the third party to each other; wrap-up follows."""
        runner = self._floor_of(agent)
        if legs.helping(runner.floor, agent) is None:
            runner, _, call = self._talking(agent)
            party = runner.floor.parties.get(call.party_id or "")
            if party is None or party.joined_at is None:
                raise ControlError("no_party", "there is no third party on the line yet; to end it, hang up")
        return await self._do(runner, agent, wi.LeaveAsked(runner.now(), agent))

    async def record(self, agent: str, what: str) -> dict[str, Any]:
        """Start, stop, pause or resume the recording, as far as the campaign allows."""
        runner, _, call = self._talking(agent)
        try:
            wish = wi.Tape(what)
        except ValueError:
            raise ControlError("bad_request", "what: start, stop, pause or resume") from None
        mode = runner.floor.settings.recording
        if mode == "off":
            raise ControlError("recording_off", "this campaign records nothing; see its recording.mode")
        if wish is wi.Tape.START and call.tape_on:
            raise ControlError("recording_on", "it is being recorded already")
        if wish is not wi.Tape.START and not call.tape_on:
            raise ControlError("not_recording", "it is not being recorded; start it first")
        if wish is wi.Tape.STOP and mode == "always":
            raise ControlError("recording_always", "this campaign records everything; pause it instead")
        return await self._do(runner, agent, wi.RecordAsked(runner.now(), agent, wish))

    async def call_of(self, agent: str) -> dict[str, Any] | None:
        """The call the agent is in, with all a desk shows of it; None for none."""
        return shown_calls.call_of(self._floor_of(agent), agent)

    async def verbs_of(self, agent: str) -> list[str]:
        """What this agent may ask for now."""
        return shown_calls.verbs_of(self._floor_of(agent), agent)

    # Inside.

    def _talking(self, agent: str) -> Found:
        runner = self._floor_of(agent)
        found = legs.of(runner.floor, agent)
        if found is None:
            known = runner.floor.roster.get(agent)
            state = "out" if known is None else known.state.value
            raise ControlError(
                "no_conversation", f"agent {agent} is {state} and in no conversation of his own"
            )
        self._line(runner)
        return runner, *found

    def _line(self, runner: FloorRunner) -> None:
        node = runner.wiring.node
        if not node.up:
            raise ControlError("line_down", f"{node.name} cannot be reached: {node.reason}")

    def _no_party(self, runner: FloorRunner, call: Call) -> None:
        if call.party_id is not None or call.confer:
            raise ControlError("party_there", "a third party is called or on the line; drop it first")
        if call.parking or legs.moving_to(runner.floor, call) is not None:
            raise ControlError("party_there", "the person is being moved at this moment; try again")

    def _free(self, runner: FloorRunner, agent: str, to_agent: str) -> None:
        if to_agent == agent:
            raise ControlError("transfer_self", "that is the agent who asks; name another one")
        self._row(to_agent)
        target = runner.floor.roster.get(to_agent)
        if target is None or not target.free:
            state = "not on this floor" if target is None else target.state.value
            raise ControlError(
                "agent_busy", f"agent {to_agent} is {state}; only a ready one can be given a call"
            )

    async def _call_in(self, agent: str, number: str, purpose: wi.Purpose) -> dict[str, Any]:
        campaign = self._floor_of(agent).campaign_id
        e164 = await self.dialable(campaign, number, "transfer")
        runner, _, call = self._talking(agent)  # much may have happened while the number was judged
        self._no_party(runner, call)
        party_id = self.dialer.ids.party()
        runner.moves.numbers[party_id] = e164
        answer = await self._do(runner, agent, wi.PartyAsked(runner.now(), agent, party_id, purpose))
        if party_id not in runner.floor.parties:
            runner.moves.numbers.pop(party_id, None)
            after = runner.floor.calls.get(call.id)
            why = "the call has ended" if after is None else after.trouble or "it was not answered"
            raise ControlError("no_trunk", f"the third party could not be called: {why}")
        return answer

    async def _do(self, runner: FloorRunner, agent: str, wish: ev.Event) -> dict[str, Any]:
        await self._feed(runner, wish)
        return self._on_floor(runner, agent)
