"""The figures of one campaign in minutes of facts: waiting, talk, answers, abandoned. No database is asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

STEP_S = 60.0
KEPT = 24 * 60
"""Minutes kept: a day."""

WINDOW_S = 900.0
HOUR_S = 3600.0
MOST_CALLS = 20_000


@dataclass(slots=True)
class Minute:
    """What happened in one minute that began at `at`; seconds of agents are integrals over their states."""

    at: float
    talk_s: float = 0.0
    work_s: float = 0.0
    wait_s: float = 0.0
    conversations: int = 0
    tried: int = 0
    line_s: float = 0.0
    answered: int = 0
    abandoned: int = 0


class Figures:
    """Fed with every fact of one floor; `advance` integrates who was at work up to an instant."""

    def __init__(self, now: float) -> None:
        self.minutes: deque[Minute] = deque(maxlen=KEPT)
        self.dialed_at: dict[str, float] = {}
        self.closed: deque[float] = deque(maxlen=5_000)
        self._ready_at: dict[str, float] = {}
        self._integrated_to = now
        self._working = 0
        self._talking = 0

    def advance(self, now: float, working: int, talking: int) -> None:
        """Add the time since the last call under the counts it was told, and take the new ones."""
        while self._integrated_to < now:
            minute = self._minute(self._integrated_to)
            until = min(now, minute.at + STEP_S)
            passed_s = until - self._integrated_to
            minute.work_s += passed_s * self._working
            minute.talk_s += passed_s * self._talking
            self._integrated_to = until
        self._working, self._talking = working, talking

    def hear(self, fact: Mapping[str, Any], now: float) -> None:
        """Take a fact of the floor."""
        kind = fact["fact"]
        if kind == "agent_state":
            self._on_agent(fact)
        elif kind == "attempt_dialed":
            if len(self.dialed_at) < MOST_CALLS:
                self.dialed_at[fact["attempt"]] = fact["at"] or now
        elif kind == "attempt_answered":
            dialed_at = self.dialed_at.pop(fact["attempt"], None)
            minute = self._minute(now)
            minute.tried += 1
            minute.answered += 1
            minute.line_s += 0.0 if dialed_at is None else max(0.0, (fact["at"] or now) - dialed_at)
        elif kind == "attempt_machine":
            self._minute(now).answered -= 1
        elif kind == "attempt_abandoned":
            self._minute(now).abandoned += 1
        elif kind == "attempt_ended":
            self._on_ended(fact, now)

    def _on_agent(self, fact: Mapping[str, Any]) -> None:
        agent, state = fact["agent"], fact["state"]
        ready_at = self._ready_at.pop(agent, None)
        if state == "ready":
            self._ready_at[agent] = fact["at"]
        elif state == "talking" and ready_at is not None:
            minute = self._minute(fact["at"])
            minute.conversations += 1
            minute.wait_s += max(0.0, fact["at"] - ready_at)

    def _on_ended(self, fact: Mapping[str, Any], now: float) -> None:
        if fact.get("lead_state") in ("done", "excluded"):
            self.closed.append(now)
        dialed_at = self.dialed_at.pop(fact["attempt"], None)
        if dialed_at is None or fact.get("undialed") or fact["outcome"] in ("not_dialed", "released"):
            return
        minute = self._minute(now)
        minute.tried += 1
        minute.line_s += max(0.0, (fact["at"] or now) - dialed_at)

    def _minute(self, at: float) -> Minute:
        """The minute of this instant; a fact that comes late counts in the newest one."""
        begins = at - at % STEP_S
        if not self.minutes or begins > self.minutes[-1].at:
            self.minutes.append(Minute(begins))
        return self.minutes[-1]

    # What a board shows.

    def shown(self, now: float) -> dict[str, Any]:
        """Waiting per conversation, what one line per agent would take, and talk per hour, now and an hour ago."""
        late = total(self._since(now - WINDOW_S))
        hour = total(self._since(now - HOUR_S))
        before = total(one for one in self.minutes if now - 2 * HOUR_S <= one.at < now - HOUR_S)
        return {
            "wait_s": _share(late.wait_s, late.conversations, 1),
            "wait_one_line_s": _share(hour.line_s, hour.answered, 1),
            "talk_min_h": _share(60.0 * hour.talk_s, hour.work_s, 1) if hour.work_s >= STEP_S else None,
            "talk_min_h_before": _share(60.0 * before.talk_s, before.work_s, 1)
            if before.work_s >= STEP_S
            else None,
        }

    def answer_rate(self, now: float) -> float | None:
        """The share of calls of the last quarter hour that a person answered."""
        late = total(self._since(now - WINDOW_S))
        return _share(late.answered, late.tried, 4)

    def closed_per_s(self, now: float) -> float:
        """Leads finished per second over the last hour, or since the first one."""
        recent = [at for at in self.closed if at > now - HOUR_S]
        return len(recent) / max(60.0, now - recent[0]) if len(recent) >= 3 else 0.0

    def _since(self, at: float) -> Iterable[Minute]:
        for minute in reversed(self.minutes):
            if minute.at < at:
                return
            yield minute

    def history(self, now: float, hours: float) -> dict[str, Any]:
        """The minutes of the last hours as columns; a figure without data is null."""
        return columns([one for one in self.minutes if one.at >= now - hours * HOUR_S])


def total(minutes: Iterable[Minute]) -> Minute:
    """Many minutes as one."""
    whole = Minute(0.0)
    for one in minutes:
        whole.talk_s += one.talk_s
        whole.work_s += one.work_s
        whole.wait_s += one.wait_s
        whole.conversations += one.conversations
        whole.tried += one.tried
        whole.line_s += one.line_s
        whole.answered += one.answered
        whole.abandoned += one.abandoned
    return whole


def columns(minutes: Iterable[Minute]) -> dict[str, Any]:
    """Minutes as the columns of a chart."""
    listed = list(minutes)
    return {
        "step_s": STEP_S,
        "at": [one.at for one in listed],
        "talk_min_h": [_share(60.0 * one.talk_s, one.work_s, 1) for one in listed],
        "wait_s": [_share(one.wait_s, one.conversations, 1) for one in listed],
        "answer_rate": [_share(one.answered, one.tried, 3) for one in listed],
        "abandoned": [one.abandoned for one in listed],
    }


def _share(over: float, under: float, digits: int) -> float | None:
    return round(over / under, digits) if under > 0 else None
