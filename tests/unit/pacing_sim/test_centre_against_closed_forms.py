"""The simulator beside queueing and renewal theory."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pacing.sim import Centre, Scenario, Tally, agents, named, pool, steady, tally
from pacing.sim.laws import Constant, Exponential
from pacing.sim.rivals import FixedRatio


class Always:
    """Keeps so many calls ringing, whatever the agents do."""

    def __init__(self, ringing: int) -> None:
        self.ringing = ringing

    def learn(self, event: object) -> None:
        """Nothing."""

    def decide(self, snapshot):
        dial = self.ringing - len(snapshot.calls)
        return type("Fill", (), {"dial": max(dial, 0), "release": (), "next_at": math.inf})()


def run(scenario: Scenario, policy: object, seeds: int = 2) -> Tally:
    return pool(tally(Centre(scenario, policy, seed).run()) for seed in range(seeds))


def erlang_b(load: float, servers: int) -> float:
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


@pytest.mark.parametrize(("servers", "ringing"), [(1, 2), (5, 8), (20, 40)])
def test_a_fixed_number_of_ringing_calls_is_an_erlang_loss_room(servers: int, ringing: int) -> None:
    scenario = replace(named.memoryless(servers), length_s=70 / ringing * 3600.0)
    measured = run(scenario, Always(ringing))
    load = ringing / 15.0 * 0.3 * 150.0
    assert measured.abandon_rate == pytest.approx(erlang_b(load, servers), abs=0.03)
    assert measured.utilisation == pytest.approx(load * (1 - erlang_b(load, servers)) / servers, abs=0.03)


def test_one_line_per_agent_waits_a_geometric_number_of_rings() -> None:
    scenario = Scenario(
        "renewal",
        agents(4, (0.0,)),
        steady(0.25),
        busy=0.0,
        invalid=0.0,
        ring=Constant(10.0),
        wrap=Constant(0.0),
        ring_timeout_s=30.0,
        length_s=30 * 3600.0,
    )
    measured = run(scenario, FixedRatio(1.0))
    assert measured.abandoned == 0
    assert measured.wait_s == pytest.approx(3 * 30.0 + 10.0, rel=0.04)


def test_an_interval_longer_than_the_wrap_up_sets_the_cycle() -> None:
    scenario = Scenario(
        "cycle",
        agents(3, (200.0,)),
        steady(1.0),
        busy=0.0,
        invalid=0.0,
        ring=Constant(5.0),
        talk=Constant(95.0),
        wrap=Constant(20.0),
        length_s=30 * 3600.0,
    )
    measured = run(scenario, FixedRatio(1.0), seeds=1)
    assert measured.wait_s == pytest.approx(5.0, abs=0.1)
    assert measured.conversations == pytest.approx(3 * 30 * 3600 / 300, rel=0.01)


def test_callers_who_may_wait_as_long_as_they_like_until_they_give_up_make_an_erlang_a_room() -> None:
    patience_s = 60.0
    scenario = replace(
        named.memoryless(5, length_s=20 * 3600.0),
        patience=Exponential(patience_s),
        connect_within_s=1e6,
    )
    measured = run(scenario, Always(9))
    assert measured.abandon_rate == pytest.approx(
        erlang_a_loss(9 * 0.3 / 15, 1 / 150, 1 / patience_s, 5), abs=0.03
    )


def erlang_a_loss(arrivals: float, service: float, impatience: float, servers: int) -> float:
    """Share of arrivals that give up in M/M/n+M, from its birth-death chain."""
    weights = [1.0]
    for n in range(1, 400):
        weights.append(
            weights[-1] * arrivals / (min(n, servers) * service + max(n - servers, 0) * impatience)
        )
    total = math.fsum(weights)
    queue = math.fsum(max(n - servers, 0) * w for n, w in enumerate(weights)) / total
    return queue * impatience / arrivals
