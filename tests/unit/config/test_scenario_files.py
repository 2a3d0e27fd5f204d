"""Scenario files: what an operator may write, and what they are told when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

import config
from config.scenario import LawKind, ScenarioFile, load_subject

GOOD = """
scenario: lunch
length: 8 h
agents:
  - {count: 10, interval_s: 30}
  - {count: 10, interval_s: 200, breaks: [{at: 4 h, lasts: 30 min}]}
answer: [{at: 0, share: 35 %}, {at: 2 h, share: 0.2}]
talk: {law: mixture, parts: [{weight: 1, of: {law: gamma, mean_s: 20}}, {weight: 2, of: {mean_s: 3 min}}]}
wrap: 15
"""


def written(folder: Path, text: str, name: str = "file.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_scenario_file_reads_with_units_and_short_forms(tmp_path: Path) -> None:
    subject = load_subject(written(tmp_path, GOOD))
    assert isinstance(subject, ScenarioFile)
    assert subject.length == 8 * 3600
    assert [m.share for m in subject.answer] == [0.35, 0.2]
    assert subject.agents[1].breaks[0].at == 4 * 3600
    assert subject.wrap.law is LawKind.CONSTANT
    assert subject.talk.parts[1].of.mean_s == 180.0


def test_a_bare_answer_holds_all_day(tmp_path: Path) -> None:
    subject = load_subject(written(tmp_path, "scenario: s\nagents: [{count: 2}]\nanswer: 30 %\n"))
    assert isinstance(subject, ScenarioFile)
    assert [(m.at, m.share) for m in subject.answer] == [(0.0, 0.3)]


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("answer: 120 %", "answer[0].share", "between 0 and 1"),
        ("answer: []", "", "empty list"),
        ("answer: [{at: 2 h, share: 0.1}, {at: 1 h, share: 0.2}]", "", "order of time"),
        ("talkk: 5", "talkk", "did you mean talk"),
        ("ring: {law: gama}", "ring.law", "did you mean gamma"),
        ("wrap: {law: empirical}", "wrap", "needs values_s"),
        ("wrap: {law: gamma, mean_s: 0}", "wrap", "mean of 0"),
        ("machine: 90 %", "", "more than 100 %"),
        ("agents: [{count: 0}]", "agents[0].count", "at least 1"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, line: str, place: str, words: str) -> None:
    base = {"scenario": "scenario: s", "agents": "agents: [{count: 2}]", "answer": "answer: 30 %"}
    base[line.split(":", maxsplit=1)[0]] = line
    with pytest.raises(config.ConfigErrors) as caught:
        load_subject(written(tmp_path, "\n".join(base.values()) + "\n"))
    assert words in str(caught.value)
    assert any(problem.path == place for problem in caught.value.problems)


def test_a_campaigns_file_and_a_whole_configuration_are_told_apart() -> None:
    examples = Path(config.__file__).parent / "examples"
    assert isinstance(load_subject(examples / "dialer.yaml"), config.Settings)
    for path in (examples / "campaigns").glob("*.yaml"):
        campaign = load_subject(path)
        assert isinstance(campaign, config.Campaign)
        assert campaign.id == path.stem


@pytest.mark.parametrize("text", ["", "- 1\n", "a: [", "just words"])
def test_what_is_no_section_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(config.ConfigErrors):
        load_subject(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(config.ConfigErrors, match="no such file"):
        load_subject(tmp_path / "none.yaml")
