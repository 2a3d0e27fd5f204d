"""From pacing's number to calls on trunks: claims, limits, rests, and everything that forbids a call."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.core.outcomes import Outcome
from dialer.core.settings import FloorSettings, FollowUp
from dialer.core.trunks import TrunkPool
from pacing import Settings
from tests.parts.playbook import PlainRules, Playbook, trunk


def test_one_line_per_ready_agent_is_claimed_and_dialed() -> None:
    play = Playbook().play("""
        1 >> seated anna bert
        2 >> pace
          << claim 2
        2.1 >> pace
        2.2 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 alpha
        2.3 >> pace
    """)
    assert play.floor.why.text


def test_fewer_leads_than_asked_are_asked_for_again_after_a_rest() -> None:
    play = Playbook().play("""
        1 >> seated anna bert
        2 >> pace
          << claim 2
        2.1 >> claimed c-1 asked=2 exhausted
          << dial c-1 alpha
        2.2 >> pace
        3.09 >> pace
    """)
    assert play.floor.pace_at == 3.1
    play.play("3.1 >> pace\n << claim 1")


def test_an_empty_list_is_left_alone_until_its_next_lead_falls_due() -> None:
    play = Playbook().play("""
        1 >> seated anna bert
        2 >> pace
          << claim 2
        2.1 >> claimed asked=2 exhausted resume=30
        3.2 >> pace
    """)
    assert play.floor.pace_at == 30
    play.play("30 >> pace\n << claim 2")


def test_an_empty_list_is_looked_at_again_after_a_minute_whatever_it_said() -> None:
    play = Playbook().play("""
        1 >> seated anna bert
        2 >> pace
          << claim 2
        2.1 >> claimed asked=2 exhausted resume=9000
        50 >> pace
    """)
    assert play.floor.pace_at == pytest.approx(62.1)


def test_new_leads_wake_an_empty_list_at_once() -> None:
    Playbook().play("""
        1 >> seated anna bert
        2 >> pace
          << claim 2
        2.1 >> claimed asked=2 exhausted resume=9000
        4 >> leads-changed
        4 >> pace
          << claim 2
    """)


def test_leads_that_come_while_a_claim_is_on_its_way_are_not_slept_over() -> None:
    play = Playbook().play("""
        1 >> seated anna bert
        2 >> pace
          << claim 2
        2.1 >> leads-changed
        2.2 >> claimed asked=2 exhausted resume=9000
        2.3 >> pace
    """)
    assert play.floor.pace_at == pytest.approx(3.2)
    play.play("3.2 >> pace\n << claim 2")


class _RetrySoon(PlainRules):
    def after_outcome(self, outcome: Outcome, attempts: int, at: float, **known: Any) -> FollowUp:
        return FollowUp("waiting", at + 10.0)


def test_a_lead_that_comes_back_ends_the_rest_of_an_empty_list_when_it_falls_due() -> None:
    play = Playbook(FloorSettings("sales", ("alpha",), _RetrySoon())).play("""
        1 >> seated anna bert
        2 >> claimed c-1
          << dial c-1 alpha
        2 >> pace
          << claim 1
        2.1 >> claimed asked=1 exhausted resume=9000
        5 >> failed c-1 0
        5 >> hung-up c-1 17
        5 >> pace
    """)
    assert play.floor.pace_at == 15
    play.play("15 >> pace\n << claim 2")


def test_a_memory_that_fails_is_left_alone_for_a_second_and_says_why() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> pace
          << claim 1
        2.1 >> claimed asked=1 why=the_database_is_away
        2.2 >> pace
    """)
    assert play.floor.why.text == "the database is away"
    play.play("3.1 >> pace\n << claim 1")


