"""The two switches a scenario can be played on: the embedded one, and a real Asterisk with its carrier."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ami import ActionRefused, Event, NodeAddress, Outgoing, Switch
from ami.events import BridgeEntered, ChannelHungUp, DialerInbound, LinkUp
from ami.fake import AgentPhone, Behaviour, Callee, FakeAsterisk, Faults, Kind, Sounds, virtual
from dialer.lab import people, sounds
from dialer.lab.lab import Lab

PATIENCE_S = 60.0
FOREVER_S = 3600.0
PHONES = "PJSIP/{phone}@phones"
TRUNK = "PJSIP/{number}@carrier"


class World(Protocol):
    """A switch that runs, and the hands that move its far end."""

    node: NodeAddress

    def clock(self) -> float: ...
    async def drop_phone(self, number: int) -> None: ...
    async def hang_up_far(self, number: str) -> None: ...
    async def set_phone(self, number: int, mode: str) -> None: ...
    async def call_in(self, number: str, dialed: str) -> None: ...
    async def kill_and_start(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CallSeen:
    """What the carrier can tell of a call on either twin."""

    number: str
    answered: bool
    pressed: str


class Twin(Protocol):
    """One of the two, not yet running."""

    name: str

    def play(self, *scenarios: Scenario) -> dict[str, Stage]: ...


class Stage:
    """One scenario under way: its ids, the events about them, and the verbs."""

    def __init__(self, name: str, world: World, switch: Switch) -> None:
        self.name = name
        self.world = world
        self.switch = switch
        self.events: list[Event] = []
        self.numbers: list[str] = []
        self.seen: list[CallSeen] = []
        self.found: dict[str, Any] = {}
        self.failure: Exception | None = None
        self.timed = True
        """False: how long things last is up to phones and the machine, not to a timer; not compared."""
        self.inbound: dict[str, str] = {}
        self._callers: dict[str, str] = {}
        self._waiting: dict[asyncio.Future[Event], Callable[[Event], bool]] = {}

    # --- ids and people ---

    def call_id(self, key: str) -> str:
        return f"c-{self.name}-{key.replace('_', '-')}"

    def seat_id(self, key: str) -> str:
        return f"s-{self.name}-{key.replace('_', '-')}"

    def concerns(self, event: Event) -> bool:
        """Whether an event is about this scenario's channels, or about the line itself."""
        if isinstance(event, DialerInbound) and event.caller in self._callers:
            self.inbound[event.call_id] = self._callers[event.caller]
        about = channel_of(event)
        if about in self.inbound:
            return True
        return about is None or about[2:].startswith(f"{self.name}-")

    async def dial(
        self,
        key: str,
        kind: people.Kind,
        *,
        ring_s: float = 0.4,
        talk_s: float | None = None,
        hold_s: int = 10,
        ring_timeout_s: float = 4.0,
        **options: Any,
    ) -> str:
        """Places a call to somebody; the ack only."""
        serial = abs(hash_of(f"{self.name}{key}")) % people.SERIALS
        number = people.Person(kind, serial, ring_s, talk_s).number
        self.numbers.append(number)
        call = Outgoing(
            self.call_id(key),
            TRUNK.format(number=number),
            caller_id='"Acme Ltd" <+442079460000>',
            ring_timeout_s=ring_timeout_s,
            hold_s=hold_s,
            account="camp",
            **options,
        )
        await self.switch.dial(call)
        return call.call_id

    async def held(self, key: str, kind: people.Kind = people.Kind.HUMAN, **options: Any) -> str:
        """A call answered and waiting in its hold."""
        call_id = await self.dial(key, kind, **options)
        await self.until_held(call_id)
        return call_id

    async def ringing_us(self, key: str, kind: people.Kind, dialed: str, talk_s: float | None = None) -> str:
        """Somebody rings a number of ours and waits: the call's id, which the switch made."""
        serial = abs(hash_of(f"{self.name}{key}")) % people.SERIALS
        number = people.Person(kind, serial, 0.0, talk_s).number
        self._callers[number] = f"i-{self.name}-{key}"
        await self.world.call_in(number, dialed)
        event = await self.until(lambda e: isinstance(e, DialerInbound) and e.caller == number)
        call_id: str = event.call_id  # type: ignore[attr-defined]
        await self.until_held(call_id)
        return call_id

    def alias(self, text: str) -> str:
        """A text of an event with names of this play for the ids the switch made."""
        for made, name in self.inbound.items():
            text = text.replace(made, name)
        return text

    async def seat(self, key: str, phone: int) -> str:
        """An agent's leg, answered and waiting in its hold."""
        seat_id = self.seat_id(key)
        await self.switch.seat(
            seat_id,
            PHONES.format(phone=f"agent{phone}"),
            agent_exten=f"agent{phone}",
            timeout_s=15,
            account="camp",
        )
        await self.until_held(seat_id)
        return seat_id

    # --- waiting ---

    def take(self, event: Event) -> None:
        self.events.append(event)
        for future, match in tuple(self._waiting.items()):
            if not future.done() and match(event):
                future.set_result(event)

    async def until(self, match: Callable[[Event], bool], *, after: int = 0) -> Event:
        """The first event that matches, from the `after`-th on."""
        for event in self.events[after:]:
            if match(event):
                return event
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiting[future] = match
        try:
            return await asyncio.wait_for(future, PATIENCE_S)
        finally:
            del self._waiting[future]

    async def until_is(self, channel_id: str, *kinds: type[Event], after: int = 0) -> Event:
        return await self.until(lambda e: isinstance(e, kinds) and channel_of(e) == channel_id, after=after)

    async def until_held(self, channel_id: str, *, after: int = 0) -> Event:
        return await self.until(
            lambda e: isinstance(e, BridgeEntered) and e.holding and e.channel_id == channel_id, after=after
        )

    async def until_talking(self, *channel_ids: str, after: int = 0) -> None:
        for channel_id in channel_ids:
            await self.until(
                lambda e, c=channel_id: isinstance(e, BridgeEntered) and not e.holding and e.channel_id == c,
                after=after,
            )

    async def until_gone(self, *channel_ids: str) -> None:
        for channel_id in channel_ids:
            await self.until_is(channel_id, ChannelHungUp)

    def of(self, channel_id: str, *kinds: type[Event]) -> list[Event]:
        """The events about one channel."""
        return [e for e in self.events if channel_of(e) == channel_id and isinstance(e, kinds or Event)]

    def mark(self) -> int:
        """Now, for `after`."""
        return len(self.events)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named play. `quiet`: it needs the switch's ear for itself. `alone`: it breaks the switch, and gets its own."""

    name: str
    act: Callable[[Stage], Awaitable[None]]
    quiet: bool = False
    alone: bool = False
    without: tuple[str, ...] = ()
    """Modules that are not loaded."""
    fickle: bool = False
    """Asterisk itself tells it now so, now so: not compared."""

    @property
    def needs_its_own(self) -> bool:
        """Whether it cannot share a switch."""
        return self.alone or bool(self.without)


