"""Use cases on leads: promised calls, and deadlines at risk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import storage
from dialer import compliance
from dialer.control.base import DATABASE_TIMEOUT_S, UseCases
from dialer.control.errors import ControlError
from dialer.control.instants import instant
from dialer.leads import promises, risk
from dialer.runtime.floor import FloorRunner
from dialer.runtime.tasks import outside


class Leads(UseCases):
    """What may be asked of leads."""

    async def callback(
        self,
        campaign: str,
        number: str | None = None,
        external_id: str | None = None,
        owner: str | None = None,
        at: str | None = None,
        reason: str = "callback",
    ) -> dict[str, Any]:
        """Make a lead the next in line, now or `at` an instant in its own time, for one agent if `owner` is told."""
        runner = self._floor(campaign)
        if owner is not None:
            self._row(owner)
        lead, e164 = await self._found(runner, number, external_id)
        due = await self._promise(lead, e164, lead.external_id or str(lead.lead_id), at, owner, reason)
        self.dialer.leads_changed(campaign)
        return {
            "lead": lead.lead_id,
            "external_id": lead.external_id,
            "campaign": campaign,
            "at": due.isoformat(),
            "owner": owner,
        }

    async def _promise(
        self, lead: storage.Lead, e164: str, called: str, at: str | None, owner: str | None, reason: str
    ) -> datetime:
        """Make a lead the next in line and return when; `called` is how an error names it."""
        now = self.dialer.clock.utc()
        due: datetime | None = None
        if at is not None:
            obeyed = self.dialer.compliance_rules(self.dialer.settings.campaigns[lead.campaign_id])
            due = instant(at, promises.zone_of(lead, e164, obeyed), now)
        promising = storage.callbacks.promise(
            self.dialer.db,
            lead.lead_id,
            now=now,
            at=due,
            owner=owner,
            reason=reason[:200] or "callback",
            messages=self.dialer.outgoing.of_promise(lead.lead_id, now, due or now, owner),
        )
        if not await outside("database", promising, DATABASE_TIMEOUT_S):
            raise ControlError("lead_not_callable", f"lead {called} is in a call, or excluded for good")
        return due or now

    async def leads_changed(self, campaign: str) -> dict[str, Any]:
        """Another program has added or changed leads: a campaign whose list was empty looks again at once."""
        self.dialer.leads_changed(self._floor(campaign).campaign_id)
        return {"campaign": campaign}

    async def leads_at_risk(self, campaign: str, limit: int = 100) -> dict[str, Any]:
        """How a campaign's leads with a deadline stand, and those that will probably not be reached in time."""
        settings = self.dialer.settings.campaigns[self._floor(campaign).campaign_id]
        return await risk.report(self.dialer.db, settings, self.dialer.clock.utc(), limit=limit)

    async def _found(
        self, runner: FloorRunner, number: str | None, external_id: str | None
    ) -> tuple[storage.Lead, str]:
        """The campaign's lead of an external id or of a number, as people write it."""
        campaign = self.dialer.settings.campaigns[runner.campaign_id]
        if external_id is not None:
            finding = storage.leads.by_external_id(self.dialer.db, campaign.id, external_id)
            lead = await outside("database", finding, DATABASE_TIMEOUT_S)
            if lead is None:
                raise ControlError("lead_unknown", f"{campaign.id} has no lead {external_id!r}")
            return lead, number or ""
        if number is None:
            raise ControlError("bad_request", "name the lead by number or external_id")
        read = compliance.numbers.read(number, campaign.default_region)
        if isinstance(read, compliance.BadNumber):
            raise ControlError("number_invalid", read.reason)
        listing = storage.leads.by_number(self.dialer.db, read.e164, campaign_id=campaign.id)
        found = await outside("database", listing, DATABASE_TIMEOUT_S)
        if not found:
            raise ControlError("lead_unknown", f"{campaign.id} has no lead with that number")
        return found[0], read.e164
