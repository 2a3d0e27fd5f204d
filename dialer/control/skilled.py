"""Use cases on what leads ask for: of one, of several by their ids, or of all that ask for something now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import config
import storage
from dialer import leads as lists
from dialer.control.base import DATABASE_TIMEOUT_S, UseCases
from dialer.control.errors import ControlError
from dialer.runtime.tasks import outside

REASON = "skills changed"
MOST_IDS = 10_000
AT_ONCE = 2_000
NOTHING = "none"
"""Said of leads that ask for nothing."""


def known_skills(settings: config.Settings, skills: Sequence[str]) -> tuple[str, ...]:
    """The same, each once and in order; ControlError for one that is none of the configuration's."""
    for skill in skills:
        if skill not in settings.skills:
            there = ", ".join(sorted(settings.skills)) or "none; add them under skills: in the configuration"
            raise ControlError("skill_unknown", f"there is no skill {skill!r}; there are: {there}")
    return tuple(sorted(set(skills)))


class Skilled(UseCases):
    """What may be asked about the skills of leads."""

    async def ask_skills(
        self,
        campaign: str,
        skills: list[str],
        external_ids: list[str] | None = None,
        asks: str | None = None,
    ) -> dict[str, Any]:
        """Let leads ask for these skills and no others: those of the ids, or all open ones that ask for `asks` now.

        `asks` names a skill, or says none. A call that is on its way stays what it was placed for.
        """
        self._floor(campaign)
        wanted = known_skills(self.dialer.settings, skills)
        if (external_ids is None) == (asks is None):
            raise ControlError("bad_request", "say whose: external_ids, or asks (a skill, or none)")
        if external_ids is not None:
            changed = await self._of_ids(campaign, wanted, external_ids)
        else:
            changed = await self._of_those_asking(campaign, wanted, asks or NOTHING)
        self.dialer.leads_changed(campaign)
        return {"campaign": campaign, "skills": list(wanted), "changed": changed}

    async def lead_skills(self, lead: storage.Lead, skills: list[str]) -> None:
        """Let one lead ask for these skills and no others."""
        wanted = known_skills(self.dialer.settings, skills)
        await self._change({lists.with_skills(lead.window_key, wanted): [lead.lead_id]})

    async def _of_ids(self, campaign: str, wanted: tuple[str, ...], external_ids: list[str]) -> int:
        if len(external_ids) > MOST_IDS:
            raise ControlError("bad_request", f"name {MOST_IDS:,} leads at most at once")
        changes: dict[str, list[int]] = {}
        for at in range(0, len(external_ids), AT_ONCE):
            some = external_ids[at : at + AT_ONCE]
            finding = storage.leads.ids_of(self.dialer.db, campaign, some)
            known = await outside("database", finding, DATABASE_TIMEOUT_S)
            lacking = next((one for one in some if one not in known), None)
            if lacking is not None:
                raise ControlError("lead_unknown", f"{campaign} has no lead {lacking!r}; none was changed")
            reading = storage.leads.by_ids(self.dialer.db, known.values())
            for lead in (await outside("database", reading, DATABASE_TIMEOUT_S)).values():
                changes.setdefault(lists.with_skills(lead.window_key, wanted), []).append(lead.lead_id)
        return await self._change(changes)

    async def _of_those_asking(self, campaign: str, wanted: tuple[str, ...], asks: str) -> int:
        """A few thousand at a time, so that claims go on meanwhile."""
        if asks != NOTHING:
            known_skills(self.dialer.settings, [asks])
        reading = storage.leads.window_keys(self.dialer.db, campaign)
        changed = 0
        for key in await outside("database", reading, DATABASE_TIMEOUT_S):
            asked, new = lists.skills_of(key), lists.with_skills(key, wanted)
            if new == key or (asks not in asked if asks != NOTHING else asked):
                continue
            while True:
                picking = storage.lanes.open_ids(self.dialer.db, campaign, key, limit=AT_ONCE)
                found = await outside("database", picking, DATABASE_TIMEOUT_S)
                if not found:
                    break
                changed += await self._change({new: found})
        return changed

    async def _change(self, changes: dict[str, list[int]]) -> int:
        now = self.dialer.clock.utc()
        changing = storage.lanes.change_keys(self.dialer.db, changes, now=now, reason=REASON)
        return await outside("database", changing, DATABASE_TIMEOUT_S)
