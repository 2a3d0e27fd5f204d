"""One agent's day as a pure machine: seat, state, own call interval and the lock that keeps callers apart."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from pacing import AgentState as PacingState


class SeatState(StrEnum):
    """The agent's phone leg."""

    NONE = "none"
    RINGING = "ringing"
    HELD = "held"
    BUSY = "busy"


class State(StrEnum):
    """What the agent is doing; one word everywhere."""

    OUT = "out"
    RINGING = "ringing"
    AWAY = "away"
    READY = "ready"
    PREVIEW = "preview"
    DIALING = "dialing"
    CONNECTING = "connecting"
    TALKING = "talking"
    WRAPUP = "wrapup"
    INTERVAL = "interval"


PACING_STATE = {
    State.AWAY: PacingState.AWAY,
    State.READY: PacingState.READY,
    State.PREVIEW: PacingState.AWAY,
    State.DIALING: PacingState.AWAY,
    State.CONNECTING: PacingState.TALKING,
    State.TALKING: PacingState.TALKING,
    State.WRAPUP: PacingState.WRAPUP,
    State.INTERVAL: PacingState.INTERVAL,
}
"""How pacing sees each state; agents out or being rung are not on the floor."""

NEVER = float("-inf")

SEAT_RING_GRACE_S = 60.0
"""How long a phone may ring for a seat before the switch is asked what became of it."""

UNSETTLED_S = 5.0
"""How long our word and the switch's about one agent may differ before the switch is asked."""


class Agent(Struct, frozen=True):
    """One agent on a floor. `key` is a small number for pacing's arrays; `since` is when `state` began.

    `by_hand`: a call the agent asked for is on its way.
    `apart`: the person is elsewhere by the agent's own wish, and the leg may be in its hold all the same.
    `call_id` is the lock: while set, no other caller is offered. `pausing` holds the reason of a pause that
    waits for the conversation to end, `leaving` the wish to log out after it. `seat_at` is when `seat` was heard.
    """

    id: str
    key: int
    interval_s: float
    state: State = State.OUT
    since: float = 0.0
    reason: str = ""
    seat_id: str | None = None
    seat: SeatState = SeatState.NONE
    seat_at: float = 0.0
    last_end: float = NEVER
    call_id: str | None = None
    last_call_id: str | None = None
    disposed: bool = False
    wants_ready: bool = False
    pausing: str | None = None
    leaving: bool = False
    ready_since: float = 0.0
    apart: bool = False
    by_hand: bool = False
    redials: int = 0
    skills: tuple[str, ...] = ()

    @property
    def free(self) -> bool:
        """A caller may be bridged to this agent now: ready by our lock and held by the switch."""
        return self.state is State.READY and self.seat is SeatState.HELD and self.call_id is None

    @property
    def interval_ends_at(self) -> float:
        """The earliest start of the next conversation by the agent's own interval."""
        return self.last_end + self.interval_s

    def wrap_up_ends_at(self, wrap_up_max_s: float) -> float:
        """When wrap-up ends without a disposition."""
        return self.last_end + wrap_up_max_s

    @property
    def overdue_at(self) -> float:
        """When silence about this agent becomes suspicious and the switch is to be asked."""
        if self.seat is SeatState.RINGING:
            return self.seat_at + SEAT_RING_GRACE_S
        if self.state is State.CONNECTING:
            return self.since + UNSETTLED_S
        talking = self.state is State.TALKING
        at_odds = self.seat is SeatState.HELD if talking else self.seat is SeatState.BUSY
        if talking and self.apart:
            return float("inf")
        return max(self.since, self.seat_at) + UNSETTLED_S if at_odds else float("inf")


def seated(agent: Agent, seat: SeatState, at: float) -> Agent:
    """What the switch says of the agent's leg."""
    return replace(agent, seat=seat, seat_at=at)


def enter(agent: Agent, state: State, at: float, reason: str = "") -> Agent:
    """The agent in another state from `at` on."""
    return replace(agent, state=state, since=at, reason=reason)


def become_available(agent: Agent, at: float, *, skip_interval: bool = False) -> Agent:
    """Wrap-up is over, or the agent came back: away if a pause waits, else interval, else ready."""
    if agent.pausing is not None:
        return replace(enter(agent, State.AWAY, at, agent.pausing), pausing=None, wants_ready=False)
    if not agent.wants_ready:
        return enter(agent, State.AWAY, at, agent.reason)
    if agent.interval_ends_at > at and not skip_interval:
        return enter(agent, State.INTERVAL, at)
    return replace(enter(agent, State.READY, at), ready_since=at)


def connect(agent: Agent, call_id: str, at: float) -> Agent:
    """Lock the agent for this caller while the bridge is being made."""
    return replace(enter(agent, State.CONNECTING, at), call_id=call_id)


def talk(agent: Agent, at: float) -> Agent:
    """The bridge stands."""
    return replace(
        enter(agent, State.TALKING, at),
        last_call_id=agent.call_id,
        disposed=False,
        apart=False,
        by_hand=False,
        redials=0,
    )


def unlock(agent: Agent, at: float) -> Agent:
    """The offer came to nothing: ready again, and still as long ready as before."""
    back = replace(agent, call_id=None)
    if agent.pausing is not None:
        return become_available(back, at)
    return replace(back, state=State.READY, since=agent.ready_since, reason="")


def end_talk(agent: Agent, at: float) -> Agent:
    """The conversation is over: wrap-up begins."""
    return replace(enter(agent, State.WRAPUP, at), call_id=None, last_end=at, apart=False)


def lose_seat(agent: Agent, at: float, why: str) -> Agent:
    """The phone leg is gone: nobody can be bridged; an interrupted conversation has ended."""
    last_end = at if agent.state is State.TALKING else agent.last_end
    gone = replace(seated(agent, SeatState.NONE, at), seat_id=None, call_id=None, last_end=last_end)
    gone = replace(gone, pausing=None, leaving=False, wants_ready=False, apart=False, by_hand=False)
    out = agent.leaving or agent.state in (State.RINGING, State.OUT)
    return enter(gone, State.OUT if out else State.AWAY, at, why)


def log_out(agent: Agent, at: float) -> Agent:
    """The seat is given up."""
    out = replace(seated(agent, SeatState.NONE, at), seat_id=None, call_id=None)
    return replace(enter(out, State.OUT, at, "logged out"), wants_ready=False, leaving=False, pausing=None)
