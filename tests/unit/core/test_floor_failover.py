"""A trunk refuses a call: the next one takes it at once, as the same attempt, and nobody rings twice."""

from __future__ import annotations

import pytest

from dialer.core.settings import FloorSettings
from dialer.core.trunks import TrunkPool
from tests.parts.playbook import PlainRules, Playbook, trunk

TRUNKS = ("alpha", "beta")


def floor(failover: bool = True, **limits: int) -> Playbook:
    play = Playbook(
        settings=FloorSettings("sales", TRUNKS, PlainRules(), failover=failover),
        trunks=TrunkPool((trunk("alpha"), trunk("beta", **limits))),
    )
    return play.play("1 >> seated anna\n2 >> claimed c-1\n<< dial c-1 alpha")


ORDERS = ("2.1 >> failed c-1 0\n2.1 >> hung-up c-1 34 503", "2.1 >> hung-up c-1 34 503\n2.1 >> failed c-1 0")


@pytest.mark.parametrize("words", ORDERS)
def test_the_next_trunk_takes_it_once_both_words_were_heard(words: str) -> None:
    play = floor().play(
        f"""
        {words}
        << dial c-1 beta
        << note attempt_rerouted c-1 trunk=beta refused=alpha cause=34
        4 >> rang c-1
        6 >> answered c-1
        6 >> held c-1
        << bridge c-1 anna
        6.1 >> made c-1 anna
        """
    )
    assert not play.noted("attempt_ended")
    assert [one.channels for one in play.trunks.report(6.0)] == [0, 1]
    assert [one.refusals for one in play.trunks.report(6.0)] == [1, 0]
    assert len(play.noted("attempt_dialed")) == 1  # one attempt of the lead, whatever the ways


def test_refused_everywhere_it_ends_as_congestion_after_each_trunk_was_asked_once() -> None:
    play = floor().play(
        """
        2.1 >> hung-up c-1 34 503
        2.1 >> failed c-1 0
        << dial c-1 beta
        2.3 >> hung-up c-1 34 503
        << note attempt_ended c-1 outcome=congestion
        """
    )
    assert [one.channels for one in play.trunks.report(3.0)] == [0, 0]


def test_an_answer_of_originate_that_never_comes_ends_it_by_its_first_word() -> None:
    play = floor().play("2.1 >> hung-up c-1 34 503\n4 >> time")
    assert play.ended("c-1")["outcome"] == "congestion"
    assert play.ended("c-1")["at"] == 2.1


@pytest.mark.parametrize(
    "words",
    [
        "2.1 >> failed c-1 0\n2.1 >> hung-up c-1 17 486",
        "2.1 >> failed c-1 0\n2.1 >> hung-up c-1 1 404",
        "2.05 >> rang c-1\n2.1 >> failed c-1 0\n2.1 >> hung-up c-1 34 503",
        "2.05 >> run paused\n2.1 >> failed c-1 0\n2.1 >> hung-up c-1 34 503",
        "2.05 >> line-lost\n2.1 >> failed c-1 0\n2.1 >> hung-up c-1 34 503",
    ],
)
def test_whoever_was_reached_or_may_not_be_called_now_is_not_called_over_another_trunk(words: str) -> None:
    play = floor().play(words)
    assert play.ended("c-1")


def test_it_is_over_where_the_campaign_says_so_or_the_other_trunk_is_full() -> None:
    assert floor(failover=False).play(ORDERS[0]).ended("c-1")["outcome"] == "congestion"
    full = floor(max_channels=1)
    assert full.trunks.take(("beta",), "c-other", 2.0) == "beta"
    assert full.play(ORDERS[1]).ended("c-1")["outcome"] == "congestion"


def test_a_list_of_channels_taken_in_between_does_not_end_it() -> None:
    floor().play(
        """
        2.1 >> hung-up c-1 34 503
        2.2 >> synced anna=holding asked=2.15
        2.3 >> failed c-1 0
        << dial c-1 beta
        2.4 >> synced anna=holding asked=2.35
        """
    )


def by_hand() -> Playbook:
    play = Playbook(
        settings=FloorSettings("sales", TRUNKS, PlainRules(), failover=True),
        trunks=TrunkPool((trunk("alpha"), trunk("beta"))),
    )
    return play.play("1 >> seated anna\n1.5 >> reserves anna\n2 >> dials anna c-1\n<< dial c-1 alpha")


@pytest.mark.parametrize("words", ORDERS)
def test_a_call_by_hand_goes_on_over_the_next_trunk_and_stays_its_agents(words: str) -> None:
    play = by_hand().play(
        f"""
        {words}
        << dial c-1 beta
        4 >> rang c-1
        6 >> answered c-1
        6 >> held c-1
        << bridge c-1 anna
        """
    )
    assert play.agent("anna").call_id == "c-1"


def test_an_agent_whose_phone_is_gone_gets_no_second_try_and_one_refused_everywhere_is_idle_again() -> None:
    gone = by_hand().play("2.1 >> hung-up c-1 34 503\n2.2 >> dropped anna\n<< hang-up c-1 26\n<< renew anna")
    gone.play("2.3 >> failed c-1 0")
    assert gone.ended("c-1")
    idle = by_hand().play(f"{ORDERS[0]}\n<< dial c-1 beta\n3 >> failed c-1 0\n3 >> hung-up c-1 34 503")
    assert idle.ended("c-1")["outcome"] == "congestion"
    assert idle.agent("anna").call_id is None
    assert idle.state("anna") == "ready"
