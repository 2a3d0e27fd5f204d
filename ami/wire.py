"""The manager protocol as bytes, without any I/O and in both directions.

`encode_action` is what a client says, `encode_message` and `encode_banner` what a server says; one
`Decoder` reads either side. A value never becomes structure: what cannot be sent as one line is refused.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Container, Iterable
from typing import Final

from ami.errors import MessageTooLarge, Unsendable, WireError

# Asterisk reads into a buffer of 1024 bytes that must also hold the line's CR LF (manager.c, get_input).
MAX_LINE_BYTES: Final = 1022
# AST_MAX_MANHEADERS is 128; further headers are dropped without a word.
MAX_ACTION_HEADERS: Final = 127
# Room for the output of a long CLI command, not for a flood.
MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
MAX_BANNER_BYTES: Final = 256

Header = tuple[str, str]

_BANNER: Final = b"Asterisk Call Manager/"
_EVENT: Final = b"Event: "
_EVENT_FIRST: Final = b"\r\nevent:"
_EOL: Final = b"\r\n"
_END: Final = b"\r\n\r\n"
_SPACE: Final = ord(" ")
_NAME: Final = re.compile(r"[A-Za-z0-9_()-]{1,64}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Message:
    """One message of either side: ordered headers, names looked up without regard to case.

    Decoded ones keep their bytes and are searched for the few headers somebody asks for, which is several
    times cheaper than taking every line apart.
    """

    __slots__ = ("_block", "_headers", "_lower")

    def __init__(self, headers: Iterable[Header]) -> None:
        self._headers: tuple[Header, ...] | None = tuple(headers)
        self._block = b""
        self._lower = b""

    @classmethod
    def decoded(cls, block: bytes) -> Message:
        """Return the message of these lines (without the empty one that ends them)."""
        message = cls.__new__(cls)
        message._headers = None
        message._block = b"\r\n" + block + b"\r\n"
        # ASCII only, so that offsets agree with the block's.
        message._lower = message._block.lower()
        return message

    @property
    def headers(self) -> tuple[Header, ...]:
        """Every header in the order of the wire; lines without a colon are none."""
        if self._headers is None:
            lines = self._block.decode(errors="replace").split("\r\n")
            parts = (line.partition(":") for line in lines)
            self._headers = tuple((name, value.removeprefix(" ")) for name, colon, value in parts if colon)
        return self._headers

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a header, or the default when it is absent."""
        if not self._block:
            wanted = name.lower()
            return next((value for key, value in self.headers if key.lower() == wanted), default)
        needle = _needle(name)
        at = self._lower.find(needle)
        if at < 0:
            return default
        start = at + len(needle)
        if self._block[start] == _SPACE:
            start += 1
        return self._block[start : self._block.index(_EOL, start)].decode(errors="replace")

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return every value of a header in the order of the wire."""
        if not self._block:
            wanted = name.lower()
            return tuple(value for key, value in self.headers if key.lower() == wanted)
        found: list[str] = []
        needle = _needle(name)
        at = self._lower.find(needle)
        while at >= 0:
            start = at + len(needle)
            end = self._block.index(_EOL, start)
            found.append(self._block[start:end].decode(errors="replace").removeprefix(" "))
            at = self._lower.find(needle, end)
        return tuple(found)

    def __contains__(self, name: str) -> bool:
        if self._block:
            return _needle(name) in self._lower
        return any(key.lower() == name.lower() for key, _ in self.headers)

    @property
    def event(self) -> str:
        """The event's name, empty for anything but an event."""
        return self.get("event") if self.is_event else ""

    @property
    def is_event(self) -> bool:
        """True for an event, also for one that carries a header named Response (OriginateResponse does)."""
        if self._block:
            return self._lower.startswith(_EVENT_FIRST)
        return bool(self.headers) and self.headers[0][0].lower() == "event"

    @property
    def response(self) -> str:
        """The response's kind (Success, Error, Goodbye), empty for an event and for an action."""
        return "" if self.is_event else self.get("response")

    @property
    def success(self) -> bool:
        """True for a response that grants what was asked."""
        return self.response.lower() in ("success", "goodbye", "follows")

    @property
    def action(self) -> str:
        """The action's name, empty for what a server says."""
        return self.get("action")

    @property
    def action_id(self) -> str:
        """The ActionID that ties responses and list events to their action."""
        return self.get("actionid")

    @property
    def output(self) -> tuple[str, ...]:
        """The lines a CLI command printed (Action: Command)."""
        return self.get_all("output")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.headers == other.headers

    def __hash__(self) -> int:
        return hash(self.headers)

    def __repr__(self) -> str:
        # Names only: values hold phone numbers and, in a login, the secret.
        return f"<Message {self.event or self.response or self.action} {[key for key, _ in self.headers]}>"


