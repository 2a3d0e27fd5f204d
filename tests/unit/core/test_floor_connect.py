"""A caller meets an agent: who is offered, when, and what a refused bridge does."""

from __future__ import annotations

from dialer.core.settings import FloorSettings
from tests.parts.playbook import PlainRules, Playbook


def test_the_longest_ready_agent_is_bridged_in_the_step_of_the_hold() -> None:
    play = Playbook().play("""
        1 >> seated bert
        2 >> seated anna
        3 >> claimed c-1
          << dial c-1 alpha
          << note attempt_dialed c-1 trunk=alpha node=pbx
        8 >> rang c-1
       12 >> answered c-1
       12.001 >> held c-1
          << bridge c-1 bert
       12.003 >> made c-1 bert
          << note attempt_bridged c-1 agent=bert
          << note agent_state bert state=talking
    """)
    assert play.state("bert") == "talking"
    assert play.state("anna") == "ready"


def test_the_owner_of_the_lead_is_preferred_over_the_longest_ready() -> None:
    Playbook().play("""
        1 >> seated bert
        2 >> seated anna
        3 >> claimed c-1 owner=anna
          << dial c-1 alpha
       12 >> held c-1
          << bridge c-1 anna
    """)


def test_an_owner_who_is_busy_does_not_keep_the_caller_waiting() -> None:
    Playbook().play("""
        1 >> seated bert anna
        3 >> pause anna
        3 >> claimed c-1 owner=anna
          << dial c-1 alpha
       12 >> held c-1
          << bridge c-1 bert
    """)


def test_a_caller_without_an_agent_gets_the_first_who_becomes_free() -> None:
    Playbook().play("""
        1 >> seated anna
        3 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.002 >> made c-1 anna
       10.5 >> held c-2
       11.0 >> says anna sale
       11.2 >> busy anna
       11.5 >> free anna
       11.501 >> hung-up c-1
          << bridge c-2 anna
    """)


def test_the_caller_who_waits_longest_is_served_first() -> None:
    Playbook().play("""
        1 >> login anna
          << ring anna
        1 >> seated bert
        2 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 alpha
        3 >> pause bert
       10.0 >> held c-2
       10.1 >> held c-1
       10.2 >> ready bert
          << bridge c-2 bert
    """)


def test_a_seat_that_is_gone_costs_the_caller_nothing_and_sends_the_agent_away() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> seated bert
        3 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.002 >> unmade c-1 anna seat
          << renew anna
          << bridge c-1 bert
          << note agent_state anna state=away
       10.004 >> made c-1 bert
    """)
    assert play.agent("anna").reason == "the phone was gone when a caller was offered"
    assert play.floor.calls["c-1"].agent_id == "bert"


def test_a_caller_who_is_gone_leaves_the_agent_in_the_old_place() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> seated bert
        3 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.002 >> unmade c-1 anna call
       10.003 >> held c-2
          << bridge c-2 anna
       10.004 >> hung-up c-1
    """)
    assert play.ended("c-1")["outcome"] == "gave_up"


def test_a_refusal_that_comes_after_the_phone_was_known_lost_moves_nobody() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> seated bert
        2.5 >> seated carl
        3 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.001 >> dropped anna
          << renew anna
          << bridge c-1 bert
       10.002 >> unmade c-1 s-anna-1 seat
       10.003 >> made c-1 bert
    """)
    assert play.state("bert") == "talking"
    assert play.state("carl") == "ready"


def test_a_success_of_an_overtaken_offer_is_not_taken_for_the_next_agent() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> seated bert
        3 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.001 >> dropped anna
          << renew anna
          << bridge c-1 bert
       10.002 >> made c-1 s-anna-1
    """)
    assert play.state("bert") == "connecting"


def test_nobody_is_offered_in_the_last_moments_of_the_hold() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
        3 >> pause anna
       10 >> held c-1
       11.86 >> ready anna
       12.01 >> abandoned c-1
          << note attempt_abandoned c-1 gave_up=False
       20 >> hung-up c-1
          << note attempt_ended c-1 outcome=abandoned lead_state=waiting
    """)
    assert play.state("anna") == "ready"


def test_an_agent_is_still_offered_just_before_that() -> None:
    Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
        3 >> pause anna
       10 >> held c-1
       11.84 >> ready anna
          << bridge c-1 anna
    """)


def test_abandoned_and_bridged_both_counts_as_abandoned_and_holds_the_agent() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.0 >> busy anna
       10.001 >> abandoned c-1
          << note attempt_abandoned c-1
       10.003 >> made c-1 anna
       10.5 >> held c-2
       12.51 >> abandoned c-2
       15 >> hung-up c-1
          << note attempt_ended c-1 outcome=abandoned agent=anna lead_state=wrap_up
          << note agent_state anna state=wrapup
       16 >> says anna sale
          << note disposition c-1 code=sale lead_state=done
    """)
    assert play.floor.abandoned == 2


def test_abandoned_though_bridged_and_nothing_said_is_decided_as_abandoned() -> None:
    Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.002 >> made c-1 anna
       10.003 >> abandoned c-1
       11 >> free anna
       11 >> hung-up c-1
      131 >> time
          << note disposition c-1 code=none lead_state=waiting reason=abandoned
    """)


def test_an_abandoned_caller_is_not_offered_to_anyone() -> None:
    Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> abandoned c-1
       10 >> held c-1
    """)


def test_a_bridge_nobody_answered_for_is_looked_up_and_offered_again() -> None:
    Playbook().play("""
        1 >> seated anna bert
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.5 >> unmade c-1 anna unknown
          << audit
       10.51 >> synced asked=10.505 anna=holding bert=holding c-1=holding
          << bridge c-1 anna
    """)


def test_a_list_of_channels_older_than_the_offer_takes_nobody_back() -> None:
    play = Playbook().play("""
        1 >> seated anna bert
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.004 >> synced asked=10.001 anna=holding bert=holding c-1=holding
       10.005 >> made c-1 anna
    """)
    assert play.state("anna") == "talking"


def test_a_caller_is_offered_to_five_agents_at_most() -> None:
    names = ["a1", "a2", "a3", "a4", "a5", "a6"]
    play = Playbook(FloorSettings("sales", ("alpha",), PlainRules(), hold_s=60))
    play.play(
        f"1 >> seated {' '.join(names)}\n2 >> claimed c-1\n<< dial c-1 alpha\n10 >> held c-1\n<< bridge c-1 a1"
    )
    for n in range(4):
        play.play(
            f"{11 + n} >> unmade c-1 {names[n]} seat\n<< renew {names[n]}\n<< bridge c-1 {names[n + 1]}"
        )
    play.play("15 >> unmade c-1 a5 seat\n<< renew a5")
    assert play.state("a6") == "ready"
