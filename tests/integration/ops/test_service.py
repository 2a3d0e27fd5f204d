"""The daemon as a service: what systemd hears, a reload by signal, and a log that holds nobody's number."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import config
from ami.fake import Behaviour, Callee, FakeAsterisk, Kind
from tests.integration.cli.test_commands import dialer
from tests.parts.daemons import Daemon
from tests.parts.houses import content
from tests.parts.sd_notify import hearing
from tests.parts.virtual_time import eventually


def daemon_of(folder: Path, port: int, **changes: Any) -> Daemon:
    file = folder / "dialer.yaml"
    file.write_text(json.dumps(content(port, **changes)))
    return Daemon(config.load(file), file)


async def until(true: Callable[[], Awaitable[bool]], within_s: float = 60) -> None:
    async with asyncio.timeout(within_s):
        while not await true():
            await asyncio.sleep(0.1)


async def test_systemd_hears_ready_status_heartbeat_reload_and_stop(tmp_path: Path) -> None:
    async with FakeAsterisk() as asterisk:
        daemon = daemon_of(tmp_path, asterisk.node.port)
        with hearing(tmp_path) as (path, heard):
            environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "900000"}
            try:
                await daemon.start(environment=environment)
                ready = await heard.until("READY")
                assert ready["STATUS"].startswith("0 of 1 campaigns running, 0 agents at work, 0 calls on")
                await heard.until("WATCHDOG", times=3)
                changed = content(asterisk.node.port)
                changed["campaigns"]["spring"]["wrap_up_max_s"] = 77
                daemon.file.write_text(json.dumps(changed))
                daemon.signal(signal.SIGHUP)
                reloading = await heard.until("RELOADING")
                assert int(reloading["MONOTONIC_USEC"]) > 0
                await heard.until("READY", times=2)
                assert "campaigns.spring.wrap_up_max_s" in daemon.log.read_text()
                daemon.file.write_text("nodes: 7")
                daemon.signal(signal.SIGHUP)
                await heard.until("READY", times=3)
                assert "reload_refused" in daemon.log.read_text()
                assert await daemon.ask("campaigns")
                await daemon.ask("set_run_state", campaign="spring", state="running")
                await eventually(
                    lambda: heard.count("STATUS") and "1 of 1" in str(heard.messages), within_s=60, step_s=0.1
                )
                assert await daemon.terminate() == 0
                assert "handing over" in (await heard.until("STOPPING"))["STATUS"]
            finally:
                daemon.close()


@pytest.mark.parametrize("wrong", ["nodes: 7", "no_database"])
async def test_a_start_that_fails_is_not_tried_again_by_systemd_many_times_a_second(
    tmp_path: Path, wrong: str
) -> None:
    daemon = daemon_of(tmp_path, 1, database="postgresql://nobody:x@127.0.0.1:1/none")
    if wrong != "no_database":
        daemon.file.write_text(wrong)
    with hearing(tmp_path) as (path, _):
        try:
            daemon.spawn({"NOTIFY_SOCKET": str(path)})
            await eventually(lambda: "error:" in daemon.log.read_text(), within_s=60, step_s=0.05)
            assert daemon.running
            daemon.signal(signal.SIGTERM)
            assert await daemon.ended() != 0
        finally:
            daemon.close()
    daemon.log.write_text("")
    daemon.spawn()
    try:
        assert await daemon.ended() == 1
    finally:
        daemon.close()
    assert "error:" in daemon.log.read_text()


async def test_a_reload_by_command_changes_the_log_level_and_a_refused_one_says_why(tmp_path: Path) -> None:
    async with FakeAsterisk() as asterisk:
        daemon = daemon_of(tmp_path, asterisk.node.port, log={"level": "warning"})
        try:
            await daemon.start()
            assert "dialer_started" not in daemon.log.read_text()
            daemon.file.write_text(json.dumps(content(asterisk.node.port, log={"level": "info"})))
            status, said = await dialer("reload", "-c", daemon.file, cwd=tmp_path)
            assert (status, said.strip()) == (0, "log.level: warning -> info")
            await eventually(lambda: '"reloaded"' in daemon.log.read_text())
            status, said = await dialer("reload", "-c", daemon.file, cwd=tmp_path)
            assert (status, said.strip()) == (0, "nothing has changed")
        finally:
            daemon.close()


@pytest.mark.parametrize("form", ["json", "console"])
async def test_no_number_of_the_list_is_in_the_log_of_a_whole_run(tmp_path: Path, form: str) -> None:
    kinds = ((Kind.HUMAN, 0), (Kind.REFUSED, 486), (Kind.REFUSED, 404), (Kind.UNROUTABLE, 0))
    numbers = [f"+4474009876{n:02}" for n in range(8)]

    def callee(number: str) -> Callee:
        kind, sip = kinds[int(number[-2:]) % len(kinds)]
        return Callee(kind, post_dial_s=0.05, ring_s=0.2, talk_s=0.3, sip=sip)

    async with FakeAsterisk(behaviour=Behaviour(callee=callee)) as asterisk:
        log = {"level": "debug", "format": form}
        daemon = daemon_of(tmp_path, asterisk.node.port, log=log, metrics={"port": 0})
        leads = tmp_path / "leads.csv"
        leads.write_text("name,number\n" + "".join(f"P{n},{one}\n" for n, one in enumerate(numbers)))
        try:
            await daemon.start()
            status, said = await dialer(
                "leads", "import", leads, "--campaign", "spring", "-c", daemon.file, cwd=tmp_path
            )
            assert status == 0, said
            await daemon.ask("set_run_state", campaign="spring", state="running")
            for name in ("ann", "bob"):
                await daemon.ask("log_in", agent=name, ready=True)

            async def worked_off() -> bool:
                for row in await daemon.ask("agents"):
                    if row["state"] == "wrapup":
                        await daemon.ask("dispose", agent=row["id"], code="done")
                    elif row["state"] == "away":
                        await daemon.ask("ready", agent=row["id"])
                reachable = [
                    n for i, n in enumerate(numbers) if kinds[i % len(kinds)][0] is not Kind.UNROUTABLE
                ]
                return {call.number for call in asterisk.calls} >= set(reachable)

            await until(worked_off, within_s=120)
            with pytest.raises(Exception, match="no lead"):
                await daemon.ask("callback", campaign="spring", number="+447400987699")
            asterisk.cut()
            assert await daemon.terminate(120) == 0
        finally:
            daemon.close()
        written = daemon.log.read_text()
    assert "setting_changed" not in written
    assert "dialer_started" in written
    for number in numbers:
        national = number.removeprefix("+44")
        assert national not in written.replace(" ", ""), number
