"""One node as the daemon sees it: a line that heals itself, typed events out, verbs in."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ami import actions
from ami.actions import Action, Outgoing
from ami.address import NodeAddress
from ami.errors import LineDown
from ami.events import Event, Flags, LiveChannel
from ami.wire import Message


class LinkState(enum.Enum):
    """How far the line to a node is."""

    DOWN = "down"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    UP = "up"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What a live Asterisk says about itself, for `dialer doctor`."""

    banner: str
    version: str
    boot: str
    actions: frozenset[str]
    missing_modules: tuple[str, ...]
    missing_contexts: tuple[str, ...]
    user_events: bool


class Switch:
    """The verbs and the events of one node. `on_event` is called in order and must not block."""

    def __init__(
        self, address: NodeAddress, on_event: Callable[[Event], None], *, clock: Callable[[], float]
    ) -> None:
        self.address = address
        self.state = LinkState.DOWN
        self.reason = "not started"
        self._on_event = on_event
        self._clock = clock

    async def run(self) -> None:
        """Connect and keep connecting until cancelled."""
        raise NotImplementedError

    async def seat(
        self,
        seat_id: str,
        endpoint: str,
        *,
        agent_exten: str,
        timeout_s: float,
        caller_id: str = "",
        account: str = "",
    ) -> None:
        """Ring an agent's phone; returns when Asterisk has taken the order."""
        await self._request(
            actions.originate_seat(
                seat_id,
                endpoint,
                agent_exten=agent_exten,
                timeout_s=timeout_s,
                caller_id=caller_id,
                account=account,
            )
        )

    async def dial(self, call: Outgoing) -> None:
        """Place a call; returns when Asterisk has taken the order. The outcome comes as events."""
        await self._request(actions.originate_call(call))

    async def bridge(self, call_id: str, seat_id: str, *, tone: bool = True) -> None:
        """Connect a call with a seat, then mark the call connected; ActionRefused when either is gone.

        Asterisk lets this steal a busy seat: the caller holds the lock.
        """
        await self._request(actions.bridge(call_id, seat_id, tone=tone))
        await self._request(actions.set_var(call_id, actions.CONNECTED_VARIABLE, "1"))

    async def hang_up(self, channel_id: str, cause: int = 16) -> None:
        """End a channel; ActionRefused with `gone` when it has ended already."""
        await self._request(actions.hang_up(channel_id, cause))

    async def redirect(self, channel_id: str, context: str, exten: str, priority: int = 1) -> None:
        """Send a channel to a place in the dialplan."""
        await self._request(actions.redirect(channel_id, context, exten, priority))

    async def set_var(self, channel_id: str, name: str, value: str) -> None:
        """Set a channel variable."""
        await self._request(actions.set_var(channel_id, name, value))

    async def get_var(self, channel_id: str, name: str) -> str:
        """Return a channel variable, empty when unset."""
        return (await self._request(actions.get_var(channel_id, name))).get("Value")

    async def record(self, channel_id: str, path: str) -> None:
        """Record both directions of a channel into an absolute path on the switch."""
        await self._request(actions.record(channel_id, path))

    async def stop_recording(self, channel_id: str) -> None:
        """Close the recording of a channel."""
        await self._request(actions.stop_recording(channel_id))

    async def snapshot(self) -> tuple[LiveChannel, ...]:
        """Return every live channel."""
        raise NotImplementedError

    async def read_flags(self) -> Flags:
        """Return what the dialplan wrote to AstDB below dialer/."""
        raise NotImplementedError

    async def clear_flags(self, keys: Iterable[tuple[str, str]]) -> None:
        """Delete exactly these (family, call id) pairs, once they are committed; a missing one is fine."""
        raise NotImplementedError

    async def inspect(self) -> NodeReport:
        """Examine the node for `dialer doctor`."""
        raise NotImplementedError

    async def _request(self, action: Action, timeout_s: float | None = None) -> Message:
        raise LineDown(f"{self.address.name}: {self.reason} ({action.name}, {timeout_s})")
