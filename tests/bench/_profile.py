"""Where the CPU goes: samples of the running stack, each given to one part of the daemon or to the bench itself."""

from __future__ import annotations

import signal
import time
from collections import Counter
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import greenlet

ROOT = f"{Path(__file__).parents[2]}/"
EVERY_S = 0.001

SWITCH = "embedded switch, virtual clock"
ROBOTS = "agents and people of the bench"
LOOP = "event loop"
THREADS = "threads (journal's disk, SQLite)"
OTHER = "the rest"
NOT_OURS = frozenset({SWITCH, ROBOTS})
"""What a daemon in the field does not spend."""

_PLACES = (
    ("ami/fake/", SWITCH),
    ("ami/", "AMI: read, parse, send"),
    ("dialer/core/pace.py", "pacing"),
    ("dialer/core/columns.py", "pacing"),
    ("pacing/", "pacing"),
    ("dialer/core/", "core"),
    ("storage/journal.py", "journal"),
    ("storage/segments.py", "journal"),
    ("storage/writer.py", "journal"),
    ("dialer/runtime/recorder.py", "journal"),
    ("storage/claim", "claims"),
    ("dialer/compliance/", "claims"),
    ("dialer/leads/", "claims"),
    ("storage/leads.py", "claims"),
    ("storage/books", "books"),
    ("storage/gather.py", "books"),
    ("storage/facts.py", "books"),
    ("storage/attempts.py", "status, saving"),
    ("dialer/runtime/learnt.py", "status, saving"),
    ("dialer/control/", "agents' words"),
    ("dialer/lab/robots.py", ROBOTS),
    ("dialer/runtime/dialer.py", "claims"),
    ("dialer/runtime/outreach.py", "claims"),
    ("dialer/runtime/orders.py", "claims"),
    ("storage/callbacks.py", "claims"),
    ("dialer/runtime/", "shell"),
    ("tests/", ROBOTS),
)
_PROTOCOLS = (
    ("ami.fake", SWITCH),
    ("ami", "AMI: read, parse, send"),
    ("asyncpg", "database driver, reading"),
)
_LOOP = frozenset({"_run_once", "run_forever"})
_BELOW = frozenset({"dialer/runtime/books.py", "dialer/runtime/tasks.py"})
"""Files that many parts pass through: the next frame outwards tells which."""


class Sampler:
    """Counts samples of the main thread's stack by part while entered, one a tick of the CPU's clock.

    What this process spends outside its main thread is known exactly, and is a part of its own.
    """

    def __init__(self) -> None:
        self.parts: Counter[str] = Counter()
        self.lines: Counter[str] = Counter()
        self.main_s = 0.0
        self.threads_s = 0.0

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGPROF, self._tick)
        self._began = (time.process_time(), time.thread_time())
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0, 0)
        main_s = time.thread_time() - self._began[1]
        self.main_s += main_s
        self.threads_s += time.process_time() - self._began[0] - main_s
        signal.signal(signal.SIGPROF, self._before)

    def seconds(self) -> dict[str, float]:
        """CPU seconds by part; they add up to what the process spent."""
        samples = max(1, self.parts.total())
        spent = {part: self.main_s * count / samples for part, count in self.parts.most_common()}
        return {**spent, THREADS: self.threads_s}

    def _tick(self, _number: int, frame: FrameType | None) -> None:
        if frame is None or _asleep(frame):
            return
        part = part_of(frame)
        self.parts[part] += 1
        where = frame.f_code
        self.lines[f"{part}: {where.co_filename.rpartition('/')[2]}:{where.co_name}"] += 1


def part_of(frame: FrameType | None) -> str:
    """The part whose code is innermost on this stack; libraries count for whoever called them."""
    fallback = OTHER
    for one in _outwards(frame):
        name = one.f_code.co_filename
        if name.startswith(ROOT) and not name.startswith(f"{ROOT}.venv"):
            found = _place(name[len(ROOT) :], one)
            if found:
                return found
        elif name.endswith("/asyncio/base_events.py") and one.f_code.co_name in _LOOP:
            return LOOP
        elif name.endswith("/asyncio/selector_events.py"):
            owner = _protocol(one)
            if owner:
                return owner
    return fallback


def _outwards(frame: FrameType | None) -> list[FrameType]:
    """The stack from the inside out, on through the greenlets that SQLAlchemy runs its statements in."""
    found = []
    current = greenlet.getcurrent()
    while frame is not None or current.parent is not None:
        if frame is None:
            current = current.parent
            frame = current.gr_frame
            continue
        found.append(frame)
        frame = frame.f_back
    return found


def _place(path: str, frame: FrameType) -> str:
    if path == "dialer/runtime/books.py":
        return "journal" if frame.f_code.co_name in {"write", "durable", "durable_now"} else "books"
    if path in _BELOW or path == "storage/database.py":
        return ""
    if path == "ami/fake/wires.py":
        return ""  # the virtual clock counts the bytes of both sides; whoever sends is further out
    return next((part for prefix, part in _PLACES if path.startswith(prefix)), "")


def _protocol(frame: FrameType) -> str:
    transport = frame.f_locals.get("self")
    protocol = type(getattr(transport, "_protocol", None)).__module__
    return next((part for prefix, part in _PROTOCOLS if protocol.startswith(prefix)), "")


def _asleep(frame: FrameType) -> bool:
    """The main thread waits in `select`, so whoever spent this tick was another thread."""
    return frame.f_code.co_name == "select" and frame.f_code.co_filename.endswith("/selectors.py")
