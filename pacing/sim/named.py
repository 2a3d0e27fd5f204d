"""Scenarios by name: the yardsticks, more of the same families, and the memoryless rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pacing.sim.laws import Constant, Exponential, Gamma, LogNormal, Mixture
from pacing.sim.scenario import HOUR_S, AgentPlan, Detection, Profile, Scenario, agents, steady

_LUNCH = ((4 * HOUR_S, 4.5 * HOUR_S),)


def _mixed20() -> Scenario:
    return Scenario("mixed20", agents(20, (30, 60, 200)), steady(0.35))


def _surveys50() -> Scenario:
    return Scenario("surveys50", agents(50, (60,)), steady(0.25), talk=LogNormal(180.0, 0.5))


def _short10() -> Scenario:
    return Scenario("short10", agents(10, (30, 60)), steady(0.25), talk=LogNormal(120.0, 0.8))


def _five() -> Scenario:
    return Scenario("five", agents(5, (60,)), steady(0.20), talk=LogNormal(150.0, 0.8))


def _pair() -> Scenario:
    return Scenario("pair", agents(2, (30, 200)), steady(0.30), talk=LogNormal(120.0, 0.7))


def _drift40() -> Scenario:
    answer = Profile(((0, 0.40), (2 * HOUR_S, 0.16), (3.5 * HOUR_S, 0.40)))
    plans = agents(20, (30, 60)) + agents(20, (30, 60), _LUNCH)
    return Scenario("drift40", plans, answer, talk=LogNormal(150.0, 0.7))


def _machines30() -> Scenario:
    return Scenario(
        "machines30",
        agents(30, (60,)),
        steady(0.19),
        machine=0.35,
        talk=LogNormal(150.0, 0.7),
        detection=Detection(Constant(0.0)),
    )


def _slow_drift25() -> Scenario:
    answer = Profile(((0, 0.18), (3 * HOUR_S, 0.40), (5 * HOUR_S, 0.25), (8 * HOUR_S, 0.35)), linear=True)
    plans = agents(12, (30, 60, 200)) + agents(13, (60,), ((3 * HOUR_S, 3.75 * HOUR_S),))
    return Scenario("slow-drift25", plans, answer, talk=Gamma(160.0, 1.5), setup=LogNormal(2.0, 0.4))


def _amd15() -> Scenario:
    return Scenario(
        "amd15",
        agents(15, (30, 60)),
        steady(0.25),
        machine=0.25,
        talk=Mixture(((0.4, LogNormal(25.0, 0.6)), (0.6, LogNormal(240.0, 0.5)))),
        detection=Detection(LogNormal(1.2, 0.4), machines_found=0.9, people_lost=0.03),
    )


def _impatient8() -> Scenario:
    return Scenario(
        "impatient8",
        agents(8, (30, 60, 200)),
        steady(0.28),
        patience=Exponential(6.0),
        ring_timeout_s=25.0,
        setup=Constant(1.5),
        busy=0.10,
        invalid=0.08,
    )


def _shifts12() -> Scenario:
    plans = tuple(
        AgentPlan(
            interval_s=(30.0, 60.0, 200.0)[i % 3],
            begins_s=(0.0, 1 * HOUR_S, 2 * HOUR_S)[i % 3],
            ends_s=(6 * HOUR_S, 7 * HOUR_S, 8 * HOUR_S)[i % 3],
            breaks=((3 * HOUR_S + 600 * (i % 4), 3 * HOUR_S + 600 * (i % 4) + 900),),
            talk_factor=(0.8, 1.0, 1.3)[i % 3],
        )
        for i in range(12)
    )
    return Scenario("shifts12", plans, steady(0.30), talk=LogNormal(140.0, 0.8), wrap=LogNormal(25.0, 0.8))


def _trio() -> Scenario:
    return Scenario("trio", agents(3, (60,)), steady(0.25), talk=LogNormal(200.0, 0.6))


def _solo() -> Scenario:
    return Scenario("solo", agents(1, (30,)), steady(0.30), talk=LogNormal(120.0, 0.7))


def _machines_heard6() -> Scenario:
    return Scenario("heard6", agents(6, (30, 60)), steady(0.20), machine=0.20, talk=LogNormal(150.0, 0.7))


def _big120() -> Scenario:
    return Scenario("big120", agents(120, (30, 60, 200)), steady(0.22), talk=LogNormal(170.0, 0.7))


YARDSTICKS: dict[str, Callable[[], Scenario]] = {
    "mixed20": _mixed20,
    "surveys50": _surveys50,
    "short10": _short10,
    "five": _five,
    "pair": _pair,
    "drift40": _drift40,
    "machines30": _machines30,
}

FURTHER: dict[str, Callable[[], Scenario]] = {
    "slow-drift25": _slow_drift25,
    "amd15": _amd15,
    "impatient8": _impatient8,
    "shifts12": _shifts12,
    "trio": _trio,
    "solo": _solo,
    "heard6": _machines_heard6,
    "big120": _big120,
}

MEMORYLESS_AGENTS = (1, 2, 5, 10, 20)


def memoryless(
    count: int, answer: float = 0.3, ring_s: float = 15.0, talk_s: float = 150.0, length_s: float = 8 * HOUR_S
) -> Scenario:
    """Every duration exponential, no interval, no wrap-up, no patience: the optimum is computable."""
    return Scenario(
        f"memoryless{count}",
        agents(count, (0.0,)),
        steady(answer),
        busy=0.0,
        invalid=0.0,
        ring=Exponential(ring_s),
        nobody_ring=Exponential(ring_s),
        talk=Exponential(talk_s),
        wrap=Constant(0.0),
        ring_timeout_s=300.0,
        connect_within_s=0.0,
        length_s=length_s,
    )


def scenario(name: str, *, hours: float | None = None) -> Scenario:
    """The scenario of that name; raises KeyError with the known names."""
    if name.startswith("memoryless") and name[10:].isdigit():
        made = memoryless(int(name[10:]))
    else:
        makers = YARDSTICKS | FURTHER
        if name not in makers:
            raise KeyError(f"no scenario {name!r}; there are {', '.join(makers)}, memoryless<agents>")
        made = makers[name]()
    return made if hours is None else replace(made, length_s=hours * HOUR_S)
