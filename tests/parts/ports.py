"""Ports for servers that must know theirs before they start, and keep it while they are down."""

from __future__ import annotations

import random
import socket
from typing import Final

# Above the well-known services, below the lab's ports and below those the kernel gives to outgoing
# connections: a port from that range may be somebody's own end as soon as nobody listens there.
RANGE: Final = range(12000, 28000)
_dice = random.SystemRandom()  # never seeded: workers that draw alike would meet


def free_port() -> int:
    """A loopback port nobody listens on; chosen at random, so that two who ask at once hardly meet."""
    for port in _dice.sample(RANGE, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port of a hundred is free")
