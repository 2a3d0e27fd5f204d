"""Where a node's manager listens, and how to prove who we are."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """One Asterisk. `name` is what logs and events call it."""

    name: str
    host: str
    port: int = 5038
    username: str = "dialer"
    secret: str = field(default="", repr=False)
    tls: bool = False
    tls_ca_file: str | None = None
    tls_verify: bool = True