def test_an_answered_person_on_the_way_to_the_hold_is_not_forgotten() -> None:
    Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
        9 >> answered c-1
        9 >> pace
        9.001 >> held c-1
          << bridge c-1 anna
        9.001 >> pace
    """)


@pytest.mark.parametrize("state", ["paused", "draining", "stopped"])
def test_leads_that_arrive_after_the_operator_said_no_are_not_dialed(state: str) -> None:
    play = Playbook().play(f"""
        1 >> seated anna
        2 >> pace
          << claim 1
        2.1 >> run {state}
          << note campaign_state sales state={state}
        2.2 >> claimed c-1
          << note attempt_ended c-1 outcome=not_dialed lead_state=pending
        2.3 >> pace
    """)
    assert not play.noted("attempt_dialed")
    assert not play.floor.calls


def test_a_full_journal_forbids_calls_until_it_is_writable_again() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> forbidden journal no space is left
        2.1 >> pace
        2.2 >> claimed c-1
    """)
    assert play.ended("c-1")["outcome"] == "not_dialed"
    assert play.floor.why.text == "no space is left"
    play.play("3 >> forbidden journal\n 3.1 >> pace\n << claim 1")


def test_without_an_agent_at_work_nothing_is_claimed() -> None:
    play = Playbook().play("1 >> pace\n 2 >> seated anna\n 3 >> pause anna\n 4 >> pace")
    assert "no agent" in play.floor.why.text
    assert play.floor.wake_at == float("inf")


def test_while_the_line_is_down_nothing_is_claimed_or_dialed() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> pace
          << claim 1
        3 >> line-lost
        4 >> claimed c-1
        5 >> pace
    """)
    assert play.ended("c-1")["outcome"] == "not_dialed"
    assert "connection reset" in play.floor.why.text


def test_draining_lets_ringing_calls_be_answered_and_connected() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
        3 >> run draining
        9 >> held c-1
          << bridge c-1 anna
        9 >> busy anna
        9 >> made c-1 anna
    """)
    assert play.floor.idle
    assert not play.floor.quiet
    play.play("20 >> free anna\n 20 >> hung-up c-1")
    assert not play.floor.quiet
    play.play("25 >> says anna sale")
    assert play.floor.quiet


def test_a_call_the_switch_refuses_goes_back_and_the_next_one_waits_a_second() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> pace
          << claim 1
        2 >> claimed c-1
          << dial c-1 alpha
        2.01 >> refused c-1
          << note attempt_ended c-1 outcome=not_dialed lead_state=pending
        2.1 >> pace
        3.1 >> pace
          << claim 1
    """)
    assert play.trunks.report(3.1)[0].channels == 0


def test_an_unclear_refusal_does_not_end_a_call_that_rang() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
        3 >> rang c-1
        4 >> refused c-1
    """)
    assert "c-1" in play.floor.calls


def test_the_second_trunk_takes_what_the_first_has_no_room_for() -> None:
    play = Playbook(
        FloorSettings("sales", ("alpha", "beta"), PlainRules()),
        TrunkPool((trunk(max_channels=1), trunk("beta"))),
    )
    play.play("""
        1 >> seated anna bert
        2 >> pace
          << claim 2
        2 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 beta
    """)


def test_more_than_the_trunks_carry_is_not_claimed_and_the_reason_is_said() -> None:
    play = Playbook(trunks=TrunkPool((trunk(max_channels=1),)))
    play.play("1 >> seated anna bert\n 2 >> pace\n << claim 1")
    assert "the trunks have no more room" in play.floor.why.text
    play.play("2.1 >> claimed c-1\n << dial c-1 alpha\n 2.2 >> pace")
    assert play.floor.wake_at >= 2.25


def test_calls_the_trunks_had_no_room_for_leave_the_campaign_its_start_rate() -> None:
    narrow = TrunkPool((trunk(max_channels=1), trunk("beta")))
    play = Playbook(trunks=narrow, pacing=Settings(mode="progressive", calls_per_second=2.0))
    play.play("1 >> seated anna bert\n 2 >> pace\n << claim 1\n 2 >> claimed c-1\n << dial c-1 alpha")
    play.floor.settings = FloorSettings("sales", ("alpha", "beta"), PlainRules())
    play.play("2.1 >> pace\n << claim 1")


