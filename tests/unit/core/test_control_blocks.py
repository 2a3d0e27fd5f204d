"""Control blocks: one line per agent by lot, told to the journal once and to people each time."""

from __future__ import annotations

from dialer.core import exchange
from dialer.core.commands import Record
from dialer.core.settings import FloorSettings
from dialer.core.trial import BLOCK_S
from pacing import Settings
from tests.parts.playbook import PlainRules, Playbook


def _floor(minutes: float, mode: str = "predictive") -> Playbook:
    settings = FloorSettings("sales", ("alpha",), PlainRules(), control_minutes_per_hour=minutes)
    return Playbook(settings=settings, pacing=Settings(mode=mode))


def test_a_control_block_dials_one_line_per_agent_and_says_why() -> None:
    play = _floor(60).play("""
        1 >> seated anna bert
        2 >> pace
          << claim 2
        2.1 >> claimed c-1 c-2
          << dial c-1 alpha
          << dial c-2 alpha
        9 >> pace
    """)
    assert play.floor.why.text.startswith(exchange.CONTROL)
    assert play.floor.pace_at <= BLOCK_S
    (block,) = play.noted("control_block")
    assert (block["campaign"], block["at"], block["one_line"]) == ("sales", 0.0, True)


def test_each_block_is_told_once_whatever_its_lot() -> None:
    floor = _floor(30).play("1 >> seated anna").floor
    told = []
    for at in range(2, 3 * int(BLOCK_S), 100):
        commands = floor.pace(float(at))
        told += [
            one.fact["at"]
            for one in commands
            if isinstance(one, Record) and one.fact["fact"] == "control_block"
        ]
        floor.claiming = 0
    assert told == [0.0, BLOCK_S, 2 * BLOCK_S]


def test_a_campaign_without_prediction_or_without_minutes_has_no_blocks() -> None:
    for play in (_floor(0), _floor(60, "progressive")):
        play.play("""
            1 >> seated anna
            2 >> pace
              << claim 1
        """)
        assert play.noted("control_block") == []
        assert not play.floor.why.text.startswith(exchange.CONTROL)
