"""What the doctor finds on brokers that are well, away, or refuse us."""

from __future__ import annotations

from pathlib import Path

import config
from dialer.mqtt.doctor import examine_broker
from dialer.ops.findings import Level
from tests.parts.broker import Broker


def settings(broker: Broker, **more: object) -> config.Mqtt:
    return config.Mqtt.model_validate({"port": broker.port, **more})


async def test_a_broker_that_is_well(broker: Broker) -> None:
    found = await examine_broker(settings(broker), "main")
    assert (found.level, found.fix) == (Level.OK, "")


async def test_a_broker_that_is_away(broker: Broker) -> None:
    broker.stop()
    found = await examine_broker(settings(broker), "main")
    assert found.level is Level.WARN
    assert f"127.0.0.1:{broker.port}" in found.fix


async def test_a_wrong_password(broker: Broker) -> None:
    broker.stop()
    broker.start(user="cadence", password="sesame")
    found = await examine_broker(settings(broker, username="cadence", password="open"), "main")
    assert found.level is Level.WARN
    assert "mqtt.password" in found.fix


async def test_an_access_list_without_our_topics(broker: Broker, tmp_path: Path) -> None:
    broker.stop()
    broker.start(topics=("other/#",))
    found = await examine_broker(settings(broker), "main")
    assert found.level is Level.WARN
    assert "dialer/#" in found.fix