@functools.lru_cache(maxsize=256)
def _needle(name: str) -> bytes:
    return f"\r\n{name.lower()}:".encode(errors="replace")


def check_value(name: str, value: object) -> str:
    """Return the value if it fits one header line as it is, else raise Unsendable (never quoting it)."""
    if not isinstance(value, str):
        raise Unsendable(f"{name}: {type(value).__name__} is not text")
    if _CONTROL.search(value):
        raise Unsendable(f"{name}: control characters are not allowed")
    return value


def encode_action(headers: Iterable[Header]) -> bytes:
    """Encode what a client sends; Unsendable for whatever Asterisk would misread, cut or drop."""
    pairs = tuple(headers)
    if not pairs or pairs[0][0].lower() != "action":
        raise Unsendable("an action starts with the header Action")
    if len(pairs) > MAX_ACTION_HEADERS:
        raise Unsendable(f"an action has at most {MAX_ACTION_HEADERS} headers")
    lines = [_line(name, value) for name, value in pairs]
    for (name, _), line in zip(pairs, lines, strict=True):
        if len(line) > MAX_LINE_BYTES:
            raise Unsendable(f"{name}: longer than {MAX_LINE_BYTES} bytes")
    return _EOL.join(lines) + _END


def encode_message(headers: Iterable[Header]) -> bytes:
    """Encode what a server sends: a response or an event, of any line length."""
    lines = [_line(name, value) for name, value in headers]
    if not lines:
        raise Unsendable("a message has at least one header")
    return _EOL.join(lines) + _END


def encode_banner(version: str) -> bytes:
    """Encode the line a server greets with."""
    return _BANNER + check_value("banner", version).encode() + _EOL


def _line(name: str, value: str) -> bytes:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Unsendable("a header name is made of letters, digits, - _ ( )")
    try:
        return f"{name}: {check_value(name, value)}".encode()
    except UnicodeEncodeError as error:
        raise Unsendable(f"{name}: not valid Unicode") from error


class Decoder:
    """Turns bytes, split anywhere, into messages; the same messages for every split.

    With `wanted`, events of other names are skipped before they are parsed, unless they carry an ActionID
    (then they answer an action). `skipped` counts them. A client expects the banner first, a server none.
    """

    def __init__(
        self,
        *,
        banner: bool = True,
        wanted: Container[bytes] | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self.banner: str | None = None
        self.skipped = 0
        self._needs_banner = banner
        self._wanted = wanted
        self._limit = max_message_bytes
        self._buffer = bytearray()
        self._scanned = 0

    @property
    def pending_bytes(self) -> int:
        """Bytes held back until the rest of their message arrives."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that these bytes complete; WireError when the stream cannot be trusted."""
        self._buffer += data
        if self._needs_banner and not self._read_banner():
            return []
        buffer, found, start = self._buffer, [], 0
        end = buffer.find(_END, self._scanned)
        while end >= 0:
            if end - start > self._limit:
                raise MessageTooLarge(f"a message of more than {self._limit} bytes")
            message = self._message(buffer[start:end])
            if message is not None:
                found.append(message)
            start = end + len(_END)
            end = buffer.find(_END, start)
        if start:
            del buffer[:start]
        if len(buffer) > self._limit + len(_END):
            raise MessageTooLarge(f"a message of more than {self._limit} bytes")
        # The end mark may itself be split: its first three bytes are looked at again.
        self._scanned = max(0, len(buffer) - len(_END) + 1)
        return found

    def _read_banner(self) -> bool:
        end = self._buffer.find(_EOL)
        if end > MAX_BANNER_BYTES or (end < 0 and len(self._buffer) > MAX_BANNER_BYTES):
            raise WireError("no greeting of an Asterisk manager: is this the right port?")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        if not line.startswith(_BANNER):
            raise WireError("no greeting of an Asterisk manager: is this the right port?")
        self.banner = line[len(_BANNER) :].decode(errors="replace").strip()
        del self._buffer[: end + len(_EOL)]
        self._needs_banner = False
        return True

    def _message(self, block: bytearray) -> Message | None:
        while block.startswith(_EOL):
            del block[: len(_EOL)]
        if self._wanted is not None and block.startswith(_EVENT):
            eol = block.find(_EOL)
            name = bytes(block[len(_EVENT) : eol if eol >= 0 else None])
            if name not in self._wanted and b"\r\nActionID: " not in block:
                self.skipped += 1
                return None
        return Message.decoded(bytes(block)) if b":" in block else None