def test_a_trunk_that_congests_rests_and_the_next_takes_over() -> None:
    play = Playbook(
        FloorSettings("sales", ("alpha", "beta"), PlainRules()),
        TrunkPool((trunk(rest_after=2, rest_s=30), trunk("beta"))),
    )
    play.play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
        2.1 >> failed c-1 0
        2.1 >> hung-up c-1 34 503
        3 >> claimed c-2
          << dial c-2 alpha
        3.1 >> failed c-2 0
        3.1 >> hung-up c-2 34 503
          << note attempt_ended c-2 outcome=congestion cause=34 tech_cause=503
        4 >> claimed c-3
          << dial c-3 beta
        33.2 >> claimed c-4
          << dial c-4 alpha
    """)


def test_a_failure_waits_a_moment_for_the_hang_up_with_its_cause() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 alpha
        3 >> failed c-1 0
        3 >> failed c-2 0
        3.1 >> hung-up c-1 17 486
        4 >> time
    """)
    assert play.ended("c-1")["outcome"] == "busy"
    assert play.ended("c-2")["outcome"] == "trunk_failed"


def test_the_hang_up_of_a_time_out_heard_before_its_reason_is_still_no_answer() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
        5 >> rang c-1
       34 >> hung-up c-1 19 480
       34 >> failed c-1 3
    """)
    assert play.ended("c-1")["outcome"] == "no_answer"


def test_a_call_that_is_silent_too_long_is_looked_up_and_closed_if_gone() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       39 >> time
          << audit
       39.01 >> synced asked=39.005 anna=holding
          << note attempt_ended c-1 outcome=unknown lead_state=waiting
    """)
    assert play.trunks.report(40)[0].channels == 0


def test_many_overdue_calls_ask_the_switch_once() -> None:
    Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1 c-2 c-3
          << dial c-1 alpha
          << dial c-2 alpha
          << dial c-3 alpha
       39 >> time
          << audit
       39.1 >> hung-up c-1
    """)


def test_released_calls_are_hung_up_with_a_cause_of_our_own() -> None:
    play = Playbook(pacing=Settings(mode="progressive"))
    play.play("""
        1 >> seated anna
        2 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 alpha
        3 >> rang c-1
        3 >> rang c-2
    """)
    decide = play.floor.engine.decide
    key = play.floor.calls["c-2"].key

    def release_one(snapshot: object) -> object:
        decision = decide(snapshot)  # type: ignore[arg-type]
        return type(decision)(decision.dial, (key, 999), decision.next_at, decision.why)

    play.floor.engine.decide = release_one  # type: ignore[assignment,method-assign]
    play.play("""
       20 >> pace
          << hang-up c-2 26
       20.1 >> failed c-2 0
       20.1 >> hung-up c-2 26
    """)
    assert play.ended("c-2")["outcome"] == "released"


def test_a_released_call_that_was_answered_in_that_instant_counts_as_abandoned() -> None:
    play = Playbook().play("1 >> seated anna\n 2 >> claimed c-1\n << dial c-1 alpha\n 3 >> rang c-1")
    from dialer.core.call import release

    play.floor.calls["c-1"] = release(play.floor.calls["c-1"])
    play.play("20 >> answered c-1\n 20.001 >> hung-up c-1 26")
    assert play.ended("c-1")["outcome"] == "abandoned"
    assert play.floor.abandoned == 1


def test_with_detection_a_call_counts_as_in_flight_until_the_verdict() -> None:
    play = Playbook(FloorSettings("sales", ("alpha",), PlainRules(), amd=True))
    play.play("""
        1 >> seated anna bert carl
        2 >> pace
          << claim 3
        2 >> claimed c-1 c-2 c-3
          << dial c-1 alpha
          << dial c-2 alpha
          << dial c-3 alpha
        9 >> answered c-1
        9 >> answered c-2
        9 >> answered c-3
        9 >> pace
       11 >> machine c-1
          << note attempt_machine c-1
       11 >> pace
          << claim 1
       11.5 >> person c-2
       11.5 >> pace
       11.501 >> held c-2
          << bridge c-2 anna
       11.6 >> hung-up c-3
          << note attempt_ended c-3 outcome=gave_up
       16 >> hung-up c-1
          << note attempt_ended c-1 outcome=machine
    """)
    assert play.floor.answered == 2
    assert play.floor.abandoned == 1


def test_the_same_claim_told_twice_dials_once() -> None:
    Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
        2 >> claimed c-1
    """)
