"""One connection to a manager port, used once: open it, talk, and learn why it closed.

The only importer of panoramisk, which here makes the socket (and its TLS) and carries the bytes. Its own
reading, matching, pinging, replaying and reconnecting are fenced off, since they lose split characters,
hide OriginateResponse, wait for ever, and send calls again after an outage. It is pinned to 1.4.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import ssl
import time
from collections.abc import Callable, Container, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, cast

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from ami import tls
from ami.actions import Action
from ami.address import NodeAddress
from ami.errors import (
    ActionRefused,
    AmiError,
    ConnectFailed,
    LineDown,
    LoginRefused,
    RequestTimeout,
    Unsendable,
    WireError,
)
from ami.events import WANTED
from ami.wire import Decoder, Message

log = logging.getLogger(__name__)

# A peer that leaves this much unread is as good as gone; 1 MiB is thousands of actions.
MAX_UNSENT_BYTES: Final = 1024 * 1024
MAX_PENDING: Final = 4096
MAX_LIST_ITEMS: Final = 100_000
_CLOSE_TIMEOUT_S: Final = 1.0

OnMessage = Callable[[Message, float], None]
OnAnswer = Callable[[str, float, str], None]
T = TypeVar("T")


@dataclass(slots=True)
class Counters:
    """What this connection has seen; `late` are answers nobody waited for any more."""

    events: int = 0
    late: int = 0
    faults: int = 0


class Begun(Generic[T]):
    """Something under way whose end may be awaited, once, or left alone."""

    def __init__(self, end: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._end = end

    def __await__(self) -> Generator[Any, Any, T]:
        return self._end().__await__()


@dataclass(slots=True)
class _Pending:
    future: asyncio.Future[Message]
    wants_list: bool
    items: list[Message] = field(default_factory=list)
    ack: Message | None = None
    sent_at: float = field(default_factory=time.perf_counter)


class Connection:
    """A line that is opened once. Events go to `on_message(message, received)` in the order of the wire."""

    def __init__(
        self,
        address: NodeAddress,
        on_message: OnMessage,
        *,
        clock: Callable[[], float],
        wanted: Container[bytes] | None = WANTED,
        on_answer: OnAnswer | None = None,
    ) -> None:
        """`on_answer(action, seconds, result)` hears how long each action took: granted, refused or no_answer."""
        self.address = address
        self.counters = Counters()
        self.closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._on_message = on_message
        self._clock = clock
        self._on_answer = on_answer
        self._decoder = Decoder(wanted=wanted)
        self._pending: dict[str, _Pending] = {}
        self._greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._booted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._reason = ""
        self._sequence = 0

    @property
    def banner(self) -> str:
        """The manager's version as it greets, such as 12.0.0."""
        return self._decoder.banner or ""

    @property
    def pending(self) -> int:
        """Requests sent and not yet answered."""
        return len(self._pending)

    async def open(self, *, connect_timeout_s: float, boot_timeout_s: float | None) -> None:
        """Connect, log in and wait until Asterisk is fully booted; None: without waiting for that.

        ConnectFailed, WireError, LoginRefused or LineDown say what stood in the way, with the remedy.
        """
        try:
            await self._open(connect_timeout_s, boot_timeout_s)
        except BaseException:
            self.abort("not opened")
            raise

    async def request(self, action: Action, timeout_s: float) -> Message:
        """Send and return the granting response; ActionRefused, RequestTimeout or LineDown otherwise."""
        message, _ = await self._ask(action, timeout_s)
        return message

    def begin(self, action: Action, timeout_s: float) -> Begun[Message]:
        """Send within this call; what is returned waits for the answer, with errors as for `request`.

        Raises LineDown and Unsendable at once.
        """
        action_id, pending = self._send(action)
        return Begun(lambda: self._answer(action, action_id, pending, timeout_s))

    async def request_list(self, action: Action, timeout_s: float) -> tuple[Message, ...]:
        """Send and return the events of the list that answers; errors as for `request`."""
        _, items = await self._ask(action, timeout_s)
        return tuple(items)

    def abort(self, reason: str) -> None:
        """Cut the line now, without waiting for a peer that may not be there."""
        self._reason = self._reason or reason
        if self._transport is not None:
            self._transport.abort()
        self._lost(None)

    async def close(self) -> None:
        """Close the line; returns when the socket is released. Safe to call twice."""
        self._reason = self._reason or "closed by us"
        if self._transport is None:
            self._lost(None)
            return
        self._transport.close()
        done, _ = await asyncio.wait({self.closed}, timeout=_CLOSE_TIMEOUT_S)
        if not done:
            self.abort(self._reason)

    async def _open(self, connect_timeout_s: float, boot_timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(connect_timeout_s):
                await self._connect()
                await self._or_closed(self._greeted)
        except TimeoutError as error:
            raise tls.no_greeting(self.address, connect_timeout_s) from error
        await self._log_in(connect_timeout_s)
        if boot_timeout_s is None:
            return
        try:
            async with asyncio.timeout(boot_timeout_s):
                await self._or_closed(self._booted)
        except TimeoutError as error:
            raise ConnectFailed(
                f"Asterisk did not report FullyBooted within {boot_timeout_s:g} s: it is still starting, "
                f"or the manager user {self.address.username!r} lacks read=system, "
                "or its event filters drop FullyBooted"
            ) from error

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            manager = _Opener(
                host=self.address.host,
                port=self.address.port,
                ssl=tls.context_of(self.address),
                loop=loop,
                protocol_factory=lambda: _Protocol(self),
            )
            task = manager.connect()
            task.set_name(f"ami-connect-{self.address.name}")
            await task
        except ssl.SSLError as error:
            raise tls.refusal(error, self.address) from error
        except OSError as error:
            raise ConnectFailed(self._why(error)) from error

    def _why(self, error: OSError) -> str:
        # asyncio puts its own words in the place of the system's.
        text = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        return f"{self.address.host}:{self.address.port}: {text}"

    async def _log_in(self, timeout_s: float) -> None:
        user, secret = self.address.username, self.address.secret
        try:
            try:
                answer = await self.request(Action("Challenge", (("AuthType", "MD5"),)), timeout_s)
            except ActionRefused:
                headers = self._plain_login()
            else:
                # The protocol knows no other digest than MD5.
                key = hashlib.md5((answer.get("Challenge") + secret).encode(), usedforsecurity=False)
                headers = (("AuthType", "MD5"), ("Username", user), ("Key", key.hexdigest()))
            await self.request(Action("Login", (*headers, ("Events", "on"))), timeout_s)
        except ActionRefused as error:
            raise LoginRefused(
                f"Asterisk refused the manager user {user!r} ({error}): check username, secret and permit= "
                "in manager.conf, then `manager reload`"
            ) from error
        except LineDown as error:
            raise ConnectFailed(f"closed during login: {error}") from error

    def _plain_login(self) -> tuple[tuple[str, str], ...]:
        if not self.address.tls and not tls.is_loopback(self.address.host):
            raise LoginRefused(
                "Asterisk offers no MD5 login and the line is neither TLS nor loopback: "
                "the secret is not sent in the clear"
            )
        return (("Username", self.address.username), ("Secret", self.address.secret))

    async def _or_closed(self, step: asyncio.Future[None]) -> None:
        """Wait for a step that the end of the line makes impossible."""
        either: set[asyncio.Future[Any]] = {step, self.closed}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not step.done():
            raise ConnectFailed(self._reason)

    async def _ask(self, action: Action, timeout_s: float) -> tuple[Message, list[Message]]:
        action_id, pending = self._send(action)
        message = await self._answer(action, action_id, pending, timeout_s)
        return message, pending.items

    async def _answer(self, action: Action, action_id: str, pending: _Pending, timeout_s: float) -> Message:
        result = "no_answer"
        try:
            async with asyncio.timeout(timeout_s):
                message = await pending.future
            result = "granted" if message.success else "refused"
        except TimeoutError as error:
            raise RequestTimeout(f"{action.name}: no answer within {timeout_s:g} s") from error
        finally:
            self._pending.pop(action_id, None)
            if self._on_answer is not None:
                self._on_answer(action.name, time.perf_counter() - pending.sent_at, result)
        if not message.success:
            raise ActionRefused(message.get("Message") or f"{action.name} refused")
        return message

    def _send(self, action: Action) -> tuple[str, _Pending]:
        transport = self._transport
        if transport is None or self.closed.done():
            raise LineDown(self._reason or "not connected")
        self._sequence += 1
        action_id = action.action_id or f"cadence-{self._sequence}"
        if action_id in self._pending:
            raise Unsendable("ActionID: the same action is under way")
        if len(self._pending) >= MAX_PENDING:
            raise LineDown(f"{MAX_PENDING} requests are waiting for an answer")
        data = action.encode(action_id)
        if transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self.abort("Asterisk stopped reading")
            raise LineDown(self._reason)
        pending = _Pending(asyncio.get_running_loop().create_future(), action.wants_list)
        self._pending[action_id] = pending
        transport.write(data)
        return action_id, pending

    def _made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        if self.closed.done():
            transport.abort()

    def _received(self, data: bytes) -> None:
        try:
            messages = self._decoder.feed(data)
        except WireError as error:
            self.abort(str(error))
            return
        if self.banner:
            _done(self._greeted)
        now = self._clock()
        for message in messages:
            if self.closed.done():
                return
            if message.is_event:
                self._event(message, now)
            else:
                self._response(message)

    def _event(self, message: Message, now: float) -> None:
        pending = self._pending.get(message.action_id)
        if pending is not None and pending.wants_list:
            self._list_item(pending, message)
            return
        if message.event == "FullyBooted":
            _done(self._booted)
        elif message.event == "Shutdown":
            self._reason = "Asterisk is shutting down"
        self.counters.events += 1
        try:
            self._on_message(message, now)
        except Exception:
            self.counters.faults += 1
            log.exception("%s: the handler of %s failed", self.address.name, message.event)

    def _list_item(self, pending: _Pending, message: Message) -> None:
        if not message.get("EventList"):
            pending.items.append(message)
            if len(pending.items) > MAX_LIST_ITEMS:
                self.abort(f"a list of more than {MAX_LIST_ITEMS} entries")
        elif not pending.future.done():
            pending.future.set_result(pending.ack or Message((("Response", "Success"),)))

    def _response(self, message: Message) -> None:
        pending = self._pending.get(message.action_id)
        if pending is None or pending.future.done():
            self.counters.late += 1
        elif pending.wants_list and message.success and message.get("EventList"):
            pending.ack = message
        else:
            pending.future.set_result(message)

    def _lost(self, error: Exception | None) -> None:
        if self.closed.done():
            return
        self._reason = self._reason or (str(error) if error else "Asterisk closed the connection")
        self.closed.set_result(self._reason)
        waiting, self._pending = self._pending, {}
        for pending in waiting.values():
            if not pending.future.done():
                pending.future.set_exception(LineDown(self._reason))


def _done(step: asyncio.Future[None]) -> None:
    if not step.done():
        step.set_result(None)


class _Opener(Manager):  # type: ignore[misc]
    """panoramisk's manager, reduced to opening the socket: no login, no pings, no second attempt."""

    def connection_made(self, f: asyncio.Task[Any]) -> None:
        """Do nothing: whoever awaits the task has the result or the error."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Do nothing: reconnecting is the supervisor's."""


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """panoramisk's protocol, reduced to handing over bytes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connection._made(cast("asyncio.Transport", transport))

    def data_received(self, data: bytes) -> None:
        self._connection._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._connection._lost(exc)

    def send(self, data: object, as_list: object = None) -> None:  # noqa: ARG002 - panoramisk's signature
        """Refuse: every action goes through `Connection.request`."""
        raise AmiError("actions are sent by Connection.request")
