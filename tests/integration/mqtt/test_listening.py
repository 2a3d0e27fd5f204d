"""What the broker hears of supervisors who listen: exactly what the campaign's rule lets the agent know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import storage
from ami.fake import Callee
from tests.integration.mqtt.test_broker import PATIENCE_S, SCHEMAS, settings, watching
from tests.parts.broker import Broker
from tests.parts.houses import content, house
from tests.parts.virtual_time import eventually

CALLEE = Callee(post_dial_s=0.05, ring_s=0.2, talk_s=300)
SAID = {
    "always": [("started", "listen"), ("changed", "whisper"), ("changed", "listen"), ("ended", "listen")],
    "spoken": [("started", "whisper"), ("ended", "whisper")],
    "never": [],
}


@pytest.mark.parametrize("told", list(SAID))
async def test_it_is_told_as_far_as_the_agent_is(broker: Broker, tmp_path: Path, told: str) -> None:
    spring: dict[str, Any] = {**content(0)["campaigns"]["spring"], "listening": {"told": told}}
    more = {"mqtt": settings(broker), "campaigns": {"spring": spring}}
    async with watching(broker) as watcher, house(tmp_path, CALLEE, **more) as one:
        control, ears = one.control, one.control.dialer.listening.ears
        db, now = control.dialer.db, control.dialer.clock.utc()
        person: Any = {"role": "supervisor", "agent_id": None, "phone": "PJSIP/boss"}
        await storage.users.add(db, "eva", password_hash="x", now=now, **person)
        await watcher.ask("log_in", agent="ann", ready=True)
        await watcher.until("dialer/agents/ann/state", state="ready")
        for mode in ("listen", "whisper", "listen"):
            await control.listen("ann", "eva", mode, actor="eva")
            await eventually(lambda: [ear.stage.value for ear in ears] == ["on"], within_s=PATIENCE_S)
            light = None if told == "never" or (told == "spoken" and mode == "listen") else mode
            await watcher.until("dialer/agents/ann/state", listened=light)
        await control.stop_listening("eva", "eva")
        await eventually(lambda: not len(ears), within_s=PATIENCE_S)
        await watcher.until("dialer/agents/ann/state", listened=None)
        await watcher.ask("pause", agent="ann", reason="lunch")  # said after whatever else was
        heard = [json.loads(body) for topic, body, _ in watcher.heard if topic == "dialer/listening/spring"]
    assert [(event["event"], event["mode"]) for event in heard] == SAID[told]
    assert {(event["user"], event["agent"], event["campaign"]) for event in heard} <= {
        ("eva", "ann", "spring")
    }
    schema = {"$ref": "#/components/schemas/ListeningEvent", "components": {"schemas": SCHEMAS}}
    for event in heard:
        jsonschema.validate(event, schema)
