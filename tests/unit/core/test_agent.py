"""One agent: ready only when everything says so, the place in the row kept, the interval never cut short."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core.agent import Agent, SeatState, State

READY = Agent(
    "anna",
    1,
    60.0,
    State.READY,
    since=5.0,
    seat_id="s-1",
    seat=SeatState.HELD,
    wants_ready=True,
    ready_since=5.0,
)


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.WRAPUP},
        {"seat": SeatState.BUSY},
        {"seat": SeatState.NONE},
        {"call_id": "c-1"},
    ],
)
def test_free_means_ready_in_the_hold_and_not_locked(change: dict[str, object]) -> None:
    assert READY.free
    assert not replace(READY, **change).free  # type: ignore[arg-type]


def test_an_offer_that_came_to_nothing_keeps_the_place() -> None:
    back = ag.unlock(ag.connect(READY, "c-1", 9.0), 9.1)
    assert back == READY


def test_a_pause_asked_for_during_an_offer_takes_effect_when_it_fails() -> None:
    asked = replace(ag.connect(READY, "c-1", 9.0), pausing="lunch")
    back = ag.unlock(asked, 9.1)
    assert (back.state, back.reason, back.wants_ready) == (State.AWAY, "lunch", False)


@given(
    interval_s=st.floats(0, 600),
    ended=st.floats(1.7e9, 1.8e9),
    wrap_up_s=st.floats(0, 700),
)
def test_the_next_conversation_never_starts_before_interval_and_wrap_up_are_over(
    interval_s: float, ended: float, wrap_up_s: float
) -> None:
    talking = ag.talk(ag.connect(replace(READY, interval_s=interval_s), "c-1", ended - 30), ended - 30)
    over = ag.end_talk(talking, ended)
    assert over.state is State.WRAPUP
    done = ag.become_available(over, ended + wrap_up_s)
    if done.state is State.INTERVAL:
        assert done.interval_ends_at > ended + wrap_up_s
        done = ag.become_available(done, done.interval_ends_at)
    assert done.state is State.READY
    assert done.since >= ended + interval_s
    assert done.since == max(ended + interval_s, ended + wrap_up_s)


def test_before_the_first_conversation_there_is_no_interval() -> None:
    assert ag.become_available(replace(READY, state=State.AWAY), 1.0).state is State.READY


def test_whoever_does_not_want_calls_stays_away_with_the_reason() -> None:
    away = replace(READY, state=State.AWAY, wants_ready=False, reason="logged in")
    assert ag.become_available(away, 1.0).reason == "logged in"


def test_a_lost_phone_ends_the_conversation_for_the_interval() -> None:
    gone = ag.lose_seat(ag.talk(ag.connect(READY, "c-1", 9.0), 9.0), 30.0, "reboot")
    assert (gone.state, gone.reason, gone.last_end, gone.call_id) == (State.AWAY, "reboot", 30.0, None)
    assert not gone.wants_ready


@pytest.mark.parametrize("state", [State.RINGING, State.OUT])
def test_a_phone_lost_before_the_floor_was_reached_is_out(state: State) -> None:
    assert ag.lose_seat(replace(READY, state=state), 30.0, "busy").state is State.OUT


@pytest.mark.parametrize(
    ("change", "overdue_at"),
    [
        ({}, float("inf")),
        ({"seat": SeatState.BUSY, "seat_at": 7.0}, 12.0),
        ({"seat": SeatState.RINGING, "seat_at": 7.0}, 67.0),
        ({"state": State.CONNECTING}, 10.0),
        ({"state": State.TALKING, "seat_at": 7.0}, 12.0),
        ({"state": State.TALKING, "seat": SeatState.BUSY}, float("inf")),
        ({"state": State.AWAY}, float("inf")),
    ],
)
def test_an_agent_in_doubt_is_looked_up_in_time(change: dict[str, object], overdue_at: float) -> None:
    assert replace(READY, **change).overdue_at == overdue_at  # type: ignore[arg-type]
