"""Requests by message are counted: a flood is told to come again, and nobody waits for it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec

import storage
from dialer.mqtt import verbs
from dialer.mqtt.desk import BURST_S, PER_S, Desk


def desk_with(answer: Any, clock: list[float]) -> tuple[Desk, list[dict[str, Any]]]:
    said: list[dict[str, Any]] = []
    kind = verbs.request_types()["ready"]
    verb = verbs.Verb("ready", kind, "", msgspec.json.Decoder(kind).decode, answer)
    desk = Desk(
        {"ready": verb},
        lambda _verb, payload: said.append(json.loads(payload)),
        max_bytes=1000,
        now=lambda: clock[0],
    )
    return desk, said


async def granted(**_: Any) -> Any:
    return {}


async def test_a_flood_is_told_to_come_again() -> None:
    clock = [100.0]
    desk, said = desk_with(granted, clock)
    most = int(PER_S * BURST_S)
    for n in range(most + 1):
        desk.take("ready", b'{"agent": "ann"}')
        while len(said) <= n:
            await asyncio.sleep(0)
    assert [one["status"] for one in said[:most]] == ["ok"] * most
    assert said[most]["error"]["id"] == "busy"
    clock[0] += 1
    desk.take("ready", b'{"agent": "ann"}')
    while len(said) <= most + 1:
        await asyncio.sleep(0)
    assert said[-1]["status"] == "ok"
    await desk.close()


async def test_what_fails_inside_is_not_told_outside() -> None:
    async def lost(**_: Any) -> Any:
        raise RuntimeError("/var/lib/cadence/secret: hunter2")

    async def away(**_: Any) -> Any:
        raise storage.DatabaseAway("postgresql://host/x: no answer")

    for answer, error_id in ((lost, "failed"), (away, "database_away")):
        desk, said = desk_with(answer, [0.0])
        desk.take("ready", b'{"agent": "ann"}')
        while not said:
            await asyncio.sleep(0)
        assert said[0]["error"]["id"] == error_id
        assert "hunter2" not in str(said)
        await desk.close()
