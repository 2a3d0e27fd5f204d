"""The line goes and comes back: what the switch says is live corrects what we believed."""

from __future__ import annotations

from tests.parts.playbook import Playbook

TALK = """
    1 >> seated anna
    1 >> seated bert
    2 >> claimed c-1 c-2 c-3
      << dial c-1 alpha
      << dial c-2 alpha
      << dial c-3 alpha
   10 >> held c-1
      << bridge c-1 anna
   10 >> busy anna
   10 >> made c-1 anna
   12 >> answered c-2
   13 >> line-lost
"""


def test_lost_calls_are_closed_as_unknown_or_abandoned_and_conversations_as_connected() -> None:
    play = Playbook().play(TALK).play("15 >> synced anna=holding bert=holding")
    assert play.ended("c-1")["outcome"] == "connected"
    assert play.ended("c-2")["outcome"] == "abandoned"
    assert play.ended("c-3")["outcome"] == "unknown"
    assert play.state("anna") == "wrapup"
    assert play.agent("anna").last_end == 15
    assert play.trunks.report(15)[0].channels == 0


def test_conversations_that_stand_go_on() -> None:
    play = Playbook().play(TALK).play("15 >> synced anna=talking bert=holding c-1=talking c-2=up c-3=ringing")
    assert play.state("anna") == "talking"
    assert play.floor.calls["c-3"].rang_at == 15
    play.play("16 >> claimed c-4\n << dial c-4 alpha")


def test_callers_found_waiting_are_offered_at_once() -> None:
    Playbook().play(TALK).play("""
       15 >> synced anna=talking bert=holding c-1=talking c-2=holding
          << bridge c-2 bert
    """)


def test_callers_found_in_the_last_moment_of_their_wait_are_left_to_the_message() -> None:
    """Of a hold of 2 s: found with time left, as it ends, and so late that its timer cannot be in force."""
    Playbook().play(TALK).play("""
       13.5 >> synced anna=talking bert=holding c-1=talking c-2=holding
          << bridge c-2 bert
    """)
    Playbook().play(TALK).play("""
       13.9 >> synced anna=talking bert=holding c-1=talking c-2=holding
       14.01 >> abandoned c-2
    """)
    Playbook().play(TALK).play("""
       14.6 >> synced anna=talking bert=holding c-1=talking c-2=holding
          << bridge c-2 bert
    """)


def test_no_agent_is_offered_while_the_line_is_down() -> None:
    play = Playbook().play(TALK).play("14 >> held c-2")
    assert play.state("bert") == "ready"


def test_seats_that_are_gone_send_agents_away_and_their_phones_are_rung_again() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       15 >> synced anna=talking c-1=talking c-2=up c-3=ringing
          << renew bert
    """)
    )
    assert play.state("bert") == "away"


def test_a_caller_found_in_the_rescue_hold_gets_another_agent() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       15 >> synced bert=holding c-1=holding c-2=up c-3=ringing
          << renew anna
          << bridge c-1 bert
    """)
    )
    assert play.floor.calls["c-1"].rescue
    assert play.state("anna") == "away"


def test_a_bridge_that_came_about_unheard_is_seen_in_the_list() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.001 >> line-lost
       10.002 >> unmade c-1 anna unknown
       10.5 >> synced anna=talking c-1=talking
    """)
    assert play.state("anna") == "talking"


def test_a_bridge_that_did_not_come_about_is_offered_again_if_time_is_left() -> None:
    Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.001 >> line-lost
       10.002 >> unmade c-1 anna unknown
       10.5 >> synced anna=holding c-1=holding
          << bridge c-1 anna
    """)


def test_an_agent_comes_back_when_caller_and_bridge_are_both_gone() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.001 >> line-lost
       15 >> synced anna=holding
    """)
    assert play.state("anna") == "ready"
    assert play.ended("c-1")["outcome"] == "abandoned"


def test_a_call_just_dialed_may_be_missing_from_the_list() -> None:
    play = Playbook().play("""
        1 >> seated anna
        5 >> claimed c-1
          << dial c-1 alpha
        5.01 >> synced asked=5.005 anna=holding
    """)
    assert "c-1" in play.floor.calls


def test_a_phone_just_rung_may_be_missing_from_the_list() -> None:
    play = Playbook().play("5 >> login anna ready\n << ring anna\n 5.01 >> synced asked=5.005")
    assert play.state("anna") == "ringing"


def test_a_redialed_phone_may_be_missing_from_the_list() -> None:
    play = Playbook().play("""
        1 >> seated anna
       20 >> dropped anna
          << renew anna
       20 >> renewed anna
          << ring anna
       20.01 >> synced asked=20.005
    """)
    assert play.agent("anna").seat_id is not None


def test_what_was_heard_after_the_list_was_asked_for_stands() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10 >> busy anna
       10 >> made c-1 anna
       40.002 >> free anna
       40.003 >> hung-up c-1
       40.004 >> synced asked=40.001 anna=talking c-1=talking
       41 >> says anna sale
    """)
    assert play.agent("anna").free


def test_the_dialplans_word_about_a_closed_attempt_still_counts() -> None:
    Playbook().play("""
        5 >> abandoned c-old
          << note attempt_abandoned c-old gave_up=False
        5 >> opted-out c-old
          << note attempt_opted_out c-old
    """)


def test_opting_out_is_recorded_once() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> abandoned c-1
       14 >> opted-out c-1
       14 >> opted-out c-1
       15 >> hung-up c-1
    """)
    assert len(play.noted("attempt_opted_out")) == 1
    assert len(play.noted("attempt_abandoned")) == 1