def channel_of(event: Event) -> str | None:
    """The channel or call an event is about."""
    return getattr(event, "channel_id", None) or getattr(event, "call_id", None)


def hash_of(text: str) -> int:
    return sum(ord(c) * 31**n for n, c in enumerate(text))


@contextlib.asynccontextmanager
async def _stages(world: World, names: Iterable[str]) -> AsyncIterator[list[Stage]]:
    """Stages for several scenarios over one line that is up."""
    stages: list[Stage] = []

    def on_event(event: Event) -> None:
        for stage in stages:
            if stage.concerns(event):
                stage.take(event)

    switch = Switch(world.node, on_event, clock=world.clock, jitter=lambda: 0.5)
    stages += [Stage(name, world, switch) for name in names]
    async with asyncio.TaskGroup() as group:
        line = group.create_task(switch.run(), name="line")
        await stages[0].until(lambda e: isinstance(e, LinkUp))
        try:
            yield stages
        finally:
            line.cancel()


async def _play(world: World, scenarios: Iterable[Scenario]) -> dict[str, Stage]:
    plays = {scenario.name: scenario for scenario in scenarios}
    async with _stages(world, plays) as stages, asyncio.TaskGroup() as group:
        for stage in stages:
            group.create_task(_perform(plays[stage.name], stage), name=stage.name)
    return {stage.name: stage for stage in stages}


async def _perform(scenario: Scenario, stage: Stage) -> None:
    try:
        await scenario.act(stage)
    except Exception as error:
        stage.failure = error
    live = {channel.channel_id for channel in await stage.switch.snapshot()}
    mine = [one for one in live if one[2:].startswith(f"{stage.name}-") or one in stage.inbound]
    for channel_id in sorted(mine):
        # Hanging one side up may end the other.
        with contextlib.suppress(ActionRefused):
            await stage.switch.hang_up(channel_id)
        await stage.until_gone(channel_id)
        # Whoever talked with it is on its way back to its hold.
        await asyncio.sleep(0.1)


