"""A manager port that follows a script: the counterpart where a real Asterisk would be too polite."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ami.address import NodeAddress
from ami.wire import Decoder, Header, Message, encode_banner, encode_message

SECRET = "a secret"
CHALLENGE = "840415273"

Answer = Callable[["Caller", Message], None]


@dataclass
class Caller:
    """One connection at the server's side."""

    writer: asyncio.StreamWriter
    number: int

    def say(self, *headers: Header) -> None:
        self.writer.write(encode_message(headers))

    def answer(self, action: Message, *headers: Header, response: str = "Success") -> None:
        self.say(("Response", response), ("ActionID", action.action_id), *headers)

    def event(self, name: str, *headers: Header) -> None:
        self.say(("Event", name), *headers)

    def raw(self, data: bytes) -> None:
        self.writer.write(data)

    def list_of(self, action: Message, item: str, *entries: tuple[Header, ...]) -> None:
        self.answer(action, ("EventList", "start"), ("Message", "will follow"))
        for entry in entries:
            self.event(item, ("ActionID", action.action_id), *entry)
        self.event(
            f"{item}Complete",
            ("ActionID", action.action_id),
            ("EventList", "Complete"),
            ("ListItems", str(len(entries))),
        )

    def cut(self) -> None:
        self.writer.transport.abort()


@dataclass
class ManagerPeer:
    """Listens on loopback; `answers` maps an action's name to what is done about it."""

    address: NodeAddress
    answers: dict[str, Answer]
    callers: list[Caller] = field(default_factory=list)
    actions: list[tuple[int, Message]] = field(default_factory=list)
    banner: bytes = encode_banner("12.0.0")
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def names(self) -> list[str]:
        return [action.action for _, action in self.actions]

    def on(self, name: str, answer: Answer) -> None:
        self.answers[name] = answer

    async def received(self, name: str, *, times: int = 1) -> Message:
        """Wait until that many actions of this name have come, and return the last."""
        async with asyncio.timeout(60), self._arrived:
            await self._arrived.wait_for(lambda: self.names().count(name) >= times)
        return [action for _, action in self.actions if action.action == name][-1]

    async def connected(self, count: int) -> Caller:
        async with asyncio.timeout(60), self._arrived:
            await self._arrived.wait_for(lambda: len(self.callers) >= count)
        return self.callers[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caller = Caller(writer, len(self.callers) + 1)
        await self._note(lambda: self.callers.append(caller))
        writer.write(self.banner)
        decoder = Decoder(banner=False)
        try:
            while data := await reader.read(65536):
                for action in decoder.feed(data):
                    await self._note(lambda a=action: self.actions.append((caller.number, a)))
                    self.answers.get(action.action, refuse)(caller, action)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _note(self, note: Callable[[], None]) -> None:
        async with self._arrived:
            note()
            self._arrived.notify_all()


def refuse(caller: Caller, action: Message) -> None:
    caller.answer(action, ("Message", "Invalid/unknown command"), response="Error")


def silent(_caller: Caller, _action: Message) -> None:
    """Never answer."""


def grant(caller: Caller, action: Message) -> None:
    caller.answer(action, ("Message", "Granted"))


def log_in(caller: Caller, action: Message) -> None:
    expected = hashlib.md5((CHALLENGE + SECRET).encode()).hexdigest()
    if action.get("Key") == expected or action.get("Secret") == SECRET:
        caller.answer(action, ("Message", "Authentication accepted"))
        caller.event("FullyBooted", ("Status", "Fully Booted"))
    else:
        caller.answer(action, ("Message", "Authentication failed"), response="Error")


def booted_at(time: str) -> Answer:
    return lambda caller, action: caller.answer(
        action, ("CoreStartupDate", "2026-11-22"), ("CoreStartupTime", time), ("CoreCurrentCalls", "0")
    )


def polite() -> dict[str, Answer]:
    """Return the answers of an idle Asterisk."""
    return {
        "Challenge": lambda caller, action: caller.answer(action, ("Challenge", CHALLENGE)),
        "Login": log_in,
        "Ping": lambda caller, action: caller.answer(action, ("Ping", "Pong")),
        "CoreStatus": booted_at("10:00:00"),
        "CoreShowChannels": lambda caller, action: caller.list_of(action, "CoreShowChannel"),
        "DBGetTree": lambda caller, action: caller.list_of(action, "DBGetTreeResponse"),
        "Originate": grant,
        "Bridge": grant,
        "Setvar": grant,
        "Hangup": grant,
        "DBDel": grant,
    }


@asynccontextmanager
async def manager_peer(
    port: int = 0, tls: ssl.SSLContext | None = None, **answers: Answer
) -> AsyncIterator[ManagerPeer]:
    """Serve a scripted manager; the answers given replace the polite ones."""
    peer = ManagerPeer(NodeAddress("peer", "127.0.0.1", port, "dialer", SECRET), polite() | answers)
    server = await asyncio.start_server(peer.serve, "127.0.0.1", port, ssl=tls)
    peer.address = NodeAddress("peer", "127.0.0.1", server.sockets[0].getsockname()[1], "dialer", SECRET)
    try:
        yield peer
    finally:
        server.close()
        for caller in peer.callers:
            caller.cut()
        await server.wait_closed()
