"""The lab itself: up in a moment, two at once, nothing left running however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from dialer.lab.errors import AsteriskDied
from dialer.lab.lab import Lab
from tests.lab.driver import driving
from tests.lab.patience import until

pytestmark = pytest.mark.asterisk

MakeLab = Callable[..., Lab]


async def test_two_labs_run_at_once_and_leave_nothing(make_lab: MakeLab) -> None:
    one, two = make_lab(), make_lab()
    await asyncio.gather(one.start(), two.start())
    assert one.node.port != two.node.port
    pids = [box.pid for lab in (one, two) for box in (lab.pbx, lab.carrier)]
    homes = [lab.pbx.outside for lab in (one, two)]
    assert await one.pbx.channels() == []
    one.close()
    two.close()
    assert not any(psutil.pid_exists(pid) for pid in pids if pid)
    assert not any(home.exists() for home in homes)


async def test_a_killed_pbx_comes_back_on_the_same_port_with_its_flags(make_lab: MakeLab) -> None:
    lab = make_lab()
    await lab.start()
    async with driving(lab) as driver:
        call = await driver.answered(lab.number("silent", 1), DIALER_HOLD_S=1)
        await driver.said("DialerAbandon", call)
    lab.pbx.kill()
    assert lab.pbx.pid is None
    await lab.pbx.start()
    async with driving(lab) as driver:
        # Asterisk commits its AstDB once a second at most; what was written just before the crash may be gone.
        assert await driver.flags("abandon") <= {call}
        await driver.answered(lab.number("human", 2, talk_s=0.5))


async def test_a_lab_that_cannot_start_says_why_and_cleans_up(make_lab: MakeLab) -> None:
    lab = make_lab(samples={"modules.conf": "[modules]\nautoload = no\nrequire = no_such_module.so\n"})
    with pytest.raises(AsteriskDied, match="no_such_module"):
        await lab.start()
    assert lab.pbx.pid is None
    assert lab.carrier.pid is None


async def test_a_pbx_without_a_module_starts_for_the_doctor_to_find_it(make_lab: MakeLab) -> None:
    lab = make_lab(without_modules=["app_read"])
    await lab.start()
    assert "0 modules loaded" in await lab.pbx.cli("module show like app_read")


async def test_when_whoever_started_it_is_killed_both_end_too(make_lab: MakeLab) -> None:
    make_lab().close()  # skip here if there is no Asterisk
    program = (
        "import asyncio\nfrom dialer.lab.lab import Lab\n"
        "async def main():\n    lab = Lab()\n    await lab.start()\n"
        "    print(lab.pbx.pid, lab.carrier.pid, flush=True)\n    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    root = Path(__file__).parents[2]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=root, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    async with asyncio.timeout(120):
        pids = [int(word) for word in (await child.stdout.readline()).split()]
    assert all(map(psutil.pid_exists, pids))
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()
    await until(lambda: not any(_runs(pid) for pid in pids))


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
