"""An agent's own figures of the day: begun from the books, then kept by the floor's facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import storage
from dialer.runtime.dialer import Dialer
from dialer.runtime.tasks import outside

DATABASE_TIMEOUT_S = 20.0


@dataclass(slots=True)
class Today:
    """Talk, calls, waiting and dispositions since midnight of the call centre's zone."""

    day: str
    talk_s: float = 0.0
    calls: int = 0
    wait_s: float = 0.0
    dispositions: Counter[str] = field(default_factory=Counter)
    ready_at: float | None = None

    def hear(self, fact: Mapping[str, Any]) -> None:
        """Take a fact about this agent."""
        if fact["fact"] == "agent_state":
            if fact["state"] == "talking" and self.ready_at is not None:
                self.wait_s += max(0.0, fact["at"] - self.ready_at)
            self.ready_at = fact["at"] if fact["state"] == "ready" else None
        elif fact["fact"] == "attempt_ended":
            self.calls += 1
            self.talk_s += fact.get("talk_s") or 0.0
        elif fact["fact"] == "disposition":
            self.dispositions[fact["code"]] += 1

    def shown(self, targets: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """For the desk, with how the agent's targets stand."""
        return {
            "talk_s": round(self.talk_s, 1),
            "calls": self.calls,
            "wait_s": round(self.wait_s, 1),
            "dispositions": dict(self.dispositions),
            "targets": list(targets),
        }


def day_of(dialer: Dialer) -> datetime:
    """Midnight that began this day, in the call centre's zone."""
    zone = ZoneInfo(dialer.settings.zone)
    return datetime.combine(dialer.clock.utc().astimezone(zone).date(), time(), zone)


async def load(dialer: Dialer, agent: str) -> Today:
    """The day so far, from the books."""
    midnight = day_of(dialer)
    today = Today(midnight.date().isoformat())
    await outside("books", dialer.books.applied(), DATABASE_TIMEOUT_S)
    reading = storage.attempts.of_agent(dialer.db, agent, since=midnight)
    for code, (calls, talk_s) in (await outside("database", reading, DATABASE_TIMEOUT_S)).items():
        today.calls += calls
        today.talk_s += talk_s
        if code:
            today.dispositions[code] += calls
    return today
