"""From a machine's greeting on a real Asterisk to the law's ledger: its clip is kept, found, heard, judged, counted."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

import config
import storage
from dialer import app
from dialer.control import Control
from dialer.lab import shift, sounds
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.shifts import serial
from tests.parts.virtual_time import eventually
from tests.parts.websites import PASSWORD, add_people

pytestmark = [pytest.mark.asterisk]


async def uk(control: Control) -> dict[str, Any]:
    """The ledger that counts people among the machines heard."""
    status = await control.campaign_status(shift.CAMPAIGN)
    return next(row for row in status["ledgers"] if row["name"] == "uk-ofcom")


async def test_what_a_machine_said_is_heard_at_review_and_its_judgement_enters_the_ledger(
    make_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    people = (
        Person(Kind.MACHINE, serial(), ring_s=1.0, talk_s=8.0),
        Person(Kind.HUMAN, serial(), ring_s=1.0, talk_s=6.0),
    )
    async with make_lab() as lab:
        spool = Path(lab.pbx.outside) / "spool"
        more = {
            "machines": {"action": "hang_up", "review_share": 1, "review_least": 1},
            "amd_false_positives": 0.1,
            "profiles": ["uk"],
            "pacing": {"mode": "progressive", "ring_timeout_s": 20, "min_ring_s": 15},
            "recording": {"folder": f"{lab.pbx.home}/spool", "mounted_at": str(spool)},
        }
        settings = shift.settings_of(lab, shift.Plan(people, agents=1, amd=True, more=more), tmp_path)
        settings = settings.model_copy(update={"web": config.Web(port=0)})
        Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
        async with app.running(settings) as control:
            db = control.dialer.db
            await add_people(control)
            await shift.load_leads(db, settings.campaigns[shift.CAMPAIGN], people, tmp_path)
            await eventually(lambda: control.dialer.nodes["pbx"].up, within_s=60, step_s=0.05)
            await control.log_in("a0", ready=True)
            await control.set_run_state(shift.CAMPAIGN, "running")
            async with asyncio.timeout(120):
                while True:
                    calls = await storage.attempts.of_campaign(
                        db, shift.CAMPAIGN, since=shift.EPOCH, limit=10
                    )
                    clips = await storage.reviews.waiting(db, limit=10)
                    if sum(one.state == "ended" for one in calls) == 2 and clips:
                        break
                    await asyncio.sleep(0.2)
            machine = next(one for one in calls if one.machine)
            assert (machine.verdict, machine.outcome) == ("MACHINE", "machine")
            (clip,) = clips  # the person's went unheard
            assert (clip.attempt_id, clip.kind) == (machine.attempt_id, "clip")
            before = await uk(control)
            async with httpx.AsyncClient(
                base_url=control.web_address, timeout=60, trust_env=False
            ) as browser:
                signed = {"user": "supervisor", "password": PASSWORD}
                session = await browser.post("/api/v1/session", json=signed)
                browser.headers["X-CSRF"] = session.json()["csrf"]
                found = (await browser.get("/api/v1/machines/next")).json()["clip"]
                assert found["id"] == clip.recording_id
                audio = await browser.get(f"/api/v1/recordings/{clip.recording_id}/audio")
                assert audio.status_code == 200
                said = {"said": "person"}
                judged = await browser.post(f"/api/v1/machines/{clip.recording_id}/review", json=said)
                assert judged.status_code == 200
                (figure,) = (await browser.get("/api/v1/machines")).json()
            assert (figure["share"], figure["source"], figure["waiting"]) == (1.0, "reviewed", 0)
            after = await uk(control)
            assert after["over"] == pytest.approx(before["over"] + 1.0 - 0.1)
            await eventually(lambda: not list(spool.glob("*.raw")), within_s=60, step_s=0.05)
            await control.log_out("a0")
    heard, rate = soundfile.read(io.BytesIO(audio.content), dtype="int16", always_2d=True)
    assert rate == sounds.RATE
    assert len(heard) / rate > 3
    assert np.abs(heard[:, 0]).max() > 1000  # the greeting, on the person's side
