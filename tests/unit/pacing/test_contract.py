"""What the columns and settings accept."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pacing import AgentColumns, Budget, CallColumns, Settings, Snapshot


def test_lists_become_columns_of_the_right_type() -> None:
    agents = AgentColumns([1, 2], [0, 1], [0, 0], [60, 30], [-math.inf, 5], leaving=[0, 1])  # type: ignore[arg-type]
    assert agents.id.dtype == np.int64
    assert agents.state.dtype == np.int8
    assert agents.leaving is not None
    assert agents.leaving.dtype == np.bool_
    assert len(agents) == 2


def test_columns_of_unequal_length_are_refused() -> None:
    one, two = np.zeros(1), np.zeros(2)
    with pytest.raises(ValueError, match="differ in length"):
        AgentColumns(one.astype(int), one.astype(np.int8), two, one, one)
    with pytest.raises(ValueError, match="differ in length"):
        CallColumns(one.astype(int), one, one, p_answer=two)


def test_waiting_becomes_an_array() -> None:
    snapshot = Snapshot(0.0, AgentColumns.empty(), CallColumns.empty(), [1, 2])  # type: ignore[arg-type]
    assert snapshot.waiting.dtype == np.float64


def test_every_setting_has_a_default() -> None:
    assert Settings().mode == "predictive"


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "magic"},
        {"target_abandon": -0.1},
        {"target_abandon": math.nan},
        {"connect_within": -1.0},
        {"ring_timeout": 4.0},
        {"ring_timeout": 301.0},
        {"min_ring": -1.0},
        {"max_ratio": -1.0},
        {"max_calls": -1},
        {"calls_per_second": -0.5},
    ],
)
def test_settings_nobody_can_mean_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)  # type: ignore[arg-type]


def test_the_allowance_counts_expected_answers_and_at_least_a_hundred() -> None:
    assert Budget(answered=10, abandoned=1, limit=0.03).allowance == pytest.approx(2.0)
    assert Budget(answered=10, abandoned=1, limit=0.03, expected=1000).allowance == pytest.approx(29.0)
    assert Budget(answered=2000, abandoned=70, limit=0.03).allowance == pytest.approx(-10.0)
