"""May this number be dialed now? The one question of every call that no claim makes: by hand, or a transfer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import config
import storage
from dialer import compliance
from dialer.compliance import AttemptLimits, Ground, History, Question, Refuse, Rules, Verdict
from dialer.leads.forgotten import ERASED

BUSY_S = 30.0
"""When to ask again about a number that is in a call."""


class Purpose(StrEnum):
    """Why the number is to be dialed.

    A call by hand obeys every rule of a dialed lead. A transfer has a caller on the line already, so limits of
    attempts and the rest after an abandoned call say nothing of it; countries, kinds, do-not-call and hours do.
    """

    BY_HAND = "by_hand"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Dialable:
    """The verdict on one number as a person wrote it; `e164` is what to dial, None where it is no number.

    `lead` is the campaign's lead that has the number.
    """

    e164: str | None
    verdict: Verdict
    lead: storage.Lead | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may be dialed now."""
        return isinstance(self.verdict, compliance.Allow)

    @property
    def why(self) -> str:
        """Why it may not, in words for people; empty where it may."""
        return self.verdict.detail if isinstance(self.verdict, Refuse) else ""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        lead = None if self.lead is None else self.lead.lead_id
        said: dict[str, Any] = {"allowed": self.allowed, "e164": self.e164, "lead": lead}
        if isinstance(self.verdict, Refuse):
            verdict = self.verdict
            grounds = [_plain(one) for one in verdict.grounds]
            return {
                **said,
                **_plain(Ground(verdict.reason, verdict.detail, verdict.until)),
                "grounds": grounds,
            }
        return {**said, "reason": "", "detail": "", "until": None, "grounds": []}


async def may_dial(
    db: storage.Database,
    campaign: config.Campaign,
    obeyed: Rules,
    written: str,
    now: datetime,
    *,
    purpose: Purpose = Purpose.BY_HAND,
    reserved_agent: bool = False,
    key: storage.ErasureKey | None = None,
) -> Dialable:
    """Judge a number by the campaign's rules and all the memory knows of it.

    `key` is that of erased people; raises ErasureKeyLost where there are some of another.
    `reserved_agent`: an agent is on the line or kept for this call, so a rest after an abandoned call is over.
    """
    read = compliance.numbers.read(written, campaign.default_region)
    if isinstance(read, compliance.BadNumber):
        return Dialable(None, _never(read.code, read.reason))
    if await storage.erased.which(db, [read.e164], key):
        return Dialable(read.e164, _never(ERASED.code, ERASED.reason))
    listed = await storage.leads.by_number(db, read.e164, campaign_id=campaign.id)
    lead = listed[0] if listed else None
    facts = await storage.numbers.facts(
        db,
        read.e164,
        campaign_id=campaign.id,
        now=now,
        history_s=obeyed.memory_s,
        lead_id=None if lead is None else lead.lead_id,
    )
    if purpose is Purpose.TRANSFER:
        question = Question(read.e164, dnc=facts.lists)
        return Dialable(read.e164, compliance.judge(question, _of_transfer(obeyed), now), lead)
    closed = _closed(lead, read.e164)
    if closed:
        return Dialable(read.e164, _never("number_closed", closed), lead)
    verdict = compliance.judge(_question(read.e164, lead, facts, reserved_agent), obeyed, now)
    if facts.live and isinstance(verdict, compliance.Allow):
        ground = Ground("number_busy", "it is in a call with us already", now + timedelta(seconds=BUSY_S))
        verdict = Refuse(ground.reason, ground.detail, ground.until, (ground,))
    return Dialable(read.e164, verdict, lead)


def _question(
    e164: str, lead: storage.Lead | None, facts: storage.NumberFacts, reserved_agent: bool
) -> Question:
    if lead is None:
        history = History(len(facts.recent), facts.recent, facts.recent)
    else:
        history = History(lead.attempts, facts.lead_recent, facts.recent)
    return Question(
        e164=e164,
        lead_zone=None if lead is None else lead.zone,
        dnc=facts.lists,
        history=history,
        abandoned_at=facts.abandoned_at,
        reserved_agent=reserved_agent,
    )


def _of_transfer(obeyed: Rules) -> Rules:
    return obeyed.with_limits(lambda _: AttemptLimits())


def _closed(lead: storage.Lead | None, e164: str) -> str:
    if lead is None:
        return ""
    return next((one.closed for one in lead.numbers if one.e164 == e164), "")


def _plain(ground: Ground) -> dict[str, Any]:
    until = None if ground.until is None else ground.until.isoformat()
    return {"reason": ground.reason, "detail": ground.detail, "until": until}


def _never(code: str, reason: str) -> Refuse:
    return Refuse(code, reason, None, (Ground(code, reason, None),))
