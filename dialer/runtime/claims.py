"""One campaign's claims: the windows open now, the judge, and when to ask again after an empty hand."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

import storage
from dialer import compliance, leads
from dialer.core.skills import PLAIN, skills_of
from dialer.runtime.lanes import LaneWatch
from dialer.runtime.orders import NO_NUMBER_WHY
from dialer.runtime.tasks import outside
from dialer.runtime.terms import Terms
from dialer.runtime.wiring import Claimed, Order

log = structlog.get_logger(__name__)

CLAIM_TIMEOUT_S = 20.0
KEYS_KNOWN_S = 5.0
"""How long a window key that an import brought may go unseen while the list still gives leads."""

LONGEST_REST_S = 3600.0
"""Told where nothing falls due; the floor asks sooner."""

NONE_DUE_WHY = "no lead may be called now: the list is done, or its leads wait for a retry"


class Claims:
    """Hands out the campaign's next leads as orders; `refusals` counts why leads were not."""

    def __init__(self, terms: Terms, lanes: LaneWatch, db: storage.Database) -> None:
        self._terms = terms
        self._lanes = lanes
        self._db = db
        self._keys: tuple[str, ...] = ()
        self._keys_read_at = float("-inf")
        self.refusals: dict[str, int] = {}

    def look_again(self) -> None:
        """Leads came or changed: what is known of the list may be wrong."""
        self._keys_read_at = float("-inf")
        self._lanes.look_soon()

    async def claim(
        self,
        n: int,
        new_id: Callable[[], str],
        *,
        lane: str | None = None,
        having: Collection[str] | None = None,
    ) -> Claimed:
        """Claim up to `n` leads; each gets the call id `new_id` gives.

        `lane`: only leads of it; `having`: only leads for an agent with these skills. With neither, a list on which
        leads ask for skills gives none: its lanes are told to the floor, which asks for each.
        """
        terms, now = self._terms, self._terms.clock.utc()
        n = min(n, terms.numbers.room())
        if n <= 0:
            return Claimed((), exhausted=False, why=NO_NUMBER_WHY, resume_at=now.timestamp() + LONGEST_REST_S)
        resume_at = None
        why = ""
        try:
            known = await self._window_keys()
            lanes = leads.lanes_of(known, terms.campaign.skills)
            if lane is not None:
                known = lanes.get(lane, ())
            elif having is not None:
                known = tuple(
                    key for name, keys in lanes.items() if set(skills_of(name)) <= set(having) for key in keys
                )
            elif set(lanes) - {PLAIN}:
                await self._lanes.look()
                return Claimed((), exhausted=False)
            opened = leads.open_keys(known, terms.obeyed, now)
            claiming = storage.claim(
                self._db,
                terms.campaign.id,
                n=n,
                now=now,
                judge=terms.judge(new_id),
                window_keys=opened,
                history_s=terms.obeyed.memory_s,
            )
            result = await outside("claim", claiming, CLAIM_TIMEOUT_S)
        except (storage.StorageError, TimeoutError) as error:
            log.warning("claim_failed", campaign=terms.campaign.id, error=str(error))
            return Claimed((), exhausted=False, why=f"the database gives no leads: {error}")
        if result.exhausted and len(result.attempts) < n:
            self._keys_read_at = float("-inf")
            try:
                why, resume_at = await self._empty(opened, set(known) - set(opened), now)
                if having is not None and not known and lanes:
                    why = "the leads left ask for skills that the agent does not have"
            except (storage.StorageError, TimeoutError) as error:
                # What was claimed is claimed: the reason alone is not known.
                why = f"the database does not say when leads fall due: {error}"
        for _, reason in result.refused:
            self.refusals[reason] = self.refusals.get(reason, 0) + 1
        return Claimed(tuple(map(terms.order, result.attempts)), result.exhausted, why, resume_at)

    async def claim_one(
        self, lead_id: int, e164: str | None, new_id: Callable[[], str]
    ) -> Order | storage.Refuse:
        """Claim one lead for an agent who asks for it, judged at this instant; on this number if it is told."""
        terms = self._terms
        judge = leads.Judge(terms.obeyed, terms.clock.utc(), new_id, reserved_agent=True)
        claiming = storage.claim_lead(
            self._db,
            terms.campaign.id,
            lead_id,
            now=terms.clock.utc(),
            judge=judge if e164 is None else partial(_judged_on, judge, e164),
            history_s=terms.obeyed.limits.memory_s,
        )
        claimed = await outside("claim", claiming, CLAIM_TIMEOUT_S)
        return claimed if isinstance(claimed, storage.Refuse) else terms.order(claimed)

    async def judge_anew(self, order: Order) -> str:
        """Why a lead claimed a while ago may not be dialed at this instant; empty if it may."""
        claimed, terms = order.claimed, self._terms
        if claimed is None:
            return "it is not known any more what was claimed"
        now, obeyed = terms.clock.utc(), terms.obeyed
        try:
            reading = storage.numbers.facts(
                self._db,
                claimed.e164,
                campaign_id=terms.campaign.id,
                now=now,
                history_s=obeyed.limits.memory_s,
                lead_id=None,
            )
            found = await outside("claim", reading, CLAIM_TIMEOUT_S)
        except (storage.StorageError, TimeoutError) as error:
            return f"the database does not say whether it may be dialed: {error}"
        question = leads.Judge(obeyed, now, str, reserved_agent=True).question(claimed.lead, claimed.number)
        # The claim counted its calls before this one; what may have changed since are lists and the hour.
        verdict = compliance.judge(replace(question, dnc=found.lists), obeyed, now)
        return "" if isinstance(verdict, compliance.Allow) else verdict.detail or verdict.reason

    async def _window_keys(self) -> tuple[str, ...]:
        """The keys of the campaign's open leads, at most `KEYS_KNOWN_S` old; each claim judges by its own clock."""
        now = self._terms.clock.now()
        if now - self._keys_read_at > KEYS_KNOWN_S:
            reading = storage.leads.window_keys(self._db, self._terms.campaign.id)
            self._keys = await outside("claim", reading, CLAIM_TIMEOUT_S)
            self._keys_read_at = now
        return self._keys

    async def _empty(
        self, opened: tuple[str, ...], closed: Collection[str], now: datetime
    ) -> tuple[str, float]:
        """Why the list gives nothing now, and when the next of its leads falls due or its next window opens."""
        reading = storage.leads.next_due(self._db, self._terms.campaign.id, window_keys=opened)
        due = await outside("claim", reading, CLAIM_TIMEOUT_S)
        opens = leads.next_opening(closed, self._terms.obeyed, now)
        instants = [one.timestamp() for one in (due, opens) if one is not None]
        resume_at = min([*instants, now.timestamp() + LONGEST_REST_S])
        if not closed:
            return NONE_DUE_WHY, resume_at
        when = "never" if opens is None else f"{opens:%Y-%m-%d %H:%M} UTC"
        return f"outside the calling windows of the leads left; the next one opens {when}", resume_at


def _judged_on(judge: leads.Judge, e164: str, lead: storage.Candidate) -> storage.Judgement:
    """The verdict on one of the lead's numbers."""
    return judge(replace(lead, numbers=tuple(one for one in lead.numbers if one.e164 == e164)))
