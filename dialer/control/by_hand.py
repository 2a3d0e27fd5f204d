"""Use cases of calls that an agent asks for."""

from __future__ import annotations

from typing import Any

import storage
from dialer.control.base import DATABASE_TIMEOUT_S
from dialer.control.errors import ControlError
from dialer.control.leads import Leads
from dialer.control.talking import Talking
from dialer.core import by_hand, skills
from dialer.core import wishes as wi
from dialer.runtime import shown_calls
from dialer.runtime.floor import FloorRunner
from dialer.runtime.tasks import outside


class ByHand(Talking, Leads):
    """What an agent may dial without pacing."""

    async def dial(
        self, agent: str, number: str | None = None, lead: int | str | None = None
    ) -> dict[str, Any]:
        """Dial a lead of the campaign for this agent, by lead id, external id or one of its numbers.

        The same rules hold as for any call, judged at this instant; the agent gets this call and no other.
        """
        runner = self._floor_of(agent)
        self._line(runner)
        if not by_hand.may(runner.floor.roster.get(agent)):
            known = runner.floor.roster.get(agent)
            state = "out" if known is None else known.state.value
            raise ControlError(
                "agent_not_idle", f"agent {agent} is {state}; dial when ready, away or waiting"
            )
        await self._feed(runner, wi.ReserveAsked(runner.now(), agent))
        try:
            why = runner.floor.blocker()
            if why:
                raise ControlError("not_dialing", f"no call may be placed now: {why}")
            call_id = await self._dial_for(runner, agent, number, lead)
        finally:
            await self._feed(runner, wi.ReserveLifted(runner.now(), agent))
        call = runner.floor.calls.get(call_id)
        if call is None or call.refused is not None:
            raise ControlError("no_trunk", "the call could not be placed: no trunk has room; try again")
        return self._on_floor(runner, agent)

    async def _dial_for(
        self, runner: FloorRunner, agent: str, number: str | None, lead: int | str | None
    ) -> str:
        found, e164 = await self._lead_asked(runner, number, lead)
        outreach = self.dialer.outreach[runner.campaign_id]
        claims = outreach.claims
        lacking = skills.missing(self.dialer.skills_of(agent), outreach.asked(found.window_key))
        if lacking:
            raise ControlError(
                "skill_missing",
                f"the lead asks for {' and '.join(lacking)}, which agent {agent} does not have; "
                "somebody who has it can dial, or a supervisor can change the skills of either",
            )
        try:
            order = await claims.claim_one(found.lead_id, e164, self.dialer.ids.call)
        except (storage.StorageError, TimeoutError) as error:
            raise ControlError("database_away", f"the database gives no lead now: {error}") from error
        if isinstance(order, storage.Refuse):
            until = "" if order.until is None else f"; again from {order.until:%Y-%m-%d %H:%M} UTC"
            raise ControlError(
                "number_refused", f"it may not be dialed now: {order.detail or order.reason}{until}"
            )
        runner.orders[order.new.call_id] = order
        await self._feed(runner, wi.DialAsked(runner.now(), agent, order.new))
        return order.new.call_id

    async def _lead_asked(
        self, runner: FloorRunner, number: str | None, lead: int | str | None
    ) -> tuple[storage.Lead, str | None]:
        if isinstance(lead, int):
            reading = storage.leads.by_id(self.dialer.db, lead)
            found = await outside("database", reading, DATABASE_TIMEOUT_S)
            if found is None or found.campaign_id != runner.campaign_id:
                raise ControlError("lead_unknown", f"{runner.campaign_id} has no lead {lead}")
            return found, None
        found, e164 = await self._found(runner, number, lead)
        return found, e164 or None

    async def accept(self, agent: str) -> dict[str, Any]:
        """Dial the lead in front of this agent, if it may be dialed at this instant."""
        runner = self._previewing(agent)
        self._line(runner)
        why = await runner.previews.accept(agent)
        await self.dialer.books.durable_now()
        if why:
            raise ControlError(
                "number_refused", f"it may not be dialed any more: {why}; the next one follows"
            )
        return self._on_floor(runner, agent)

    async def skip(self, agent: str, reason: str) -> dict[str, Any]:
        """Pass the lead in front of this agent over; it goes back to the list with the reason."""
        runner = self._previewing(agent)
        known = self.dialer.settings.campaigns[runner.campaign_id].preview.skip_reasons
        if reason not in known:
            raise ControlError(
                "skip_reason_unknown", f"{reason!r} is no reason here; there are: {', '.join(known)}"
            )
        return await self._do(runner, agent, wi.PreviewSkipped(runner.now(), agent, reason))

    async def preview_of(self, agent: str) -> dict[str, Any] | None:
        """The lead in front of this agent, and until when; None for none."""
        return shown_calls.preview_of(self._floor_of(agent), agent)

    def _previewing(self, agent: str) -> FloorRunner:
        runner = self._floor_of(agent)
        if agent not in runner.floor.previews:
            raise ControlError("no_preview", f"no lead is in front of agent {agent}")
        return runner
