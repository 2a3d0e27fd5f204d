"""The price of an abandoned call."""

from __future__ import annotations

import json

import pytest

from pacing import Budget
from pacing.price import Price

TARGET = 0.03


def test_the_price_rises_while_expectations_run_over_the_target() -> None:
    price = Price()
    before = price.value
    for _ in range(20):
        price.placed(answers=0.3, abandons=0.05, target=TARGET, budget=None)
    assert price.value > before


def test_the_price_falls_while_the_budget_is_not_used() -> None:
    price = Price()
    before = price.value
    for _ in range(20):
        price.placed(answers=0.3, abandons=0.0, target=TARGET, budget=None)
    assert price.value < before


def test_a_target_of_nothing_makes_every_abandon_as_dear_as_can_be() -> None:
    price = Price()
    price.placed(answers=0.3, abandons=0.0, target=0.0, budget=None)
    assert price.value == pytest.approx(2000.0)


def test_real_abandons_beyond_those_expected_make_it_steer_lower() -> None:
    price = Price()
    for _ in range(100):
        price.answered()
    calm = price.aim(TARGET, None)
    for _ in range(8):
        price.abandoned()
    assert price.aim(TARGET, None) < calm
    assert price.bias > 1.0


def test_a_budget_nearly_spent_makes_it_steer_lower() -> None:
    nearly = Budget(answered=1000, abandoned=29.5, limit=0.03)
    assert Price().aim(TARGET, nearly) < Price().aim(TARGET, None)


def test_expectations_larger_than_life_move_the_price_by_a_bounded_step() -> None:
    price = Price()
    before = price.value
    price.placed(answers=0.0, abandons=1e9, target=TARGET, budget=None)
    assert price.value <= before * 1.7


def test_a_price_survives_the_journey_through_json() -> None:
    price = Price()
    price.answered()
    price.abandoned()
    price.placed(1.0, 0.2, TARGET, None)
    again = Price()
    again.restore(json.loads(json.dumps(price.dump())))
    assert again.dump() == price.dump()


def test_a_law_stricter_than_the_target_is_what_it_steers_at() -> None:
    strict = Budget(answered=5000, abandoned=10, limit=0.01)
    assert Price().aim(TARGET, strict) < 0.011
