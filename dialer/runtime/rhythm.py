"""When pacing is asked: soon after something happened, never in the way of a connection, for a share of a core."""

from __future__ import annotations

AT_ONCE_AGENTS = 50
"""Up to this many agents pacing is asked at once; beyond, as often as `SHARE` of a core allows."""

SHARE = 0.05

GAP_S = 0.02
"""What happens this soon after a decision is decided on together: an answer, its hold and its bridge are one."""

CONNECTING_S = 0.03
"""How long after an answer the loop is kept free: deciding then would keep the caller from the agent."""

PATIENCE_S = 0.2
"""The longest a decision is put off for the sake of connections."""


class Rhythm:
    """Instants are the daemon's clock; the caller asks `delay_s` before each decision and tells of each."""

    def __init__(self) -> None:
        self._not_before = float("-inf")
        self._quiet_until = float("-inf")
        self._wanted_at = float("inf")

    def wanted(self, now: float) -> None:
        """Something happened that pacing should know of."""
        self._wanted_at = min(self._wanted_at, now)

    def answered(self, now: float) -> None:
        """Somebody picked up: their connection comes first."""
        self._quiet_until = now + CONNECTING_S

    def delay_s(self, now: float) -> float:
        """How long to wait before deciding; not above 0: now."""
        quiet_until = min(self._quiet_until, self._wanted_at + PATIENCE_S)
        return max(self._not_before, quiet_until) - now

    def decided(self, now: float, cost_s: float, agents: int) -> None:
        """A decision took `cost_s` of the CPU on a floor of this size."""
        rest_s = cost_s / SHARE if agents > AT_ONCE_AGENTS else 0.0
        self._not_before = now + max(GAP_S, rest_s)
        self._wanted_at = float("inf")
