"""The broker that hears of campaigns, agents and calls, and through which they can be steered."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, WithJsonSchema, model_validator

from config import secrets
from config.values import Name, Section, Text, Whole, Yes, fixed, tls_agrees

BaseTopic = Annotated[
    Text, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", max_length=100)
]


class Protocol(StrEnum):
    """What is spoken with the broker."""

    V5 = "5"
    V311 = "3.1.1"


class Mqtt(Section):
    """The broker; without this section nothing is published and nothing is heard."""

    host: Name = fixed("127.0.0.1", "Host name or address of the broker.")
    port: Whole = fixed(1883, "Its port; 8883 is usual with TLS.", ge=1, le=65_535)
    protocol: Protocol = fixed(Protocol.V5, 'MQTT "5" or "3.1.1", in quotes.')
    base_topic: BaseTopic = fixed("dialer", "Every topic begins with it; one of its own for each daemon.")
    client_id: Text = fixed("", "Name at the broker; none: dialer- and the instance.", max_length=64)
    username: Text = fixed("", "User at the broker; none: anonymous.")
    password: Annotated[SecretStr, WithJsonSchema(secrets.SHAPE)] | None = Field(
        None,
        description="Its password: text, {env: NAME} or {file: path}.",
        json_schema_extra={"reloads_live": False},
        repr=False,
    )
    tls: Yes = fixed(False, "Speak TLS to the broker.")
    tls_verify: Yes = fixed(True, "Check the broker's certificate.")
    tls_ca_file: Text | None = fixed(None, "Certificates to trust instead of the system's.")
    qos: Whole = fixed(1, "Quality of service of all messages: 0, 1 or 2.", ge=0, le=2)
    keepalive_s: Whole = fixed(15, "A broker that is silent for longer is given up.", ge=5, le=600)
    requests: Yes = fixed(True, "Agents and campaigns may be steered; false: only publish.")
    numbers: Yes = fixed(
        False, "Phone numbers and people's data may stand in messages; false: left out or masked."
    )
    max_request_bytes: Whole = fixed(16_384, "A longer request is refused.", ge=256, le=1_048_576)
    queue: Whole = fixed(
        10_000,
        "Messages kept while the broker is away; beyond, the oldest are dropped.",
        ge=100,
        le=1_000_000,
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        tls_agrees(self.tls, self.tls_ca_file)
        return self