# --- the embedded one ---


class _FakeWorld:
    def __init__(self, asterisk: FakeAsterisk, modes: dict[str, str]) -> None:
        self.node = asterisk.node
        self._asterisk = asterisk
        self._modes = modes

    def clock(self) -> float:
        return virtual.epoch_time(asyncio.get_running_loop())

    async def drop_phone(self, number: int) -> None:
        for channel in self._asterisk.machine.channels.values():
            if channel.order.target == f"agent{number}@phones":
                self._asterisk.hang_up_far(channel.unique_id)
                return
        raise LookupError(number)

    async def hang_up_far(self, number: str) -> None:
        call = next(call for call in self._asterisk.calls if call.number == number and call.open)
        self._asterisk.hang_up_far(call.channel_id)

    async def set_phone(self, number: int, mode: str) -> None:
        self._modes[f"agent{number}"] = mode

    async def call_in(self, number: str, dialed: str) -> None:
        self._asterisk.call_in(dialed, number, lab_callee(number))

    async def kill_and_start(self) -> None:
        await self._asterisk.kill()
        await asyncio.sleep(1)
        await self._asterisk.start()


class FakeTwin:
    """The embedded switch, with the lab's people behind it, on virtual time."""

    name = "fake"

    def __init__(self, *, seed: int = 0, alter: Callable[[FakeAsterisk], None] | None = None) -> None:
        self._seed = seed
        self._alter = alter

    def play(self, *scenarios: Scenario) -> dict[str, Stage]:
        played: dict[str, Stage] = {}
        for crew in _crews(scenarios):
            played |= virtual.run(self._run(crew))
        return played

    async def _run(self, scenarios: list[Scenario]) -> dict[str, Stage]:
        modes: dict[str, str] = {}
        async with FakeAsterisk(
            behaviour=Behaviour(lab_callee, lambda endpoint: lab_phone(endpoint, modes)),
            sounds=Sounds(_LENGTHS),
            seed=self._seed,
            disorder=0.3,
            faults=Faults(missing_modules=set(scenarios[0].without)),
        ) as asterisk:
            if self._alter is not None:
                self._alter(asterisk)
            stages = await _play(_FakeWorld(asterisk, modes), scenarios)
            for stage in stages.values():
                stage.seen = [
                    CallSeen(call.number, call.answered_at is not None, call.pressed)
                    for call in asterisk.calls
                    if call.number in stage.numbers
                ]
            return stages


_LENGTHS = {f"dialer/{name}": sum(part[1] for part in score) for name, score in sounds.PBX_SOUNDS.items()}


def lab_callee(number: str) -> Callee:
    """The lab's person behind a number, as the embedded switch's."""
    person = people.read(number)
    if person is None:
        return Callee(Kind.UNROUTABLE)
    kind = person.kind
    if kind in _REFUSALS:
        sip, rings = _REFUSALS[kind]
        return Callee(Kind.REFUSED, post_dial_s=0.01, ring_s=person.ring_s if rings else 0.0, sip=sip)
    if kind in (people.Kind.NO_ANSWER, people.Kind.DEAD):
        return Callee(Kind.DEAD if kind is people.Kind.DEAD else Kind.NO_ANSWER, post_dial_s=0.01)
    status, cause = _VERDICTS.get(kind, ("HUMAN", "HUMAN-800-800"))
    return Callee(
        Kind.MACHINE if kind is people.Kind.MACHINE else Kind.HUMAN,
        post_dial_s=0.01,
        ring_s=person.ring_s,
        talk_s=FOREVER_S,
        patience_s=FOREVER_S,
        leaves_after_s=person.talk_s if kind in _LEAVE else None,
        presses_optout=kind in (people.Kind.OPTOUT, people.Kind.WRONG_KEY),
        presses="5" if kind is people.Kind.WRONG_KEY else "",
        optout_after_s=0.6,
        amd_s=2.5,
        amd_status=status,
        amd_cause=cause,
        speaks_after_s=_SPEAKS.get(kind, (None, None))[0],
        speaks_for_s=_SPEAKS.get(kind, (None, None))[1],
    )


