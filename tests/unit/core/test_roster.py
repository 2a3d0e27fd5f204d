"""The roster's indexes against the plain truth: who is longest ready, who sits where, what pacing sees."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dialer.core.agent import PACING_STATE, Agent, SeatState, State
from dialer.core.roster import Roster
from pacing import AgentState

AGENTS = st.builds(
    Agent,
    id=st.sampled_from([f"a{n}" for n in range(20)]),
    key=st.just(0),
    interval_s=st.sampled_from([30.0, 60.0, 200.0]),
    state=st.sampled_from(State),
    since=st.integers(0, 50).map(float),
    seat=st.sampled_from(SeatState),
    call_id=st.sampled_from([None, None, "c-1"]),
    ready_since=st.integers(0, 5).map(float),
    leaving=st.booleans(),
)


def seated(agent: Agent) -> Agent:
    seat_id = None if agent.seat is SeatState.NONE else f"s-{agent.id}-{agent.since:g}"
    return replace(agent, key=int(agent.id[1:]), seat_id=seat_id)


def seen(agent: Agent) -> AgentState:
    if agent.seat is SeatState.NONE or (agent.state is State.READY and not agent.free):
        return AgentState.AWAY
    return PACING_STATE[agent.state]


@given(st.lists(st.tuples(AGENTS, st.integers(0, 9)), max_size=60))
def test_every_index_agrees_with_the_agents_themselves(acts: list[tuple[Agent, int]]) -> None:
    roster, plain = Roster(), dict[str, Agent]()
    for raw, dice in acts:
        agent = seated(raw)
        if dice == 0:
            roster.remove(agent.id)
            plain.pop(agent.id, None)
        else:
            roster.put(agent)
            plain[agent.id] = agent
        free = sorted((one.ready_since, one.id) for one in plain.values() if one.free)
        found = roster.longest_ready()
        assert (found.id if found else None) == (free[0][1] if free else None)
        assert len(roster) == len(plain)
        assert all(roster.count(state) == sum(a.state is state for a in plain.values()) for state in State)
        assert all(roster.at_seat(one.seat_id) == one for one in plain.values() if one.seat_id)
    columns = roster.columns()
    on_floor = {one.key: one for one in plain.values() if one.state in PACING_STATE}
    assert sorted(columns.id.tolist()) == sorted(on_floor)
    for row, key in enumerate(columns.id.tolist()):
        agent = on_floor[key]
        assert columns.state[row] == seen(agent)
        assert (columns.since[row], columns.interval[row]) == (agent.since, agent.interval_s)
        assert columns.leaving is not None
        assert columns.leaving[row] == agent.leaving


def test_an_old_seat_leads_to_nobody() -> None:
    roster = Roster()
    agent = Agent("anna", 1, 60.0, State.AWAY, seat_id="s-1", seat=SeatState.HELD)
    roster.put(agent)
    roster.put(replace(agent, seat_id="s-2"))
    assert roster.at_seat("s-1") is None
    assert roster.at_seat("s-2") is not None


def test_columns_are_a_copy() -> None:
    roster = Roster()
    agent = Agent("anna", 1, 60.0, State.READY, seat_id="s-1", seat=SeatState.HELD)
    roster.put(agent)
    before = roster.columns()
    roster.put(replace(agent, state=State.TALKING))
    assert before.state.tolist() == [AgentState.READY]
    assert np.isneginf(before.last_end).all()


def test_on_a_floor_where_nobody_is_ever_offered_old_places_in_the_row_are_not_kept() -> None:
    roster = Roster()
    for n in range(1000):
        for name in ("anna", "ben"):
            agent = Agent(name, len(name), 60.0, State.READY, seat_id=f"s-{name}", seat=SeatState.HELD)
            roster.put(replace(agent, state=State.PREVIEW, call_id=f"c-{n}"))
            roster.put(replace(agent, ready_since=float(n + len(name))))
    assert len(roster._ready) < 100
    first = roster.longest_ready()
    assert first is not None
    assert first.id == "ben"
