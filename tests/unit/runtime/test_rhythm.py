"""When pacing is asked."""

from __future__ import annotations

from dialer.runtime.rhythm import CONNECTING_S, GAP_S, PATIENCE_S, SHARE, Rhythm


def test_what_happens_on_a_quiet_floor_is_decided_on_at_once() -> None:
    rhythm = Rhythm()
    rhythm.wanted(10.0)
    assert rhythm.delay_s(10.0) <= 0


def test_an_answer_comes_before_deciding_but_many_answers_do_not_put_it_off_for_ever() -> None:
    rhythm = Rhythm()
    rhythm.wanted(10.0)
    now = 10.0
    while now < 10.0 + PATIENCE_S:
        rhythm.answered(now)
        assert rhythm.delay_s(now) > 0
        now += CONNECTING_S / 2
    assert rhythm.delay_s(now) <= 0


def test_what_follows_a_decision_closely_is_decided_on_together() -> None:
    rhythm = Rhythm()
    rhythm.decided(10.0, 0.002, agents=20)
    rhythm.wanted(10.001)
    assert rhythm.delay_s(10.001) > 0
    assert rhythm.delay_s(10.0 + GAP_S) <= 0


def test_on_a_large_floor_deciding_takes_its_share_of_a_core() -> None:
    rhythm = Rhythm()
    rhythm.decided(10.0, 0.010, agents=1000)
    rhythm.wanted(10.1)
    assert rhythm.delay_s(10.1) > 0
    assert rhythm.delay_s(10.0 + 0.010 / SHARE) <= 0
