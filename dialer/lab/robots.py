"""Agents who work by themselves, for the lab, the demo and the tests."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from dialer.control import Control, ControlError
from dialer.runtime.tasks import Tasks


class Robots:
    """Take what comes and judge each conversation after their wrap-up; keep count of what agents would feel.

    `wrap_s` gives the next after-call work, `judge` the next disposition.
    """

    def __init__(self, wrap_s: Callable[[], float], judge: Callable[[], str]) -> None:
        self._wrap_s = wrap_s
        self._judge = judge
        self._tasks = Tasks()
        self._ready_at: dict[str, float] = {}
        self.control: Control | None = None
        self.rung: Counter[str] = Counter()
        self.waits = 0
        self.waited_s = 0.0

    def hear(self, _campaign: str, fact: Mapping[str, Any]) -> None:
        """Listen to the floor's facts."""
        if fact["fact"] != "agent_state":
            return
        agent, state, at = fact["agent"], fact["state"], fact["at"]
        if state == "ringing":
            self.rung[agent] += 1
        elif state == "ready":
            self._ready_at[agent] = at
        elif state == "talking" and agent in self._ready_at:
            self.waits += 1
            self.waited_s += at - self._ready_at.pop(agent)
        elif state == "wrapup":
            self._tasks.start(f"robot {agent}", self._wrap_up(agent))

    @property
    def wait_s(self) -> float | None:
        """Mean seconds an agent stood ready before a conversation."""
        return self.waited_s / self.waits if self.waits else None

    def work(self, name: str, plan: Any) -> None:
        """Run something an agent does of their own, such as a break."""
        self._tasks.start(name, plan)

    async def close(self) -> None:
        """Let them go home."""
        await self._tasks.close()

    async def _wrap_up(self, agent: str) -> None:
        await asyncio.sleep(self._wrap_s())
        if self.control is None:
            return
        try:
            await self.control.dispose(agent, self._judge())
        except ControlError:
            return  # wrap-up ran out before this slow agent was done
