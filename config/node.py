"""One Asterisk: where its manager listens, and the trunks that leave it."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, WithJsonSchema, model_validator

from config import secrets
from config.values import Id, Name, Real, Seconds, Section, Text, Whole, Yes, fixed, live, tls_agrees, wrong

_DIAL = re.compile(r"^[A-Za-z][A-Za-z0-9]*/[A-Za-z0-9@.:_+{}/-]+$")


def _dial_string(value: str) -> str:
    if value.count("{number}") != 1:
        raise wrong("dial", "must hold {number} exactly once", 'such as "PJSIP/{number}@carrier"')
    if not _DIAL.match(value) or set(value.replace("{number}", "")) & set("{}"):
        raise wrong(
            "dial",
            "is not a dial string",
            'write technology/address without spaces or any of | , & ;, such as "PJSIP/{number}@carrier"',
        )
    if value.lower().startswith("local/"):
        raise wrong("dial", "must not be a Local channel", "dial the trunk itself: PJSIP/{number}@carrier")
    return value


Secret = Annotated[SecretStr, WithJsonSchema(secrets.SHAPE)]
DialString = Annotated[Text, AfterValidator(_dial_string)]


class Trunk(Section):
    """A way out of a node."""

    dial: DialString = live(..., 'How a number is dialed through it, such as "PJSIP/{number}@carrier".')
    max_channels: Whole = live(30, "Calls it carries at the same time.", ge=1, le=100_000)
    calls_per_second: Real = live(5.0, "New calls per second it takes.", gt=0, le=1000)
    post_dial_delay_s: Seconds = live(
        3.0, "Usual time from dialing to ringing; added to the ring time-out.", ge=0, le=30
    )
    rest_after: Whole = live(5, "Failures of the trunk in a row after which it is rested.", ge=1, le=1000)
    rest_s: Seconds = live(60.0, "How long a failing trunk is rested.", ge=1, le=86_400)


class Fence(Section):
    """The manager user that ends another daemon's session: only where two daemons stand by for each other."""

    username: Name = fixed("dialer-fence", "Manager user with write = command, as in manager.conf.")
    secret: Secret = Field(
        ...,
        description="Its password: text, {env: NAME} or {file: path}.",
        json_schema_extra={"reloads_live": False},
        repr=False,
    )


class Node(Section):
    """One Asterisk and its manager interface (AMI)."""

    host: Name = fixed(..., "Host name or address of the manager interface.")
    port: Whole = fixed(5038, "Its port; 5039 is usual with TLS.", ge=1, le=65_535)
    username: Name = fixed(..., "Manager user, as in manager.conf.")
    secret: Secret = Field(
        ...,
        description="Its password: text, {env: NAME} or {file: path}.",
        json_schema_extra={"reloads_live": False},
        repr=False,
    )
    tls: Yes = fixed(False, "Speak TLS to the manager interface.")
    tls_verify: Yes = fixed(True, "Check the certificate of the manager interface.")
    tls_ca_file: Text | None = fixed(None, "Certificates to trust instead of the system's.")
    fence: Fence | None = fixed(None, "How a standby ends the old leader's session here; see standby.")
    trunks: dict[Id, Trunk] = live({}, "Ways out of this node, by name.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        tls_agrees(self.tls, self.tls_ca_file)
        return self
