"""One manager connection: greeting, login, rights, what it may see, and how bytes leave."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ami import wire
from ami.errors import WireError
from ami.fake.faults import Faults

AMI_VERSION = "11.0.0"
BUFFER_BYTES = 4_400_000
"""What is buffered for a client that does not read before its write time-out starts to count."""

EVENTS = frozenset(
    [
        "FullyBooted",
        "Shutdown",
        "OriginateResponse",
        "Hangup",
        "DialState",
        "DialEnd",
        "BridgeEnter",
        "BridgeLeave",
        "UserEvent",
        "ChannelTalkingStart",
        "ChannelTalkingStop",
    ]
)
"""What the sample manager.conf lets through to the dialer."""


@dataclass(frozen=True, slots=True)
class ManagerUser:
    """A section of manager.conf. `events` is its include filter by name; None: every event of its classes."""

    name: str = "dialer"
    secret: str = field(default="secret", repr=False)
    read: frozenset[str] = frozenset({"system", "call", "user"})
    write: frozenset[str] = frozenset({"system", "call", "originate", "user", "reporting"})
    events: frozenset[str] | None = EVENTS
    write_timeout_s: float = 5.0


class Host(Protocol):
    """Whose connections these are."""

    def new_number(self) -> int:
        """What stands for a session's file descriptor."""
        ...

    def epoch(self) -> float:
        """Now, in seconds since the epoch."""
        ...

    def joined(self, session: Session) -> None:
        """A connection was made."""
        ...

    def left(self, session: Session) -> None:
        """A connection is gone."""
        ...

    def receive(self, session: Session, message: wire.Message) -> None:
        """Answer a message."""
        ...


class Session(asyncio.Protocol):
    """The server's end of one connection."""

    def __init__(self, host: Host, faults: Faults) -> None:
        self.user: ManagerUser | None = None
        self.mask: frozenset[str] | None = None
        self.challenge = ""
        self.closing = False
        self.number = host.new_number()
        self.since = host.epoch()
        self._host = host
        self._faults = faults
        self._decoder = wire.Decoder(banner=False)
        self._pending: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._stall: asyncio.TimerHandle | None = None
        self._sends_at = 0.0
        self._handles: set[asyncio.TimerHandle] = set()

    # --- connection ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport
        transport.set_write_buffer_limits(high=BUFFER_BYTES)
        if self._faults.refuse_connections:
            transport.abort()
            return
        self._host.joined(self)
        self._pending.append(wire.encode_banner(AMI_VERSION))
        self.flush()

    def data_received(self, data: bytes) -> None:
        if self._faults.silent or self.closing:
            return
        try:
            messages = self._decoder.feed(data)
        except WireError:
            self.abort()
            return
        for message in messages:
            if not self.closing:
                self._host.receive(self, message)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.closing = True
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()
        if self._stall is not None:
            self._stall.cancel()
        self._host.left(self)

    def pause_writing(self) -> None:
        self._stall = self._loop.call_later(self.user.write_timeout_s if self.user else 0.1, self.abort)

    def resume_writing(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def abort(self) -> None:
        """Cuts the connection; what was on its way is lost."""
        self.closing = True
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Ends the connection after what was said."""
        self.closing = True
        self.flush()
        if self._transport is not None:
            self._transport.close()

    # --- rights ---

    def sees(self, name: str, privilege: str) -> bool:
        """Whether an event of this name and class is for this session."""
        user = self.user
        if user is None or privilege not in user.read:
            return False
        if self.mask is not None and privilege not in self.mask:
            return False
        return user.events is None or name in user.events

    def may(self, authority: frozenset[str]) -> bool:
        """Whether the user may do an action of these classes (any of them is enough)."""
        return not authority or (self.user is not None and bool(authority & self.user.write))

    def proves(self, user: ManagerUser, message: wire.Message) -> bool:
        """Whether a Login carries the user's secret, plainly or by challenge."""
        if message.get("AuthType").lower() == "md5":
            key = hashlib.md5(f"{self.challenge}{user.secret}".encode(), usedforsecurity=False).hexdigest()
            given = message.get("Key")
            return bool(self.challenge) and hmac.compare_digest(given.encode(), key.encode())
        return hmac.compare_digest(message.get("Secret").encode(), user.secret.encode())

    # --- writing ---

    def say(self, block: bytes) -> None:
        """Puts a message in line; `flush` sends the line."""
        self._pending.append(block)

    def flush(self) -> None:
        """Sends what is in line, as the faults have it."""
        if not self._pending:
            return
        data = b"".join(self._pending)
        self._pending.clear()
        faults, transport = self._faults, self._transport
        if faults.silent or transport is None or transport.is_closing():
            return
        now = self._loop.time()
        if faults.delay_s or faults.split_bytes or self._sends_at > now:
            self._send_later(data, max(now + faults.delay_s, self._sends_at))
        else:
            transport.write(data)

    def _send_later(self, data: bytes, at: float) -> None:
        size = self._faults.split_bytes or len(data)
        for start in range(0, len(data), size):
            self.after(at, functools.partial(self._write, data[start : start + size]))
            # Instants apart are reads apart.
            at += 1e-6
        self._sends_at = at

    def _write(self, piece: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing() and not self._faults.silent:
            self._transport.write(piece)

    def after(self, at: float, act: Callable[[], None]) -> None:
        """Does something at an instant of the loop, unless the connection is gone by then."""

        def due() -> None:
            self._handles.discard(handle)
            act()

        handle = self._loop.call_at(at, due)
        self._handles.add(handle)
