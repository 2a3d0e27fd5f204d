"""Somebody rings us: they wait as who answered does, and nothing of them enters what is counted of our own calls."""

from __future__ import annotations

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import exchange
from dialer.core.settings import Known
from tests.parts.playbook import Playbook

CALL = "pbx-1795366841.7"


def arrival(at: float, call_id: str = CALL, owner: str | None = None, hold_s: int = 30) -> ev.CallArrived:
    new = ev.NewCall(call_id, 7, 2, owner, known=Known(("Europe/London",)))
    return ev.CallArrived(at, call_id, new, at, hold_s)


def others(commands: list[do.Command]) -> list[do.Command]:
    return [one for one in commands if not isinstance(one, do.Record)]


def test_the_longest_ready_agent_takes_them_and_the_owner_before() -> None:
    for owner, taken in ((None, "anna"), ("bert", "bert")):
        play = Playbook().play("1 >> seated anna\n2 >> seated bert")
        commands = others(play.floor.step(arrival(10.0, owner=owner)))
        assert commands == [do.Bridge(CALL, play.seat(taken))]


def test_they_talk_wrap_up_and_are_decided_by_the_disposition_like_anybody() -> None:
    play = Playbook().play("1 >> seated anna")
    play.floor.step(arrival(10.0))
    play.play(
        f"""
        10.1 >> made {CALL} anna
        << note attempt_bridged {CALL} agent=anna
        10.1 >> busy anna
        20 >> hung-up {CALL}
        << note attempt_ended {CALL} outcome=connected talk_s=9.9 lead_state=wrap_up agent=anna
        20.1 >> free anna
        25 >> says anna sale
        << note disposition {CALL} code=sale lead_state=done
        """
    )


def test_in_vain_leaves_the_lead_and_every_ledger_as_they_were() -> None:
    play = Playbook().play("1 >> seated anna")
    play.floor.step(arrival(9.0, "pbx-1.1"))
    play.play("9.1 >> made pbx-1.1 anna\n9.1 >> busy anna")
    assert others(play.floor.step(arrival(10.0))) == []
    assert exchange.snapshot(play.floor).waiting.tolist() == [10.0]
    play.play(f"40 >> abandoned {CALL}\n44 >> opted-out {CALL}\n<< note attempt_opted_out {CALL}")
    assert exchange.snapshot(play.floor).waiting.size == 0
    play.play(f"45 >> hung-up {CALL}")
    ended = play.ended(CALL)
    assert (ended["outcome"], ended["lead_state"]) == ("missed", None)
    assert not play.noted("attempt_abandoned")
    assert (play.floor.answered, play.floor.abandoned, play.floor.dialed) == (0.0, 0.0, 0)


def test_whoever_hangs_up_while_waiting_is_missed_and_not_abandoned() -> None:
    play = Playbook().play("1 >> seated anna\n2 >> pause anna\n3 >> seated bert")
    play.floor.step(arrival(9.0, "pbx-1.1"))
    play.play("9.1 >> made pbx-1.1 bert\n9.1 >> busy bert")
    play.floor.step(arrival(10.0))
    play.play(f"12 >> hung-up {CALL}")
    assert play.ended(CALL)["outcome"] == "missed"
    assert play.floor.abandoned == 0.0


def test_with_nobody_at_work_they_need_not_wait() -> None:
    play = Playbook().play("1 >> seated anna\n2 >> pause anna lunch")
    assert others(play.floor.step(arrival(10.0))) == [do.EndWait(CALL)]
    assert exchange.snapshot(play.floor).waiting.size == 0


def test_who_was_called_goes_before_who_rang_and_has_time() -> None:
    play = Playbook().play("1 >> seated anna")
    play.floor.step(arrival(9.0, "pbx-1.1"))
    play.play("9.1 >> made pbx-1.1 anna\n9.1 >> busy anna")
    play.floor.step(arrival(10.0))
    play.play(
        """
        11 >> claimed c-1
        << dial c-1 alpha
        12 >> held c-1
        12.2 >> hung-up pbx-1.1
        12.3 >> free anna
        12.4 >> says anna sale
        << bridge c-1 anna
        """
    )


def test_a_second_word_of_the_same_arrival_changes_nothing() -> None:
    play = Playbook().play("1 >> seated anna")
    play.floor.step(arrival(10.0))
    before = play.floor.calls[CALL]
    assert others(play.floor.step(arrival(10.5))) == []
    assert play.floor.calls[CALL] is before


def test_silence_about_them_is_suspicious_only_after_their_wait() -> None:
    play = Playbook().play("1 >> seated anna")
    play.floor.step(arrival(9.0, "pbx-1.1"))
    play.play("9.1 >> made pbx-1.1 anna\n9.1 >> busy anna")
    play.floor.step(arrival(10.0, hold_s=300))
    assert play.floor.calls[CALL].overdue_at == 400.0
