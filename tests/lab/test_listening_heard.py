"""Who hears whom while a supervisor listens, by tones on a real Asterisk: one for each mouth, one tape for each ear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from dialer.lab import sounds
from dialer.lab.lab import Lab
from tests.lab.driver import Driver
from tests.lab.patience import until
from tests.lab.test_verbs_heard import side_of

pytestmark = pytest.mark.asterisk

Fresh = Callable[[], int]
Heard = dict[int, float]

PERSON, AGENT, SUPERVISOR = sounds.CALLEE_HZ, sounds.AGENT_HZ, sounds.SUPERVISOR_HZ
SOME = 0.1
"""The share of the power that makes a tone one of several: no more than three speak at once."""

SPEAKS_S, NEVER_S = 1.0, 0.1
MODES = ("listen", "whisper", "barge")


async def _heard(driver: Driver, lab: Lab, who: str) -> Heard:
    """For how many seconds a phone heard each of the three."""
    call = await driver.carrier_call(who)
    return {hertz: lab.heard_s(call, hertz, SOME) for hertz in (PERSON, AGENT, SUPERVISOR)}


async def _three(
    driver: Driver, lab: Lab, mode: str, agent: int, boss: int, serial: int, folder: Path
) -> dict[str, Heard]:
    """An agent and a person talk, and a supervisor is on the line in this mode: what each of them heard."""
    seat = await driver.seat(lab.endpoint(agent, taped=True))
    number = lab.number("talker", serial, ring_s=0.2, talk_s=40, taped=True)
    call = await driver.answered(number, DIALER_HOLD_S=10)
    await driver.connect(call, seat)
    file = f"{lab.pbx.home}/spool/{call}-1.raw"
    await driver.line.ask("MixMonitor", ("Channel", call), ("File", file), ("Options", "D"))
    listener = await driver.listen(f"PJSIP/super{boss}@phones", seat, mode)
    await asyncio.sleep(3)
    await driver.hang_up(listener)
    await driver.hang_up(call)
    await driver.hang_up(seat)
    tape = lab.pbx.outside / "spool" / f"{call}-1.raw"
    await until(lambda: tape.exists() and tape.stat().st_size > 2 * 8000 * 4)
    raw = await asyncio.to_thread(tape.read_bytes)
    folder.mkdir()
    sides = [side_of(raw, channel, folder) for channel in (0, 1)]
    taped = {SUPERVISOR: max(sounds.seconds_of(side, SUPERVISOR, SOME) for side in sides)}
    return {
        "person": await _heard(driver, lab, number),
        "agent": await _heard(driver, lab, lab.phone(agent, taped=True)),
        "supervisor": await _heard(driver, lab, f"super{boss}"),
        "recording": taped,
    }


async def test_each_mode_is_heard_by_whom_it_is_for_and_by_nobody_else(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh, tmp_path: Path
) -> None:
    heard = await asyncio.gather(
        *(_three(driver, lab, mode, agent_no(), agent_no(), serial(), tmp_path / mode) for mode in MODES)
    )
    hears_supervisor = {"agent": ("whisper", "barge"), "person": ("barge",), "recording": ()}
    for mode, ears in zip(MODES, heard, strict=True):
        print(mode, ears)
        for who, tone in (
            ("supervisor", PERSON),
            ("supervisor", AGENT),
            ("person", AGENT),
            ("agent", PERSON),
        ):
            assert ears[who][tone] > SPEAKS_S, (mode, who, ears)
        for who, modes in hears_supervisor.items():
            spoken_s = ears[who][SUPERVISOR]
            assert spoken_s > SPEAKS_S if mode in modes else spoken_s < NEVER_S, (mode, who, ears)


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
    await driver.line.ask("Hangup", ("Channel", call), ("Cause", "16"))
    await driver.carrier_call(first)  # the person's line is free at once, whatever Asterisk still lists
    place = (("Context", "dialer-listen"), ("Exten", "listen"), ("Priority", "1"))
    assert (await driver.line.ask("Redirect", ("Channel", listener), *place))["Response"] == "Success"
    await driver.gone(call)
    call = await driver.answered(second, DIALER_HOLD_S=10)
    await driver.connect(call, seat)
    await asyncio.sleep(2)
    await driver.hang_up(call)
    await driver.hang_up(seat)
    await driver.gone(listener)
    assert (await _heard(driver, lab, first))[SUPERVISOR] > SPEAKS_S
    assert (await _heard(driver, lab, second))[SUPERVISOR] < NEVER_S
    assert (await _heard(driver, lab, f"super{boss}"))[PERSON] > 2 * SPEAKS_S
