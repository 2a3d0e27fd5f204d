"""The calls in flight as pacing sees them, whatever happened to them before."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dialer.core.call import Call
from dialer.core.flight import Calls

instants = st.none() | st.floats(1, 100)
calls = st.builds(
    Call,
    id=st.sampled_from([f"c-{n}" for n in range(100)]),
    key=st.just(0),
    lead_id=st.just(1),
    claimed_at=st.floats(1, 100),
    amd=st.booleans(),
    p_answer=st.none() | st.floats(0, 1),
    dialed_at=instants,
    rang_at=instants,
    answered_at=instants,
    held_at=instants,
    failed_at=instants,
    machine=st.none() | st.booleans(),
    released=st.booleans(),
)


def keyed(call: Call) -> Call:
    return replace(call, key=int(call.id[2:]) + 1)


@given(st.lists(calls | st.sampled_from([f"c-{n}" for n in range(100)]), max_size=200), st.integers(0, 3))
def test_the_columns_are_those_of_the_calls_that_are_there(changes: list[Call | str], ghosts: int) -> None:
    floor = Calls()
    for change in changes:
        if isinstance(change, Call):
            floor[change.id] = keyed(change)
        elif change in floor:
            del floor[change]
    flying = {call.key: call for call in floor.values() if call.in_flight}
    seen = floor.flying(ghosts, 50.0)
    assert sorted(seen.id) == sorted([*flying, *(-1 - n for n in range(ghosts))])
    for row, key in enumerate(seen.id):
        call = flying.get(int(key))
        assert seen.dialed_at[row] == (50.0 if call is None else call.dialed_at or call.claimed_at)
        rings = call is not None and call.answered_at is None
        assert _same(seen.ringing_at[row], call.rang_at if call is not None and rings else None)
        if seen.p_answer is not None:
            assert _same(seen.p_answer[row], None if call is None else call.p_answer)
    assert (seen.p_answer is not None) == any(call.p_answer is not None for call in flying.values())
    assert all(floor.in_flight(key) == call for key, call in flying.items())
    assert sorted(floor.arriving) == sorted(
        call.answered_at for call in floor.values() if call.arriving and call.answered_at is not None
    )


def _same(seen: float, known: float | None) -> bool:
    return math.isnan(seen) if known is None else seen == known
