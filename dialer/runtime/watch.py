"""Looks at a floor's invariants while it works: a violation forbids its new calls and leaves the evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
import structlog

from dialer.core import events as ev
from dialer.core import invariants
from dialer.runtime.wiring import Shell

log = structlog.get_logger(__name__)

SOURCE = "invariant"
LOOK_EVERY_S = 1.0
COSTLY = 500
"""Agents and calls above which a floor is looked at more seldom, in proportion."""

MOST_SHOWN = 50
"""Calls and agents kept as evidence."""


class Watch:
    """One floor's watch. It looks soon after something happened; a floor at rest costs nothing."""

    def __init__(self, runner: Shell) -> None:
        self._runner = runner
        self._due: asyncio.TimerHandle | None = None
        self.found: tuple[str, ...] = ()

    def soon(self) -> None:
        """Something happened: look within a moment, once for all that happens until then."""
        if self._due is None and not self.found:
            floor = self._runner.floor
            size = len(floor.roster) + len(floor.calls)
            delay_s = LOOK_EVERY_S * max(1.0, size / COSTLY)
            self._due = asyncio.get_running_loop().call_later(delay_s, self._look)

    def synced(self, told: ev.LineSynced) -> None:
        """The switch's own list was taken: what it does not hold must be gone here."""
        if not self.found:
            self._tell(invariants.unheard(self._runner.floor, told))

    def close(self) -> None:
        """Look no more."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _look(self) -> None:
        self._due = None
        runner = self._runner
        floor, floors = runner.floor, (one.floor for one in runner.wiring.node.floors)
        self._tell((*invariants.violations(floor), *invariants.leaked(floor.trunks, floors)))

    def _tell(self, wrong: tuple[str, ...]) -> None:
        if not wrong:
            return
        self.found = wrong
        runner = self._runner
        log.error("invariant_violated", campaign=runner.campaign_id, what=list(wrong))
        runner.wiring.books.write(evidence(runner, wrong))
        why = f"the floor contradicts itself ({wrong[0]}); send a bug report (dialer bugreport) and restart the daemon"
        runner.feed(ev.DialingForbidden(runner.now(), SOURCE, why))


def evidence(runner: Shell, wrong: tuple[str, ...]) -> dict[str, Any]:
    """The floor as it was found, for the journal: ids and instants only."""
    floor = runner.floor
    return {
        "violated": runner.campaign_id,
        "at": runner.now(),
        "what": list(wrong),
        "calls": _some(floor.calls.values()),
        "agents": _some(floor.roster),
        "waiting": dict(list(floor.waiting.items())[:MOST_SHOWN]),
        "trunks": [msgspec.to_builtins(one) for one in floor.trunks.report(runner.now())],
    }


def _some(rows: Iterable[Any]) -> list[Any]:
    return [msgspec.to_builtins(row) for _, row in zip(range(MOST_SHOWN), rows, strict=False)]
