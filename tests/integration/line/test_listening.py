"""The whole daemon lets a supervisor listen on a real Asterisk, and the tapes tell who heard it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import storage
from dialer import app
from dialer.lab import shift, sounds
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.integration.line.test_verbs import Hands
from tests.parts.shifts import serial

pytestmark = [pytest.mark.asterisk]

SOME, SPEAKS_S, NEVER_S = 0.1, 0.8, 0.1
"""Share of the power of one tone among several; seconds that prove a voice, and that are none."""


async def test_whisper_is_the_agents_alone_and_barging_ends_with_its_conversation(
    make_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    people = tuple(Person(Kind.TALKER, serial(), ring_s=0.4, talk_s=45, taped=True) for _ in range(3))
    async with make_lab() as lab:
        settings = shift.settings_of(lab, shift.Plan(people, agents=1), tmp_path)
        Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
        async with app.running(settings) as control:
            await shift.load_leads(control.dialer.db, settings.campaigns[shift.CAMPAIGN], people, tmp_path)
            hands = Hands(control, lab)
            await hands.until(lambda: control.dialer.nodes["pbx"].up)
            await control.change_agent("a0", phone=lab.endpoint(100, taped=True))
            await control.add_user("eva", "a long enough password", "supervisor", phone="PJSIP/super1@phones")
            await control.log_in("a0", ready=True)
            await hands.until(lambda: hands.state("a0") == "ready")
            await control.set_run_state(shift.CAMPAIGN, "running")
            ears = control.dialer.listening.ears

            numbers = []
            for mode in ("listen", "whisper", "barge"):
                await control.ready("a0", skip_interval=True)
                await hands.until(lambda: hands.state("a0") == "talking")
                call = hands.call("a0")
                numbers.append(await _number_of(control.dialer.db, call))
                await control.listen("a0", "eva", mode)
                await hands.until(lambda: [ear.stage.value for ear in ears] == ["on"])
                await asyncio.sleep(2)
                await control.hang_up("a0")
                # Told at once, though a voice was in the conversation.
                await hands.until(lambda call=call: call not in hands.floor.calls)
                if mode == "barge":
                    await hands.until(lambda: [ear.mode.value for ear in ears] == ["listen"])
                await control.dispose("a0", "done")
                if mode != "barge":
                    await control.pause("a0")
            await control.stop_listening("eva", "eva")
            await hands.until(lambda: not len(ears))
            await control.log_out("a0")
            await hands.until(lambda: hands.state("a0") in ("", "out"))
            rows = [one for one in await storage.audit.page(control.dialer.db) if one.action == "listen.stop"]

        heard = {}
        for who in (*numbers, lab.phone(100, taped=True), "super1"):
            async with asyncio.timeout(60):
                while not (found := [one for one in lab.carrier_calls() if one.number == who]):
                    await asyncio.sleep(0.1)
            heard[who] = {
                hertz: lab.heard_s(found[-1], hertz, SOME)
                for hertz in (sounds.SUPERVISOR_HZ, sounds.CALLEE_HZ, sounds.AGENT_HZ)
            }
        spoken_s = [heard[number][sounds.SUPERVISOR_HZ] for number in numbers]
        assert max(spoken_s[:2]) < NEVER_S, heard
        assert spoken_s[2] > SPEAKS_S, heard
        assert heard[lab.phone(100, taped=True)][sounds.SUPERVISOR_HZ] > 2 * SPEAKS_S, heard
        assert heard["super1"][sounds.CALLEE_HZ] > 3 * SPEAKS_S, heard
        assert heard["super1"][sounds.AGENT_HZ] > 3 * SPEAKS_S, heard
        assert [len(json.loads(one.after)["calls"]) for one in rows] == [3]


async def _number_of(db: storage.Database, call: str) -> str:
    attempt = await storage.attempts.by_id(db, call)
    assert attempt is not None
    return attempt.e164
