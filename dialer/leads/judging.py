"""The verdict on a claimed lead: which of its numbers to call now, or why none and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import storage
from dialer.compliance import Allow, History, Question, Refuse, Rules, judge


class Judge:
    """The judge a claim calls for each candidate: pure, for one instant and one campaign."""

    def __init__(
        self,
        rules: Rules,
        now: datetime,
        new_id: Callable[[], str],
        *,
        reserved_agent: bool = False,
        is_there: Callable[[str], bool] | None = None,
        owner_tolerance_s: float = 0.0,
        is_able: Callable[[str, str], bool] = lambda *_: True,
    ) -> None:
        """`is_there` says whether an agent could take a promised call now; it waits so long for its own agent.

        `is_able`: whether an agent has the skills that leads of a window key ask for; one without keeps nobody waiting.
        """
        self._rules = rules
        # What a person asked for stands above our own limits, never above a region's.
        self._promised = rules.with_limits(lambda limits: replace(limits, lifetime=None, spacing_s=0.0))
        self._is_there = is_there
        self._is_able = is_able
        self._given_to: dict[str, int] = {}
        self._owner_tolerance = timedelta(seconds=owner_tolerance_s)
        self._now = now
        self._new_id = new_id
        self._reserved_agent = reserved_agent

    def __call__(self, candidate: storage.Candidate) -> storage.Judgement:
        """Accept the least tried number that may be called now, or refuse with the reason that ends last."""
        absent = self._owner_absent(candidate)
        if absent is not None:
            return absent
        rules = self._rules if candidate.callback_at is None else self._promised
        refusals: list[Refuse] = []
        for number in sorted(candidate.numbers, key=lambda one: (one.attempts, one.position)):
            if number.closed:
                refusals.append(Refuse("number_closed", number.closed, None))
                continue
            if number.rest_until is not None and self._now < number.rest_until:
                detail = "it rests while the lead's other numbers are tried"
                refusals.append(Refuse("number_rests", detail, number.rest_until))
                continue
            verdict = judge(self.question(candidate, number), rules, self._now)
            if isinstance(verdict, Allow):
                if candidate.callback_owner is not None:
                    self._given_to[candidate.callback_owner] = candidate.lead_id
                return storage.Accept(number.number_id, self._new_id())
            refusals.append(verdict)
        return _best(refusals)

    def _owner_absent(self, candidate: storage.Candidate) -> storage.Refuse | None:
        """A call one agent promised waits for that agent, but not for ever."""
        owner, at = candidate.callback_owner, candidate.callback_at
        if owner is None or at is None or self._is_there is None:
            return None
        if not self._is_able(owner, candidate.window_key):
            return None
        # One promised call at a time: two answered at once would break one promise.
        if self._given_to.get(owner, candidate.lead_id) == candidate.lead_id and self._is_there(owner):
            return None
        until = at + self._owner_tolerance
        if self._now >= until:
            return None
        detail = f"agent {owner}, who is to make the promised call, is not ready"
        return storage.Refuse(storage.callbacks.OWNER_AWAY, detail, until)

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
