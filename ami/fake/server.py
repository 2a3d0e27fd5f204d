"""The machine behind a TCP port: the one place where it meets the loop and its time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from ami.address import NodeAddress
from ami.fake import house, lists, virtual
from ami.fake.behaviour import Behaviour, Callee
from ami.fake.desk import Desk
from ami.fake.dialplan import Sounds
from ami.fake.faults import Faults
from ami.fake.machine import Machine
from ami.fake.premises import Premises
from ami.fake.recordings import Recordings
from ami.fake.records import KEEP_CALLS, CarrierCall, Sums
from ami.fake.session import ManagerUser, Session
from ami.wire import Message


class FakeAsterisk(Premises):
    """An Asterisk with carrier, customers and agents' phones, on a loopback port of this process.

    `async with FakeAsterisk(...) as asterisk:` listens on `asterisk.port`; `asterisk.node` is its address.
    Runs on the loop's time: on a VirtualLoop at once, on another one at life's pace. `behaviour` and
    `faults` may be changed on the way. OSError when the port is taken.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        behaviour: Behaviour | None = None,
        seed: int = 0,
        users: tuple[ManagerUser, ...] = (ManagerUser(),),
        name: str = "fake",
        sounds: Sounds | None = None,
        faults: Faults | None = None,
        disorder: float = 0.1,
        host: str = "127.0.0.1",
        keep_calls: int | None = KEEP_CALLS,
        recordings: Path | None = None,
    ) -> None:
        """`recordings`: a folder that stands for the switch's file system; None: nothing is written.

        `keep_calls` bounds the carrier's record, the oldest going first; None keeps all. `disorder` is how often
        events that race in Asterisk change places.
        """
        super().__init__(name, host, users, faults or Faults(), random.Random(seed))  # noqa: S311
        self.port = port
        self._behaviour = behaviour or Behaviour()
        self._sounds = sounds or Sounds()
        self._disorder = disorder
        self._keep_calls = keep_calls
        self._recordings = Recordings(recordings) if recordings is not None else None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._server: asyncio.Server | None = None
        self._busy = False
        self._loop: asyncio.AbstractEventLoop | None = None

    # --- life ---

    async def __aenter__(self) -> FakeAsterisk:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listens; after `kill` or `stop` once more, on the same port, as a newly started Asterisk."""
        loop = self._loop = asyncio.get_running_loop()
        if self._machine is None:
            self._machine = Machine(
                self._behaviour,
                rng=self._rng,
                epoch_s=virtual.epoch_time(loop) - loop.time(),
                sounds=self._sounds,
                disorder=self._disorder,
                keep_calls=self._keep_calls,
                recorded=self._recorded,
            )
        machine = self._machine
        machine.missing_sounds = self.faults.missing_sounds
        machine.missing_modules = self.faults.missing_modules
        machine.now = loop.time()
        # Two starts are told apart by the second they happened in.
        machine.started_at = max(machine.now, machine.started_at + 1.0)
        machine.tell.wanted = frozenset()
        self._server = await loop.create_server(lambda: Session(self, self.faults), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Shuts down in order: every call is hung up, sessions hear of it and are closed."""
        if self._server is None:
            return
        machine = self.machine
        machine.now = self._now()
        machine.tell.event("Shutdown", "system", "", "Shutdown: Cleanly\r\nRestart: False\r\n")
        for channel in tuple(machine.channels.values()):
            if not channel.gone:
                machine.hang_up(channel, 0)
        self._deliver()
        for session in tuple(self._sessions):
            session.close()
        await self._close()

    async def kill(self) -> None:
        """As kill -9: no event, connections cut, every leg gone; AstDB stays."""
        self.machine.die()
        for session in tuple(self._sessions):
            session.abort()
        await self._close()

    async def restart(self, *, gracefully: bool = False) -> None:
        """Kill (or stop) and start again on the same port."""
        await (self.stop() if gracefully else self.kill())
        await self.start()

    def cut(self) -> None:
        """Cuts every manager connection; calls go on."""
        for session in tuple(self._sessions):
            session.abort()

    async def _close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        server, self._server = self._server, None
        if server is not None:
            server.close()
        try:
            async with asyncio.timeout(1):
                await self._empty.wait()
        except TimeoutError:  # somebody does not read what he was told at last
            self.cut()
            await self._empty.wait()
        if server is not None:
            await server.wait_closed()
        self.machine.die()

    # --- the world outside ---

    @property
    def node(self) -> NodeAddress:
        """How to log in as the first user."""
        user = next(iter(self.users.values()))
        return NodeAddress(self.name, self.host, self.port, user.name, user.secret)

    @property
    def calls(self) -> Sequence[CarrierCall]:
        """The calls the carrier saw (at most `keep_calls`), in the order of arrival."""
        return self.machine.far.calls

    def sums(self, kind: str) -> Sums:
        """All calls the carrier ever saw whose channel's id begins with `kind`, such as "c-"."""
        return self.machine.far.sums[kind]

    @property
    def behaviour(self) -> Behaviour:
        """How customers and phones behave from the next call on."""
        return self._behaviour

    @behaviour.setter
    def behaviour(self, value: Behaviour) -> None:
        self._behaviour = value
        if self._machine is not None:
            self._machine.far.behaviour = value

    def hang_up_far(self, channel_id: str) -> None:
        """The person (or the agent) at the other end of this leg hangs up now. KeyError: no such leg."""
        channel = self.machine.channels[channel_id]
        self.machine.now = self._now()
        self.machine.far_hangs_up(channel)
        self._deliver()

    def call_in(self, dialed: str, caller: str, far: Callee) -> str:
        """Somebody rings one of our numbers now; the channel's id. `caller` is what the trunk says of them."""
        self.machine.advance(self._now())
        channel = self.machine.arrive(dialed, caller, far)
        self._deliver()
        return channel.unique_id

    # --- answers ---

    def receive(self, session: Session, message: Message) -> None:
        """Answers a message, after what was due before it."""
        key = message.action.lower()
        if key in self.faults.deaf_to:
            return
        if key == "login" and self.faults.slow_login_s:
            session.after(self._now() + self.faults.slow_login_s, lambda: self._answer(session, message))
            return
        self._answer(session, message)

    def _answer(self, session: Session, message: Message) -> None:
        machine = self.machine
        machine.advance(self._now())
        house.handle(Desk(self, session, machine), message)
        self._deliver()

    # --- time and delivery ---

    def _recorded(self, path: str, seconds: float) -> None:
        if self._recordings is not None:
            self._recordings.write(path, seconds)

    def _now(self) -> float:
        if self._loop is None:
            raise RuntimeError("the switch was never started")
        return self._loop.time()

    def _tick(self) -> None:
        self._timer = None
        # The loop may be early by the rounding of its clock; what it was set for is due.
        self.machine.advance(max(self._now(), self._timer_at))
        self._deliver()

    def _deliver(self) -> None:
        machine = self.machine
        out, machine.tell.out = machine.tell.out, []
        for emission in out:
            if emission.session is not None:
                if emission.session in self._sessions:
                    emission.session.say(emission.block)
            elif not self.faults.loses(emission.name):
                for session in self._sessions:
                    if session.sees(emission.name, emission.privilege):
                        session.say(emission.block)
        for session in tuple(self._sessions):
            session.flush()
        for session in self._dismissed:
            session.close()
        self._dismissed.clear()
        self._arm()

    def _arm(self) -> None:
        at = self.machine.timers.next_at()
        if self._timer is not None:
            if at == self._timer_at:
                return
            self._timer.cancel()
            self._timer = None
        if at is not None and self._loop is not None and self._server is not None:
            self._timer_at = at
            self._timer = self._loop.call_at(at, self._tick)


_ROOMS = (lists,)
"""Imported for the actions they register."""
