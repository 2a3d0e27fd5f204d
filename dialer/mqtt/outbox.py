"""What is to be sent: states as they are now, and messages in order, never more than there is room for."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message."""

    topic: str
    payload: bytes
    retain: bool = False


class Outbox:
    """States are kept once each, the newest; other messages wait in a queue that drops its oldest, counted."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._states: dict[str, bytes] = {}
        self._changed: dict[str, None] = {}
        self._queue: deque[Outgoing] = deque()
        self._turn = False
        self._something = asyncio.Event()
        self.dropped = 0

    def __len__(self) -> int:
        """Messages not sent yet."""
        return len(self._changed) + len(self._queue)

    def put_state(self, topic: str, payload: bytes) -> None:
        """What a retained topic says from now on; sent when it differs from the last word."""
        if self._states.get(topic) != payload:
            self._states[topic] = payload
            self._changed[topic] = None
            self._something.set()

    def clear_state(self, topic: str) -> None:
        """The broker is to forget this topic."""
        self.put_state(topic, b"")

    def put(self, message: Outgoing) -> None:
        """A message to be sent once."""
        if len(self._queue) >= self._room:
            self._queue.popleft()
            self.dropped += 1
        self._queue.append(message)
        self._something.set()

    def put_back(self, message: Outgoing) -> None:
        """It could not be sent: first in line again, unless a newer state has taken its place."""
        if message.retain:
            self._changed[message.topic] = None
        elif len(self._queue) >= self._room:
            self.dropped += 1
        else:
            self._queue.appendleft(message)
        self._something.set()

    def say_all_again(self) -> None:
        """Every state is sent anew: a broker may have lost what it retained."""
        self._changed = dict.fromkeys(self._states)
        if self._changed:
            self._something.set()

    async def next(self) -> Outgoing:
        """The next message, states and others in turn; waits for one."""
        while not self._changed and not self._queue:
            self._something.clear()
            await self._something.wait()
        self._turn = not self._turn
        if self._changed and (self._turn or not self._queue):
            topic = next(iter(self._changed))
            del self._changed[topic]
            payload = self._states[topic]
            if not payload:
                del self._states[topic]
            return Outgoing(topic, payload, retain=True)
        return self._queue.popleft()
