"""Seats: log-in, phones that drop, rescue of the caller, and going back to work."""

from __future__ import annotations

from tests.parts.playbook import Playbook

TALK = """
    1 >> seated anna
    1 >> seated bert
    2 >> claimed c-1
      << dial c-1 alpha
   10 >> held c-1
      << bridge c-1 anna
   10 >> busy anna
   10 >> made c-1 anna
"""


def test_logging_in_rings_the_phone_once_and_waits_for_its_hold() -> None:
    play = Playbook().play("""
        1 >> login anna ready
          << ring anna
          << note agent_state anna state=ringing
        2 >> login anna ready
    """)
    assert play.floor.roster.working == 0
    play.play("3 >> free anna\n << note agent_state anna state=ready")
    assert play.agent("anna").free


def test_logging_in_without_ready_is_away() -> None:
    play = Playbook().play("1 >> login anna\n << ring anna\n 3 >> free anna")
    assert play.state("anna") == "away"
    play.play("4 >> ready anna")
    assert play.state("anna") == "ready"


def test_a_phone_that_does_not_answer_logs_the_agent_out() -> None:
    play = Playbook().play("1 >> login anna ready\n << ring anna\n 31 >> dropped anna")
    assert play.state("anna") == "out"
    assert play.agent("anna").reason == "the phone hung up"
    play.play("40 >> login anna ready\n << ring anna")


def test_logging_out_while_the_phone_rings_stops_the_ringing() -> None:
    play = Playbook().play("1 >> login anna ready\n << ring anna\n 5 >> logout anna\n << hang-up anna")
    assert play.state("anna") == "out"


def test_a_phone_whose_fate_is_unheard_of_is_looked_up() -> None:
    play = Playbook().play("1 >> login anna ready\n << ring anna\n 61 >> time\n << audit\n 61.1 >> synced")
    assert play.state("anna") == "out"


def test_a_dropped_phone_is_rung_once_more_and_the_agent_is_away_and_told_why() -> None:
    play = Playbook().play("""
        1 >> seated anna
        5 >> dropped anna
          << renew anna
          << note agent_state anna state=away
        5 >> renewed anna
          << ring anna
        8 >> free anna
    """)
    assert play.state("anna") == "away"
    assert play.agent("anna").reason == "the phone hung up"
    play.play("9 >> ready anna")
    assert play.state("anna") == "ready"


def test_a_phone_that_drops_again_is_left_alone_until_the_agent_says_ready() -> None:
    play = Playbook().play("""
        1 >> seated anna
        5 >> dropped anna
          << renew anna
        5 >> renewed anna
          << ring anna
       35 >> dropped anna
       40 >> ready anna
          << renew anna
       40 >> renewed anna
          << ring anna
       42 >> free anna
    """)
    assert play.state("anna") == "ready"


def test_pausing_while_the_dropped_phone_rings_keeps_the_agent_away() -> None:
    play = Playbook().play("""
        1 >> seated anna
        5 >> dropped anna
          << renew anna
        5 >> renewed anna
          << ring anna
        6 >> ready anna
        7 >> pause anna
        8 >> free anna
    """)
    assert play.state("anna") == "away"


def test_hang_up_the_call_of_a_dropped_phone_ends_with_the_word_still_open() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       30 >> dropped anna
          << renew anna
       30.001 >> hung-up c-1
          << note attempt_ended c-1 outcome=connected agent=anna talk_s=20.001 lead_state=wrap_up
       45 >> says anna sale
          << note disposition c-1 code=sale lead_state=done
    """)
    )
    assert play.state("anna") == "away"


def test_the_same_when_the_hang_up_is_heard_before_the_drop() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       30 >> hung-up c-1
          << note attempt_ended c-1 lead_state=wrap_up
       30.001 >> dropped anna
          << renew anna
       45 >> says anna sale
          << note disposition c-1 code=sale lead_state=done
    """)
    )
    assert play.state("anna") == "away"


