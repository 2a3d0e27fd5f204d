"""The trunks of one node: channels, calls per second, order of fail-over, and rest for one that congests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What the end of a call says of its trunk."""

    WORKS = "works"
    REFUSED = "refused"
    SUSPECT = "suspect"
    SILENT = "silent"


CHANNEL_POLL_S = 1.0
"""How soon a full trunk is asked again: its channels may be freed by another campaign, unheard here."""

BURST_S = 0.25
"""Starts saved up while idle, in seconds of the rate: a carrier that counts sees no double rate."""


@dataclass(frozen=True, slots=True)
class TrunkLimits:
    """What an operator grants one trunk.

    It rests for `rest_s` once `rest_after` of its last calls in a row were refused by the carrier.
    """

    name: str
    max_channels: int
    calls_per_second: float
    post_dial_delay_s: float = 2.0
    rest_after: int = 5
    rest_s: float = 60.0


@dataclass(slots=True)
class _Trunk:
    limits: TrunkLimits
    channels: set[str] = field(default_factory=set)
    tokens: float = 0.0
    filled_at: float | None = None
    refusals: int = 0
    proven: bool = False
    rests_until: float = 0.0

    def refill(self, now: float) -> None:
        rate = self.limits.calls_per_second
        burst = max(1.0, rate * BURST_S)
        since = 0.0 if self.filled_at is None else max(0.0, now - self.filled_at)
        self.tokens = burst if self.filled_at is None else min(burst, self.tokens + since * rate)
        self.filled_at = now if self.filled_at is None else max(now, self.filled_at)

    def room(self, now: float) -> int:
        self.refill(now)
        if now < self.rests_until:
            return 0
        # A hair of tolerance: refilling in small steps must not lose a whole call to rounding.
        return max(0, min(self.limits.max_channels - len(self.channels), int(self.tokens + 1e-9)))

    def opens_at(self, now: float) -> float:
        """The earliest instant at which a start may be free again."""
        if now < self.rests_until:
            return self.rests_until
        if len(self.channels) >= self.limits.max_channels:
            return now + CHANNEL_POLL_S
        if self.tokens + 1e-9 < 1.0:
            return now + (1.0 - self.tokens) / self.limits.calls_per_second
        return now


@dataclass(frozen=True, slots=True)
class TrunkReport:
    """One trunk as a person sees it."""

    name: str
    channels: int
    max_channels: int
    rests_until: float | None
    refusals: int


class TrunkPool:
    """All trunks of a node, shared by its campaigns; deterministic given the same calls in order."""

    def __init__(self, limits: Sequence[TrunkLimits]) -> None:
        self._trunks = {one.name: _Trunk(one) for one in limits}

    def limits(self, name: str) -> TrunkLimits:
        """The limits of one trunk; KeyError if the node has none of that name."""
        return self._trunks[name].limits

    def every_limit(self) -> tuple[TrunkLimits, ...]:
        """The limits of all trunks, in their order."""
        return tuple(trunk.limits for trunk in self._trunks.values())

    def holders(self) -> Iterator[tuple[str, str]]:
        """Every channel in use: the trunk's name and the call it is counted for."""
        for name, trunk in self._trunks.items():
            for call_id in trunk.channels:
                yield name, call_id

    def retune(self, limits: Sequence[TrunkLimits]) -> None:
        """Take new limits; channels in use and rests are kept for trunks that stay."""
        old = self._trunks
        self._trunks = {}
        for one in limits:
            kept = old.get(one.name, _Trunk(one))
            kept.limits = one
            self._trunks[one.name] = kept

    def capacity(self, order: Sequence[str], now: float) -> int:
        """How many calls may start now over these trunks."""
        return sum(trunk.room(now) for trunk in self._of(order))

    def opens_at(self, order: Sequence[str], now: float) -> float:
        """When to ask again if `capacity` said none for want of starts or because of a rest."""
        return min((trunk.opens_at(now) for trunk in self._of(order)), default=now + CHANNEL_POLL_S)

    def take(self, order: Sequence[str], call_id: str, now: float) -> str | None:
        """Give the call a channel on the first trunk with room; None if there is none."""
        for trunk in self._of(order):
            if trunk.room(now) > 0:
                trunk.tokens -= 1.0
                trunk.channels.add(call_id)
                return trunk.limits.name
        return None

    def _of(self, order: Sequence[str]) -> list[_Trunk]:
        """The trunks of these names that the node still has."""
        return [self._trunks[name] for name in order if name in self._trunks]

    def adopt(self, name: str, call_id: str) -> None:
        """A call that already lives on this trunk, from before a restart; an unknown trunk is ignored."""
        if name in self._trunks:
            self._trunks[name].channels.add(call_id)

    def give_back(self, name: str, call_id: str, now: float, verdict: Verdict, *, rang: bool = False) -> bool:
        """The call's channel is free again; True if the trunk starts a rest because the carrier refuses.

        A suspect end counts as a refusal on a trunk that once said "it rings": some carriers never say so.
        """
        trunk = self._trunks.get(name)
        if trunk is None or call_id not in trunk.channels:
            return False
        trunk.channels.discard(call_id)
        trunk.proven = trunk.proven or rang
        if verdict is Verdict.WORKS:
            trunk.refusals = 0
        elif verdict is Verdict.REFUSED or (verdict is Verdict.SUSPECT and trunk.proven):
            trunk.refusals += 1
        if trunk.refusals < trunk.limits.rest_after:
            return False
        trunk.rests_until = now + trunk.limits.rest_s
        trunk.refusals = 0
        return True

    def report(self, now: float) -> tuple[TrunkReport, ...]:
        """Each trunk for the board."""
        return tuple(
            TrunkReport(
                one.limits.name,
                len(one.channels),
                one.limits.max_channels,
                one.rests_until if now < one.rests_until else None,
                one.refusals,
            )
            for one in self._trunks.values()
        )
