"""Person or machine: told apart by the real app_amd before anybody is connected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from dialer.lab import sounds
from dialer.lab.lab import Lab
from tests.lab.driver import Driver

pytestmark = pytest.mark.asterisk

Fresh = Callable[[], int]


@dataclass
class Clip:
    """A file as Asterisk names it, and as we read it."""

    told: str
    seen: Path

    @property
    def samples(self) -> np.ndarray:
        return np.frombuffer(self.seen.read_bytes(), dtype="<i2").reshape(-1, 2)

    @property
    def length_s(self) -> float:
        return len(self.samples) / 8000

    @property
    def loudest(self) -> list[int]:
        """The loudest sample of what the called party says, and of what it hears."""
        return [int(one) for one in np.abs(self.samples.astype(np.int32)).max(axis=0)]


@pytest.fixture
def clip(lab: Lab, serial: Fresh) -> Clip:
    name = f"clip-{serial()}-amd.raw"
    return Clip(f"{lab.pbx.home}/spool/{name}", lab.pbx.outside / "spool" / name)


async def test_a_person_who_says_hello_waits_for_an_agent_after_the_verdict(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    call = await driver.answered(lab.number("human", serial(), talk_s=8), DIALER_AMD=1)
    verdict = await driver.said("DialerAmd", call)
    assert (verdict["Status"], verdict["Cause"].split("-")[0]) == ("HUMAN", "HUMAN")
    assert driver.story(call)[-2:] == ["DialerAmd", "BridgeEnter holding_bridge"]
    await driver.hang_up(call)


async def test_a_machine_never_enters_the_hold_and_hears_the_message(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    number = lab.number("machine", serial(), ring_s=0.2, taped=True)
    call = await driver.dial(number, DIALER_AMD=1)
    verdict = await driver.said("DialerAmd", call)
    assert verdict["Status"] == "MACHINE"
    assert call in await driver.flags("machine")
    await driver.gone(call)
    assert "BridgeEnter holding_bridge" not in driver.story(call)
    assert call not in await driver.flags("abandon")
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) > 1


async def test_a_campaign_may_hang_up_on_machines(driver: Driver, lab: Lab, serial: Fresh) -> None:
    number = lab.number("machine", serial(), ring_s=0.2, taped=True)
    call = await driver.dial(number, DIALER_AMD=1, DIALER_AMD_MACHINE="hang_up")
    assert (await driver.gone(call))["Cause"] == "16"
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) == 0


async def test_a_message_of_the_campaign_is_left_after_the_beep(
    driver: Driver, lab: Lab, serial: Fresh, clip: Clip
) -> None:
    """The machine greets for 4 s and beeps; what it tapes begins there, so a whole message is on it."""
    number = lab.number("machine", serial(), ring_s=0.2, taped=True)
    call = await driver.dial(
        number, DIALER_AMD=1, DIALER_MACHINE_MESSAGE="dialer/opted-out", DIALER_AMD_CLIP=clip.told
    )
    verdict = await driver.said("DialerAmd", call)
    assert (verdict["Status"], verdict["Then"]) == ("MACHINE", "machine")
    await driver.gone(call)
    record = await driver.carrier_call(number)
    assert lab.heard_s(record, sounds.MESSAGE_HZ) == 0
    assert lab.heard_s(record, sounds.OPTED_OUT_HZ) > 0.45  # the whole of it: it lasts 0.6 s
    assert 4 < clip.length_s < 20  # greeting, beep and two seconds of silence, and nothing of the message


async def test_a_clip_of_a_machine_that_is_hung_up_on_goes_on_after_the_verdict(
    driver: Driver, lab: Lab, serial: Fresh, clip: Clip
) -> None:
    number = lab.number("machine", serial(), ring_s=0.2)
    call = await driver.dial(number, DIALER_AMD=1, DIALER_AMD_MACHINE="hang_up", DIALER_AMD_CLIP=clip.told)
    await driver.said("DialerAmd", call)
    await driver.gone(call)
    assert clip.length_s > 3
    assert clip.loudest[0] > 1000  # the machine's greeting is on the left
    assert clip.loudest[1] == 0  # and we say nothing


async def test_a_machine_may_be_given_to_an_agent(driver: Driver, lab: Lab, serial: Fresh) -> None:
    number = lab.number("machine", serial(), ring_s=0.2, talk_s=8)
    call = await driver.answered(number, DIALER_AMD=1, DIALER_AMD_MACHINE="agent")
    verdict = await driver.said("DialerAmd", call)
    assert (verdict["Status"], verdict["Then"]) == ("MACHINE", "agent")
    assert call not in await driver.flags("machine")
    await driver.hang_up(call)


async def test_what_becomes_of_a_machine_may_be_changed_while_it_is_listened_to(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    number = lab.number("machine", serial(), ring_s=0.2, talk_s=8)
    call = await driver.dial(number, DIALER_AMD=1, DIALER_AMD_MACHINE="hang_up")
    await driver.line.wait_for(lambda m: m["Event"] == "DialEnd" and m["DestUniqueid"] == call, 60)
    await driver.set_variable(call, "DIALER_AMD_MACHINE", "agent")
    await driver.entered(call, "holding_bridge")
    assert (await driver.said("DialerAmd", call))["Then"] == "agent"
    await driver.hang_up(call)


async def test_a_clip_of_a_person_ends_where_the_wait_for_an_agent_begins(
    driver: Driver, lab: Lab, serial: Fresh, clip: Clip
) -> None:
    call = await driver.answered(
        lab.number("human", serial(), talk_s=12), DIALER_AMD=1, DIALER_AMD_CLIP=clip.told
    )
    waited = driver.instant(call, "BridgeEnter") - driver.instant(call, "DialEnd")
    await driver.hang_up(call)
    assert 0.5 < clip.length_s < waited + 1
    assert clip.loudest[0] > 1000


async def test_a_person_who_answers_and_is_silent_is_taken_for_a_machine_but_hears_who_called(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    number = lab.number("silent", serial(), ring_s=0.2, taped=True)
    call = await driver.dial(number, DIALER_AMD=1)
    assert (await driver.said("DialerAmd", call))["Cause"].startswith("INITIALSILENCE")
    await driver.gone(call)
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) > 1


async def test_who_hangs_up_during_the_detection_leaves_no_flag(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    call = await driver.dial(lab.number("impatient", serial(), talk_s=0.5), DIALER_AMD=1)
    await driver.gone(call)
    assert call not in await driver.flags("abandon") | await driver.flags("machine")


async def test_the_verdict_takes_some_seconds_for_four_at_once(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    numbers = [lab.number("human", serial(), ring_s=0.2, talk_s=8) for _ in range(4)]
    calls = await asyncio.gather(*(driver.answered(number, DIALER_AMD=1) for number in numbers))
    for call in calls:
        took = driver.instant(call, "DialerAmd") - driver.instant(call, "DialEnd")
        assert 1.5 < took < 8
