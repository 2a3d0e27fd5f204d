"""A shift to be simulated, as an operator writes it, and what `dialer simulate` may be given at all."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import BeforeValidator, ValidationError, model_validator

from config.campaign import Campaign
from config.document import Document, read
from config.errors import ConfigErrors
from config.explain import explain
from config.loader import load
from config.settings import Settings
from config.values import Id, Real, Seconds, Section, Share, Whole, Yes, live, wrong

T = TypeVar("T", bound=Section)


class LawKind(StrEnum):
    """Families of durations."""

    CONSTANT = "constant"
    EXPONENTIAL = "exponential"
    LOGNORMAL = "lognormal"
    GAMMA = "gamma"
    EMPIRICAL = "empirical"
    MIXTURE = "mixture"


def _law(value: object) -> object:
    """A bare number or duration is a constant."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return {"law": "constant", "mean_s": value}
    return value


class Law(Section):
    """A law of durations: its family and what that family needs."""

    law: LawKind = live(LawKind.LOGNORMAL, "constant, exponential, lognormal, gamma, empirical, mixture.")
    mean_s: Seconds | None = live(None, "Mean; for all but empirical and mixture.", le=86_400)
    cv: Real = live(0.7, "Lognormal: standard deviation over mean.", gt=0, le=10)
    shape: Real = live(2.0, "Gamma: 1 is exponential, larger is steadier.", gt=0, le=1000)
    values_s: tuple[Seconds, ...] = live((), "Empirical: durations as measured.", max_length=100_000)
    parts: tuple[Part, ...] = live((), "Mixture: laws with their weights.", max_length=20)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.law is LawKind.EMPIRICAL:
            needed, given = "values_s", bool(self.values_s)
        elif self.law is LawKind.MIXTURE:
            needed, given = "parts", bool(self.parts)
        else:
            needed, given = "mean_s", self.mean_s is not None
            if self.mean_s == 0 and self.law is not LawKind.CONSTANT:
                raise wrong("law", f"a mean of 0 has no {self.law.value} law", "write 0 alone")
        if not given:
            raise wrong("law", f"the {self.law.value} law needs {needed}", f"add {needed}")
        return self


class Part(Section):
    """One law of a mixture."""

    weight: Real = live(..., "Its share, beside the others' weights.", gt=0)
    of: Law = live(..., "The law.")


Law.model_rebuild()
Duration = Annotated[Law, BeforeValidator(_law, json_schema_input_type=Law | Seconds)]


class Moment(Section):
    """A value from an instant of the shift on."""

    at: Seconds = live(..., "Since the shift began: seconds or 2 h.")
    share: Share = live(..., "The value: 30 % or 0.3.")


class Break(Section):
    """A pause of agents."""

    at: Seconds = live(..., "Since the shift began: seconds or 4 h.")
    lasts: Seconds = live(..., "Its length: seconds or 30 min.", gt=0)


class AgentGroup(Section):
    """Agents alike."""

    count: Whole = live(1, "How many.", ge=1, le=10_000)
    interval_s: Seconds = live(60.0, "Their own call interval.", le=3600)
    begins: Seconds = live(0.0, "When they log in, since the shift began.")
    ends: Seconds | None = live(None, "When they log out; none: at its end.")
    breaks: tuple[Break, ...] = live((), "Their pauses.", max_length=50)
    talk_factor: Real = live(1.0, "Their conversations beside the usual length.", gt=0, le=20)


class MachineDetection(Section):
    """Answering-machine detection."""

    delay: Duration = live(Law(law=LawKind.CONSTANT, mean_s=0.0), "How long a verdict takes.")
    machines_found: Share = live(1.0, "Machines recognised.")
    people_lost: Share = live(0.0, "People taken for machines.")


def _profile(value: object) -> object:
    """A bare share holds all day."""
    return value if isinstance(value, list | tuple) else ({"at": 0, "share": value},)


class ScenarioFile(Section):
    """A shift to be simulated."""

    scenario: Id = live(..., "Its name.")
    length: Seconds = live(8 * 3600.0, "Of the shift: 8 h.", gt=0, le=7 * 86_400)
    agents: tuple[AgentGroup, ...] = live(..., "The agents, in groups.", min_length=1, max_length=1000)
    answer: Annotated[
        tuple[Moment, ...],
        BeforeValidator(_profile, json_schema_input_type=tuple[Moment, ...] | Share),
    ] = live(..., "Chance that a person would answer: a share, or a list of {at, share} in order.")
    answer_linear: Yes = live(False, "Between two moments the chance goes in a straight line.")
    answer_spread: Share = live(0.0, "Standard deviation of single leads' chances.")
    machine: Share = live(0.0, "Chance that a machine would answer.")
    busy: Share = live(0.04, "Chance that the line is busy.")
    invalid: Share = live(0.03, "Chance that the number does not exist.")
    failed: Share = live(0.0, "Chance that the trunk fails.")
    ring: Duration = live(Law(mean_s=12.0, cv=0.5), "Ringing before a person answers.")
    machine_ring: Duration = live(Law(mean_s=20.0, cv=0.25), "Ringing before a machine answers.")
    setup: Duration = live(Law(law=LawKind.CONSTANT, mean_s=0.0), "From dialing to ringing.")
    talk: Duration = live(Law(mean_s=180.0), "Conversations.")
    wrap: Duration = live(Law(mean_s=15.0, cv=0.6), "Wrap-up.")
    patience: Duration | None = live(None, "How long people wait for an agent; none: until they are let go.")
    detection: MachineDetection | None = live(
        None, "Answering-machine detection; none: agents hear machines."
    )
    ring_timeout_s: Seconds = live(30.0, "How long a phone rings.", ge=5, le=300)
    min_ring_s: Seconds = live(15.0, "No ringing call is given up before.", le=300)
    connect_within_s: Seconds = live(
        2.0, "An answered person without an agent for this long is let go.", le=60
    )
    target_abandon: Share = live(0.03, "Share of answered people who may find no agent.")
    leads: Whole | None = live(None, "Leads in the list; none: more than enough.", ge=0)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        times = [moment.at for moment in self.answer]
        if not times:
            raise wrong("profile", "answer is an empty list", "write a share such as 30 %")
        if times != sorted(times):
            raise wrong("profile", "the moments of answer are not in order of time", "sort them by at")
        worst = max(moment.share for moment in self.answer)
        if worst + self.machine + self.busy + self.invalid + self.failed > 1 + 1e-9:
            raise wrong("shares", "answer, machine, busy, invalid and failed add up to more than 100 %")
        return self


def load_subject(path: Path | str) -> Settings | Campaign | ScenarioFile:
    """What to simulate: a whole configuration, one campaign's file, or a scenario; raises ConfigErrors."""
    document = read(Path(path))
    data = document.data
    if document.problems or not isinstance(data, dict):
        raise ConfigErrors(document.problems or [document.problem((), "must be a section of settings")])
    if "scenario" in data:
        return _validated(ScenarioFile, data, document)
    if "nodes" in data or "campaigns" in data or "include" in data:
        return load(path)
    stem = Path(path).stem
    return _validated(Campaign, {"id": stem, "name": stem, **data}, document)


def _validated(model: type[T], data: dict[str, Any], document: Document) -> T:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigErrors(explain(error, model, document)) from error
