"""Which bytes are under way between two sockets of one loop: loopback may deliver a moment late."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Mapping
from typing import Any

_Name = tuple[Any, Any]


class CountedSocket(socket.socket):
    """A connected TCP socket that counts what it sends and receives (an end of stream counts as one byte)."""

    sent = 0
    received = 0
    met = False
    ended = False
    name: _Name = ("", "")
    wires: Wires

    def send(self, data: Any, flags: int = 0) -> int:
        n = super().send(data, flags)
        self.sent += n
        self.wires.dirty[self] = None
        return n

    def sendmsg(self, buffers: Any, *args: Any, **kwargs: Any) -> int:
        n = super().sendmsg(buffers, *args, **kwargs)
        self.sent += n
        self.wires.dirty[self] = None
        return n

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        self.received += len(data) or 1
        return data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        n = super().recv_into(buffer, nbytes, flags)
        self.received += n or 1
        return n

    def shutdown(self, how: int) -> None:
        super().shutdown(how)
        if how != socket.SHUT_RD:
            self._end()

    def close(self) -> None:
        if self.fileno() != -1:
            self._end()
            self.wires.drop(self)
        super().close()

    def _end(self) -> None:
        if not self.ended:
            self.ended = True
            self.sent += 1
            self.wires.dirty[self] = None


class Wires:
    """The connections of one loop, paired by their two addresses."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._by_name: dict[_Name, CountedSocket] = {}
        self._listening: set[Any] = set()
        self.dirty: dict[CountedSocket, None] = {}

    def adopt(self, sock: socket.socket) -> socket.socket:
        """The socket as one that counts, if it is TCP; the given object is then closed to its holder."""
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            return sock
        try:
            name = (sock.getsockname(), sock.getpeername())
        except OSError:  # the peer is gone already: nothing is under way
            return sock
        timeout = sock.gettimeout()
        counted = CountedSocket(sock.family, sock.type, sock.proto, fileno=sock.detach())
        counted.settimeout(timeout)
        counted.wires, counted.name = self, name
        self._by_name[name] = counted
        peer = self._by_name.get((name[1], name[0]))
        if peer is not None:
            peer.met = counted.met = True
        else:
            self.dirty[counted] = None
        return counted

    def drop(self, sock: CountedSocket) -> None:
        if self._by_name.get(sock.name) is sock:
            del self._by_name[sock.name]

    def listening(self, sock: socket.socket) -> None:
        self._listening.add(sock.getsockname())

    def silent(self, sock: socket.socket) -> None:
        if sock.fileno() != -1:
            self._listening.discard(sock.getsockname())

    def forget(self) -> None:
        """Takes everything under way for lost."""
        self.dirty.clear()

    def busy(self) -> bool:
        """Whether a byte, an end or a new connection is on its way to somebody in this loop who reads."""
        if not self.dirty:
            return False
        fds: Mapping[Any, selectors.SelectorKey] = self._selector.get_map()
        done: list[CountedSocket] = []
        busy = False
        for sock in self.dirty:
            peer = self._by_name.get((sock.name[1], sock.name[0]))
            if peer is None:
                if not sock.met and sock.name[1] in self._listening:
                    busy = True
                else:
                    done.append(sock)
            elif peer.received >= sock.sent:
                done.append(sock)
            elif _reads(fds, peer):
                busy = True
        for sock in done:
            del self.dirty[sock]
        return busy


def _reads(fds: Mapping[Any, selectors.SelectorKey], sock: CountedSocket) -> bool:
    key = fds.get(sock.fileno())
    return key is not None and bool(key.events & selectors.EVENT_READ)
