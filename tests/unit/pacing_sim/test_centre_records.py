"""Records of a shift add up, reproduce, and show what the scenario says."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pacing import AgentState, Engine, Result, Settings
from pacing.sim import (
    AgentPlan,
    Centre,
    Detection,
    PolicyError,
    Profile,
    Scenario,
    agents,
    named,
    steady,
    tally,
)
from pacing.sim.laws import Constant, Exponential
from pacing.sim.rivals import Choice, FixedRatio, Issabel, Vicidial

ALL = sorted(named.YARDSTICKS | named.FURTHER)


def short(name: str, hours: float = 2.0) -> Scenario:
    return named.scenario(name, hours=hours)


@pytest.mark.parametrize("name", ALL)
def test_every_agents_stints_join_without_a_gap(name: str) -> None:
    log = Centre(short(name, 1.0 if name == "big120" else 5.0), FixedRatio(2.0), 3).run()
    by_agent = defaultdict(list)
    for stint in log.stints:
        by_agent[stint.agent].append(stint)
    for stints in by_agent.values():
        assert all(a.ended_at == b.began_at for a, b in itertools.pairwise(stints))
        assert all(s.ended_at >= s.began_at for s in stints)
        assert stints[-1].ended_at <= log.length_s


@pytest.mark.parametrize("name", ALL)
def test_every_call_has_one_record_and_every_answer_one_end(name: str) -> None:
    log = Centre(short(name), FixedRatio(2.5), 5).run()
    assert sorted(c.call for c in log.calls) == list(range(len(log.calls)))
    for call in log.calls:
        if call.result == Result.ANSWERED:
            waited_out = call.abandoned or math.isnan(call.connected_at)
            assert waited_out != (call.agent >= 0)
        else:
            assert call.agent == -1
            assert not call.abandoned


def test_conversations_in_calls_and_in_stints_are_the_same() -> None:
    log = Centre(short("mixed20"), FixedRatio(2.0), 1).run()
    talks = sum(s.ended_at - s.began_at for s in log.stints if s.state == AgentState.TALKING)
    assert talks == pytest.approx(sum(c.talk_s for c in log.calls))
    assert talks == pytest.approx(tally(log).talk_s)


def test_periods_of_a_shift_sum_to_the_shift() -> None:
    log = Centre(short("drift40"), FixedRatio(2.0), 1).run()
    parts = tally(log, 0, 1000.0) + tally(log, 1000.0, 5000.0) + tally(log, 5000.0)
    whole = tally(log)
    assert (parts.answers, parts.dials, parts.abandoned) == (whole.answers, whole.dials, whole.abandoned)
    assert parts.ready_s == pytest.approx(whole.ready_s)
    assert parts.hours == pytest.approx(whole.hours)


@pytest.mark.parametrize(
    "make", [lambda: FixedRatio(2), Vicidial, Issabel, lambda: Engine(Settings(), seed=7)]
)
def test_the_same_seed_gives_the_same_shift(make) -> None:
    scenario = short("short10", 0.25)
    first, again, other = (Centre(scenario, make(), seed).run() for seed in (4, 4, 5))
    assert repr(first) == repr(again)
    assert repr(first) != repr(other)


def test_an_agents_interval_is_never_cut_short() -> None:
    log = Centre(short("mixed20"), FixedRatio(3.0), 2).run()
    plans = named.scenario("mixed20").agents
    ended: dict[int, float] = {}
    for stint in log.stints:
        if stint.state == AgentState.READY and stint.agent in ended:
            assert stint.began_at >= ended[stint.agent] + plans[stint.agent].interval_s - 1e-6
        if stint.state == AgentState.TALKING:
            ended[stint.agent] = stint.ended_at


def test_nobody_waits_longer_than_connect_within() -> None:
    log = Centre(short("pair", 8.0), FixedRatio(3.0), 2).run()
    assert any(c.abandoned for c in log.calls)
    assert all(c.connected_at - c.answered_at <= 2.0 + 1e-9 for c in log.calls if c.agent >= 0)


def test_an_agent_at_lunch_finishes_the_conversation_first_and_comes_back() -> None:
    plan = AgentPlan(0.0, breaks=((600.0, 1200.0),))
    scenario = Scenario("lunch", (plan,), steady(0.9), length_s=3600.0, busy=0.0, invalid=0.0)
    log = Centre(scenario, FixedRatio(1.0), 1).run()
    away = [s for s in log.stints if s.state == AgentState.AWAY and s.ended_at > s.began_at]
    assert len(away) == 1
    assert away[0].began_at >= 600.0
    assert away[0].ended_at == pytest.approx(max(1200.0, away[0].began_at))


def test_agents_off_shift_are_not_on_the_floor() -> None:
    seen: dict[float, int] = {}

    class Watch(FixedRatio):
        decide_counts = None

        def decide(self, snapshot) -> Choice:
            seen[snapshot.now] = len(snapshot.agents)
            return Choice(max(0, 2 - len(snapshot.calls)))

    plans = (AgentPlan(0.0), AgentPlan(0.0, begins_s=1000.0, ends_s=2000.0))
    scenario = Scenario("shifts", plans, steady(0.5), talk=Constant(10.0), length_s=3600.0)
    Centre(scenario, Watch(1.0), 1).run()
    assert {n for at, n in seen.items() if at < 1000.0} == {1}
    assert {n for at, n in seen.items() if 1000.0 < at < 2000.0} == {2}
    assert {n for at, n in seen.items() if at > 2100.0} == {1}


def test_a_list_of_leads_runs_out() -> None:
    log = Centre(replace(short("short10"), leads=57), FixedRatio(2.0), 1).run()
    assert len(log.calls) == 57


def test_answer_rates_follow_the_profile() -> None:
    profile = Profile(((0.0, 0.4), (3600.0, 0.1)))
    scenario = Scenario("step", agents(30), profile, talk=Constant(5.0), length_s=7200.0)
    log = Centre(scenario, FixedRatio(2.0), 1).run()
    for begins, ends, expected in ((0, 3500, 0.4), (3600, 7000, 0.1)):
        calls = [c for c in log.calls if begins <= c.dialed_at < ends]
        answered = sum(c.result == Result.ANSWERED for c in calls) / len(calls)
        assert answered == pytest.approx(expected, abs=0.03)


def test_detection_hands_machines_to_nobody_and_loses_some_people() -> None:
    scenario = Scenario(
        "amd",
        agents(20),
        steady(0.3),
        machine=0.3,
        detection=Detection(Constant(1.5), machines_found=1.0, people_lost=0.5),
        length_s=4 * 3600.0,
    )
    log = Centre(scenario, FixedRatio(1.0), 1).run()
    assert all(c.person for c in log.calls if c.agent >= 0)
    people = [c for c in log.calls if c.person and c.result in (Result.ANSWERED, Result.MACHINE)]
    assert sum(c.result == Result.MACHINE for c in people) / len(people) == pytest.approx(0.5, abs=0.06)


def test_without_detection_agents_hear_the_machines() -> None:
    log = Centre(short("heard6", 8.0), FixedRatio(1.0), 1).run()
    heard = [c for c in log.calls if c.agent >= 0 and not c.person]
    assert heard
    assert sum(c.talk_s for c in heard) / len(heard) < 20.0


def test_impatient_callers_give_up_before_their_time() -> None:
    scenario = replace(short("pair", 8.0), patience=Exponential(0.5))
    log = Centre(scenario, FixedRatio(3.0), 1).run()
    assert any(c.gave_up for c in log.calls)
    assert all(c.abandoned for c in log.calls if c.gave_up)


class Absurd:
    """Answers what it was made with."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice

    def learn(self, event: object) -> None:
        """Nothing."""

    def decide(self, snapshot) -> Choice:
        return self.choice


