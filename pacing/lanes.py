"""Many lanes on one floor: how many calls each may get, so that no set of lanes asks too much of who can serve it.

A lane is a distinct set of skills that leads ask for. Calls of several lanes can all find an agent just when, for every
set of lanes, its calls are no more than the agents who can serve one of them (Hall, *On representatives of subsets*,
J. London Math. Soc. 10, 1935). So each set is a floor of its own: those agents, those calls, and a room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from pacing.contract import BoolArray

MOST_LANES = 8
"""Lanes that are dialed at once; leads of further ones wait their turn."""

EVERY_SUBSET_OF = 4
"""Up to so many lanes every set of them is looked at; of more, each alone and all together."""

FINENESS = 50
"""Of lanes that are as good as each other each gets a fiftieth of its room at a time."""

LaneSet = frozenset[int]


def family(able: BoolArray) -> tuple[LaneSet, ...]:
    """The sets of lanes to ask about, all lanes first; `able` has a row per lane and a column per agent.

    Of sets with the same agents only the largest is kept, and none that falls apart into others with agents of their
    own: their rooms follow from the rest. Lanes that no agent can serve are in the first set only.
    """
    count = able.shape[0]
    served = [lane for lane in range(count) if able[lane].any()]
    every = frozenset(range(count))
    if len(served) <= EVERY_SUBSET_OF:
        chosen: Iterable[tuple[int, ...]] = (
            lanes for size in range(1, len(served) + 1) for lanes in combinations(served, size)
        )
    else:
        chosen = ((lane,) for lane in served)
    found: dict[LaneSet, None] = {every: None}
    for lanes in chosen:
        closed = _closed(lanes, served, able)
        if len(closed) < len(served) and not _falls_apart(closed, able):
            found[closed] = None
    return tuple(found)


def allot(
    rooms: Mapping[LaneSet, int], agents: Sequence[int], flying: Sequence[int], wanted: Sequence[bool]
) -> tuple[int, ...]:
    """Calls for each lane such that no set gets more than its room and no wanted lane could get one more.

    The lanes with the fewest agents come first, so that those are kept for what only they can do; among equals, who
    has fewer calls in flight. A lane without agents gets none.
    """
    given = [0] * len(agents)
    left = {lanes: max(0, room) for lanes, room in rooms.items()}
    live = [lane for lane, want in enumerate(wanted) if want and agents[lane] > 0]
    while live:
        room = {lane: min((left[one] for one in left if lane in one), default=0) for lane in live}
        live = [lane for lane in live if room[lane] > 0]
        if not live:
            break
        lane = min(live, key=lambda one: (agents[one], flying[one] + given[one], one))
        equals = sum(agents[one] == agents[lane] for one in live)
        step = room[lane] if equals == 1 else max(1, room[lane] // FINENESS)
        given[lane] += step
        for lanes in left:
            if lane in lanes:
                left[lanes] -= step
    return tuple(given)


def _closed(lanes: Iterable[int], served: Sequence[int], able: BoolArray) -> LaneSet:
    """With them every lane that has no agents but theirs: its calls use up the same people."""
    theirs = able[list(lanes)].any(axis=0)
    return frozenset(lane for lane in served if not (able[lane] & ~theirs).any())


def _falls_apart(lanes: LaneSet, able: BoolArray) -> bool:
    """Whether it is of two parts that share no agent."""
    first, *others = sorted(lanes)
    reached = able[first].copy()
    rest = set(others)
    while joined := {lane for lane in rest if (able[lane] & reached).any()}:
        rest -= joined
        reached = reached | np.logical_or.reduce(able[sorted(joined)], axis=0)
    return bool(rest)
