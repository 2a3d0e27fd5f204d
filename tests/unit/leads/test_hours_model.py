"""When people answer: what few calls say leans on what many say, and one person's silence counts nearby."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dialer.leads.hours_model import HOURS, HoursModel, for_person

MONDAY_18, TUESDAY_18, MONDAY_10, SATURDAY_18 = 18, 42, 10, 138


def test_an_unknown_list_has_the_same_chance_at_every_hour() -> None:
    assert np.ptp(HoursModel().rates("mobile")) == 0


def test_an_hour_with_many_answers_stands_out_and_lifts_that_hour_of_other_days() -> None:
    model = HoursModel()
    model.add("mobile", MONDAY_18, 400, 240)
    model.add("mobile", MONDAY_10, 400, 40)
    rates = model.rates("mobile")
    assert rates[MONDAY_18] > rates[TUESDAY_18] > rates[SATURDAY_18] > rates[MONDAY_10]


def test_a_segment_with_few_calls_leans_on_its_campaign() -> None:
    model = HoursModel()
    model.add("mobile", MONDAY_18, 1000, 600)
    model.add("fixed_line", MONDAY_18, 2, 0)
    assert 0.4 < model.rates("fixed_line")[MONDAY_18] < model.rates("mobile")[MONDAY_18]
    assert model.rates("never seen")[MONDAY_18] > 0.5


def test_silence_counts_most_at_the_same_hour_less_on_another_day_and_least_far_away() -> None:
    rates = np.full(HOURS, 0.3)
    hours = np.array([MONDAY_18, TUESDAY_18, SATURDAY_18, MONDAY_10])
    at = for_person(rates, hours, np.array([MONDAY_18]))
    assert at[0] == at[1] < at[2] < at[3] < 0.3


calls = st.lists(st.tuples(st.integers(0, HOURS - 1), st.integers(0, 50), st.integers(0, 50)), max_size=20)


@given(calls, st.lists(st.integers(0, HOURS - 1), max_size=10))
def test_every_chance_is_one(learnt: list[tuple[int, int, int]], tried: list[int]) -> None:
    model = HoursModel()
    for hour, answered, silent in learnt:
        model.add("mobile", hour, answered + silent, answered)
    hours = np.arange(HOURS)
    chances = for_person(model.rates("mobile"), hours, np.array(tried, dtype=np.int64))
    assert ((chances > 0) & (chances < 1)).all()
    if tried:
        assert (chances < model.rates("mobile")).all()
