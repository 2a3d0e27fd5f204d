"""What a campaign would do with these agents: from settings to a simulated shift, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import config
from config import scenario as written
from dialer.runtime.rules import pacing_settings
from dialer.simulated_days import Day, Played, play_all
from pacing import Settings
from pacing.sim import (
    AgentPlan,
    Detection,
    Profile,
    Scenario,
    Tally,
    bounds,
    laws,
    pool,
    steady,
)

DETECTION_DELAY = laws.LogNormal(1.5, 0.4)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the configuration cannot know; `answer_rate` is of the calls placed, ringing to the time-out."""

    agents: int = 20
    answer_rate: float = 0.3
    talk_s: float = 180.0
    ring_s: float = 18.0
    wrap_s: float = 15.0
    hours: float = 8.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One policy's days: sums over all of them and per half hour of the shift."""

    name: str
    total: Tally
    days: tuple[Tally, ...]
    buckets: tuple[Tally, ...]

    @property
    def abandon_bound(self) -> float:
        """Clopper-Pearson's upper 95 % bound of the abandonment."""
        return bounds.upper_bound(self.total.abandoned, self.total.answers)

    def figures(self) -> dict[str, Any]:
        """Plain values for JSON; waiting is null where there was no conversation."""
        total = self.total
        return {
            "wait_s": total.wait_s if math.isfinite(total.wait_s) else None,
            "talk_minutes_per_hour": total.talk_minutes_per_hour,
            "abandon_rate": total.abandon_rate,
            "abandon_rate_upper_95": self.abandon_bound,
            "answers": total.answers,
            "abandoned": total.abandoned,
            "conversations": total.conversations,
            "conversations_per_hour": total.conversations_per_hour,
            "calls": total.dials,
            "calls_per_hour": total.dials / total.hours if total.hours else 0.0,
            "released": total.released,
        }


def from_campaign(
    campaign: config.Campaign, given: Assumptions, intervals_s: tuple[float, ...] = ()
) -> Scenario:
    """The shift of a campaign under the assumptions; agents take the intervals in turn."""
    turns = intervals_s or (campaign.interval.default_s,)
    pace = campaign.pacing
    ring = laws.LogNormal(given.ring_s, 0.5)
    within = max(laws.share_within(ring, pace.ring_timeout_s), 0.01)
    answer = min(given.answer_rate / within, 1.0)
    refused = min(0.03, (1.0 - answer) / 2)
    return Scenario(
        name=campaign.id or "campaign",
        agents=tuple(AgentPlan(turns[i % len(turns)]) for i in range(given.agents)),
        answer=steady(answer),
        busy=refused,
        invalid=refused,
        ring=ring,
        talk=laws.LogNormal(given.talk_s, 0.7),
        wrap=laws.LogNormal(given.wrap_s, 0.6) if given.wrap_s > 0 else laws.Constant(0.0),
        detection=Detection(DETECTION_DELAY) if campaign.amd else None,
        ring_timeout_s=pace.ring_timeout_s,
        min_ring_s=pace.min_ring_s,
        connect_within_s=pace.connect_within_s,
        target_abandon=pace.target_abandon,
        length_s=given.hours * 3600.0,
    )


def from_file(file: written.ScenarioFile) -> Scenario:
    """The shift that a scenario file describes."""
    return Scenario(
        name=file.scenario,
        agents=tuple(plan for group in file.agents for plan in _plans(group)),
        answer=Profile(tuple((m.at, m.share) for m in file.answer), linear=file.answer_linear),
        machine=file.machine,
        busy=file.busy,
        invalid=file.invalid,
        failed=file.failed,
        spread=file.answer_spread,
        ring=law(file.ring),
        machine_ring=law(file.machine_ring),
        setup=law(file.setup),
        talk=law(file.talk),
        wrap=law(file.wrap),
        patience=None if file.patience is None else law(file.patience),
        detection=None if file.detection is None else _detection(file.detection),
        ring_timeout_s=file.ring_timeout_s,
        min_ring_s=file.min_ring_s,
        connect_within_s=file.connect_within_s,
        target_abandon=file.target_abandon,
        leads=file.leads,
        length_s=file.length,
    )


def law(wanted: written.Law) -> laws.Law:
    """A law of the simulator."""
    mean_s = wanted.mean_s or 0.0
    match wanted.law:
        case written.LawKind.CONSTANT:
            return laws.Constant(mean_s)
        case written.LawKind.EXPONENTIAL:
            return laws.Exponential(mean_s)
        case written.LawKind.LOGNORMAL:
            return laws.LogNormal(mean_s, wanted.cv)
        case written.LawKind.GAMMA:
            return laws.Gamma(mean_s, wanted.shape)
        case written.LawKind.EMPIRICAL:
            return laws.Empirical(wanted.values_s)
        case written.LawKind.MIXTURE:
            return laws.Mixture(tuple((part.weight, law(part.of)) for part in wanted.parts))


def _plans(group: written.AgentGroup) -> tuple[AgentPlan, ...]:
    breaks = tuple((pause.at, pause.at + pause.lasts) for pause in group.breaks)
    ends_s = math.inf if group.ends is None else group.ends
    plan = AgentPlan(group.interval_s, group.begins, ends_s, breaks, group.talk_factor)
    return (plan,) * group.count


def _detection(wanted: written.MachineDetection) -> Detection:
    return Detection(law(wanted.delay), wanted.machines_found, wanted.people_lost)


def settings_for(scenario: Scenario) -> Settings:
    """The engine's settings for a scenario file."""
    return Settings(
        target_abandon=scenario.target_abandon,
        connect_within=scenario.connect_within_s,
        ring_timeout=scenario.ring_timeout_s,
        min_ring=scenario.min_ring_s,
    )


def settings_of(campaign: config.Campaign) -> Settings:
    """The engine's settings as the daemon would have them."""
    return pacing_settings(campaign)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The engine beside one line per agent, on the same people, days and agents."""

    scenario: Scenario
    engine: Outcome
    one_line: Outcome

    @property
    def less_waiting(self) -> float:
        """The share of waiting saved."""
        before = self.one_line.total.wait_s
        return 1.0 - self.engine.total.wait_s / before if 0 < before < math.inf else 0.0


def compare(
    scenario: Scenario,
    settings: Settings,
    *,
    days: int,
    seed: int,
    jobs: int = 1,
    progress: Callable[[float], None] = lambda _: None,
) -> Comparison:
    """Play the days under both policies, each day from a cold start; `progress` is told the share done."""
    planned = [Day(scenario, each, seed + day) for each in (settings, None) for day in range(days)]
    played = play_all(planned, progress, jobs)
    return Comparison(
        scenario, _outcome(settings.mode, played[:days]), _outcome("one line per agent", played[days:])
    )


def _outcome(name: str, days: Sequence[Played]) -> Outcome:
    buckets = tuple(pool(same) for same in zip(*(day.buckets for day in days), strict=True))
    return Outcome(name, pool(day.whole for day in days), tuple(day.whole for day in days), buckets)
