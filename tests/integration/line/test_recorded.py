"""From a call on a real Asterisk to a supervisor's ear: both sides are in the recording, each on its own channel."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

import config
from dialer import app
from dialer.lab import shift, sounds
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.shifts import serial
from tests.parts.virtual_time import eventually
from tests.parts.websites import PASSWORD, add_people

pytestmark = [pytest.mark.asterisk]


def strength(side: np.ndarray, hertz: float) -> float:
    """How much of a side's power lies within 10 Hz of a pitch (FFT over the whole recording)."""
    power = np.abs(np.fft.rfft(side.astype(float))) ** 2
    pitch = np.fft.rfftfreq(len(side), 1 / sounds.RATE)
    near = np.abs(pitch - hertz) < 10
    return float(power[near].sum() / power[1:].sum())


async def test_person_and_agent_are_heard_apart_in_what_a_supervisor_downloads(
    make_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    people = (Person(Kind.TALKER, serial(), ring_s=0.4, talk_s=6.0),)
    (tmp_path / "key").write_bytes(base64.b64encode(bytes(range(32))))
    async with make_lab() as lab:
        spool = {"folder": f"{lab.pbx.home}/spool", "mounted_at": f"{lab.pbx.outside}/spool"}
        # The phone of a taped agent speaks; the other kind is silent.
        speaking = {"name": "Ann", "endpoint": lab.endpoint(100, taped=True), "campaign": shift.CAMPAIGN}
        plan = shift.Plan(
            people,
            agents=1,
            more={"recording": {"mode": "always", **spool}},
            house={
                "agents": {"a0": speaking},
                "recordings": {"keys": {"k1": str(tmp_path / "key")}, "key": "k1"},
            },
        )
        settings = shift.settings_of(lab, plan, tmp_path)
        settings = settings.model_copy(update={"web": config.Web(port=0)})
        Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
        async with app.running(settings) as control:
            await add_people(control)
            await shift.load_leads(control.dialer.db, settings.campaigns[shift.CAMPAIGN], people, tmp_path)
            await eventually(lambda: control.dialer.nodes["pbx"].up, within_s=60, step_s=0.05)
            await control.log_in("a0", ready=True)
            await control.set_run_state(shift.CAMPAIGN, "running")
            async with httpx.AsyncClient(
                base_url=control.web_address, timeout=60, trust_env=False
            ) as browser:
                signed = {"user": "supervisor", "password": PASSWORD}
                assert (await browser.post("/api/v1/session", json=signed)).status_code == 201
                async with asyncio.timeout(120):
                    while not (found := (await browser.get("/api/v1/recordings")).json()):
                        await asyncio.sleep(0.5)
                audio = await browser.get(f"/api/v1/recordings/{found[0]['id']}/audio?download=true")
                assert audio.status_code == 200
            await control.log_out("a0")
            await eventually(
                lambda: not list(Path(spool["mounted_at"]).glob("*.raw")), within_s=60, step_s=0.05
            )
    played, rate = soundfile.read(io.BytesIO(audio.content), dtype="int16", always_2d=True)
    assert rate == sounds.RATE
    person, agent = played[:, 0], played[:, 1]
    assert len(person) / rate > 3
    assert strength(person, sounds.CALLEE_HZ) > 0.9
    assert strength(agent, sounds.AGENT_HZ) > 0.9
    assert strength(person, sounds.AGENT_HZ) < 0.001
    assert strength(agent, sounds.CALLEE_HZ) < 0.001
