"""The daemon and a real Mosquitto: what is published, what is answered, and what a bad broker costs."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiomqtt
import jsonschema
import pytest

from ami.fake import Callee
from dialer.mqtt import asyncapi
from dialer.mqtt.showing import EVENTS
from dialer.ops import health
from tests.parts.broker import Broker
from tests.parts.houses import NUMBER, House, house
from tests.parts.virtual_time import eventually

PATIENCE_S = 60
CALLEE = Callee(post_dial_s=0.05, ring_s=0.2, talk_s=0.5)
SCHEMAS = asyncapi.document()["components"]["schemas"]


class Watcher:
    """A program on the other side of the broker."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.heard: list[tuple[str, bytes, bool]] = []
        self._n = 0

    async def listen(self) -> None:
        with suppress(aiomqtt.MqttError):
            async for message in self.client.messages:
                self.heard.append((message.topic.value, bytes(message.payload), message.retain))

    def last(self, topic: str) -> dict[str, Any]:
        found = [payload for heard, payload, _ in self.heard if heard == topic and payload]
        return json.loads(found[-1]) if found else {}

    async def until(self, topic: str, **wanted: Any) -> dict[str, Any]:
        await eventually(lambda: wanted.items() <= self.last(topic).items(), within_s=PATIENCE_S)
        return self.last(topic)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(payload) for topic, payload, _ in self.heard if topic == "dialer/calls/spring"]

    async def ask(self, verb: str, **args: Any) -> dict[str, Any]:
        """Send a request and return its answer."""
        self._n += 1
        transaction = f"t{self._n}"
        await self.say(verb, json.dumps({"transaction": transaction, **args}).encode())
        return await self.until(f"dialer/response/{verb}", transaction=transaction)

    async def say(self, verb: str, payload: bytes, *, retain: bool = False) -> None:
        await self.client.publish(f"dialer/request/{verb}", payload, qos=1, retain=retain)


@asynccontextmanager
async def watching(broker: Broker, **login: Any) -> AsyncIterator[Watcher]:
    async with aiomqtt.Client("127.0.0.1", broker.port, **login) as client:
        await client.subscribe("#", qos=1)
        watcher = Watcher(client)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(watcher.listen())
            yield watcher
            listening.cancel()


