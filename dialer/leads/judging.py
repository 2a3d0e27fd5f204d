"""The verdict on a claimed lead: which of its numbers to call now, or why none and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import storage
from dialer.compliance import Allow, History, Question, Refuse, Rules, judge


class Judge:
    """The judge a claim calls for each candidate: pure, for one instant and one campaign."""

    def __init__(
        self, rules: Rules, now: datetime, new_id: Callable[[], str], *, reserved_agent: bool = False
    ) -> None:
        self._rules = rules
        self._now = now
        self._new_id = new_id
        self._reserved_agent = reserved_agent

    def __call__(self, candidate: storage.Candidate) -> storage.Judgement:
        """Accept the least tried number that may be called now, or refuse with the reason that ends last."""
        refusals: list[Refuse] = []
        for number in sorted(candidate.numbers, key=lambda one: (one.attempts, one.position)):
            if number.closed:
                refusals.append(Refuse("number_closed", number.closed, None))
                continue
            verdict = judge(self.question(candidate, number), self._rules, self._now)
            if isinstance(verdict, Allow):
                return storage.Accept(number.number_id, self._new_id())
            refusals.append(verdict)
        return _best(refusals)

    def question(self, candidate: storage.Candidate, number: storage.NumberRow) -> Question:
        """What is asked of a candidate's number."""
        return Question(
            e164=number.e164,
            zones=number.zones,
            lead_zone=candidate.zone,
            dnc=tuple(candidate.dnc.get(number.e164, ())),
            history=_history(candidate, number),
            deadline=candidate.deadline,
            abandoned_at=number.abandoned_at,
            reserved_agent=self._reserved_agent,
        )


def _history(candidate: storage.Candidate, number: storage.NumberRow) -> History:
    return History(total=candidate.attempts, lead_times=candidate.recent, number_times=number.recent)


def _best(refusals: list[Refuse]) -> storage.Refuse:
    """The refusal to record: the one that gives way first, else the first number's."""
    if not refusals:
        return storage.Refuse("no_number", "the lead has no number", None)
    passing = [refusal for refusal in refusals if refusal.until is not None]
    chosen = (
        min(passing, key=lambda one: one.until.timestamp() if one.until else 0.0) if passing else refusals[0]
    )
    return storage.Refuse(chosen.reason, chosen.detail, chosen.until)
