"""The doctor at a real Asterisk: healthy, without a module, with the wrong password, with too little of an ear."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import ami
from dialer.lab import shift
from dialer.lab.lab import Lab, conf_dir
from dialer.lab.wire import Line
from dialer.ops import doctor
from dialer.ops.findings import Finding, Level
from tests.lab.patience import until

pytestmark = pytest.mark.asterisk

MakeLab = Callable[..., Lab]


def _address(lab: Lab, secret: str | None = None) -> ami.NodeAddress:
    node = lab.node
    return ami.NodeAddress("pbx", node.host, node.port, node.username, secret or node.secret)


async def _troubles(address: ami.NodeAddress, *endpoints: str) -> list[Finding]:
    found = await doctor.examine({address: doctor.Wanted(endpoints, amd=True)}, clock=time.time)
    return [finding for finding in found if finding.level is not Level.OK]


async def _quiet(lab: Lab) -> bool:
    return await lab.pbx.channels() == []


async def test_the_samples_as_they_stand_are_healthy(lab: Lab) -> None:
    await until(lambda: _quiet(lab))
    assert await _troubles(_address(lab), "carrier", "phones") == []
    assert await _quiet(lab)
    assert "dialer/doctor" not in await lab.pbx.cli("database show dialer")


async def test_a_missing_endpoint_is_named(lab: Lab) -> None:
    (finding,) = await _troubles(_address(lab), "elsewhere")
    assert "'elsewhere'" in finding.said


async def test_a_fence_is_proved_on_a_session_of_our_own_and_one_without_the_right_is_named(lab: Lab) -> None:
    async def examined(username: str, secret: str) -> Finding:
        wanted = doctor.Wanted(fence=(username, secret))
        found = await doctor.examine({_address(lab): wanted}, clock=time.time)
        return next(finding for finding in found if finding.check == "fence")

    async with Line(lab.node.port, lab.node.username, lab.node.secret) as running:
        good = await examined(lab.fence.username, lab.fence.secret)
        assert good.level is Level.OK, good
        await running.ask("Ping")  # a dialer at work keeps its line
    powerless = await examined(lab.node.username, lab.node.secret)
    assert powerless.level is Level.FAIL
    assert "write = command" in powerless.fix
    unknown = await examined("nobody", "x")
    assert unknown.level is Level.FAIL


async def test_a_wrong_password_and_a_closed_port_are_told_apart(lab: Lab) -> None:
    (refused,) = await _troubles(_address(lab, "wrong"))
    assert "secret" in refused.said
    closed = ami.NodeAddress("pbx", "127.0.0.1", lab.node.port + 6, "dialer", "x")
    (away,) = await _troubles(closed)
    assert "refused" in away.said.lower()
    assert "manager user" not in away.said


async def test_a_sick_asterisk_is_told_what_it_lacks(make_lab: MakeLab) -> None:
    manager = (conf_dir() / "manager.conf").read_text()
    deaf = manager.replace("eventfilter(action(include),name(Hangup)) =\n", "")
    deaf = deaf.replace("timestampevents = yes", "").replace("channelvars = DIALER_CALL_ID", "")
    deaf = deaf.replace(
        "write = system,call,originate,user,reporting", "write = system,call,originate,user,command"
    )
    sick = make_lab(without_modules=["app_read", "func_db"], samples={"manager.conf": deaf})
    await sick.start()
    (sick.pbx.outside / "data/sounds/dialer/abandoned.wav").unlink()
    found = await _troubles(_address(sick))
    said = "\n".join(f"{finding.said} -> {finding.fix}" for finding in found)
    for clue in (
        "app_read",
        "func_db",
        "Hangup",
        "timestampevents",
        "channelvars",
        "Command",
        "AstDB",
        "message for",
    ):
        assert clue in said, said


async def test_the_command_prints_findings_with_remedies_and_its_status_says_how_bad(
    lab: Lab, tmp_path: Path
) -> None:
    shift.settings_of(lab, shift.Plan(people=(), agents=2), tmp_path)
    (tmp_path / "data").mkdir()
    program = "from dialer.cli.main import main; main()"
    words = ("doctor", "--config", str(tmp_path / "dialer.yaml"))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *words, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(120):
        output, _ = await child.communicate()
    text = output.decode()
    assert child.returncode == 2, text  # the database has no tables yet, all else is well
    assert "-> dialer db upgrade" in text
    assert "FAIL" not in text
