"""Planted secrets, numbers and names turn up nowhere: not in a log, an error, a page, a journal or a bug report."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys

import pytest

from tests.parts.canary_shift import NAME, PEOPLE, SECRETS


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """All that a shift full of faults told whoever may not know, by where it was told."""
    folder = tmp_path_factory.mktemp("canaries")
    done = subprocess.run(
        [sys.executable, "-m", "tests.parts.canary_shift", str(folder)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    kept = b"".join(path.read_bytes() for path in (folder / "data").glob("dialer.db*"))
    assert NAME.encode() in kept  # where it belongs
    found = {path.name: path.read_text() for path in (folder / "said").iterdir()}
    found["stdout"], found["stderr"] = done.stdout, done.stderr
    found["journal"] = "".join(
        path.read_text() for path in sorted((folder / "data/journal").glob("*.journal"))
    )
    found["bug report"] = gzip.decompress((folder / "report.cadence").read_bytes()).decode()
    return found


def test_the_shift_said_enough_to_be_worth_looking_at(said: dict[str, str]) -> None:
    for name, words in {
        "stderr": ("mqtt_down", "request_failed", "website_open", "first_admin_wanted"),
        "journal": ('"attempt_ended"', '"connected"'),
        "bug report": ("cadence-bug-report", '"attempt_ended"'),
        "doctor": ("check username, secret", "postgresql://127.0.0.1:9/canary"),
        "configuration": ("nodes.pbx",),
        "refused": ("sign_in_failed",),
        "nobody": ("not_signed_in",),
        "agent": ("forbidden", '"role":"agent"'),
        "admin": ("POST /users", '"openapi"'),
        "bug": ("this is our mistake",),
        "process": ("canary_shift", "PATH="),
    }.items():
        for word in words:
            if word != "first_admin_wanted":  # there is an admin
                assert word in said[name], f"{word} is not in {name}: {said[name][:2000]}"


@pytest.mark.parametrize("which", SECRETS)
def test_no_secret_is_told(said: dict[str, str], which: str) -> None:
    assert [name for name, text in said.items() if SECRETS[which] in text] == []


def test_nobodys_number_is_told(said: dict[str, str]) -> None:
    for person in PEOPLE:
        digits = person.number.lstrip("+")
        assert [name for name, text in said.items() if digits in re.sub(r"[ .()/-]", "", text)] == []
        assert [name for name, text in said.items() if digits[2:] in text] == []


def test_nobodys_name_is_told_but_to_who_may_know_it(said: dict[str, str]) -> None:
    assert [name for name, text in said.items() if NAME in text or NAME.split()[0] in text] == []


def test_no_file_beside_the_pages_is_served(said: dict[str, str]) -> None:
    assert "/static/..%2fserver.py 404" in said["nobody"]
    assert [
        name
        for name in ("nobody", "forged", "agent")
        if "import uvicorn" in said[name] or "root:" in said[name]
    ] == []