_REFUSALS: Mapping[people.Kind, tuple[int, bool]] = {
    people.Kind.BUSY: (486, True),
    people.Kind.INVALID: (404, False),
    people.Kind.REJECTED: (603, True),
    people.Kind.CONGESTION: (503, False),
    people.Kind.UNAVAILABLE: (480, True),
    people.Kind.REDIRECT: (302, True),
    people.Kind.CHANGED: (410, False),
    people.Kind.PICKY: (503, False),
}
_SPEAKS: Mapping[people.Kind, tuple[float, float | None]] = {
    people.Kind.HUMAN: (0.8, 0.78),
    people.Kind.MACHINE: (0.8, None),
    people.Kind.TALKER: (0.5, None),
}
_LEAVE = (people.Kind.HUMAN, people.Kind.IMPATIENT, people.Kind.SILENT, people.Kind.TALKER)
_VERDICTS: Mapping[people.Kind, tuple[str, str]] = {
    people.Kind.MACHINE: ("MACHINE", "MAXWORDS-3-2"),
    people.Kind.SILENT: ("MACHINE", "INITIALSILENCE-2500-2500"),
}


def lab_phone(endpoint: str, modes: Mapping[str, str]) -> AgentPhone:
    """The lab's phone behind an endpoint, as the embedded switch's."""
    phone, _, trunk = endpoint.partition("/")[2].partition("@")
    if trunk != "phones":
        return AgentPhone(reachable=False)
    match modes.get(phone, ""):
        case "busy":
            return AgentPhone(answer_s=0.01, refuses_with=486, rings=False)
        case "away":
            return AgentPhone(answer_s=0.01, refuses_with=480, rings=False)
        case "deaf":
            return AgentPhone(answers=False)
        case _:
            return AgentPhone(answer_s=0.5)


# --- the real one ---


class _LabWorld:
    def __init__(self, lab: Lab) -> None:
        node = lab.node
        self.node = NodeAddress("lab", node.host, node.port, node.username, node.secret)
        self._lab = lab

    def clock(self) -> float:
        return time.time()

    async def drop_phone(self, number: int) -> None:
        await self._lab.drop_phone(number)

    async def hang_up_far(self, number: str) -> None:
        await self._lab.hang_up_at_carrier(number)

    async def set_phone(self, number: int, mode: str) -> None:
        await self._lab.set_phone(number, mode)

    async def call_in(self, number: str, dialed: str) -> None:
        await self._lab.call_in(number, dialed)

    async def kill_and_start(self) -> None:
        self._lab.pbx.kill()
        await asyncio.sleep(1)
        self._lab.pbx.spawn()
        await self._lab.pbx.booted()


class LabTwin:
    """A real Asterisk: one shared by the gentle scenarios, one each for those that break it."""

    name = "asterisk"

    def __init__(self, lab: Lab, make_lab: Callable[..., Lab]) -> None:
        self._lab = lab
        self._make_lab = make_lab

    def play(self, *scenarios: Scenario) -> dict[str, Stage]:
        played: dict[str, Stage] = {}
        for crew in _crews(scenarios):
            played |= asyncio.run(self._run(crew))
        return played

    async def _run(self, scenarios: list[Scenario]) -> dict[str, Stage]:
        if not scenarios[0].needs_its_own:
            return await self._on(self._lab, scenarios)
        lab = self._make_lab(without_modules=scenarios[0].without)
        async with lab:
            return await self._on(lab, scenarios)

    async def _on(self, lab: Lab, scenarios: list[Scenario]) -> dict[str, Stage]:
        stages = await _play(_LabWorld(lab), scenarios)
        # The carrier writes its record when the last of a call is torn down.
        for _ in range(1000):
            calls = {call.number: call for call in lab.carrier_calls()}
            if all(number in calls for stage in stages.values() for number in stage.numbers):
                break
            await asyncio.sleep(0.05)
        for stage in stages.values():
            stage.seen = [
                CallSeen(number, calls[number].answered_at is not None, calls[number].pressed)
                for number in stage.numbers
                if number in calls
            ]
        return stages


def _crews(scenarios: Iterable[Scenario]) -> list[list[Scenario]]:
    apart = [[scenario] for scenario in scenarios if scenario.needs_its_own or scenario.quiet]
    together = [scenario for scenario in scenarios if not scenario.needs_its_own and not scenario.quiet]
    return ([together] if together else []) + apart
