"""The same by command and by the API: a look first, the person asked for by number, nothing said of them afterwards."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dialer.cli.privacy import app
from tests.parts.houses import content
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import CAMPAIGN, PEOPLE, website

ANN, HOME = "+447400100001", "+447400100002"


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    """A configuration with one person in its list."""
    file = tmp_path / "dialer.yaml"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dialer.db").write_bytes(sqlite_template.read_bytes())
    file.write_text(json.dumps(content(5038)))
    from dialer.cli.leads import app as leads_app

    (tmp_path / "people.csv").write_text(f"name,number,number2\n<b>Ann</b>,{ANN},{HOME}\n")
    done = CliRunner().invoke(
        leads_app, ["import", str(tmp_path / "people.csv"), "--campaign", "spring", "-c", str(file), "--json"]
    )
    assert json.loads(done.stdout)["added"] == 1, done.output
    return file


def ask(file: Path, *arguments: str, status: int = 0, said: str | None = None) -> Any:
    """Run a command for programs; what it answered, or what it said where it fails."""
    done = CliRunner().invoke(app, [*arguments, "-c", str(file), "--json"], input=said)
    assert done.exit_code == status, done.output
    return json.loads(done.stdout[done.stdout.index("{") :]) if status == 0 else " ".join(done.stderr.split())


def test_a_person_is_shown_held_released_and_erased_by_command(file: Path) -> None:
    packed = file.parent / "ann.zip"
    told = ask(file, "export", ANN, "--lead", "--out", str(packed))
    assert (told["leads"], told["numbers"], told["attempts"]) == (1, 2, 0)
    with zipfile.ZipFile(packed) as found:
        assert json.loads(found.read("person.json"))["leads"][0]["name"] == "<b>Ann</b>"
        assert "&lt;b&gt;Ann" in found.read("person.html").decode()

    assert "1 other numbers" in ask(file, "erase", ANN, "--yes", status=1)
    ask(file, "hold", ANN, "--reason", "claim 17")
    assert [one["reason"] for one in ask(file, "holds")["holds"]] == ["claim 17"]
    assert "under legal hold" in ask(file, "erase", ANN, "--lead", "--yes", status=1)
    assert ask(file, "release", ANN) == {"leads": 1}

    assert ask(file, "erase", ANN, "--lead", "--dry-run")["leads"] == 1
    ask(file, "erase", ANN, "--lead", said="n\n", status=1)
    assert ask(file, "erase", "07400 100001", "--region", "GB", "--lead", "--dry-run")["leads"] == 1
    done = ask(file, "erase", ANN, "--lead", said="y\n")
    assert (done["leads"], done["numbers"]) == (1, 2)
    assert ask(file, "erase", ANN, "--lead", "--yes")["leads"] == 0
    assert ask(file, "export", ANN, "--out", str(packed))["never_called_again"] == 1
    assert "+ and the country code" in ask(file, "export", "07400 100001", status=1)


def test_a_sweep_by_command_says_first_what_would_go(file: Path) -> None:
    assert ask(file, "sweep", "--dry-run") == {"dry_run": True, "rows": []}
    assert ask(file, "sweep") == {"dry_run": False, "rows": []}


@on_virtual_time
async def test_an_admin_may_see_hold_and_erase_and_the_audit_log_names_nobody(tmp_path: Path) -> None:
    number = PEOPLE[0].number
    async with website(tmp_path) as site:
        admin = await site.sign_in("admin")
        found = await admin.get("/leads", campaign=CAMPAIGN, number=number)
        lead = found[0]["id"]
        held = await admin.post("/privacy/export", {"number": number})
        assert [one["name"] for one in held["leads"]] == ["Human 0"]
        assert await admin.get("/privacy/sweep") == []

        kept = await admin.ask("PUT", f"/privacy/holds/{lead}", {"reason": "claim 17"})
        assert kept.status_code == 200, kept.text
        refused = await admin.ask("POST", "/privacy/erase", {"number": number, "dry_run": False})
        assert (refused.status_code, refused.json()["error"]["id"]) == (409, "person_held")
        assert [one["lead"] for one in await admin.get("/privacy/holds")] == [lead]
        assert (await admin.ask("DELETE", f"/privacy/holds/{lead}")).status_code == 200
        again = await admin.ask("DELETE", f"/privacy/holds/{lead}")
        assert (again.status_code, again.json()["error"]["id"]) == (404, "hold_unknown")

        would = await admin.post("/privacy/erase", {"number": number})
        assert (would["dry_run"], would["leads"]) == (True, 1)
        done = await admin.post("/privacy/erase", {"number": number, "dry_run": False})
        assert (done["dry_run"], done["leads"]) == (False, 1)
        assert await admin.get("/leads", campaign=CAMPAIGN, number=number) == []
        lines = json.dumps(await admin.get("/audit"))
        assert "POST /privacy/erase" in lines
        assert "POST /privacy/export" in lines
        assert number[1:] not in lines
        assert "Human 0" not in lines
