"""Every mistake is found at once, with its place and its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config

BASE = """\
nodes:
  pbx1:
    host: 127.0.0.1
    username: dialer
    secret: "hidden-word"
    trunks:
      carrier: {dial: "PJSIP/{number}@carrier"}
campaigns:
  spring:
    node: pbx1
    trunks: [carrier]
    caller_id: "+442079460000"
    countries: [GB]
    windows: {mon-fri: ["09:00-20:00"]}
"""


def problems(
    text: str, folder: Path | str = ".", environment: dict[str, str] | None = None
) -> list[config.Problem]:
    with pytest.raises(config.ConfigErrors) as caught:
        config.parse(text, folder=folder, environment=environment or {})
    assert "hidden-word" not in str(caught.value)
    return list(caught.value.problems)


def only(text: str) -> config.Problem:
    (problem,) = problems(text)
    return problem


def with_line(line: str) -> str:
    """The base with one more line in its campaign."""
    return BASE + f"    {line}\n"


def test_the_base_of_these_tests_is_right() -> None:
    settings = config.parse(BASE, environment={})
    campaign = settings.campaigns["spring"]
    assert (campaign.id, campaign.name, campaign.default_region) == ("spring", "spring", "GB")
    assert settings.nodes["pbx1"].secret.get_secret_value() == "hidden-word"


@pytest.mark.parametrize(
    ("line", "path", "message", "hint"),
    [
        ("ring_timeout_s: 30", "ring_timeout_s", "is not a setting", "here are:"),
        ("agent_dropp: rescue", "agent_dropp", "is not a setting", "did you mean agent_drop?"),
        (
            "pacing: {ring_timout_s: 30}",
            "pacing.ring_timout_s",
            "is not a setting",
            "did you mean ring_timeout_s?",
        ),
        ("pacing: {ring_timeout_s: 45}", "pacing.ring_timeout_s", "must be at most 40", ""),
        ("pacing: {ring_timeout_s: 10}", "pacing.ring_timeout_s", "must be at least 15", ""),
        (
            "pacing: {ring_timeout_s: thirty}",
            "pacing.ring_timeout_s",
            "must be a number of seconds",
            "write seconds",
        ),
        ("pacing: {min_ring_s: 35}", "pacing", "min_ring_s is longer than ring_timeout_s", "lower"),
        ("pacing: {connect_within_s: 1.5}", "pacing.connect_within_s", "whole seconds, at least 1", "timer"),
        ("pacing: {connect_within_s: 0}", "pacing.connect_within_s", "whole seconds, at least 1", "timer"),
        ("pacing: {target_abandon: 3}", "pacing.target_abandon", "between 0 and 1", "3 %"),
        ("pacing: {mode: predictiv}", "pacing.mode", "must be", "did you mean predictive?"),
        ("interval: {default_s: 700}", "interval", "not within min_s..max_s", ""),
        ("amd: yes", "amd", "must be true or false", ""),
        ("wrap_up_max_s: -1", "wrap_up_max_s", "must be a number of seconds", ""),
        ("zone_rule: customer", "zone_rule", "must be", ""),
        ("default_zone: London", "default_zone", "is not a time zone", "Europe/London"),
        ("holidays: {dates: [25.12.2026]}", "holidays.dates[0]", "is not a date", "YEAR-MONTH-DAY"),
        ("holidays: {calendar: XX}", "holidays.calendar", "no holidays are known for XX", "under dates"),
        ("holidays: {calendar: GB-XXX}", "holidays.calendar", "GB has no part XXX", "ENG"),
        ("retry: {bussy: {delay_s: 60}}", "retry.bussy", "must be", "did you mean busy?"),
        ("attempts: {rolling: [3 per day]}", "attempts.rolling[0]", "not a limit", "3 in 24 h"),
        ("dispositions: [{code: a, label: A, key: 1}]", "dispositions[0].key", "must be text", "quotes"),
        (
            "dispositions: [{code: A b, label: A}]",
            "dispositions[0].code",
            "not a short name",
            "small letters",
        ),
        ("dispositions: []", "dispositions", "at least 1 entries", ""),
        ("leads: {columns: {phone: Telefon}}", "leads.columns.phone", "not a field of a lead", ""),
        (
            "leads: {default_region: FR}",
            "leads.default_region",
            "not one of the campaign's countries",
            "countries",
        ),
        ("countries: [GB]", "countries", "is written twice", "keep one"),
        ('caller_name: "Ann\\r\\nX: 1"', "caller_name", "line breaks", ""),
    ],
)
def test_a_wrong_line_is_one_problem_at_its_place(line: str, path: str, message: str, hint: str) -> None:
    problem = only(with_line(line))
    assert problem.path == f"campaigns.spring.{path}"
    assert message in problem.message
    assert hint in problem.hint
    assert problem.line == 15
    assert problem.excerpt.strip() == line
    assert problem.column > 4
    assert str(problem).startswith(f"<text>:15:{problem.column} campaigns.spring.")


@pytest.mark.parametrize(
    ("old", "new", "path", "message", "hint"),
    [
        (
            '"+442079460000"',
            "+442079460000",
            "caller_id",
            "YAML reads digits",
            'quote phone numbers: "+442079460000"',
        ),
        ('"+442079460000"', '"020 7946 0000"', "caller_id", "not a phone number", "international form"),
        ('"+442079460000"', '"CALL-ME"', "caller_id", "not a phone number", "digits only"),
        ("[carrier]", "[]", "trunks", "at least 1 entries", ""),
        ("[carrier]", "carrier", "trunks", "must be a list", ""),
        ("[carrier]", "[carier]", "trunks[0]", "has no trunk carier", "did you mean carrier?"),
        ("[carrier]", "[carrier, carrier]", "trunks[1]", "listed twice", "remove"),
        ("node: pbx1", "node: pbx2", "node", "there is no node pbx2", "did you mean pbx1?"),
        ("[GB]", "[UK]", "countries[0]", "not a country code", "did you mean GB?"),
        ("[GB]", "[no]", "countries[0]", "", ""),
        ("{mon-fri: [", "{mon-fry: [", "windows.mon-fry", "is not a day", "mon, tue"),
        ("09:00-20:00", "9-20", "windows.mon-fri", "not an opening time", "HH:MM-HH:MM"),
        ("09:00-20:00", "20:00-02:00", "windows.mon-fri", "ends before it starts", "midnight"),
        ("09:00-20:00", "09:00-24:30", "windows.mon-fri", "past the end of the day", ""),
        ('"09:00-20:00"', '"09:00-13:00", "12:00-20:00"', "windows.mon-fri", "overlap", ""),
        ('{mon-fri: ["09:00-20:00"]}', "{}", "windows", "no day has opening times", "add mon-fri"),
    ],
)
def test_a_wrong_value_is_told_with_its_remedy(
    old: str, new: str, path: str, message: str, hint: str
) -> None:
    if new == "[no]":
        campaign = config.parse(BASE.replace(old, new), environment={}).campaigns["spring"]
        assert campaign.countries == ("NO",)  # Norway, which YAML 1.1 would read as false
        return
    problem = only(BASE.replace(old, new))
    assert problem.path == f"campaigns.spring.{path}"
    assert message in problem.message
    assert hint in problem.hint


def test_a_campaign_without_trunks_is_told_what_to_add() -> None:
    problem = only(BASE.replace("    trunks: [carrier]\n", ""))
    assert str(problem) == (
        "<text>:9:3 campaigns.spring.trunks: is missing; add trunks: Trunks of that node in order of preference."
    )


@pytest.mark.parametrize(
    "dial",
    [
        "PJSIP/carrier",
        "{number}",
        "PJSIP/{number}@a,b",
        "PJSIP/{number}&SIP/2",
        "Local/{number}@x",
        "PJSIP/{number}|1",
    ],
)
def test_a_dial_string_that_could_do_something_else_is_refused(dial: str) -> None:
    problem = only(BASE.replace("PJSIP/{number}@carrier", dial))
    assert problem.path == "nodes.pbx1.trunks.carrier.dial"
    assert "PJSIP/{number}@carrier" in problem.hint


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = BASE.replace("host:", "hostt:").replace("node: pbx1", "node: pbx2").replace("[GB]", "[UK]")
    found = problems(
        with_line("amd: 1").replace(BASE, text)
        + "agents: {bob: {name: Bob, endpoint: PJSIP/1, campaign: sprig}}\n"
    )
    assert [(problem.line, problem.path) for problem in found] == [
        (2, "nodes.pbx1.host"),
        (3, "nodes.pbx1.hostt"),
        (10, "campaigns.spring.node"),
        (13, "campaigns.spring.countries[0]"),
        (15, "campaigns.spring.amd"),
        (16, "agents.bob.campaign"),
    ]


def test_agents_are_held_to_their_campaign_and_to_a_phone_each() -> None:
    agents = """\
