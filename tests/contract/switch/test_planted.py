"""The comparison is worth what it catches: each planted difference must show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ami.fake import FakeAsterisk, causes, dialplan
from ami.fake.channels import Bridge
from ami.fake.machine import Machine
from ami.fake.steps import Hold
from tests.parts import traces
from tests.parts.plays import PLAYS
from tests.parts.twins import FakeTwin

NAMED = {play.name: play for play in PLAYS}

Plant = Callable[[pytest.MonkeyPatch], Callable[[FakeAsterisk], None] | None]


def _wrong_cause(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(causes, "cause_of_sip", lambda _code: 21)


def _no_sip_status(patch: pytest.MonkeyPatch) -> None:
    end = Machine._end
    patch.setattr(Machine, "_end", lambda self, ch, cause, _tech, **kw: end(self, ch, cause, None, **kw))


def _late_hold(patch: pytest.MonkeyPatch) -> None:
    hold = Machine._hold

    def later(self: Machine, channel: Any, step: Hold) -> None:
        hold(self, channel, replace(step, limit_s=step.limit_s + 2) if step.limit_s else step)

    patch.setattr(Machine, "_hold", later)


def _lost_event(_: pytest.MonkeyPatch) -> Callable[[FakeAsterisk], None]:
    def lose(asterisk: FakeAsterisk) -> None:
        asterisk.faults.lost["BridgeLeave"] = 1

    return lose


def _no_abandon_event(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Machine, "user_event", lambda *_, **__: None)


def _wrong_bridge_name(patch: pytest.MonkeyPatch) -> None:
    init = Bridge.__init__
    patch.setattr(
        Bridge,
        "__init__",
        lambda self, uid, *, name="", **kind: init(self, uid, name=name.upper(), **kind),
    )


def _wrong_context(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(dialplan.CONTEXTS, "dialer-call", dialplan.CONTEXTS["dialer-hold"])


@pytest.mark.parametrize(
    ("play", "plant", "word"),
    [
        ("outcomes", _wrong_cause, "'cause': 21"),
        ("outcomes", _no_sip_status, "'tech_cause': None"),
        ("abandoned", _late_hold, "BridgeEntered to"),
        ("conversation", _lost_event, "BridgeLeft"),
        ("conversation", _wrong_bridge_name, "SEAT-"),
        ("gave-up", _wrong_bridge_name, "CALL-"),
    ],
)
def test_a_planted_difference_is_caught(
    play: str, plant: Plant, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = FakeTwin().play(NAMED[play])[play]
    assert truth.failure is None
    alter = plant(monkeypatch)
    planted = FakeTwin(alter=alter).play(NAMED[play])[play]
    found = traces.differences(planted, truth)
    assert any(word in line for line in found), found


@pytest.mark.parametrize(("play", "plant"), [("abandoned", _no_abandon_event), ("detected", _wrong_context)])
def test_a_switch_that_keeps_silent_fails_the_play(
    play: str, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert FakeTwin().play(NAMED[play])[play].failure is not None


@pytest.mark.parametrize("play", [play for play in PLAYS if not play.fickle], ids=lambda play: play.name)
def test_the_order_of_racing_events_is_no_difference(play: Any) -> None:
    one, other = (FakeTwin(seed=seed).play(play)[play.name] for seed in (1, 2))
    assert traces.differences(one, other) == []
