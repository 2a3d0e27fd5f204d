"""The command line as an operator meets it: one clear line with the remedy for each mistake, and nothing lost."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import config
from ami.fake import FakeAsterisk
from tests.parts.daemons import Daemon

LEADS = "name,number\nAnn,+447400123456\nBob,call me\nCid,+447400123458\n"


def document(port: int, **changes: Any) -> dict[str, Any]:
    """A small configuration, as JSON, which is YAML."""
    whole: dict[str, Any] = {
        "instance": "test",
        "data_dir": "data",
        "nodes": {
            "pbx": {
                "host": "127.0.0.1",
                "port": port,
                "username": "dialer",
                "secret": "secret",
                "trunks": {"carrier": {"dial": "PJSIP/{number}@carrier"}},
            }
        },
        "campaigns": {
            "spring": {
                "node": "pbx",
                "trunks": ["carrier"],
                "caller_id": "+442079460000",
                "countries": ["GB"],
                "windows": {"mon-sun": ["00:00-24:00"]},
            }
        },
    }
    whole.update(changes)
    return whole


def written(folder: Path, content: dict[str, Any]) -> Path:
    file = folder / "dialer.yaml"
    file.write_text(json.dumps(content, indent=1))
    return file


async def dialer(*arguments: str | Path, cwd: Path) -> tuple[int, str]:
    """Run the command; its exit status, and what it said on both streams."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "dialer", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk() as running:
        yield running


async def test_help_names_every_command(tmp_path: Path) -> None:
    status, said = await dialer("--help", cwd=tmp_path)
    assert status == 0
    for command in (
        "run",
        "demo",
        "check",
        "schema",
        "doctor",
        "db",
        "leads",
        "dnc",
        "campaign",
        "agent",
        "simulate",
    ):
        assert command in said


async def test_a_wrong_key_and_a_wrong_type_are_told_together_with_their_places(tmp_path: Path) -> None:
    content = document(5038)
    content["campaigns"]["spring"]["caler_id"] = "x"
    content["campaigns"]["spring"]["wrap_up_max_s"] = "long"
    file = written(tmp_path, content)
    status, said = await dialer("check", file, cwd=tmp_path)
    assert status == 1
    assert "caller_id" in said
    assert "wrap_up_max_s" in said
    assert f"{file}:" in said
    assert (await dialer("run", "-c", file, cwd=tmp_path))[0] == 1
    assert not (tmp_path / "data").exists()


async def test_a_campaign_without_a_trunk_is_refused_with_the_remedy(tmp_path: Path) -> None:
    content = document(5038)
    content["campaigns"]["spring"]["trunks"] = ["carier"]
    status, said = await dialer("check", written(tmp_path, content), cwd=tmp_path)
    assert status == 1
    assert "carier" in said
    assert "carrier" in said


async def test_a_broken_row_goes_to_the_rejects_file_and_the_rest_into_the_list(tmp_path: Path) -> None:
    file = written(tmp_path, document(5038))
    (tmp_path / "people.csv").write_text(LEADS)
    status, said = await dialer(
        "leads", "import", "people.csv", "--campaign", "spring", "-c", file, "--json", cwd=tmp_path
    )
    report = json.loads(said[said.index("{") :])
    assert status == 0
    assert (report["rows"], report["added"], report["rejected"]) == (3, 2, 1)
    rejects = (tmp_path / "people.rejects.csv").read_text()
    assert "call me" in rejects
    assert "letters" in rejects


async def test_a_list_for_an_unknown_campaign_names_the_known_ones(tmp_path: Path) -> None:
    file = written(tmp_path, document(5038))
    (tmp_path / "people.csv").write_text(LEADS)
    status, said = await dialer(
        "leads", "import", "people.csv", "--campaign", "sprong", "-c", file, cwd=tmp_path
    )
    assert status == 1
    assert "spring" in said


async def test_a_do_not_call_file_with_one_bad_line_changes_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, document(5038))
    (tmp_path / "dnc.txt").write_text("+447400123456\nnobody\n+4420*\n")
    status, said = await dialer("dnc", "import", "dnc.txt", "-c", file, cwd=tmp_path)
    assert status == 1
    assert "dnc.txt:2" in said
    (tmp_path / "dnc.txt").write_text("+447400123456  # asked on the phone\n+4420*\n")
    status, said = await dialer("dnc", "import", "dnc.txt", "-c", file, "--json", cwd=tmp_path)
    assert status == 0
    assert json.loads(said)["read"] == 2


