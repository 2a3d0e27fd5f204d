"""Who hears whom while a supervisor listens, by tones on a real Asterisk: one for each mouth, one tape for each ear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.lab import sounds
from dialer.lab.lab import Lab
from tests.lab.driver import Driver

pytestmark = pytest.mark.asterisk

Fresh = Callable[[], int]

SOME = 0.1
"""The share of the power that makes a tone one of several: no more than three speak at once."""
SPEAKS_S = 1.5
NEVER_S = 0.1

PERSON, AGENT, SUPERVISOR = sounds.CALLEE_HZ, sounds.AGENT_HZ, sounds.SUPERVISOR_HZ


class Ears:
    """What the three of one conversation heard, in seconds by tone."""

    def __init__(self, driver: Driver, lab: Lab, agent: int, boss: int) -> None:
        self._driver, self._lab = driver, lab
        self.agent, self.boss = lab.phone(agent, taped=True), f"super{boss}"

    async def of(self, who: str) -> dict[int, float]:
        call = await self._driver.carrier_call(who)
        return {hertz: self._lab.heard_s(call, hertz, SOME) for hertz in (PERSON, AGENT, SUPERVISOR)}


async def _three(
    driver: Driver, lab: Lab, mode: str, agent: int, boss: int, serial: int
) -> dict[str, dict[int, float]]:
    ears = Ears(driver, lab, agent, boss)
    seat = await driver.seat(lab.endpoint(agent, taped=True))
    number = lab.number("talker", serial, ring_s=0.2, talk_s=40, taped=True)
    call = await driver.answered(number, DIALER_HOLD_S=10)
    await driver.connect(call, seat)
    listener = await driver.listen(f"PJSIP/{ears.boss}@phones", seat, mode)
    await asyncio.sleep(3)
    await driver.hang_up(listener)
    await driver.hang_up(call)
    await driver.hang_up(seat)
    return {
        "person": await ears.of(number),
        "agent": await ears.of(ears.agent),
        "boss": await ears.of(ears.boss),
    }


async def test_each_mode_is_heard_by_whom_it_is_for_and_by_nobody_else(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    modes = ("listen", "whisper", "barge")
    heard = await asyncio.gather(
        *(_three(driver, lab, mode, agent_no(), agent_no(), serial()) for mode in modes)
    )
    for mode, ears in zip(modes, heard, strict=True):
        assert ears["boss"][PERSON] > SPEAKS_S, (mode, ears)
        assert ears["boss"][AGENT] > SPEAKS_S, (mode, ears)
        assert ears["person"][AGENT] > SPEAKS_S, (mode, ears)
        assert ears["agent"][PERSON] > SPEAKS_S, (mode, ears)
        for who, modes_heard in (("agent", ("whisper", "barge")), ("person", ("barge",))):
            if mode in modes_heard:
                assert ears[who][SUPERVISOR] > SPEAKS_S, (mode, ears)
            else:
                assert ears[who][SUPERVISOR] < NEVER_S, (mode, ears)


async def test_it_goes_on_with_the_next_person_and_ends_with_the_agents_phone(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    agent, boss = agent_no(), agent_no()
    seat = await driver.seat(lab.endpoint(agent, taped=True))
    first, second = (lab.number("talker", serial(), ring_s=0.2, talk_s=40, taped=True) for _ in range(2))
    call = await driver.answered(first, DIALER_HOLD_S=10)
    await driver.connect(call, seat)
    listener = await driver.listen(f"PJSIP/super{boss}@phones", seat, "barge")
    await asyncio.sleep(2)
    await driver.hang_up(call)
    call = await driver.answered(second, DIALER_HOLD_S=10)
    await driver.connect(call, seat)
    await asyncio.sleep(3)
    await driver.hang_up(call)
    await driver.hang_up(seat)
    await driver.gone(listener)
    ears = Ears(driver, lab, agent, boss)
    print([await ears.of(number) for number in (first, second, ears.agent, ears.boss)])
