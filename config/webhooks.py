"""Webhooks: what other systems are told over HTTP when something happens."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, WithJsonSchema

from config import secrets
from config.values import Id, Real, Seconds, Section, Text, Whole, live, wrong

MIN_SECRET = 24
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Happening(StrEnum):
    """What a webhook may be told of."""

    ANSWER = "answer"
    CONNECT = "connect"
    ABANDON = "abandon"
    END = "end"
    DISPOSITION = "disposition"
    CALLBACK = "callback"
    OPT_OUT = "opt_out"
    RECORDING = "recording"


class Personal(StrEnum):
    """What of a person a message may hold; without it only ids."""

    NUMBER = "number"
    NAME = "name"
    DATA = "data"


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise wrong("url", "is no address of a web server", "write https://crm.example.com/hooks/cadence")
    if "@" in parts.netloc:
        raise wrong("url", "holds a user or password", "messages are signed with `secret`; leave it out")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise wrong("url", "would send people's data in the clear", "write https://")
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < MIN_SECRET:
        raise wrong("secret", f"is shorter than {MIN_SECRET} characters", "make one: openssl rand -base64 32")
    return value


Secret = Annotated[SecretStr, AfterValidator(_long_enough), WithJsonSchema(secrets.SHAPE)]
Address = Annotated[Text, AfterValidator(_address)]


class Webhook(Section):
    """One receiver. Messages are signed as the Standard Webhooks specification says, and come at least once."""

    url: Address = live(..., "Where messages are posted; https, or http on this machine only.")
    secret: Secret = Field(
        ...,
        description="Key of the signature: text, {env: NAME} or {file: path}.",
        json_schema_extra={"reloads_live": True},
        repr=False,
    )
    old_secret: Secret | None = Field(
        None,
        description="The key before, while it is being changed: messages are signed with both.",
        json_schema_extra={"reloads_live": True},
        repr=False,
    )
    events: tuple[Happening, ...] = live(
        (Happening.DISPOSITION,), "What it is told: " + ", ".join(Happening) + ".", min_length=1
    )
    campaigns: tuple[Id, ...] = live((), "Of these campaigns only; none: of all.")
    include: tuple[Personal, ...] = live(
        (), "What of a person may be sent: number, name, data; none: only ids."
    )
    timeout_s: Seconds = live(10.0, "An answer later than this counts as none.", ge=1, le=60)
    at_once: Whole = live(4, "Messages under way at the same time.", ge=1, le=32)
    give_up_after_h: Real = live(
        72.0, "A message not taken for so long is laid aside; it can be sent again by hand.", gt=0, le=720
    )
    tls_ca_file: Text | None = live(None, "Certificates to trust instead of the system's.")