async def test_leads_are_changed_by_many_and_shown_with_what_keeps_them_from_being_called(
    tmp_path: Path,
) -> None:
    file = written(tmp_path, document(5038))
    rows = [f"A-{n},Person {n},+4474001234{50 + n}" for n in range(3)]
    (tmp_path / "people.csv").write_text("\n".join(["external_id,name,number", *rows]) + "\n")
    (tmp_path / "dnc.txt").write_text("+447400123450\n")
    (tmp_path / "gone.txt").write_text("A-0\nA-1\n\nA-9\n")
    spring = ("--campaign", "spring", "-c", file)
    assert (await dialer("leads", "import", "people.csv", *spring, cwd=tmp_path))[0] == 0
    listed = await dialer("dnc", "import", "dnc.txt", "--expires", "2999-12-31", "-c", file, cwd=tmp_path)
    assert listed[0] == 0
    why = ("--state", "excluded", "--reason", "moved away")
    status, said = await dialer("leads", "change", "--ids", "gone.txt", *why, *spring, cwd=tmp_path)
    assert (status, "2 of 3 leads changed" in said, "unknown: A-9" in said) == (0, True, True)
    status, said = await dialer("leads", "show", "--number", "07400 123450", *spring, "--json", cwd=tmp_path)
    (lead,) = json.loads(said)
    assert (lead["external_id"], lead["state"], lead["reason"]) == ("A-0", "excluded", "moved away")
    assert lead["numbers"][0]["do_not_call"] == ["system"]
    assert [one["what"] for one in lead["history"]] == ["excluded: moved away"]
    status, said = await dialer("leads", "show", "--id", "A-2", *spring, cwd=tmp_path)
    assert status == 0
    assert all(word in said for word in ("Person 2", "pending", "+447400123452"))
    status, said = await dialer("leads", "change", "--id", "A-2", "--owner", "zoe", *spring, cwd=tmp_path)
    assert (status, "no agent zoe" in said) == (1, True)


async def test_without_a_running_dialer_agent_commands_say_how_to_start_one(tmp_path: Path) -> None:
    file = written(tmp_path, document(5038))
    status, said = await dialer("agent", "login", "ann", "-c", file, cwd=tmp_path)
    assert status == 1
    assert "dialer run" in said
    assert (await dialer("agent", "add", "ann", "--phone", "PJSIP/101", "-c", file, cwd=tmp_path))[0] == 0
    status, said = await dialer("campaign", "start", "spring", "-c", file, "--json", cwd=tmp_path)
    assert (status, json.loads(said)["state"]) == (0, "running")


async def test_a_database_that_is_away_ends_the_start_with_one_line(tmp_path: Path) -> None:
    file = written(tmp_path, document(5038, database="postgresql://nobody:hush@127.0.0.1:9/none"))
    status, said = await dialer("run", "-c", file, cwd=tmp_path)
    assert status == 1
    assert "127.0.0.1" in said
    assert "hush" not in said
    assert "Traceback" not in said


async def test_a_wrong_manager_password_leaves_the_daemon_up_and_says_so_on_the_board(
    tmp_path: Path, asterisk: FakeAsterisk
) -> None:
    content = document(asterisk.port)
    content["nodes"]["pbx"]["secret"] = "wrong"
    file = written(tmp_path, content)
    daemon = Daemon(config.load(file), file)
    try:
        await daemon.start(wait_for_nodes=False)
        await daemon.ask("set_run_state", campaign="spring", state="running")
        async with asyncio.timeout(120):
            while True:
                row = await daemon.ask("campaign_status", campaign="spring")
                if "secret" in row["why"] or "password" in row["why"] or "refused" in row["why"]:
                    break
                await asyncio.sleep(0.05)
        assert row["node_up"] is False
        await daemon.ask("add_agent", agent="ann", endpoint="PJSIP/101", campaign="spring")
        status, said = await dialer("agent", "login", "ann", "-c", file, cwd=tmp_path)
        assert status == 1
        assert "pbx" in said
    finally:
        daemon.close()


async def test_a_second_daemon_on_the_same_folder_is_refused(tmp_path: Path, asterisk: FakeAsterisk) -> None:
    file = written(tmp_path, document(asterisk.port))
    daemon = Daemon(config.load(file), file)
    try:
        await daemon.start()
        status, said = await dialer("run", "-c", file, cwd=tmp_path)
        assert status == 1
        assert "running already" in said
        status, said = await dialer("campaign", "status", "spring", "-c", file, cwd=tmp_path)
        assert status == 0
        assert "not started" in said
        assert await daemon.terminate() == 0
    finally:
        daemon.close()
