"""What the connections and actions of the embedded Asterisk know of it: its switch, its users, and who is connected."""

from __future__ import annotations

import asyncio
import random

from ami.fake import dialplan
from ami.fake.faults import MODULES, Faults
from ami.fake.machine import Machine
from ami.fake.session import ManagerUser, Session

VERSION = "22.10.1"


class Premises:
    """The state around the machine; the server adds its life, its time, and what it answers."""

    def __init__(
        self, name: str, host: str, users: tuple[ManagerUser, ...], faults: Faults, rng: random.Random
    ) -> None:
        self.name = name
        self.host = host
        self.version = VERSION
        self.users = {user.name: user for user in users}
        self.faults = faults
        self.endpoints = {"carrier": "NonQualified", "phones": "NonQualified"}
        """What the doctor sees of them: the status of each one's contact."""
        self._rng = rng
        self._machine: Machine | None = None
        self._sessions: set[Session] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._dismissed: list[Session] = []
        self._numbers = 10

    @property
    def machine(self) -> Machine:
        """The switch itself, once started."""
        if self._machine is None:
            raise RuntimeError("the switch was never started")
        return self._machine

    def epoch(self) -> float:
        """Now as the switch tells it, in seconds since the epoch."""
        return self.machine.epoch()

    @property
    def sessions(self) -> int:
        """How many manager connections there are."""
        return len(self._sessions)

    def modules(self) -> frozenset[str]:
        """The modules that are loaded."""
        return MODULES - self.faults.missing_modules

    def contexts(self) -> frozenset[str]:
        """The contexts of the dialplan."""
        if "pbx_config" in self.faults.missing_modules:
            return frozenset()
        return frozenset(dialplan.CONTEXTS) | dialplan.SUBROUTINES

    def has_extension(self, context: str, exten: str) -> bool:
        """Whether a call can go there."""
        return context in self.contexts() and dialplan.has_extension(context, exten)

    def joined(self, session: Session) -> None:
        """A connection was made."""
        self._sessions.add(session)
        self._empty.clear()

    def left(self, session: Session) -> None:
        """A connection is gone."""
        self._sessions.discard(session)
        if not self._sessions:
            self._empty.set()
        self.rights_changed()

    def dismiss(self, session: Session) -> None:
        """Closes the session once it was told why."""
        self._dismissed.append(session)

    def rights_changed(self) -> None:
        """What anybody may see is what is worth formatting."""
        wanted: set[str] = set()
        for session in self._sessions:
            if session.user is not None:
                if session.user.events is None:
                    self.machine.tell.wanted = None
                    return
                wanted |= session.user.events
        self.machine.tell.wanted = frozenset(wanted)

    def kick(self, number: int) -> bool:
        """Ends the session of this number at once; False when there is none."""
        for session in tuple(self._sessions):
            if session.number == number:
                self.dismiss(session)
                return True
        return False

    def connected(self) -> list[Session]:
        """The sessions that are logged in, oldest first."""
        found = [session for session in self._sessions if session.user is not None]
        return sorted(found, key=lambda session: session.number)

    def new_number(self) -> int:
        """What stands for a session's file descriptor."""
        self._numbers += 1
        return self._numbers

    def new_challenge(self) -> str:
        """A number nobody foresees."""
        return str(self._rng.randrange(10**8, 10**9))
