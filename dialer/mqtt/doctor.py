"""The broker examined: is it reached, and does what we say come back to who listens."""

from __future__ import annotations

import asyncio

import aiomqtt

import config
from dialer.mqtt import line
from dialer.ops.findings import Finding, Level

CONNECT_TIMEOUT_S = 5.0
ROUND_TRIP_TIMEOUT_S = 3.0


async def examine_broker(settings: config.Mqtt, instance: str) -> Finding:
    """One message to ourselves below the base topic. Never raises; calls need no broker, so nothing is a failure."""
    topic = f"{settings.base_topic}/doctor"
    identifier = f"{settings.client_id or 'dialer-' + instance}-doctor"
    try:
        async with line.client_of(settings, identifier, timeout_s=CONNECT_TIMEOUT_S) as client:
            await client.subscribe(topic, qos=settings.qos)
            await client.publish(topic, b"examined", qos=settings.qos)
            async with asyncio.timeout(ROUND_TRIP_TIMEOUT_S):
                await anext(aiter(client.messages))
    except TimeoutError:
        said = f"a message to {topic} did not come back"
        fix = f"allow the user to read and write {settings.base_topic}/# in the broker's access list"
        return Finding("mqtt", "broker", Level.WARN, said, fix)
    except (aiomqtt.MqttError, OSError, ValueError) as error:
        return Finding("mqtt", "broker", Level.WARN, f"not reached: {error}", _fix(str(error), settings))
    return Finding("mqtt", "broker", Level.OK, f"a message to {topic} came back")


def _fix(said: str, settings: config.Mqtt) -> str:
    if "authori" in said.lower() or "user name" in said.lower():
        return "check mqtt.username and mqtt.password against the broker's password file"
    if "certificate" in said.lower() or "ssl" in said.lower():
        return "check mqtt.tls, mqtt.tls_ca_file and the name in the broker's certificate"
    return f"check that a broker listens on {settings.host}:{settings.port} and that nothing blocks the way"
