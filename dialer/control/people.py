"""Use cases on the people of a list: find, show with all that happened, change, note, exclude, promise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import storage
from dialer import compliance
from dialer.compliance.zones import zone_info
from dialer.control.base import DATABASE_TIMEOUT_S
from dialer.control.errors import ControlError
from dialer.control.leads import Leads
from dialer.control.skilled import Skilled
from dialer.runtime.tasks import outside

CHANGEABLE = ("name", "zone", "priority", "deadline", "owner", "data", "skills")


class People(Leads, Skilled):
    """What may be asked of the people of a list."""

    async def leads(
        self,
        campaign: str,
        number: str | None = None,
        external_id: str | None = None,
        name: str | None = None,
        limit: int = 50,
    ) -> list[storage.Lead]:
        """Leads of a campaign by number, external id or the beginning of a name."""
        runner = self._floor(campaign)
        db = self.dialer.db
        if external_id is not None:
            lead = await self._db(storage.leads.by_external_id(db, campaign, external_id))
            return [] if lead is None else [lead]
        if number is not None:
            settings = self.dialer.settings.campaigns[runner.campaign_id]
            read = compliance.numbers.read(number, settings.default_region)
            if isinstance(read, compliance.BadNumber):
                raise ControlError("number_invalid", read.reason)
            return list(
                (await self._db(storage.leads.by_number(db, read.e164, campaign_id=campaign)))[:limit]
            )
        if name:
            return list(await self._db(storage.leads.by_name(db, campaign, name, limit=limit)))
        raise ControlError("bad_request", "say whom to look for: number, external_id or name")

    async def lead(self, lead_id: int) -> storage.Lead:
        """One lead as it stands."""
        found: storage.Lead | None = await self._db(storage.leads.by_id(self.dialer.db, lead_id))
        if found is None:
            raise ControlError("lead_unknown", f"there is no lead {lead_id}")
        return found

    async def lead_of_attempt(self, attempt: str) -> int:
        """Whose attempt it was."""
        found: storage.Attempt | None = await self._db(storage.attempts.by_id(self.dialer.db, attempt))
        if found is None:
            raise ControlError("attempt_unknown", f"there is no attempt {attempt}")
        return found.lead_id

    async def lead_history(self, lead_id: int, limit: int = 100) -> list[dict[str, Any]]:
        """Calls, notes and changes of state of a lead, newest first: {at, kind, text, by, ...}."""
        db = self.dialer.db
        calls = await self._db(storage.attempts.of_lead(db, lead_id, limit=limit))
        notes = await self._db(storage.leads.notes_of(db, lead_id))
        changes = await self._db(storage.leads.history(db, lead_id))
        told = [*map(_call, calls), *map(_note, notes), *map(_change, changes)]
        return sorted(told, key=lambda one: -one["at"])[:limit]

    async def change_lead(self, lead_id: int, values: dict[str, Any]) -> storage.Lead:
        """Set name, zone, priority, deadline, owner, data or skills of a lead."""
        if not values.keys() <= set(CHANGEABLE):
            raise ControlError("field_invalid", f"to be changed are: {', '.join(CHANGEABLE)}")
        if values.get("owner") is not None:
            self._row(values["owner"])
        if values.get("zone") and zone_info(values["zone"]) is None:
            raise ControlError(
                "zone_invalid", f"{values['zone']!r} is no zone; write one such as Europe/London"
            )
        now = self.dialer.clock.utc()
        values = dict(values)
        if (skills := values.pop("skills", None)) is not None:
            await self.lead_skills(await self.lead(lead_id), skills)
        if values and not await self._db(storage.leads.change(self.dialer.db, lead_id, values, now=now)):
            raise ControlError("lead_unknown", f"there is no lead {lead_id}")
        lead = await self.lead(lead_id)
        self._changed(lead)
        return lead

    async def note(
        self, lead_id: int, text: str, agent: str | None = None, attempt: str | None = None
    ) -> dict[str, Any]:
        """Keep a free text about a lead, one for each call and agent; in the database when this returns."""
        await self.lead(lead_id)
        note = storage.Note(lead_id, self.dialer.clock.utc(), text, attempt, agent)
        keep = storage.leads.add_note if attempt is None else storage.leads.put_note
        await self._db(keep(self.dialer.db, note))
        return {
            "at": note.at.timestamp(),
            "kind": "note",
            "text": text,
            "by": agent or "",
            "attempt": attempt,
        }

    async def exclude_lead(self, lead_id: int, reason: str) -> storage.Lead:
        """Never call this lead again in this campaign."""
        await self.lead(lead_id)
        moving = storage.leads.move(
            self.dialer.db, [lead_id], "excluded", now=self.dialer.clock.utc(), reason=reason or "by hand"
        )
        if not await self._db(moving):
            raise ControlError("lead_in_call", "this lead is in a call now; try again when it is over")
        return await self.lead(lead_id)

    async def promise_call(
        self, lead_id: int, at: str | None = None, owner: str | None = None, reason: str = "callback"
    ) -> storage.Lead:
        """Call this lead next, now or `at` an instant in its own time, for one agent if `owner` is told."""
        lead = await self.lead(lead_id)
        if owner is not None:
            self._row(owner)
        self._floor(lead.campaign_id)
        number = lead.numbers[0].e164 if lead.numbers else ""
        await self._promise(lead, number, str(lead_id), at, owner, reason)
        self._changed(lead)
        return await self.lead(lead_id)

    async def callbacks(
        self, campaign: str | None = None, owner: str | None = None, limit: int = 100
    ) -> list[storage.Lead]:
        """Leads with a promised call still to be made, the earliest first."""
        if campaign is not None:
            self._floor(campaign)
        listing = storage.callbacks.listed(self.dialer.db, campaign_id=campaign, owner=owner, limit=limit)
        return list(await self._db(listing))

    # Do-not-call lists.

    async def dnc_check(self, number: str, campaign: str | None = None) -> dict[str, Any]:
        """Which lists hold a number, for a campaign or for any."""
        e164 = self._read(number, campaign)
        looking = storage.dnc.has(self.dialer.db, e164, now=self.dialer.clock.utc(), campaign_id=campaign)
        lists = await self._db(looking)
        return {"number": e164, "listed": bool(lists), "lists": list(lists)}

    async def dnc_add(
        self, number: str, reason: str, campaign: str | None = None, expires_at: datetime | None = None
    ) -> dict[str, Any]:
        """Never call a number again: for one campaign, or for all."""
        e164 = self._read(number, campaign)
        chosen = storage.dnc.SYSTEM if campaign is None else storage.dnc.campaign_list(campaign)
        entry = storage.DncEntry(e164, chosen, False, expires_at, reason)
        await self._db(storage.dnc.add(self.dialer.db, [entry], now=self.dialer.clock.utc()))
        return await self.dnc_check(e164, campaign)

    async def dnc_remove(self, number: str, campaign: str | None = None) -> dict[str, Any]:
        """Take a number off a list again."""
        e164 = self._read(number, campaign)
        chosen = storage.dnc.SYSTEM if campaign is None else storage.dnc.campaign_list(campaign)
        if not await self._db(storage.dnc.remove(self.dialer.db, [(e164, chosen)])):
            raise ControlError("entry_unknown", f"the list {chosen} does not hold this number")
        return await self.dnc_check(e164, campaign)

    def _read(self, number: str, campaign: str | None) -> str:
        region = "ZZ"
        if campaign is not None:
            self._floor(campaign)
            region = self.dialer.settings.campaigns[campaign].default_region
        read = compliance.numbers.read(number, region)
        if isinstance(read, compliance.BadNumber):
            raise ControlError("number_invalid", f"{read.reason}; write it with + and the country code")
        return read.e164

    def _changed(self, lead: storage.Lead) -> None:
        if lead.campaign_id in self.dialer.floors:
            self.dialer.leads_changed(lead.campaign_id)

    async def _db(self, work: Any) -> Any:
        return await outside("database", work, DATABASE_TIMEOUT_S)


def _call(attempt: storage.Attempt) -> dict[str, Any]:
    return {
        "at": attempt.claimed_at.timestamp(),
        "kind": "call",
        "text": attempt.disposition or attempt.outcome or attempt.state,
        "by": attempt.agent or "",
        "attempt": attempt.attempt_id,
        "outcome": attempt.outcome,
        "disposition": attempt.disposition,
        "talk_s": attempt.talk_s,
    }


def _note(note: storage.Note) -> dict[str, Any]:
    return {
        "at": note.at.timestamp(),
        "kind": "note",
        "text": note.body,
        "by": note.agent_id or "",
        "attempt": note.attempt_id,
    }


def _change(change: storage.LeadNote) -> dict[str, Any]:
    text = f"{change.state}: {change.reason}" if change.reason else change.state
    return {"at": change.at.timestamp(), "kind": "state", "text": text, "by": "", "detail": change.detail}
