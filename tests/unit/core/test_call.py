"""One call as a set of facts: order and repeats make no difference to what came of it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dialer.core import events as ev
from dialer.core.call import Call, Phase, lock, release
from dialer.core.call_rules import apply
from dialer.core.outcomes import Outcome

CALL = replace(lock(Call("c-1", 1, 100, 0.0), "anna", "s-1"), agent_id=None, dialed_at=0.0)


def after(*facts: ev.CallEvent, call: Call = CALL) -> Call:
    for fact in facts:
        call = apply(call, fact)
    return call


RANG = ev.CallRang(3.0, "c-1")
ANSWERED = ev.CallAnswered(9.0, "c-1")
HELD = ev.CallHeld(9.001, "c-1")
MADE = ev.BridgeMade(9.003, "c-1", "s-1")
BRIDGED = ev.CallBridged(9.003, "c-1")
ABANDONED = ev.CallAbandoned(11.0, "c-1")
FAILED = ev.DialFailed(5.0, "c-1", 0)
BUSY = ev.CallHungUp(5.0, "c-1", 17, 486)
OVER = ev.CallHungUp(40.0, "c-1", 16)


@pytest.mark.parametrize(
    ("facts", "phase"),
    [
        ((), Phase.DIALING),
        ((RANG,), Phase.RINGING),
        ((RANG, ANSWERED), Phase.ANSWERED),
        ((HELD,), Phase.WAITING),
        ((HELD, MADE), Phase.TALKING),
        ((HELD, ABANDONED), Phase.LEAVING),
        ((HELD, MADE, ABANDONED), Phase.TALKING),
        ((HELD, MADE, OVER), Phase.ENDED),
    ],
)
def test_the_phase_is_read_off_the_facts(facts: tuple[ev.CallEvent, ...], phase: Phase) -> None:
    assert after(*facts).phase is phase


@pytest.mark.parametrize("order", list(itertools.permutations([RANG, ANSWERED, HELD, BRIDGED, MADE])))
def test_a_conversation_is_one_in_any_order(order: tuple[ev.CallEvent, ...]) -> None:
    call = after(*order, OVER)
    assert call.outcome is Outcome.CONNECTED
    assert call.answered_at is not None


@pytest.mark.parametrize("order", list(itertools.permutations([ANSWERED, HELD, BRIDGED, ABANDONED])))
def test_abandoned_and_bridged_is_abandoned_in_any_order(order: tuple[ev.CallEvent, ...]) -> None:
    assert after(*order, OVER).outcome is Outcome.ABANDONED


@pytest.mark.parametrize("order", list(itertools.permutations([RANG, FAILED, BUSY])))
def test_busy_is_busy_in_any_order(order: tuple[ev.CallEvent, ...]) -> None:
    assert after(*order).outcome is Outcome.BUSY


MORE = [
    ev.CallLost(41.0, "c-1"),
    ev.MachineJudged(10.0, "c-1", True),
    ev.DialRefused(1.0, "c-1", "down"),
    ev.CallOptedOut(12.0, "c-1"),
]
FACTS = st.lists(
    st.sampled_from([RANG, ANSWERED, HELD, MADE, BRIDGED, ABANDONED, FAILED, BUSY, OVER, *MORE]), max_size=12
)


@given(FACTS, st.booleans())
def test_no_order_of_facts_breaks_a_call(facts: list[ev.CallEvent], amd: bool) -> None:
    call = after(*facts, call=replace(CALL, amd=amd))
    assert call.phase in Phase
    assert call.outcome in Outcome
    assert call.talk_s >= 0
    assert not (call.in_flight and call.arriving)
    if call.ended:
        assert not call.in_flight
        assert not call.arriving


@given(FACTS)
def test_a_repeat_changes_nothing(facts: list[ev.CallEvent]) -> None:
    call = after(*facts)
    if facts:
        assert apply(call, facts[-1]) == call


def test_answered_without_an_agent_is_never_unknown() -> None:
    assert after(ANSWERED, OVER).outcome is Outcome.GAVE_UP
    assert after(HELD, ev.CallLost(50.0, "c-1")).outcome is Outcome.ABANDONED


def test_silence_to_the_end_is_unknown() -> None:
    assert after(RANG, ev.CallLost(50.0, "c-1")).outcome is Outcome.UNKNOWN


def test_a_failure_without_any_channel_is_the_trunks() -> None:
    assert after(FAILED, ev.CallLost(6.0, "c-1")).outcome is Outcome.TRUNK_FAILED
    assert after(RANG, FAILED, ev.CallLost(6.0, "c-1")).outcome is Outcome.ERROR


def test_our_time_out_is_no_answer_whatever_came_first() -> None:
    timed_out, hung_up = ev.DialFailed(30.0, "c-1", 3), ev.CallHungUp(30.0, "c-1", 19, 480)
    assert after(timed_out, hung_up).outcome is Outcome.NO_ANSWER
    assert after(hung_up, timed_out).outcome is Outcome.NO_ANSWER
    assert after(ev.CallHungUp(12.0, "c-1", 19, 480)).outcome is Outcome.UNAVAILABLE


def test_released_is_released_unless_somebody_answered() -> None:
    assert after(FAILED, ev.CallHungUp(5.0, "c-1", 26), call=release(CALL)).outcome is Outcome.RELEASED
    assert after(ANSWERED, OVER, call=release(CALL)).outcome is Outcome.ABANDONED


def test_with_detection_a_call_is_in_flight_until_the_verdict() -> None:
    call = replace(CALL, amd=True)
    assert after(RANG, ANSWERED, call=call).in_flight
    person = after(ANSWERED, ev.MachineJudged(11.0, "c-1", False), call=call)
    assert not person.in_flight
    assert person.arriving
    machine = after(ANSWERED, ev.MachineJudged(11.0, "c-1", True), call=call)
    assert not machine.in_flight
    assert not machine.arriving
    assert after(OVER, call=machine).outcome is Outcome.MACHINE


def test_talk_is_counted_over_both_agents_of_a_rescue() -> None:
    back = after(HELD, MADE, ev.CallHeld(19.003, "c-1"))
    assert back.rescue
    again = after(ev.BridgeMade(22.0, "c-1", "s-2"), OVER, call=lock(back, "bert", "s-2"))
    assert again.talk_s == pytest.approx(10.0 + 18.0)
    assert again.bridged_at == 9.003


def test_silence_is_suspicious_at_the_right_time() -> None:
    assert CALL.overdue_at == 35.0
    assert after(FAILED).overdue_at == 6.0
    assert after(FAILED, ANSWERED).overdue_at == 99.0
    assert after(HELD, MADE).overdue_at == float("inf")


def test_the_greeting_ends_where_the_first_speech_did_not_where_it_was_told() -> None:
    call = apply(CALL, ev.GreetingBegan(10.75, CALL.id))
    assert (
        apply(CALL, ev.GreetingEnded(14.0, CALL.id, 0.8)).greeting_end_at is None
    )  # whose begin nobody heard
    call = apply(call, ev.GreetingEnded(14.1, CALL.id, 0.75))
    assert call.greeting_end_at == 11.5
    later = apply(apply(call, ev.GreetingBegan(20.0, CALL.id)), ev.GreetingEnded(25.0, CALL.id, 2.0))
    assert (later.greeting_from, later.greeting_end_at) == (10.75, 11.5)


def test_a_suspected_machine_goes_to_an_agent_as_a_person_does() -> None:
    """The word of the detection may come after the hold; either way it is kept, and no machine is counted."""
    call = replace(CALL, amd=True)
    word = ev.MachineJudged(
        11.0, "c-1", machine=False, cause="MAXWORDS-3-2", status="MACHINE", suspected=True
    )
    held = ev.CallHeld(11.1, "c-1")
    for order in ((ANSWERED, word, held), (ANSWERED, held, word)):
        one = after(*order, call=call)
        assert (one.verdict, one.suspected, one.machine) == ("MACHINE", True, False)
        assert not one.in_flight
