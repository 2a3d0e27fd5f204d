"""What a shift came to, counted from facts: the same count for a recorded shift and for one played again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Meter:
    """Listens to one campaign's facts."""

    def __init__(self) -> None:
        self.dials = 0
        self.answered = 0
        self.connected = 0
        self.abandoned = 0
        self.released = 0
        self.talk_s = 0.0
        self.waits_s: list[float] = []
        self._ready_at: dict[str, float] = {}

    def hear(self, fact: Mapping[str, Any]) -> None:
        """Take one fact."""
        match fact["fact"]:
            case "attempt_dialed":
                self.dials += 1
            case "attempt_answered":
                self.answered += 1
            case "attempt_machine":
                self.answered -= 1
            case "attempt_bridged":
                self.connected += 1
                since = self._ready_at.pop(fact["agent"], None)
                if since is not None:
                    self.waits_s.append(max(0.0, fact["at"] - since))
            case "attempt_abandoned":
                self.abandoned += 1
            case "attempt_ended":
                self.talk_s += fact.get("talk_s") or 0.0
                self.released += fact["outcome"] == "released"
            case "agent_state" if fact["state"] == "ready":
                self._ready_at.setdefault(fact["agent"], fact["at"])
            case "agent_state" if fact["state"] not in {"talking", "connecting"}:
                self._ready_at.pop(fact["agent"], None)

    def figures(self) -> dict[str, float | None]:
        """Counts, the share abandoned of those who answered, and the mean seconds an agent waited for a person."""
        waits = self.waits_s
        return {
            "dials": self.dials,
            "answered": self.answered,
            "conversations": self.connected,
            "abandoned": self.abandoned,
            "abandoned_share": round(self.abandoned / self.answered, 4) if self.answered > 0 else None,
            "released": self.released,
            "wait_s": round(sum(waits) / len(waits), 2) if waits else None,
            "talk_s": round(self.talk_s, 1),
        }
