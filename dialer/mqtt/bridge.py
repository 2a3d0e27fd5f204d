"""The line to the broker: connects, keeps connecting, and never lets a call wait for it."""

from __future__ import annotations

import asyncio
import importlib.metadata
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiomqtt
import structlog

import config
from dialer.control import Control
from dialer.mqtt import line
from dialer.mqtt.desk import Desk
from dialer.mqtt.outbox import Outbox, Outgoing
from dialer.mqtt.payloads import Status, encode
from dialer.mqtt.showing import Showing
from dialer.mqtt.topics import Topics
from dialer.mqtt.verbs import verbs_of
from dialer.runtime.clock import instant
from dialer.runtime.tasks import Tasks

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
"""How often states are compared with what was last said; agents' own changes are said at once."""

SEND_TIMEOUT_S = 10.0
FAREWELL_TIMEOUT_S = 2.0
FIRST_DELAY_S = 0.5
MAX_DELAY_S = 30.0


@dataclass(slots=True)
class Figures:
    """What the line has done so far."""

    connected: bool = False
    connections: int = 0
    sent: int = 0
    trouble: str = "not connected yet"


class Bridge:
    """Says what the floor does, and hears requests. Everything it is told is taken at once, without waiting."""

    def __init__(self, settings: config.Mqtt, control: Control) -> None:
        self.settings = settings
        self.topics = Topics(settings.base_topic)
        self.outbox = Outbox(settings.queue)
        self.figures = Figures()
        self._instance = control.dialer.settings.instance
        self._since = instant(control.dialer.clock.now()).isoformat(timespec="milliseconds")
        self._showing = Showing(control, numbers=settings.numbers)
        verbs = verbs_of(control) if settings.requests else {}
        self.desk = Desk(
            verbs,
            self._answer,
            max_bytes=settings.max_request_bytes,
            numbers=settings.numbers,
            now=control.dialer.clock.now,
        )
        self._stop_listening = control.dialer.listen(self._hear)
        self._listening = control.dialer.listening
        self._listening.changed.append(self._overheard)
        self._said: set[str] = set()
        self._tasks = Tasks()
        self.client: aiomqtt.Client | None = None
        self._jitter = random.SystemRandom().random

    def start(self) -> None:
        """Begin."""
        self._tasks.start("mqtt line", self._run())
        self._tasks.start("mqtt states", self._look_for_ever())

    async def close(self) -> None:
        """Say good-bye where that is possible within moments, and let go."""
        self._stop_listening()
        self._listening.changed.remove(self._overheard)
        if self.client is not None and self.figures.connected:
            try:
                async with asyncio.timeout(FAREWELL_TIMEOUT_S):
                    await self._publish(self.client, self._status("offline"))
            except (aiomqtt.MqttError, TimeoutError, ValueError) as error:
                log.debug("mqtt_no_farewell", error=str(error))
        await self._tasks.close()
        await self.desk.close()

    # What is said.

    def look(self) -> None:
        """Compare states with what was last said."""
        topics = self.topics
        now: dict[str, Any] = {topics.campaign(name): one for name, one in self._showing.campaigns().items()}
        now |= {topics.agent(name): one for name, one in self._showing.agents().items()}
        for topic in self._said - now.keys():
            self.outbox.clear_state(topic)
        for topic, state in now.items():
            self.outbox.put_state(topic, encode(state))
        self._said = set(now)
        self._overheard()

    async def _look_for_ever(self) -> None:
        while True:
            try:
                self.look()
            except Exception:
                log.exception("mqtt_states_not_told")
            await asyncio.sleep(LOOK_EVERY_S)

    def _hear(self, campaign_id: str, fact: Mapping[str, Any]) -> None:
        event = self._showing.call(campaign_id, fact)
        if event is not None:
            self.outbox.put(Outgoing(self.topics.calls(campaign_id), encode(event)))

    def _overheard(self, _agent: str = "") -> None:
        for event in self._showing.listening():
            self.outbox.put(Outgoing(self.topics.listening(event.campaign), encode(event)))

    def _answer(self, verb: str, payload: bytes) -> None:
        self.outbox.put(Outgoing(self.topics.response(verb), payload))

    def _status(self, state: Any) -> Outgoing:
        online = state == "online"
        status = Status(
            state=state,
            instance=self._instance,
            version=importlib.metadata.version("cadence-dialer") if online else "",
            since=self._since if online else None,
        )
        return Outgoing(self.topics.status, encode(status), retain=True)

    # The line.

    async def _run(self) -> None:
        failures = 0
        while True:
            connections = self.figures.connections
            why = await self._one_connection()
            failures = 1 if self.figures.connections > connections else failures + 1
            self.figures.connected, self.figures.trouble = False, why
            delay_s = min(MAX_DELAY_S, FIRST_DELAY_S * 2 ** min(failures - 1, 10)) * (
                0.5 + self._jitter() / 2
            )
            (log.warning if failures == 1 else log.debug)(
                "mqtt_down", why=why, again_in_s=round(delay_s, 1), waiting=len(self.outbox)
            )
            await asyncio.sleep(delay_s)

    async def _one_connection(self) -> str:
        """Live through one connection; return why it ended."""
        try:
            self.client = client = self._new_client()
            async with client:
                if self.settings.requests:
                    await client.subscribe(self.topics.requests, qos=self.settings.qos)
                await self._publish(client, self._status("online"))
                self.figures.connected, self.figures.trouble = True, ""
                self.figures.connections += 1
                log.info("mqtt_up", broker=self.settings.host, waiting=len(self.outbox))
                self.outbox.say_all_again()
                return await self._both_ways(client)
        except (aiomqtt.MqttError, OSError, ValueError, TimeoutError) as error:
            return str(error) or type(error).__name__

    async def _both_ways(self, client: aiomqtt.Client) -> str:
        work = {
            self._tasks.start("mqtt send", self._send(client)),
            self._tasks.start("mqtt receive", self._receive(client)),
        }
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
        await asyncio.wait(work)
        why: str = next(iter(done)).result()
        return why

    async def _send(self, client: aiomqtt.Client) -> str:
        while True:
            message = await self.outbox.next()
            try:
                await self._publish(client, message)
            except (aiomqtt.MqttError, ValueError, TimeoutError) as error:
                self.outbox.put_back(message)
                return str(error) or "the broker took nothing in time"
            except asyncio.CancelledError:
                self.outbox.put_back(message)
                raise

    async def _publish(self, client: aiomqtt.Client, message: Outgoing) -> None:
        await client.publish(
            message.topic,
            message.payload,
            qos=self.settings.qos,
            retain=message.retain,
            timeout=SEND_TIMEOUT_S,
        )
        self.figures.sent += 1

    async def _receive(self, client: aiomqtt.Client) -> str:
        try:
            async for message in client.messages:
                verb = self.topics.verb_of(message.topic.value)
                if verb is not None:
                    payload = message.payload if isinstance(message.payload, bytes) else b""
                    self.desk.take(verb, payload, retained=bool(message.retain))
        except aiomqtt.MqttError as error:
            return str(error)
        return "the broker ended the connection"

    def _new_client(self) -> aiomqtt.Client:
        will = self._status("offline")
        last_will = aiomqtt.Will(will.topic, will.payload, qos=self.settings.qos, retain=True)
        identifier = self.settings.client_id or f"dialer-{self._instance}"
        return line.client_of(self.settings, identifier, last_will, timeout_s=SEND_TIMEOUT_S)
