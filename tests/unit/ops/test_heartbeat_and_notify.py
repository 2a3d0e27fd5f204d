"""The watchdog is fed by the loop itself, and systemd's words are said as systemd reads them."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from dialer.ops.heartbeat import Heartbeat
from dialer.ops.notify import Notifier
from dialer.runtime.tasks import Tasks
from tests.parts.sd_notify import hearing
from tests.parts.virtual_time import eventually


async def test_a_loop_that_hangs_feeds_nobody_and_its_lag_is_seen(tmp_path: Path) -> None:
    heart, lags, tasks = Heartbeat(), list[float](), Tasks()
    with hearing(tmp_path) as (path, heard):
        notifier = Notifier({"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "300000"})
        heart.listeners += [lags.append, lambda _: notifier.feed()]
        tasks.start("heartbeat", heart.run())
        await heard.until("WATCHDOG", times=2)
        lags.clear()
        before = heard.count("WATCHDOG")
        time.sleep(1.0)  # noqa: ASYNC251 - the loop hangs: that is the point
        assert heard.count("WATCHDOG") == before
        await eventually(lambda: len(lags) > 0, within_s=120)
        assert lags[0] >= 0.7
        await tasks.close()


def test_without_systemd_nothing_is_said_and_nothing_fails() -> None:
    notifier = Notifier({})
    notifier.ready("x")
    notifier.reloading()
    notifier.feed()
    notifier.stopping("x")
    Notifier({"NOTIFY_SOCKET": "/nowhere/notify"}).ready("x")


def test_an_abstract_socket_is_reached_and_a_status_holds_no_line_break() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        name = f"cadence-test-{os.getpid()}"
        line.bind("\0" + name)
        line.settimeout(60)
        notifier = Notifier({"NOTIFY_SOCKET": "@" + name})
        notifier.ready("one\nSTOPPING=1")
        assert line.recv(4096) == b"READY=1\nSTATUS=one STOPPING=1"
        notifier.status("one\nSTOPPING=1")
        notifier.status("two")
        assert line.recv(4096) == b"STATUS=two"


def test_a_watchdog_meant_for_another_process_is_not_fed(tmp_path: Path) -> None:
    with hearing(tmp_path) as (path, heard):
        told = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "300000", "WATCHDOG_PID": "1"}
        Notifier(told).feed()
        assert heard.count("WATCHDOG") == 0
