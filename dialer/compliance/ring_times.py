"""How long it rang, as evidence: machines answer a number after the time they are set to, people when they like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BIN_S = 2
"""Rings are told in twos of seconds: a network's ring takes longer than one."""

PRIOR = 0.5
"""Jeffreys' pseudo-count of each bin, so that an empty one weighs little and divides by nothing."""


@dataclass(slots=True)
class RingBin:
    """Calls that had rung for `from_s` up to `to_s` seconds when they were answered.

    `person`, `machine` and `unsure` are the detection's verdicts; `people` and `machines` what people, by clip or as
    the agent on the call, said of those it took for machines. `ratio` is the likelihood ratio P(this ring | machine)
    / P(this ring | person) among these; None before both were found at all.
    """

    from_s: int
    to_s: int
    person: int = 0
    machine: int = 0
    unsure: int = 0
    people: int = 0
    machines: int = 0
    ratio: float | None = None

    def as_dict(self) -> dict[str, int | float | None]:
        """The same for programs."""
        row = {name: getattr(self, name) for name in self.__slots__}
        return {**row, "ratio": None if self.ratio is None else round(self.ratio, 3)}


@dataclass(frozen=True, slots=True)
class Judged:
    """So many calls that rang for `second` whole seconds; `found` is "person", "machine", or empty if nobody heard."""

    second: int
    verdict: str
    found: str
    calls: int


def binned(calls: Iterable[Judged]) -> tuple[RingBin, ...]:
    """The bins in order, those without calls left out, each with its likelihood ratio.

    ratio(b) = ((m_b + 1/2) / (m + B/2)) / ((p_b + 1/2) / (p + B/2)), with m machines and p people found among the
    detection's machines, m_b and p_b of them in bin b, and B bins (Jeffreys 1946). By Bayes the odds that a call the
    detection takes for a machine is one are m / p times the ratio of its ring.
    """
    bins: dict[int, RingBin] = {}
    for one in calls:
        first = max(0, one.second) // BIN_S * BIN_S
        kept = bins.setdefault(first, RingBin(first, first + BIN_S))
        if one.verdict == "MACHINE":
            kept.machine += one.calls
            kept.people += one.calls if one.found == "person" else 0
            kept.machines += one.calls if one.found == "machine" else 0
        elif one.verdict == "HUMAN":
            kept.person += one.calls
        else:
            kept.unsure += one.calls
    people, machines = (sum(getattr(one, name) for one in bins.values()) for name in ("people", "machines"))
    if people and machines:
        spread = PRIOR * len(bins)
        for kept in bins.values():
            of_machines = (kept.machines + PRIOR) / (machines + spread)
            kept.ratio = of_machines / ((kept.people + PRIOR) / (people + spread))
    return tuple(bins[first] for first in sorted(bins))


WEIGHT = 20.0
"""How many calls the share of the whole campaign weighs in a bin's own share."""


def doubtful(bins: Iterable[RingBin], above: float, least: int) -> tuple[tuple[int, int], ...]:
    """Rings after which more than `above` of the machines heard are people, as (from, to) seconds.

    share(b) = (p_b + K * p / (p + m)) / (p_b + m_b + K), K = `WEIGHT`: the bin's own share, held to that of all where
    little was found (a Beta prior). None before `least` calls were found to be one or the other.
    """
    kept = tuple(bins)
    people, found = (sum(one.people for one in kept), sum(one.people + one.machines for one in kept))
    if found < max(1, least):
        return ()
    usual = WEIGHT * people / found
    return tuple(
        (one.from_s, one.to_s)
        for one in kept
        if (one.people + usual) / (one.people + one.machines + WEIGHT) > above
    )
