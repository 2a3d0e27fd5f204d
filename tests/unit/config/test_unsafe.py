"""What is allowed but not safe is said, with its place and remedy; and no secret is ever shown in saying it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import config

SECRET = "canary-4711"
SAFE = """\
nodes:
  pbx1: {host: 127.0.0.1, username: dialer, secret: {env: AMI}}
"""
ENVIRONMENT = {"AMI": SECRET, "URL": f"postgresql://u:{SECRET}@db.example.com/x"}


def said_of(folder: Path, text: str, mode: int = 0o600) -> dict[str, config.Problem]:
    file = folder / "dialer.yaml"
    file.write_text(text)
    file.chmod(mode)
    folder.chmod(0o755)
    found = config.doubts(file, environment=ENVIRONMENT)
    assert SECRET not in "".join(one.pretty() for one in found)
    assert all(one.hint and one.line for one in found)
    return {one.path: one for one in found}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder others may enter, as /etc/cadence may be: pytest closes its own to them."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_a_configuration_of_this_machine_alone_has_no_doubts(folder: Path) -> None:
    assert said_of(folder, SAFE) == {}


@pytest.mark.parametrize(
    ("text", "path", "hint"),
    [
        (SAFE.replace("127.0.0.1", "10.0.0.7"), "nodes.pbx1.host", "tls: true"),
        (SAFE.replace("127.0.0.1", "127.evil.example"), "nodes.pbx1.host", "tls: true"),
        (
            SAFE.replace("127.0.0.1", "10.0.0.7, tls: true, tls_verify: false"),
            "nodes.pbx1.tls_verify",
            "tls_ca_file",
        ),
        (SAFE + "mqtt: {host: broker.example.com}\n", "mqtt.host", "tls: true"),
        (SAFE + "web: {host: 0.0.0.0, allowed_hosts: [a.example.com]}\n", "web.host", "trusted_proxies"),
        (SAFE + "database: {env: URL}\n", "database", "sslmode=verify-full"),
    ],
)
def test_a_line_others_can_listen_to_is_told(folder: Path, text: str, path: str, hint: str) -> None:
    assert hint in said_of(folder, text)[path].hint


@pytest.mark.parametrize(
    "text",
    [
        SAFE.replace("127.0.0.1", "10.0.0.7, tls: true"),
        SAFE + "database: postgresql://u@db.example.com/x?sslmode=verify-full\n",
        SAFE + "web: {host: 0.0.0.0, allowed_hosts: [a.example.com], trusted_proxies: [10.0.0.1]}\n",
    ],
)
def test_a_line_that_is_checked_is_not(folder: Path, text: str) -> None:
    assert said_of(folder, text) == {}


DETECTING = """\
  pbx2:
    {host: 127.0.0.1, username: dialer, secret: {env: AMI}, trunks: {one: {dial: "PJSIP/{number}@one"}}}
campaigns:
  spring:
    node: pbx2
    trunks: [one]
    caller_id: "+442079460000"
    countries: [GB]
    windows: {mon-fri: ["09:00-20:00"]}
    profiles: [uk]
    pacing: {ring_timeout_s: 20, min_ring_s: 15}
"""


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["amd: true"], True),
        (["amd: true", "machines: {action: hang_up}"], True),
        (["amd: true", "machines: {review_share: 2 %}"], False),
        (["amd: true", "machines: {action: agent}"], False),
        (["amd: false"], False),
    ],
)
def test_detection_that_nobody_checks_by_ear_is_told_with_the_ledgers_that_count_with_the_guess(
    folder: Path, lines: list[str], told: bool
) -> None:
    text = SAFE + DETECTING + "".join(f"    {line}\n" for line in lines)
    found = said_of(folder, text)
    assert list(found) == (["campaigns.spring.amd"] if told else [])
    if told:
        assert (
            "5.0% of them are people is a guess, with which uk-ofcom count"
            in found["campaigns.spring.amd"].message
        )


def test_secrets_others_may_read_are_told_and_those_in_a_closed_folder_are_not(folder: Path) -> None:
    plain = SAFE.replace("{env: AMI}", SECRET)
    assert said_of(folder, plain) == {}
    assert "chmod" in said_of(folder, plain, 0o644)["nodes.pbx1.secret"].hint
    (folder / "ami").write_text(SECRET)
    (folder / "ami").chmod(0o644)
    kept = SAFE.replace("{env: AMI}", "{file: ami}")
    assert "chmod" in said_of(folder, kept)["nodes.pbx1.secret"].hint
    folder.chmod(0o700)
    assert config.doubts(folder / "dialer.yaml", environment=ENVIRONMENT) == ()


@pytest.mark.parametrize(
    "section", ["nodes:\n  pbx1: {host: h, username: u, secret: x", "nodes: {}\nmqtt: {host: h"]
)
def test_an_authority_on_a_line_that_would_not_speak_tls_is_a_mistake(tmp_path: Path, section: str) -> None:
    (tmp_path / "ca.pem").touch()
    with pytest.raises(config.ConfigErrors, match="add tls: true"):
        config.parse(f"{section}, tls_ca_file: ca.pem}}\n", folder=tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        f'secret: "{SECRET}',
        f"pbx1: {{host: x, secret: '{SECRET}",
        f"  secrte:\t{SECRET}: [",
        f"password : {SECRET} : a",
    ],
)
def test_a_line_that_is_no_yaml_is_shown_without_its_secret(line: str) -> None:
    with pytest.raises(config.ConfigErrors) as errors:
        config.parse(f"nodes:\n  {line}\n  - x: [\n")
    assert SECRET not in str(errors.value)