agents:
  ann: {name: Ann, endpoint: PJSIP/101, campaign: spring, interval_s: 900}
  bob: {name: Bob, endpoint: PJSIP/101}
"""
    interval, endpoint = problems(BASE + agents)
    assert "outside the campaign's bounds (0..600 s)" in interval.message
    assert "is the phone of ann already" in endpoint.message


def test_dispositions_have_codes_and_keys_of_their_own() -> None:
    twice = with_line('dispositions: [{code: a, label: A, key: "1"}, {code: a, label: B, key: "1"}]')
    assert sorted(problem.message for problem in problems(twice)) == [
        "a is used twice",
        "the key 1 is used twice",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not valid YAML"),
        ("nodes:\n\tx: 1", "not valid YAML"),
        ("- 1", "must be a section of settings"),
        ("", "is missing"),
        ("nodes: {}", "at least 1"),
        ("x: &x [*x]", "nested too deep"),
        ("nodes: {a: {host: !!python/object:os.system x}}", "the tag"),
        ("? [a]\n: 1", "a key must be plain text"),
    ],
)
def test_what_is_no_configuration_at_all_is_said_so(text: str, message: str) -> None:
    assert any(message in problem.message for problem in problems(text))


def test_a_file_of_aliases_of_aliases_stops_early() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert any("aliases" in problem.message for problem in problems(bomb))


def documents() -> st.SearchStrategy[str]:
    mutated = st.tuples(st.integers(0, len(BASE) - 1), st.integers(0, 40), st.text(max_size=10)).map(
        lambda cut: BASE[: cut[0]] + cut[2] + BASE[cut[0] + cut[1] :]
    )
    return st.one_of(st.text(max_size=200), mutated)


@given(documents())
def test_any_text_is_settings_or_problems_and_never_a_crash(text: str) -> None:
    try:
        found = config.parse(text, environment={}).nodes
    except config.ConfigErrors as error:
        found = error.problems and all(problem.message for problem in error.problems)
    assert found


class TestSecrets:
    """Secrets come plainly, from the environment or from a file, and are never shown."""

    def test_a_line_shown_with_a_problem_has_its_secret_blacked_out(self) -> None:
        flow = '{host: x, prot: 1, username: u, secret: "hidden-word", trunks: {}}'
        (problem,) = problems(f"nodes:\n  pbx1: {flow}\n")
        assert "••••" in problem.excerpt
        problems(BASE.replace("secret:", "sercet:"))
        problems(BASE.replace('"hidden-word"', '"hidden-word'))

    def test_from_the_environment(self) -> None:
        text = BASE.replace('"hidden-word"', "{env: PBX_SECRET}")
        settings = config.parse(text, environment={"PBX_SECRET": "from-env"})
        assert settings.nodes["pbx1"].secret.get_secret_value() == "from-env"
        assert "from-env" not in repr(settings)

    def test_from_a_file_without_its_last_line_break(self, tmp_path: Path) -> None:
        (tmp_path / "pw").write_text("from-file\n")
        settings = config.parse(BASE.replace('"hidden-word"', "{file: pw}"), folder=tmp_path, environment={})
        assert settings.nodes["pbx1"].secret.get_secret_value() == "from-file"

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("{env: NOPE}", "the environment variable NOPE is not set"),
            ("{env: EMPTY}", "is empty"),
            ("{file: nope}", "can not be read"),
            ("{vault: x}", "is not a secret"),
            ("12345", "is not a secret"),
            ('"hidden-word\\nAction: Command"', "line break"),
        ],
    )
    def test_what_can_not_be_had_is_told_without_the_secret(
        self, tmp_path: Path, value: str, message: str
    ) -> None:
        (problem,) = problems(BASE.replace('"hidden-word"', value), tmp_path, {"EMPTY": ""})
        assert problem.path == "nodes.pbx1.secret"
        assert message in problem.message

    def test_a_database_url_may_be_one(self) -> None:
        problem = only(BASE + "database: mysql://hidden-word@h/d\n")
        assert (problem.path, problem.message) == ("database", "is not a database")
        text = BASE + "database: {env: DB}\n"
        settings = config.parse(text, environment={"DB": "postgresql://u:pw@h/d"})
        assert settings.database == "postgresql://u:pw@h/d"
        assert "pw" not in repr(settings)
        assert "pw@" not in str(settings.public())


def test_certificates_are_from_the_files_folder(tmp_path: Path) -> None:
    text = BASE.replace("    username:", "    tls: true\n    tls_ca_file: ca.pem\n    username:")
    (problem,) = problems(text, tmp_path)
    assert problem.path == "nodes.pbx1.tls_ca_file"
    (tmp_path / "ca.pem").write_text("-----")
    node = config.parse(text, folder=tmp_path, environment={}).nodes["pbx1"]
    assert node.tls_ca_file == str(tmp_path / "ca.pem")


class TestIncludedFiles:
    """Campaigns in files of their own have places of their own."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Iterator[Path]:
        head, campaign = BASE.split("campaigns:\n  spring:\n")
        (tmp_path / "dialer.yaml").write_text(head + "include: [campaigns/*.yaml]\n")
        (tmp_path / "campaigns").mkdir()
        lines = [line[4:] for line in campaign.splitlines()]
        (tmp_path / "campaigns" / "spring.yaml").write_text("\n".join(lines) + "\n")
        return tmp_path

    def test_a_campaign_is_named_by_its_file(self, folder: Path) -> None:
        settings = config.load(folder / "dialer.yaml", environment={})
        assert set(settings.campaigns) == {"spring"}
        assert settings.data_dir == folder / "data"

    def test_a_mistake_has_the_campaigns_own_file_and_line(self, folder: Path) -> None:
        file = folder / "campaigns" / "spring.yaml"
        file.write_text(file.read_text() + "amdd: true\n")
        with pytest.raises(config.ConfigErrors) as caught:
            config.load(folder / "dialer.yaml", environment={})
        (problem,) = caught.value.problems
        assert (problem.file, problem.line, problem.path) == (str(file), 6, "campaigns.spring.amdd")

    def test_two_campaigns_of_one_id_are_refused(self, folder: Path) -> None:
        file = folder / "campaigns" / "spring.yaml"
        (folder / "campaigns" / "winter.yaml").write_text(file.read_text() + "id: spring\n")
        with pytest.raises(config.ConfigErrors, match="there is a campaign spring already"):
            config.load(folder / "dialer.yaml", environment={})

    def test_a_pattern_that_matches_nothing_is_told(self, folder: Path) -> None:
        (folder / "campaigns" / "spring.yaml").unlink()
        with pytest.raises(config.ConfigErrors, match="matches no file"):
            config.load(folder / "dialer.yaml", environment={})

    def test_a_file_that_is_not_there_is_one_message(self, tmp_path: Path) -> None:
        with pytest.raises(config.ConfigErrors, match="there is no such file"):
            config.load(tmp_path / "none.yaml")

    def test_a_file_that_is_no_text_is_one_message(self, tmp_path: Path) -> None:
        (tmp_path / "dialer.yaml").write_bytes(b"\xff\xfe\x00nodes")
        with pytest.raises(config.ConfigErrors, match="not UTF-8"):
            config.load(tmp_path / "dialer.yaml")


def test_a_standby_needs_a_shared_database_and_a_fence_on_every_node() -> None:
    alone = BASE + "standby: {name: north}\n"
    assert [one.path for one in problems(alone)] == ["nodes.pbx1", "standby"]
    fenced = alone.replace("    trunks:\n", "    fence: {secret: another-hidden-word}\n    trunks:\n", 1)
    settings = config.parse(
        fenced + "database: postgresql://cadence@db.example/cadence\n", folder=".", environment={}
    )
    assert settings.standby is not None
    assert "another-hidden-word" not in repr(settings)
