"""Leads that ask for skills: who is claimed for, who is offered, and what is said where nobody can serve them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dialer.core import lanes
from dialer.core.trunks import TrunkPool
from dialer.runtime import recorder
from tests.parts.playbook import Playbook, trunk


def test_a_person_who_asks_for_a_skill_gets_the_agent_who_has_it_however_long_others_are_ready() -> None:
    Playbook().play("""
        1 >> seated anna bert:cantonese
        2 >> claimed lane=cantonese c-1
          << dial c-1 alpha
        9 >> held c-1
          << bridge c-1 bert
    """)


def test_who_can_do_more_is_kept_for_what_only_they_can_do() -> None:
    Playbook().play("""
        1 >> seated bert:cantonese
        2 >> seated anna
        3 >> lanes anybody=5 cantonese=5
        3 >> claimed lane=anybody c-1
          << dial c-1 alpha
        3 >> claimed lane=cantonese c-2
          << dial c-2 alpha
        9 >> held c-1
          << bridge c-1 anna
        9 >> held c-2
          << bridge c-2 bert
    """)


def test_a_caller_whom_nobody_free_can_serve_does_not_hold_up_the_next() -> None:
    Playbook().play("""
        1 >> seated anna
        2 >> lanes anybody=5 cantonese=5
        2 >> claimed lane=cantonese c-1
          << dial c-1 alpha
        2 >> claimed lane=anybody c-2
          << dial c-2 alpha
        8 >> held c-1
        9 >> held c-2
          << bridge c-2 anna
    """)


def test_each_lane_is_claimed_for_the_agents_who_can_serve_it() -> None:
    Playbook().play("""
        1 >> seated anna bert carl:cantonese
        2 >> lanes anybody=50 cantonese=50
        3 >> pace
          << claim 2 of anybody
          << claim 1 of cantonese
    """)


def test_leads_that_nobody_on_the_floor_can_serve_wait_and_the_floor_says_so() -> None:
    play = Playbook().play("""
        1 >> seated anna
        2 >> lanes anybody=50 cantonese=38
        3 >> pace
          << claim 1 of anybody
    """)
    assert "38 leads wait for cantonese: nobody on the floor has it" in play.floor.why.text
    assert "" not in lanes.kept_back(play.floor)
    play.play("""
        4 >> skills anna cantonese
        5 >> pace
        6 >> claimed lane=anybody asked=1 exhausted resume=100
        8 >> pace
          << claim 1 of cantonese
    """)
    assert "wait for" not in play.floor.why.text


def test_an_agent_who_is_away_is_told_of_as_away() -> None:
    play = Playbook().play("""
        1 >> seated anna bert:cantonese+life
        2 >> pause bert
        3 >> lanes anybody=5 cantonese+life=1
        4 >> pace
          << claim 1 of anybody
    """)
    assert "1 lead waits for cantonese and life: who has all of it is away" in play.floor.why.text


def test_a_lane_that_is_empty_rests_while_others_are_dialed() -> None:
    Playbook().play("""
        1 >> seated anna bert:cantonese
        2 >> lanes anybody=50 cantonese=50
        3 >> pace
          << claim 1 of anybody
          << claim 1 of cantonese
        3 >> claimed lane=cantonese asked=1 exhausted why=done resume=100
        4 >> claimed lane=anybody c-1
          << dial c-1 alpha
        6 >> pace
          << claim 1 of anybody
        6 >> claimed lane=anybody c-2
          << dial c-2 alpha
        7 >> leads-changed
        8 >> pace
    """)


def test_more_lanes_than_are_dialed_at_once_wait_their_turn() -> None:
    names = [f"s{n}" for n in range(10)]
    told = " ".join(f"{name}={100 - n}" for n, name in enumerate(names))
    play = Playbook(trunks=TrunkPool((trunk(max_channels=0),))).play(f"""
        1 >> seated anna:{"+".join(names)}
        2 >> lanes {told}
        3 >> pace
    """)
    assert "s9: 8 sets of skills are dialed at once; their turn comes" in play.floor.why.text
    assert "s0" not in lanes.kept_back(play.floor)


def test_a_promised_call_whose_agent_lost_the_skill_goes_to_who_has_it() -> None:
    Playbook().play("""
        1 >> seated anna bert:life
        2 >> claimed lane=life owner=anna c-1
          << dial c-1 alpha
        9 >> held c-1
          << bridge c-1 bert
    """)


def test_a_list_without_skills_is_paced_as_ever() -> None:
    play = Playbook().play("""
        1 >> lanes anybody=500
        2 >> seated anna bert:cantonese
        3 >> pace
          << claim 2
        4 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 alpha
        5 >> held c-1
          << bridge c-1 anna
    """)
    assert not lanes.in_force(play.floor)


@pytest.mark.parametrize("order", ["ClaimLane"])
def test_what_a_lane_is_claimed_reads_back_from_the_journal_as_it_was(order: str) -> None:
    said: list[Any] = []
    play = Playbook().play("""
        1 >> seated bert:cantonese
        2 >> lanes cantonese=50
    """)
    said = recorder.orders_of(play.floor.pace(3.0))
    assert said == [[order, 1, "cantonese"]]
    assert msgspec.json.decode(msgspec.json.encode(said)) == said
