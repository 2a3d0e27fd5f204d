"""Where a message is answered."""

from __future__ import annotations

from ami.fake.machine import Machine
from ami.fake.premises import Premises
from ami.fake.session import Session


class Desk:
    """Who asked, and what answers."""

    __slots__ = ("machine", "server", "session")

    def __init__(self, server: Premises, session: Session, machine: Machine) -> None:
        self.server = server
        self.session = session
        self.machine = machine
