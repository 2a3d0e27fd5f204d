"""The manager connection fails in every way a network knows, between a real Asterisk and the daemon."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dialer.lab.lab import Lab
from tests.parts.faults import fault_proxy
from tests.parts.trouble import Through, at_work, list_of

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


async def test_a_line_that_fails_dials_nobody_says_why_cuts_nobody_and_comes_back(
    lab: Lab, tmp_path: Path
) -> None:
    async with (
        fault_proxy("127.0.0.1", lab.node.port) as proxy,
        at_work(Through(lab, proxy), tmp_path, list_of(150)) as trouble,
    ):
        proxy.cut()
        await trouble.dials_again()

        await proxy.refuse()
        await trouble.until_said("pbx cannot be reached", ready="cannot be reached")
        await trouble.dials_nobody()
        await proxy.accept()
        await trouble.dials_again()
        await trouble.until_ready()

        proxy.go_silent()
        await trouble.until_said("pbx cannot be reached", ready="cannot be reached")
        await trouble.dials_nobody()
        proxy.speak_again()
        await trouble.dials_again()
        await trouble.until_ready()

        proxy.faults.delay_s = 0.4
        await trouble.dials_again()
        proxy.faults.delay_s = 0.0

        proxy.faults.split_bytes = 3
        await trouble.dials_again()
        proxy.faults.split_bytes = 0


async def test_a_flood_of_events_drowns_no_call(lab: Lab, tmp_path: Path) -> None:
    async with at_work(lab, tmp_path, list_of(60)) as trouble, lab.pbx.line() as line:
        for _ in range(20):
            await asyncio.gather(
                *(line.ask("UserEvent", ("UserEvent", "Noise"), ("CallID", f"c-x-{n}")) for n in range(50))
            )
        await trouble.dials_again()
