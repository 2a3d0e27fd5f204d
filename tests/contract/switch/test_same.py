"""One suite on two switches, and the traces of both laid side by side: where they differ the fake is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dialer.lab.lab import Lab
from tests.parts import traces
from tests.parts.plays import PLAYS
from tests.parts.twins import FakeTwin, LabTwin, Scenario, Stage

NAMED = {play.name: play for play in PLAYS}
GENTLE = [play for play in PLAYS if not play.needs_its_own]
OWN = [play for play in PLAYS if play.needs_its_own]


@pytest.fixture(scope="session")
def all_at_once(lab: Lab) -> dict[str, Stage]:
    """Every gentle play on the real switch, all at once."""
    return LabTwin(lab, Lab).play(*GENTLE)


@pytest.fixture
def real(request: pytest.FixtureRequest, all_at_once: dict[str, Stage], lab: Lab, name: str) -> Stage:
    """What the real switch made of this play; it plays it again where the test is tried again."""
    if getattr(request.node, "execution_count", 1) > 1:
        all_at_once |= LabTwin(lab, Lab).play(NAMED[name])
    return all_at_once[name]


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.name)
def test_the_embedded_switch_keeps_the_contract(play: Scenario) -> None:
    for seed in range(4):
        _passed(FakeTwin(seed=seed).play(play)[play.name])


@pytest.mark.asterisk
@pytest.mark.parametrize("name", [play.name for play in GENTLE])
def test_a_real_asterisk_keeps_the_contract(name: str, real: Stage) -> None:
    _passed(real)


@pytest.mark.asterisk
@pytest.mark.parametrize("name", [play.name for play in GENTLE if not play.fickle])
def test_both_tell_the_same_story(name: str, real: Stage) -> None:
    fake = FakeTwin().play(NAMED[name])[name]
    assert traces.differences(fake, real) == []


@pytest.mark.asterisk
@pytest.mark.parametrize("play", OWN, ids=lambda play: play.name)
def test_both_tell_the_same_on_a_switch_of_their_own(
    play: Scenario, make_lab: Callable[..., Lab], lab: Lab
) -> None:
    fake = FakeTwin().play(play)[play.name]
    real = LabTwin(lab, make_lab).play(play)[play.name]
    _passed(real)
    assert traces.differences(fake, real) == []


def _passed(stage: Stage) -> None:
    if stage.failure is not None:
        raise stage.failure
