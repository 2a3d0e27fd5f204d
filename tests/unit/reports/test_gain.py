"""What prediction brings is measured by lot, and the interval tells the truth about itself."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from dialer.core.trial import BLOCK_S, is_control
from dialer.reports.gain import Block, blocks_of_day, gain, rate, t_quantile, table

BLOCKS = 20_000


def test_so_many_minutes_of_an_hour_are_drawn_and_each_campaign_draws_its_own() -> None:
    for minutes in (3.0, 15.0):
        drawn = [is_control("spring", block, minutes) for block in range(BLOCKS)]
        assert sum(drawn) / BLOCKS == pytest.approx(minutes / 60.0, rel=0.1)
    other = [is_control("autumn", block, 15.0) for block in range(BLOCKS)]
    both = sum(one and two for one, two in zip(drawn, other, strict=True)) / BLOCKS
    assert both == pytest.approx(0.0625, rel=0.2)
    assert not any(is_control("spring", block, 0.0) for block in range(1000))


def test_more_minutes_keep_the_blocks_that_fewer_drew() -> None:
    few = {block for block in range(BLOCKS) if is_control("spring", block, 3.0)}
    assert few < {block for block in range(BLOCKS) if is_control("spring", block, 6.0)}


@pytest.mark.parametrize("degrees", [1.0, 2.5, 7.0, 40.0, 900.0])
def test_students_quantile_is_the_known_one(degrees: float) -> None:
    assert t_quantile(0.975, degrees) == pytest.approx(scipy.stats.t.ppf(0.975, degrees), rel=1e-6)


def test_talk_per_hour_is_the_sum_of_talk_over_the_sum_of_work() -> None:
    found = rate([Block(False, 300, 600), Block(False, 900, 1200)])
    assert found.talk_min_h == pytest.approx(60 * 1200 / 1800)


def test_too_few_blocks_say_nothing_and_idle_ones_do_not_count() -> None:
    control = [Block(True, 100, 1000)] * 2
    others = [Block(False, 200, 1000)] * 50
    assert gain(control + others) is None
    assert gain([*control, Block(True, 0, 10), *others]) is None
    (row,) = table({"spring": control + others}).rows
    assert row[:3] == ("spring", 50, 2)
    assert row[7:] == (None, None, None)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Blocks of unequal work and noisy talk; the true gain is 9 minutes an hour."""
    dice = np.random.default_rng(7)
    held = 0
    trials = 1500
    for _ in range(trials):
        blocks = []
        for one_line, n, share in ((True, 8, 0.45), (False, 60, 0.60)):
            work = dice.uniform(1000, 5000, n)
            talk = work * share * dice.normal(1.0, 0.15, n)
            blocks += [Block(one_line, float(t), float(w)) for t, w in zip(talk, work, strict=True)]
        found = gain(blocks)
        assert found is not None
        held += found.low <= 9.0 <= found.high
    assert 0.92 <= held / trials <= 0.975


def test_a_block_is_its_minutes_but_the_first_two() -> None:
    talk, work = np.arange(1440.0), np.full(1440, 60.0)
    (block,) = blocks_of_day([(1000 * BLOCK_S, True)], talk, work, 1000 * BLOCK_S - 1200.0)
    assert (block.talk_s, block.work_s) == (sum(range(22, 30)), 480.0)
