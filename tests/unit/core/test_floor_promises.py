"""An agent with a promised call on the way is kept for it while anybody else is free."""

from __future__ import annotations

from dialer.core import events as ev
from dialer.core.settings import Known
from tests.parts.playbook import Playbook


def _promised(at: float, call: str, owner: str) -> ev.LeadsClaimed:
    new = ev.NewCall(call, 1, 1, owner, known=Known(callback_at=at, callback_owner=owner))
    return ev.LeadsClaimed(at, 1, (new,))


def _begun() -> Playbook:
    """Anna is ready longest and has promised p-1; c-1 is anybody's."""
    play = Playbook().play("""
        1 >> seated anna bert
        3 >> claimed c-1
          << dial c-1 alpha
    """)
    play.floor.step(_promised(3.0, "p-1", "anna"))
    return play


def test_another_agent_takes_other_callers_while_a_promised_call_rings() -> None:
    _begun().play("""
        10 >> held c-1
          << bridge c-1 bert
        12 >> held p-1
          << bridge p-1 anna
    """)


def test_a_caller_who_is_there_goes_before_one_who_may_answer() -> None:
    _begun().play("""
         5 >> pause bert
        10 >> held c-1
          << bridge c-1 anna
    """)


def test_a_promised_call_that_nobody_answers_keeps_nobody() -> None:
    play = _begun()
    play.play("""
         5 >> hung-up p-1 17
        10 >> held c-1
          << bridge c-1 anna
    """)
    assert not play.floor.promised