def test_nothing_said_after_a_drop_closes_the_lead_at_the_limit_of_wrap_up() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       30 >> dropped anna
          << renew anna
       30 >> hung-up c-1
    """)
    )
    assert not play.floor.quiet
    play.play("150 >> time\n << note disposition c-1 code=none lead_state=done")
    assert play.floor.quiet


def test_a_new_conversation_closes_the_word_that_was_still_open() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       30 >> dropped anna
          << renew anna
       30 >> hung-up c-1
       30 >> renewed anna
          << ring anna
       31 >> free anna
       31 >> pause bert
       32 >> ready anna
       32 >> claimed c-2
          << dial c-2 alpha
       40 >> held c-2
          << bridge c-2 anna
       40 >> made c-2 anna
          << note disposition c-1 code=none
       41 >> says anna sale
          << note disposition c-2 code=sale
    """)
    )
    assert len(play.noted("disposition", attempt="c-1")) == 1


def test_rescue_gives_the_caller_to_the_next_free_agent() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       30 >> dropped anna
          << renew anna
       30.001 >> held c-1
          << bridge c-1 bert
       30.003 >> made c-1 bert
          << note attempt_bridged c-1 agent=bert
       30.003 >> busy bert
       31 >> says anna no
       60 >> free bert
       60 >> hung-up c-1
          << note attempt_ended c-1 outcome=connected agent=bert lead_state=wrap_up
       65 >> says bert sale
          << note disposition c-1 code=sale lead_state=done
    """)
    )
    assert play.state("anna") == "away"
    assert 49.9 < play.ended("c-1")["talk_s"] < 50.0


def test_rescue_works_when_the_hold_is_heard_before_the_drop() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       30 >> held c-1
          << bridge c-1 bert
       30.001 >> dropped anna
          << renew anna
       30.003 >> made c-1 bert
    """)
    )
    assert play.state("bert") == "talking"
    assert play.state("anna") == "away"


def test_a_rescued_caller_may_wait_longer_than_a_new_one() -> None:
    Playbook().play(TALK).play("""
       11 >> pause bert
       30 >> dropped anna
          << renew anna
       30.001 >> held c-1
       50 >> ready bert
          << bridge c-1 bert
    """)


def test_a_rescued_caller_who_leaves_while_waiting_was_connected() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       11 >> pause bert
       30 >> dropped anna
          << renew anna
       30.001 >> held c-1
       45 >> hung-up c-1
    """)
    )
    assert play.ended("c-1")["outcome"] == "connected"


def test_a_repeated_hold_of_a_rescued_caller_does_not_offer_twice() -> None:
    Playbook().play(TALK).play("""
       30 >> rescued c-1
          << bridge c-1 bert
       30.001 >> held c-1
       30.002 >> rescued c-1
    """)


def test_an_old_hold_heard_late_does_not_end_the_conversation() -> None:
    play = Playbook().play(TALK).play("10 >> held c-1")
    assert play.state("anna") == "talking"


def test_a_phone_lost_while_a_bridge_is_made_offers_the_next_agent_at_once() -> None:
    Playbook().play("""
        1 >> seated anna bert
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.001 >> dropped anna
          << renew anna
          << bridge c-1 bert
    """)


def test_an_agent_leaving_whose_phone_drops_is_out_and_not_rung_again() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       20 >> logout anna
       30 >> dropped anna
       30 >> hung-up c-1
    """)
    )
    assert play.state("anna") == "out"
    assert play.floor.quiet


def test_an_agent_who_seems_to_talk_while_the_phone_is_held_is_looked_up() -> None:
    play = (
        Playbook()
        .play(TALK)
        .play("""
       30 >> free anna
       35 >> time
          << audit
       35.01 >> synced asked=35 anna=holding bert=holding
    """)
    )
    assert play.state("anna") == "wrapup"
    assert play.ended("c-1")["outcome"] == "connected"
