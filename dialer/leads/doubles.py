"""Leads that are there already: by number or by external id, in this file, in the campaign or in any campaign.

A row's own lead, known by its external id from an earlier run of the same file, is no double of itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import config
import storage
from dialer.leads.convert import Converted, Rejected
from dialer.leads.seen import Seen

IN_FILE = Rejected("duplicate_number", "another row of this file has the number; keep one of them")
IN_CAMPAIGN = Rejected("duplicate_number", "another lead of the campaign has the number already")
ELSEWHERE = Rejected("duplicate_number", "a lead of another campaign has the number already")
ID_ELSEWHERE = Rejected("duplicate_id", "another campaign has a lead of this external id already")

_UniqueScope = config.UniqueScope


class Doubles:
    """Finds them for one import, in its file and in the database."""

    def __init__(self, campaign: config.Campaign) -> None:
        self._campaign = campaign
        self._numbers = campaign.leads.unique_numbers
        self._ids = campaign.leads.unique_ids
        self._seen = Seen()

    @property
    def alone(self) -> storage.Alone | None:
        """With whom no other import may add at once: what `known` tells is to hold until the leads are in."""
        if _UniqueScope.ALL in (self._numbers, self._ids):
            return "all"
        return "campaign" if self._numbers is _UniqueScope.CAMPAIGN else None

    def close(self) -> None:
        """Let go of what was seen."""
        self._seen.close()

    def in_file(self, one: Converted) -> Rejected | None:
        """Whether a row before it in the file has one of its numbers; its own are seen from now on."""
        if self._numbers is _UniqueScope.NONE:
            return None
        # All of them, so that a third row finds the second number of the first.
        fresh = [self._seen.add(e164) for e164 in {number.e164 for number in one.lead.numbers}]
        return None if all(fresh) else IN_FILE

    async def known(self, adding: storage.Adding, rows: Sequence[Converted]) -> list[Rejected | None]:
        """For each row whether another lead in the database stands in its way."""
        found: list[Rejected | None] = [None] * len(rows)
        if self._ids is _UniqueScope.ALL:
            ids = [one.lead.external_id for one in rows if one.lead.external_id is not None]
            taken = await adding.ids_elsewhere(ids)
            found = [ID_ELSEWHERE if one.lead.external_id in taken else None for one in rows]
        if self._numbers in (_UniqueScope.CAMPAIGN, _UniqueScope.ALL):
            numbers = {number.e164 for one in rows for number in one.lead.numbers}
            holders = await adding.holders(numbers, everywhere=self._numbers is _UniqueScope.ALL)
            found = [known or self._held(one, holders) for known, one in zip(found, rows, strict=True)]
        return found

    def _held(self, one: Converted, holders: dict[str, set[tuple[str, str | None]]]) -> Rejected | None:
        itself = (self._campaign.id, one.lead.external_id)
        others = {
            holder
            for number in one.lead.numbers
            for holder in holders.get(number.e164, ())
            if holder != itself
        }
        if not others:
            return None
        return IN_CAMPAIGN if any(campaign == self._campaign.id for campaign, _ in others) else ELSEWHERE
