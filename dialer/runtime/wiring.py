"""What a floor's shell and its parts share: the daemon around it, its orders, and the shell as the parts see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import ami
import storage
from dialer.core import events as ev
from dialer.runtime.books import Books
from dialer.runtime.clock import Clock
from dialer.runtime.ids import Ids
from dialer.runtime.node import Floorlike, Node
from dialer.runtime.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Order:
    """One claimed call with what must not be written to the journal: where to dial and what to show.

    `refused`: why it is not to be dialed after all.
    """

    new: ev.NewCall
    number: str
    screen: Mapping[str, Any]
    refused: str = ""
    claimed: storage.ClaimedCall | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim brought: calls to place, why there were not more, and when there may be."""

    orders: tuple[Order, ...]
    exhausted: bool
    why: str = ""
    resume_at: float | None = None


Claim = Callable[..., Awaitable[Claimed]]
"""Told how many, and by `lane` or `having` which."""
JudgeAnew = Callable[[Order], Awaitable[str]]
Listener = Callable[[str, Mapping[str, Any]], None]
Restore = Callable[["Shell", tuple[ami.LiveChannel, ...]], None]


@dataclass(slots=True)
class Wiring:
    """What a floor needs of the daemon around it. Dial templates by trunk hold `{number}`."""

    clock: Clock
    node: Node
    books: Books
    ids: Ids
    claim: Claim
    judge: JudgeAnew
    restore: Restore
    dial_templates: Mapping[str, str]
    caller_id: str
    agent_drop: str
    endpoint_of: Callable[[str], str | None]
    listener: Listener | None = None
    caller_name: str = ""
    may_act: Callable[[], bool] = lambda: True
    """Whether this daemon leads at this instant: asked within the call that writes to the line."""
    recordings: str = "/var/spool/asterisk/cadence"
    machine_action: str = "message"
    machine_message: str = ""

    def named(self, caller_id: str) -> str:
        """A number of ours as the switch takes it, with the campaign's name; empty: the campaign's own."""
        if not caller_id:
            return self.caller_id
        return f'"{self.caller_name}" <{caller_id}>' if self.caller_name else caller_id


class Shell(Floorlike, Protocol):
    """A floor's runner, as what is beside it sees it."""

    wiring: Wiring
    orders: dict[str, Order]
    recorder: Recorder

    @property
    def campaign_id(self) -> str:
        """The campaign whose floor this is."""
        ...

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def run_later(self) -> None:
        """Run what restoring the floor asked for, and set its clock going."""
        ...
