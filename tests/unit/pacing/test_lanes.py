"""Lanes: no set of them gets more calls than its agents can take, and nothing is left that could be had."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing import (
    AgentColumns,
    AgentState,
    CallColumns,
    Engine,
    LaneEngine,
    Lanes,
    Result,
    RingEnded,
    Settings,
    Snapshot,
)
from pacing.contract import BoolArray
from pacing.lanes import EVERY_SUBSET_OF, LaneSet, allot, family


@st.composite
def who_can(draw: st.DrawFn, most: int = EVERY_SUBSET_OF) -> BoolArray:
    """A row per lane, a column per agent."""
    lanes, agents = draw(st.integers(1, most)), draw(st.integers(0, 6))
    cells = draw(st.lists(st.booleans(), min_size=lanes * agents, max_size=lanes * agents))
    return np.array(cells, dtype=np.bool_).reshape(lanes, agents)


def subsets(count: int) -> list[LaneSet]:
    return [frozenset(one) for size in range(1, count + 1) for one in combinations(range(count), size)]


def agents_of(able: BoolArray, lanes: LaneSet) -> int:
    return int(able[sorted(lanes)].any(axis=0).sum())


def all_find_an_agent(able: BoolArray, calls: tuple[int, ...]) -> bool:
    """Whether every call can be given an agent of its own: augmenting paths."""
    taken: dict[int, int] = {}
    rows = [lane for lane, count in enumerate(calls) for _ in range(count)]

    def placed(call: int, seen: set[int]) -> bool:
        for agent in np.flatnonzero(able[rows[call]]).tolist():
            if agent not in seen:
                seen.add(agent)
                if agent not in taken or placed(taken[agent], seen):
                    taken[agent] = call
                    return True
        return False

    return all(placed(call, set()) for call in range(len(rows)))


@given(able=who_can())
def test_calls_allotted_by_agents_alone_all_find_one_and_no_agent_is_left_who_could_have_had_one(
    able: BoolArray,
) -> None:
    rooms = {one: agents_of(able, one) for one in family(able)}
    count = able.shape[0]
    given_ = allot(rooms, able.sum(axis=1).tolist(), [0] * count, [True] * count)
    assert all_find_an_agent(able, given_)
    assert sum(given_) == int(able.any(axis=0).sum())


@given(able=who_can())
def test_what_the_family_bounds_bounds_every_set(able: BoolArray) -> None:
    rooms = {one: agents_of(able, one) for one in family(able)}
    served = [lane for lane in range(able.shape[0]) if able[lane].any()]
    for lanes in subsets(able.shape[0]):
        inside = frozenset(lanes & set(served))
        if inside:
            closed = [one for one in rooms if inside <= one]
            parts = min(rooms[one] for one in closed)
            assert parts >= agents_of(able, inside)


@given(able=who_can(8), data=st.data())
def test_no_set_gets_more_than_its_room_and_nobody_could_get_one_more(
    able: BoolArray, data: st.DataObject
) -> None:
    count = able.shape[0]
    rooms = {one: data.draw(st.integers(-2, 40)) for one in family(able)}
    agents = able.sum(axis=1).tolist()
    wanted = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    given_ = allot(
        rooms, agents, data.draw(st.lists(st.integers(0, 9), min_size=count, max_size=count)), wanted
    )
    for lanes, room in rooms.items():
        assert sum(given_[lane] for lane in lanes) <= max(0, room)
    for lane in range(count):
        assert given_[lane] >= 0
        assert wanted[lane] or given_[lane] == 0
        assert agents[lane] or given_[lane] == 0
        if wanted[lane] and agents[lane]:
            full = [one for one in rooms if lane in one and sum(given_[k] for k in one) >= max(0, rooms[one])]
            assert full, "one more would have been within every room"


def test_lanes_with_the_same_agents_are_one_floor_and_lanes_with_none_in_common_are_two() -> None:
    same = np.array([[True, True], [True, True]])
    assert family(same) == (frozenset({0, 1}),)
    apart = np.array([[True, False], [False, True]])
    assert family(apart) == (frozenset({0, 1}), frozenset({0}), frozenset({1}))
    nested = np.array([[True, True, True], [True, False, False]])
    assert family(nested) == (frozenset({0, 1}), frozenset({1}))


def floor(ready: int) -> Snapshot:
    since = np.zeros(ready)
    agents = AgentColumns(
        np.arange(ready), np.full(ready, AgentState.READY), since, since + 30.0, since - 100.0
    )
    return Snapshot(100.0, agents, CallColumns.empty(), np.array([]), synced_at=100.0)


def one_lane(ready: int) -> Lanes:
    nothing = np.array([], dtype=np.int64)
    return Lanes(("life",), np.ones((1, ready), dtype=np.bool_), nothing, nothing, (True,))


@given(ready=st.integers(0, 12), seed=st.integers(0, 3))
def test_one_lane_that_all_can_serve_is_the_floor_as_it_was(ready: int, seed: int) -> None:
    plain, laned = Engine(Settings(), seed=seed), Engine(Settings(), seed=seed)
    lanes = LaneEngine(laned)
    for _ in range(2):
        asked = plain.decide(floor(ready))
        told = lanes.decide(floor(ready), one_lane(ready), most=10_000)
        assert repr(told.whole) == repr(asked)
        assert told.dial == (asked.dial,)
    assert plain.dump() == laned.dump()


def test_what_each_lane_has_learnt_goes_on_after_a_restart_and_a_file_from_before_lanes_is_read() -> None:
    snapshot, nothing = floor(12), np.array([], dtype=np.int64)
    able = np.array([[True] * 12, [True, True] + [False] * 10])
    lanes = Lanes(("", "life"), able, nothing, nothing, (True, True))
    before = LaneEngine(Engine(Settings(), seed=3))
    before.decide(snapshot, lanes, most=100)
    for n in range(80):
        result = Result.ANSWERED if n % 10 == 0 else Result.NO_ANSWER
        before.learn(RingEnded(100.0 + n, 12.0, result), "life")
        before.met("", ("", "life") if n % 2 else ("",))
    after = LaneEngine.load(json.loads(json.dumps(before.dump())), Settings())
    (kept,) = after.dump()["lanes"]
    assert after.dump() == before.dump()
    assert (kept["names"], kept["learnt"]["level"]["answers"]) == (["life"], 8.0)
    assert LaneEngine.load(Engine(Settings(), seed=3).dump()).dump()["lanes"] == []
    with pytest.raises(ValueError, match="lanes"):
        LaneEngine.load({**before.dump(), "lanes": [{"names": 7}]})


def test_lanes_are_asked_one_by_one_only_where_the_floor_has_room() -> None:
    snapshot, nothing = floor(6), np.array([], dtype=np.int64)
    lanes = Lanes(
        ("", "life"), np.array([[True] * 6, [True] * 2 + [False] * 4]), nothing, nothing, (True, True)
    )
    engine = LaneEngine(Engine(Settings(), seed=3))
    assert engine.decide(snapshot, lanes, most=0).dial == (0, 0)
    assert engine.dump()["lanes"] == []
    assert engine.decide(snapshot, lanes, most=100).dial[1] > 0
    assert [one["names"] for one in engine.dump()["lanes"]] == [["life"]]


def test_a_lane_whose_agents_are_all_spoken_for_gets_nothing_while_others_do() -> None:
    settings = Settings(mode="progressive")
    snapshot = floor(5)
    calls = CallColumns(np.array([7]), np.array([99.0]), np.array([np.nan]))
    snapshot = Snapshot(100.0, snapshot.agents, calls, np.array([]), synced_at=100.0)
    able = np.array([[True] * 5, [True, False, False, False, False]])
    lanes = Lanes(("", "life"), able, np.array([1]), np.array([], dtype=np.int64), (True, True))
    decision = LaneEngine(Engine(settings)).decide(snapshot, lanes, most=100)
    assert decision.dial == (4, 0)
    few = LaneEngine(Engine(settings)).decide(snapshot, lanes, most=3)
    assert (few.dial, few.wanted) == ((3, 0), 4)
