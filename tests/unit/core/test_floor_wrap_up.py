"""After a conversation: wrap-up, its limit, the word about the call, and the agent's own interval."""

from __future__ import annotations

import pytest

from dialer.core.settings import FloorSettings
from tests.parts.playbook import PlainRules, Playbook

TALK = """
    1 >> login anna interval=60 ready
      << ring anna
    1 >> free anna
    2 >> claimed c-1
      << dial c-1 alpha
   10 >> held c-1
      << bridge c-1 anna
   10 >> busy anna
   10 >> made c-1 anna
"""


def talked() -> Playbook:
    """Anna talks with c-1 since 10.0."""
    return Playbook().play(TALK)


def test_wrap_up_starts_with_the_hang_up_and_ends_with_the_disposition() -> None:
    play = talked().play("""
       40 >> free anna
       40 >> hung-up c-1
          << note attempt_ended c-1 outcome=connected agent=anna talk_s=30 wait_s=0 lead_state=wrap_up
          << note agent_state anna state=wrapup
       52.3 >> says anna sale
          << note disposition c-1 code=sale lead_state=done
          << note agent_state anna state=interval
    """)
    assert play.state("anna") == "interval"


@pytest.mark.parametrize("interval_s", [30.0, 60.0, 200.0])
def test_the_interval_counts_from_the_end_of_the_conversation_to_the_tenth(interval_s: float) -> None:
    play = talked().play(f"""
       20 >> interval anna {interval_s}
       40 >> free anna
       40 >> hung-up c-1
       52.3 >> says anna sale
       {40 + interval_s - 0.01} >> time
    """)
    assert play.state("anna") == "interval"
    assert play.floor.wake_at <= 40 + interval_s
    play.play(f"{40 + interval_s} >> time")
    assert play.state("anna") == "ready"
    assert play.agent("anna").since == 40 + interval_s


def test_wrap_up_longer_than_the_interval_makes_ready_at_once() -> None:
    play = talked().play("""
       40 >> free anna
       40 >> hung-up c-1
      110 >> says anna sale
    """)
    assert play.state("anna") == "ready"


def test_wrap_up_ends_by_itself_and_the_disposition_is_none_given() -> None:
    play = talked().play("""
       40 >> free anna
       40 >> hung-up c-1
      159.9 >> time
    """)
    assert play.state("anna") == "wrapup"
    play.play("""
      160 >> time
          << note disposition c-1 code=none lead_state=done
          << note agent_state anna state=ready
    """)


def test_a_disposition_during_the_conversation_decides_the_lead_when_it_ends() -> None:
    play = talked().play("""
       35 >> says anna later callback=9000 mine
          << note disposition c-1 code=later callback_owner=anna
       40 >> hung-up c-1
          << note attempt_ended c-1 lead_state=waiting next_at=9000
          << note agent_state anna state=interval
       40 >> free anna
    """)
    assert play.state("anna") == "interval"
    assert len(play.noted("disposition")) == 1


def test_a_second_disposition_in_the_conversation_replaces_the_first() -> None:
    talked().play("""
       35 >> says anna no
       36 >> says anna sale
       40 >> hung-up c-1
          << note attempt_ended c-1 lead_state=done reason=sale
    """)


def test_a_disposition_for_another_call_is_not_taken_for_this_one() -> None:
    play = talked().play("""
       35 >> says anna sale call=c-0
       40 >> hung-up c-1
       41 >> says anna sale call=c-0
    """)
    assert play.state("anna") == "wrapup"
    assert not play.noted("disposition")


def test_a_disposition_the_campaign_does_not_know_changes_nothing() -> None:
    play = talked().play("40 >> hung-up c-1\n 41 >> says anna nonsense")
    assert play.state("anna") == "wrapup"


def test_the_phone_in_its_hold_before_the_hang_up_is_heard_offers_nobody() -> None:
    play = talked().play("""
       11 >> claimed c-2
       << dial c-2 alpha
       39.9 >> held c-2
       40 >> free anna
       40.001 >> hung-up c-1
    """)
    assert play.state("anna") == "wrapup"