@pytest.mark.parametrize("choice", [Choice(-1), Choice(0, release=(99,))])
def test_an_impossible_decision_is_an_error(choice: Choice) -> None:
    with pytest.raises(PolicyError):
        Centre(short("pair", 0.1), Absurd(choice), 1).run()


def test_releasing_before_min_ring_is_an_error() -> None:
    class Hasty(FixedRatio):
        decide_counts = None

        def decide(self, snapshot) -> Choice:
            young = snapshot.calls.id[snapshot.now - snapshot.calls.ringing_at < 10.0]
            return Choice(max(0, 3 - len(snapshot.calls)), snapshot.now + 1.0, tuple(int(i) for i in young))

    with pytest.raises(PolicyError, match="of ringing"):
        Centre(short("pair", 0.1), Hasty(1.0), 1).run()


@settings(max_examples=25, deadline=None)
@given(
    answer=st.floats(0.0, 0.6),
    machine=st.floats(0.0, 0.3),
    count=st.integers(0, 8),
    ratio=st.floats(0.0, 6.0),
    seed=st.integers(0, 1000),
)
def test_any_scenario_plays_to_its_end(
    answer: float, machine: float, count: int, ratio: float, seed: int
) -> None:
    scenario = Scenario("any", agents(count, (0, 60)), steady(answer), machine=machine, length_s=1800.0)
    figures = tally(Centre(scenario, FixedRatio(ratio), seed).run())
    assert figures.answers <= figures.dials
    assert figures.abandoned + figures.conversations <= figures.answers
    assert figures.working_s == pytest.approx(count * 1800.0)
