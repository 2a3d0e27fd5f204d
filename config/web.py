"""The pages and the API: where they listen, who may come, and what a role sees of a number."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from config.values import Real, Seconds, Section, Text, Whole, Yes, fixed, wrong

LOOPBACK = ("127.0.0.1", "::1", "localhost")

Host = Annotated[Text, StringConstraints(pattern=r"^[A-Za-z0-9.:\-]+$")]


class NumbersShown(StrEnum):
    """What a role sees of a phone number: all of it, only of the own call, or its last digits never."""

    WHOLE = "whole"
    OWN_CALL = "own_call"
    MASKED = "masked"


class Numbers(Section):
    """What each role sees of people's numbers."""

    agent: NumbersShown = fixed(NumbersShown.MASKED, "masked, or own_call: whole while talking to its owner.")
    supervisor: NumbersShown = fixed(NumbersShown.WHOLE, "whole or masked.")
    admin: NumbersShown = fixed(NumbersShown.WHOLE, "whole or masked.")


def _origin(value: str) -> str:
    if not value.startswith(("http://", "https://")) or value.count("/") > 2:
        raise wrong("origin", "is not an origin", "write https://board.example.com, without a path")
    return value


class Web(Section):
    """The pages and the API; without this section there are none."""

    host: Host = fixed("127.0.0.1", "Address to listen on; 0.0.0.0 for all of this machine.")
    port: Whole = fixed(8080, "Port to listen on; 0: any free one.", ge=0, le=65535)
    tls_cert: Path | None = fixed(None, "Certificate chain (PEM), for https without a proxy in front.")
    tls_key: Path | None = fixed(None, "Its private key (PEM).")
    allowed_hosts: tuple[Host, ...] = fixed(
        (), "Names under which browsers reach it; none: the address above and loopback only."
    )
    allowed_origins: tuple[Annotated[Text, AfterValidator(_origin)], ...] = fixed(
        (), "Further origins whose pages may use it, such as https://board.example.com; none: only its own."
    )
    trusted_proxies: tuple[Host, ...] = fixed(
        (), "Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."
    )
    session_idle_s: Seconds = fixed(8 * 3600.0, "A session ends when unused for this long.", ge=60, le=86_400)
    session_max_s: Seconds = fixed(
        16 * 3600.0, "A session ends after this at the latest.", ge=60, le=30 * 86_400
    )
    requests_per_s: Real = fixed(
        100.0, "Requests a session or key may make in a second, in the long run.", ge=1, le=100_000
    )
    numbers: Numbers = fixed(Numbers(), "What each role sees of people's numbers.")
    secure_cookie: Yes = fixed(
        False, "The cookie only over https, also where a proxy we do not trust ends TLS."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise wrong("tls", "tls_cert and tls_key belong together", "write both, or neither")
        if self.host not in LOOPBACK and not self.allowed_hosts:
            raise wrong(
                "allowed_hosts",
                "is open to the network without allowed_hosts",
                "name the hosts people type, such as allowed_hosts: [cadence.example.com]",
            )
        return self

    def found_from(self, folder: Path) -> Self:
        """The same with relative paths taken from `folder`."""
        paths = {"tls_cert": self.tls_cert, "tls_key": self.tls_key}
        return self.model_copy(update={key: path and folder / path for key, path in paths.items()})
