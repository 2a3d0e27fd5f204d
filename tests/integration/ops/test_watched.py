"""What Prometheus and a health check see of a daemon at work, and of one in trouble."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from ami.fake import Callee
from tests.parts.broker import Broker
from tests.parts.houses import House, house
from tests.parts.virtual_time import eventually

CALLEE = Callee(post_dial_s=0.05, ring_s=0.2, talk_s=0.4)
OWN = {"port": 0}


async def get(one: House, path: str, *, raw: bytes | None = None) -> tuple[int, str]:
    """Status and body of one request."""
    port = one.control.surfaces["listener"].port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw if raw is not None else f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    async with asyncio.timeout(120):
        answer = (await reader.read()).decode()
    writer.close()
    if not answer:
        return 0, ""
    head, _, body = answer.partition("\r\n\r\n")
    return int(head.split(" ")[1]), body


async def figures(one: House) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by name and label values, in the order of the labels' names."""
    status, body = await get(one, "/metrics")
    assert status == 200
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


async def test_a_conversation_is_seen_in_every_figure_it_concerns(tmp_path: Path, broker: Broker) -> None:
    mqtt = {"port": broker.port}
    async with house(tmp_path, CALLEE, metrics=OWN, mqtt=mqtt) as one:
        await one.leads([1, 2])
        await one.control.set_run_state("spring", "running")
        await one.control.log_in("ann", ready=True)
        seen = await figures(one)
        assert seen["dialer_campaign_running", ("spring",)] == 1
        assert seen["dialer_node_up", ("pbx",)] == 1
        outcomes = one.control.dialer.floors["spring"].floor.outcomes
        await eventually(lambda: outcomes["connected"] == 1, within_s=60)
        await one.control.dispose("ann", "done")
        await eventually(lambda: outcomes["connected"] == 2, within_s=60)
        await one.control.dispose("ann", "do-not-call")
        await eventually(lambda: one.control.surfaces["mqtt"].figures.sent > 5, within_s=60)
        seen = await figures(one)
        assert seen["dialer_calls_total", ("spring", "connected")] == 2
        assert seen["dialer_dialed_total", ("spring", "carrier")] == 2
        assert seen["dialer_dispositions_total", ("spring", "do-not-call")] == 1
        assert seen["dialer_answer_to_bridge_seconds_count", ("pbx",)] == 2
        assert seen["dialer_talk_seconds_count", ("spring",)] == 2
        assert 0.5 < seen["dialer_talk_seconds_sum", ("spring",)] < 60
        assert seen["dialer_agent_wait_seconds_count", ("spring",)] == 2
        assert seen["dialer_caller_wait_seconds_count", ("spring",)] == 2
        assert seen["dialer_ami_action_seconds_count", ("Originate", "pbx", "granted")] == 3
        assert seen["dialer_ami_action_seconds_count", ("Bridge", "pbx", "granted")] == 2
        assert seen["dialer_storage_seconds_count", ("ok", "claim")] >= 2
        assert seen["dialer_pacing_decisions_total", ("spring",)] >= 2
        assert seen["dialer_abandonment_limit", ("spring", "own")] == 0.03
        assert seen["dialer_abandonment_share", ("spring", "own")] == 0
        assert seen["dialer_trunk_channels_limit", ("pbx", "carrier")] == 20
        assert seen["dialer_ami_events_total", ("pbx",)] > 10
        assert seen["dialer_ami_connections_total", ("pbx",)] == 1
        assert 0 <= seen["dialer_ami_lag_seconds", ("pbx",)] < 30
        assert seen["dialer_journal_ok", ()] == 1
        assert seen["dialer_mqtt_connected", ()] == 1
        assert seen["dialer_mqtt_dropped_total", ()] == 0
        assert seen["dialer_config_last_reload_successful", ()] == 1
        states = {labels[1]: value for (name, labels), value in seen.items() if name == "dialer_agents"}
        assert sum(states.values()) == 1


async def test_lead_counts_come_from_the_books(tmp_path: Path) -> None:
    async with house(tmp_path, CALLEE) as one:
        await one.leads(range(3))
    async with house(tmp_path, CALLEE, metrics=OWN) as one:

        async def counted() -> bool:
            return (await figures(one)).get(("dialer_leads", ("spring", "pending"))) == 3

        async with asyncio.timeout(60):
            while not await counted():
                await asyncio.sleep(0.1)


async def test_ready_names_each_part_and_why_it_is_not(tmp_path: Path) -> None:
    async with house(tmp_path, CALLEE, metrics=OWN) as one:
        assert await get(one, "/livez") == (200, '{"ok": true}\n')

        async def parts() -> tuple[int, dict[str, Any]]:
            status, body = await get(one, "/readyz")
            return status, {part["name"]: part for part in json.loads(body)["parts"]}

        status, found = await parts()
        assert (status, set(found)) == (200, {"node pbx", "database", "journal", "config", "dialing"})
        one.file.write_text("nodes: [")
        await refused_reload(one)
        status, found = await parts()
        assert status == 200, "the old configuration is good"
        assert "the last reload was refused" in found["config"]["why"]
        await one.asterisk.kill()
        await eventually(lambda: not one.control.dialer.nodes["pbx"].up, within_s=60)
        status, found = await parts()
        assert (status, found["node pbx"]["ok"]) == (503, False)
        assert "cannot be reached" in found["node pbx"]["why"]
        assert found["database"]["ok"]
        await one.asterisk.start()
        await eventually(lambda: one.control.dialer.nodes["pbx"].up, within_s=60)
        assert (await parts())[0] == 200


async def refused_reload(one: House) -> None:
    from dialer.control import ControlError

    try:
        await one.control.reload()
    except ControlError:
        return
    raise AssertionError("a broken file was taken")


async def test_whoever_asks_badly_costs_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, CALLEE, metrics=OWN) as one:
        assert (await get(one, "/else"))[0] == 404
        assert (await get(one, "", raw=b"POST /metrics HTTP/1.1\r\n\r\n"))[0] == 405
        assert (await get(one, "", raw=b"\x00\x01\x02\r\n\r\n"))[0] == 400
        assert (await get(one, "", raw=b"GET " + b"/" * 20_000 + b" HTTP/1.1\r\n\r\n"))[0] in (0, 400)
        status, body = await get(one, "", raw=b"HEAD /metrics HTTP/1.1\r\n\r\n")
        assert (status, body) == (200, "")
        idle = [await asyncio.open_connection("127.0.0.1", one.control.surfaces["listener"].port)]
        idle += [
            await asyncio.open_connection("127.0.0.1", one.control.surfaces["listener"].port)
            for _ in range(40)
        ]
        for _, writer in idle:
            writer.close()

        async def served_again() -> bool:
            return (await get(one, "/livez"))[0] == 200

        async with asyncio.timeout(60):
            while not await served_again():
                await asyncio.sleep(0.05)