def settings(broker: Broker, **more: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": broker.port, **more}


def figures(one: House) -> Any:
    return one.control.surfaces["mqtt"].figures


def cut(one: House) -> None:
    """The connection breaks without a word."""
    one.control.surfaces["mqtt"].client._client.socket().shutdown(socket.SHUT_RDWR)


async def test_an_agent_is_driven_and_a_campaign_steered_by_messages_alone(
    broker: Broker, tmp_path: Path
) -> None:
    callee = Callee(post_dial_s=0.05, ring_s=0.2, talk_s=300)
    async with watching(broker) as watcher, house(tmp_path, callee, mqtt=settings(broker)) as one:
        await watcher.until("dialer/status", state="online")
        await watcher.until("dialer/campaigns/spring/state", state="stopped", node_up=True)
        assert (await watcher.until("dialer/agents/ann/state", state="out"))["name"] == "Ann"
        await one.leads([1])
        assert (await watcher.ask("set_interval", agent="ann", interval_s=7))["status"] == "ok"
        assert (await watcher.ask("log_in", agent="ann", ready=True))["status"] == "ok"
        await watcher.until("dialer/agents/ann/state", state="ready", interval_s=7)
        started = await watcher.ask("set_run_state", campaign="spring", state="running")
        assert started["result"]["state"] == "running"
        await watcher.until("dialer/agents/ann/state", state="talking")
        assert "hold" in (await watcher.ask("verbs_of", agent="ann"))["result"]
        told = (await watcher.ask("agents"))["result"]
        assert [row["conversation"]["lead"] for row in told if row.get("conversation")] == [{"id": 1}]
        assert (await watcher.ask("hang_up", agent="ann"))["status"] == "ok"
        await watcher.until("dialer/agents/ann/state", state="wrapup")
        judged = await watcher.ask("dispose", agent="ann", code="done")
        assert judged["status"] == "ok"
        waits = await watcher.until("dialer/agents/ann/state", state="interval")
        assert waits["ready_at"] > waits["since"]
        assert (await watcher.ask("ready", agent="ann", skip_interval=True))["status"] == "ok"
        await watcher.until("dialer/agents/ann/state", state="ready")
        assert (await watcher.ask("pause", agent="ann", reason="lunch"))["status"] == "ok"
        await watcher.until("dialer/agents/ann/state", state="away", reason="lunch")
        assert (await watcher.ask("log_out", agent="ann"))["status"] == "ok"
        await watcher.until("dialer/agents/ann/state", state="out")
        await watcher.ask("set_run_state", campaign="spring", state="stopped")
        await eventually(lambda: len(watcher.events()) >= 6, within_s=PATIENCE_S)
        assert [event["event"] for event in watcher.events()] == [
            "dialed",
            "ringing",
            "answered",
            "connected",
            "ended",
            "judged",
        ]
        ended = watcher.events()[4]
        assert (ended["agent"], ended["outcome"]) == ("ann", "connected")
        assert ended["talk_s"] > 0
        assert watcher.events()[5]["disposition"] == "done"
    said = b" ".join(payload for _, payload, _ in watcher.heard)
    assert b"Ann" in said
    assert b"Person 1" not in said
    assert NUMBER.format(1)[1:].encode() not in said


async def test_every_message_is_as_the_published_document_says(broker: Broker, tmp_path: Path) -> None:
    document = asyncapi.document()
    async with watching(broker) as watcher, house(tmp_path, CALLEE, mqtt=settings(broker)) as one:
        await one.leads([1])
        await watcher.ask("log_in", agent="ann", ready=True)
        await watcher.ask("set_run_state", campaign="spring", state="running")
        await watcher.until("dialer/agents/ann/state", state="wrapup")
        for verb in ("campaigns", "agents"):
            await watcher.ask(verb)
        await watcher.ask("may_dial", campaign="spring", number=NUMBER.format(2))
        await watcher.ask("ready", agent="bob")
        await watcher.ask("campaign_status", campaign="spring")
    assert watcher.heard
    told = b"".join(payload for topic, payload, _ in watcher.heard if not topic.startswith("dialer/request/"))
    assert [word for word in ("Person 1", NUMBER.format(1).lstrip("+")) if word.encode() in told] == []
    for topic, payload, _ in watcher.heard:
        parts = topic.split("/")
        channel = next(
            one
            for one in document["channels"].values()
            if len(one["address"].split("/")) == len(parts)
            and all(
                a == b or a.startswith("{") for a, b in zip(one["address"].split("/"), parts, strict=True)
            )
        )
        (message,) = channel["messages"]
        schema = {"$ref": f"#/components/schemas/{message}", "components": {"schemas": SCHEMAS}}
        if payload:
            jsonschema.validate(json.loads(payload), schema)


async def test_numbers_are_told_only_where_the_configuration_allows_it(
    broker: Broker, tmp_path: Path
) -> None:
    changes = settings(broker, numbers=True)
    async with watching(broker) as watcher, house(tmp_path, CALLEE, mqtt=changes) as one:
        await one.leads([1])
        await watcher.ask("log_in", agent="ann", ready=True)
        await watcher.ask("set_run_state", campaign="spring", state="running")
        await eventually(lambda: len(watcher.events()) >= 1, within_s=PATIENCE_S)
        assert watcher.events()[0]["number"] == NUMBER.format(1)


async def test_hostile_requests_are_refused_by_stable_ids_and_nothing_happens(
    broker: Broker, tmp_path: Path
) -> None:
    changes = settings(broker, max_request_bytes=1000)
    async with watching(broker) as watcher, house(tmp_path, CALLEE, mqtt=changes) as one:
        await watcher.until("dialer/status", state="online")

        async def refused(verb: str, payload: bytes, error: str) -> dict[str, Any]:
            seen = len([1 for topic, _, _ in watcher.heard if topic == f"dialer/response/{verb}"])
            await watcher.say(verb, payload)

            def answers() -> list[bytes]:
                return [payload for topic, payload, _ in watcher.heard if topic == f"dialer/response/{verb}"]

            await eventually(lambda: len(answers()) > seen, within_s=PATIENCE_S)
            answer = json.loads(answers()[-1])
            assert answer["error"]["id"] == error, answer
            return answer

        await refused("log_in", b"x" * 1001, "payload_too_large")
        await refused("log_in", b"\xff\xfe\x00", "payload_invalid")
        await refused("log_in", b"[" * 900, "payload_invalid")
        await refused("log_in", b'"ann"', "payload_invalid")
        wrong = await refused("log_in", b'{"transaction": "a", "agent": 7}', "payload_invalid")
        assert wrong["transaction"] == "a"
        assert "$.agent" in wrong["error"]["message"]
        await refused("log_in", b'{"agent": "ann", "admin": true}', "payload_invalid")
        await refused("set_interval", b'{"agent": "ann", "interval_s": 1e999}', "payload_invalid")
        await refused("add_agent", b'{"agent": "eve", "endpoint": "PJSIP/eve"}', "verb_unknown")
        await refused("log_in", b'{"agent": "nobody"}', "agent_unknown")
        await refused("set_run_state", b'{"campaign": "spring", "state": "burning"}', "bad_request")
        await watcher.client.publish("dialer/request/Log%0AIn/deep", b"{}", qos=1)
        assert (await watcher.ask("agents"))["status"] == "ok"
        assert [row["state"] for row in await one.control.agents()] == ["out", "out"]


async def test_a_retained_request_is_old_and_is_not_obeyed(broker: Broker, tmp_path: Path) -> None:
    async with watching(broker) as watcher:
        await watcher.say("log_in", b'{"agent": "ann"}', retain=True)
        async with house(tmp_path, CALLEE, mqtt=settings(broker)) as one:
            answer = await watcher.until("dialer/response/log_in", status="error")
            assert answer["error"]["id"] == "retained_request"
            assert {row["state"] for row in await one.control.agents()} == {"out"}


async def test_a_request_that_comes_twice_is_obeyed_once_and_answered_twice(
    broker: Broker, tmp_path: Path
) -> None:
    async with watching(broker) as watcher, house(tmp_path, CALLEE, mqtt=settings(broker)) as one:
        await watcher.until("dialer/status", state="online")
        payload = json.dumps({"transaction": "once", "agent": "ann"}).encode()
        await watcher.say("log_in", payload)
        await watcher.until("dialer/response/log_in", transaction="once")
        await watcher.ask("log_out", agent="ann")
        await watcher.until("dialer/agents/ann/state", state="out")
        await watcher.say("log_in", payload)

        def answers() -> list[bytes]:
            return [payload for topic, payload, _ in watcher.heard if topic == "dialer/response/log_in"]

        await eventually(lambda: len(answers()) == 2, within_s=PATIENCE_S)
        assert answers()[0] == answers()[1]
        assert {row["id"]: row["state"] for row in await one.control.agents()}["ann"] == "out"


async def test_calls_go_on_without_a_broker_and_states_come_again_with_it(
    broker: Broker, tmp_path: Path
) -> None:
    broker.stop()
    changes = settings(broker, queue=100)
    async with house(tmp_path, CALLEE, mqtt=changes) as one:
        heard: list[str] = []
        one.control.dialer.listen(lambda _, fact: heard.append(fact["fact"]))
        await one.leads(range(30))
        await one.control.set_run_state("spring", "running")
        for name in ("ann", "bob"):
            await one.control.log_in(name, ready=True)

        async def judge() -> None:
            for row in await one.control.agents():
                if row["state"] == "wrapup":
                    await one.control.dispose(row["id"], "done")

        async with asyncio.timeout(PATIENCE_S * 2):
            while heard.count("attempt_ended") < 30:
                await judge()
                await asyncio.sleep(0.05)
        await judge()
        assert not figures(one).connected
        ready = await health.ready(one.control)
        assert ready.ok, "calls go on without a broker"
        assert "cannot be reached" in {part.name: part.why for part in ready.parts}["broker"]
        outbox = one.control.surfaces["mqtt"].outbox
        assert outbox.dropped == sum(fact in EVENTS for fact in heard) - 100
        broker.start()
        async with watching(broker) as watcher:
            await watcher.until("dialer/status", state="online")
            await watcher.until("dialer/campaigns/spring/state", state="running")
            await eventually(lambda: len(watcher.events()) >= 100, within_s=PATIENCE_S)
            assert len(watcher.events()) == 100
        # Once more: everything retained is gone with the broker, and comes back.
        broker.stop()
        await eventually(lambda: not figures(one).connected, within_s=PATIENCE_S)
        broker.start()
        async with watching(broker) as watcher:
            await watcher.until("dialer/agents/bob/state", id="bob")
            await watcher.until("dialer/campaigns/spring/state", state="running")


async def test_a_broker_that_stands_still_holds_up_no_call(broker: Broker, tmp_path: Path) -> None:
    async with house(tmp_path, CALLEE, mqtt=settings(broker, keepalive_s=5)) as one:
        await eventually(lambda: figures(one).connected, within_s=PATIENCE_S)
        broker.freeze()
        await one.leads([1])
        await one.control.set_run_state("spring", "running")
        await one.control.log_in("ann", ready=True)
        outcomes = one.control.dialer.floors["spring"].floor.outcomes
        await eventually(lambda: outcomes["connected"] == 1, within_s=PATIENCE_S)
        await eventually(lambda: not figures(one).connected, within_s=PATIENCE_S)
        broker.thaw()
        async with watching(broker) as watcher:
            await eventually(lambda: len(watcher.events()) >= 5, within_s=PATIENCE_S)
            assert {event["event"] for event in watcher.events()} >= {"dialed", "connected", "ended"}


async def test_a_daemon_that_dies_is_offline_by_its_last_will_and_one_that_stops_by_its_own_word(
    broker: Broker, tmp_path: Path
) -> None:
    async with watching(broker) as watcher:
        async with house(tmp_path, CALLEE, mqtt=settings(broker)) as one:
            await watcher.until("dialer/status", state="online")
            cut(one)
            await watcher.until("dialer/status", state="offline")
            await watcher.until("dialer/status", state="online")
        await watcher.until("dialer/status", state="offline")


async def test_user_and_password_from_a_file_open_the_door_and_wrong_ones_are_told(
    broker: Broker, tmp_path: Path
) -> None:
    broker.stop()
    broker.start(user="cadence", password="sesame")
    (tmp_path / "secret").write_text("sesame\n")
    changes = settings(broker, username="cadence", password={"file": "secret"}, base_topic="site/one")
    login = {"username": "cadence", "password": "sesame"}
    async with watching(broker, **login) as watcher:
        async with house(tmp_path, CALLEE, mqtt=changes):
            await watcher.until("site/one/status", state="online")
        (tmp_path / "secret").write_text("wrong\n")
        async with house(tmp_path, CALLEE, mqtt=changes) as one:
            await eventually(lambda: "authori" in figures(one).trouble.lower(), within_s=PATIENCE_S)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_both_protocols_work(broker: Broker, tmp_path: Path, protocol: str) -> None:
    async with (
        watching(broker) as watcher,
        house(tmp_path, CALLEE, mqtt=settings(broker, protocol=protocol, qos=2)),
    ):
        await watcher.until("dialer/status", state="online")
        assert (await watcher.ask("campaigns"))["result"][0]["id"] == "spring"


# paho leaves the socket of a refused certificate to the garbage collector, which closes it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_tls_is_spoken_and_a_certificate_nobody_vouches_for_is_refused(
    broker: Broker, tmp_path: Path
) -> None:
    broker.stop()
    broker.start(tls=True)
    trusted = settings(broker, tls=True, tls_ca_file=str(broker.certificate))
    async with house(tmp_path, CALLEE, mqtt=trusted) as one:
        await eventually(lambda: figures(one).connected, within_s=PATIENCE_S)
    async with house(tmp_path, CALLEE, mqtt=settings(broker, tls=True, tls_verify=False)) as one:
        await eventually(lambda: figures(one).connected, within_s=PATIENCE_S)
    async with house(tmp_path, CALLEE, mqtt=settings(broker, tls=True)) as one:
        await eventually(lambda: "certificate" in figures(one).trouble.lower(), within_s=PATIENCE_S)
        assert not figures(one).connected
    gc.collect()
