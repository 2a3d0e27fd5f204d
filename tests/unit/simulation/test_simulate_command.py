"""`dialer simulate` from file to figures, table and page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from dialer.cli.simulate import simulate

app = typer.Typer()
app.command()(simulate)

CAMPAIGN = """
name: Spring
node: pbx1
trunks: [carrier]
caller_id: "+442079460000"
countries: [GB]
windows: {mon-fri: ["09:00-20:00"]}
pacing: {mode: progressive}
"""
SCENARIO = """
scenario: small
length: 30 min
agents: [{count: 2, interval_s: 30}]
answer: 40 %
talk: {mean_s: 60}
"""
SHORT = ("--agents", "4", "--days", "2", "--hours", "1")


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    path = tmp_path / "spring.yaml"
    path.write_text(CAMPAIGN, encoding="utf-8")
    return path


def ran(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.output


def test_figures_as_json_say_what_was_asked(campaign: Path) -> None:
    figures = json.loads(ran(campaign, *SHORT, "--json"))
    assert (figures["campaign"], figures["agents"], figures["days"], figures["seed"]) == ("spring", 4, 2, 7)
    assert figures["engine"]["answers"] > 0
    assert figures["engine"]["abandon_rate"] <= figures["engine"]["abandon_rate_upper_95"]


def test_a_progressive_campaign_is_one_line_per_agent(campaign: Path) -> None:
    figures = json.loads(ran(campaign, *SHORT, "--json"))
    assert figures["engine"] == pytest.approx(figures["one_line_per_agent"], rel=0.05)
    assert figures["less_waiting"] == pytest.approx(0.0, abs=0.05)


def test_the_same_seed_gives_the_same_figures(campaign: Path) -> None:
    first, again = (ran(campaign, *SHORT, "--json", "--seed", "3") for _ in range(2))
    assert first == again
    assert first != ran(campaign, *SHORT, "--json", "--seed", "4")


def test_the_answer_rate_is_that_of_calls_placed(campaign: Path) -> None:
    figures = json.loads(ran(campaign, *SHORT, "--answer-rate", "0.5", "--agents", "30", "--json"))
    assert figures["engine"]["answers"] / figures["engine"]["calls"] == pytest.approx(0.5, abs=0.05)


def test_the_table_names_both_policies(campaign: Path) -> None:
    shown = ran(campaign, *SHORT)
    assert "one line per agent" in shown
    assert "upper 95 % bound" in shown


class Sources(HTMLParser):
    """Collects everything a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe"):
            self.fetched.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_has_plots_and_fetches_nothing(campaign: Path, tmp_path: Path) -> None:
    report = tmp_path / "out.html"
    ran(campaign, *SHORT, "--report", report)
    page = report.read_text(encoding="utf-8")
    plots = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(plots) == 3
    for plot in plots:
        ElementTree.fromstring(plot)
    seen = Sources()
    seen.feed(page)
    assert seen.fetched == []
    assert "prefers-color-scheme:dark" in page


def test_a_scenario_file_is_played_predictively(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    figures = json.loads(ran(path, "--days", "1", "--json"))
    assert (figures["campaign"], figures["mode"], figures["hours"]) == ("small", "predictive", 0.5)


def test_mistakes_in_the_file_are_shown_and_nothing_is_played(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(CAMPAIGN + "wrap: 5\n", encoding="utf-8")
    assert "is not a setting" in ran(path, code=2)


@pytest.mark.parametrize("asked", [(), ("--campaign", "winter")])
def test_one_of_several_campaigns_must_be_chosen(tmp_path: Path, asked: tuple[str, ...]) -> None:
    body = "\n".join("    " + line for line in CAMPAIGN.strip().splitlines())
    path = tmp_path / "dialer.yaml"
    path.write_text(
        "nodes:\n  pbx1: {host: 127.0.0.1, username: dialer, secret: x, trunks: {carrier: {dial: "
        '"PJSIP/{number}@carrier"}}}\n' + f"campaigns:\n  spring:\n{body}\n  autumn:\n{body}\n",
        encoding="utf-8",
    )
    assert "autumn, spring" in ran(path, *asked, code=2)
    assert '"campaign": "autumn"' in ran(path, *SHORT, "--campaign", "autumn", "--json")


def test_a_page_shows_names_as_text(tmp_path: Path) -> None:
    from dialer import simulation, simulation_report
    from pacing import Settings
    from pacing.sim import Scenario, agents, steady

    scenario = Scenario("<script>", agents(1), steady(0.0), length_s=600.0)
    comparison = simulation.compare(scenario, Settings(mode="progressive"), days=1, seed=1)
    page = simulation_report.page(comparison)
    assert "<script>" not in page
    assert "no conversation" in page


def test_days_played_on_processes_are_the_same_days() -> None:
    from dialer import simulation
    from pacing import Settings
    from pacing.sim import Scenario, agents, steady

    scenario = Scenario("many", agents(30), steady(0.3), length_s=2 * 3600.0)
    told: list[float] = []
    one, two = (
        simulation.compare(
            scenario, Settings(mode="progressive"), days=2, seed=5, jobs=jobs, progress=told.append
        )
        for jobs in (1, 2)
    )
    assert one == two
    assert max(told) == pytest.approx(1.0)


def test_the_example_scenario_says_what_it_means() -> None:
    import config
    from config.scenario import ScenarioFile, load_subject
    from dialer import simulation

    path = Path(config.__file__).parent / "examples" / "scenarios" / "lunch.yaml"
    file = load_subject(path)
    assert isinstance(file, ScenarioFile)
    scenario = simulation.from_file(file)
    assert len(scenario.agents) == 12
    assert scenario.agents[-1].breaks == ((4 * 3600.0, 4.5 * 3600.0),)
    assert scenario.talk.mean_s == pytest.approx((2 * 30 + 3 * 240) / 5)
    assert scenario.answer.at(4 * 3600.0) == 0.2


def test_agents_of_the_configuration_are_taken_with_their_intervals() -> None:
    import config
    from dialer.cli.simulate import _prepared
    from dialer.simulation import Assumptions

    path = Path(config.__file__).parent / "examples" / "dialer.yaml"
    settings = config.load(path, environment={})
    theirs = [agent for agent in settings.agents.values() if agent.campaign == "spring"]
    scenario, _ = _prepared(path, "spring", Assumptions(), (), counted=True)
    assert len(scenario.agents) == len(theirs) or not theirs
    asked, _ = _prepared(path, "spring", Assumptions(agents=3), (30.0, 200.0), counted=False)
    assert [plan.interval_s for plan in asked.agents] == [30.0, 200.0, 30.0]


def test_thorough_means_as_many_days_as_bring_thousands_of_answers() -> None:
    from dialer.cli.simulate import _days_for
    from pacing.sim import Scenario, agents, steady

    def days(count: int, length_s: float) -> int:
        return _days_for(Scenario("room", agents(count), steady(0.3), length_s=length_s))

    assert days(1, 600.0) == 60
    assert 3 < days(10, 8 * 3600.0) < 12
    assert days(200, 4 * 3600.0) == 3