def test_an_agent_whose_phone_is_not_back_in_its_hold_is_not_offered() -> None:
    Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10 >> busy anna
       10 >> made c-1 anna
       30 >> claimed c-2
          << dial c-2 alpha
       39 >> says anna sale
       39.5 >> held c-2
       40 >> hung-up c-1
       40.001 >> free anna
          << bridge c-2 anna
    """)


def test_pausing_in_a_conversation_takes_effect_after_wrap_up() -> None:
    play = talked().play("""
       20 >> pause anna lunch
       40 >> free anna
       40 >> hung-up c-1
    """)
    assert play.state("anna") == "wrapup"
    play.play("""
       50 >> says anna sale
          << note agent_state anna state=away reason=lunch
      500 >> time
    """)
    assert play.state("anna") == "away"


def test_ready_again_before_the_end_takes_the_pause_back() -> None:
    play = talked().play("""
       20 >> pause anna lunch
       30 >> ready anna
       40 >> free anna
       40 >> hung-up c-1
      101 >> says anna sale
    """)
    assert play.state("anna") == "ready"


def test_logging_out_in_a_conversation_waits_for_wrap_up() -> None:
    play = talked().play("""
       20 >> logout anna
       40 >> free anna
       40 >> hung-up c-1
       50 >> says anna sale
          << hang-up anna
          << note agent_state anna state=out
    """)
    assert play.state("anna") == "out"


def test_logging_out_with_the_disposition_given_leaves_at_the_hang_up() -> None:
    play = talked().play("""
       20 >> logout anna
       30 >> says anna sale
       40 >> hung-up c-1
          << hang-up anna
    """)
    assert play.state("anna") == "out"


def test_logging_out_in_wrap_up_offers_nobody_and_closes_the_lead() -> None:
    play = talked().play("""
       40 >> free anna
       40 >> hung-up c-1
       95 >> claimed c-2
          << dial c-2 alpha
       99 >> held c-2
      100.5 >> logout anna
          << hang-up anna
          << note disposition c-1 code=none
    """)
    assert play.state("anna") == "out"


def test_logging_in_again_before_the_end_takes_the_log_out_back() -> None:
    play = talked().play("""
       20 >> logout anna
       30 >> login anna ready
       40 >> free anna
       40 >> hung-up c-1
      101 >> says anna sale
    """)
    assert play.state("anna") == "ready"


def test_logging_out_while_a_bridge_is_made_gives_the_caller_to_nobody_else_but_leaves_when_it_fails() -> (
    None
):
    play = Playbook().play("""
        1 >> seated anna
        2 >> claimed c-1
          << dial c-1 alpha
       10 >> held c-1
          << bridge c-1 anna
       10.001 >> logout anna
       10.002 >> hung-up c-1
          << hang-up anna
    """)
    assert play.state("anna") == "out"


def test_an_interval_is_skipped_only_on_wish() -> None:
    play = talked().play("""
       40 >> free anna
       40 >> hung-up c-1
       45 >> says anna sale
       50 >> ready anna
    """)
    assert play.state("anna") == "interval"
    play.play("51 >> ready anna skip")
    assert play.state("anna") == "ready"


def test_pausing_in_the_interval_does_not_cut_it_short() -> None:
    play = talked().play("""
       40 >> free anna
       40 >> hung-up c-1
       45 >> says anna sale
       50 >> pause anna
       60 >> ready anna
    """)
    assert play.state("anna") == "interval"
    play.play("100 >> time")
    assert play.state("anna") == "ready"


def test_a_running_interval_moves_with_a_new_choice_within_the_bounds() -> None:
    play = Playbook(FloorSettings("sales", ("alpha",), PlainRules(), interval_min_s=20, interval_max_s=100))
    play.play(TALK).play("""
       40 >> free anna
       40 >> hung-up c-1
       45 >> says anna sale
       46 >> interval anna 5
          << note agent_interval anna interval_s=20
       59.9 >> time
    """)
    assert play.state("anna") == "interval"
    play.play("60 >> time")
    assert play.state("anna") == "ready"
    play.play("61 >> interval anna 900")
    assert play.agent("anna").interval_s == 100
    assert play.state("anna") == "interval"
    play.play("62 >> interval anna nan")
    assert play.agent("anna").interval_s == 20


def test_pacing_learns_talk_and_wrap_up_once_each() -> None:
    play = talked()
    seen: list[object] = []
    play.floor.engine.learn = seen.append  # type: ignore[method-assign]
    play.play("""
       40 >> free anna
       40 >> hung-up c-1
       52 >> says anna sale
    """)
    assert [(type(one).__name__, getattr(one, "seconds", None)) for one in seen] == [
        ("TalkEnded", 30.0),
        ("WrapEnded", 12.0),
    ]
