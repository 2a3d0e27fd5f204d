"""Examine live Asterisks against what the dialer needs, through the dialer's own line and rights."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import ami
import config
import storage
from dialer.ops.findings import CONTEXTS, Facts, Finding, Level, Rehearsal, judge, modules_to_ask

CONNECT_TIMEOUT_S: Final = 5.0
# One second of hold, two short sounds, and the begin of the message.
REHEARSAL_TIMEOUT_S: Final = 12.0
MESSAGE_BEGIN_S: Final = 0.4
_runs = itertools.count(1)

_EVENT_NAMES: Final[Mapping[type[ami.Event], str]] = {
    ami.OriginateSucceeded: "OriginateResponse",
    ami.OriginateFailed: "OriginateResponse",
    ami.ChannelAnswered: "DialEnd",
    ami.DialFailed: "DialEnd",
    ami.BridgeEntered: "BridgeEnter",
    ami.BridgeLeft: "BridgeLeave",
    ami.DialerDoctor: "UserEvent",
    ami.ChannelHungUp: "Hangup",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the configuration expects of a node: PJSIP endpoints by name, seats, detection of machines.

    `fence` is name and secret of the manager user that ends an old leader's sessions; None without a standby.
    """

    endpoints: tuple[str, ...] = ()
    seats: int = 0
    amd: bool = False
    fence: tuple[str, str] | None = field(default=None, repr=False)


def endpoint_of(dial: str) -> str | None:
    """The PJSIP endpoint a dial string uses; None for another technology.

    >>> endpoint_of("PJSIP/{number}@carrier"), endpoint_of("PJSIP/agent101"), endpoint_of("DAHDI/g1/{number}")
    ('carrier', 'agent101', None)
    """
    technology, _, rest = dial.partition("/")
    if technology.upper() != "PJSIP" or not rest:
        return None
    name = rest.rpartition("@")[2]
    return name if "{" not in name else None


async def examine_all(settings: config.Settings, *, clock: Callable[[], float]) -> tuple[Finding, ...]:
    """Examine the database and every node of a configuration."""
    return (
        await examine_database(settings.database),
        *await examine(wanted(settings), clock=clock),
    )


def wanted(settings: config.Settings) -> dict[ami.NodeAddress, Wanted]:
    """What a configuration expects of each of its nodes."""
    expected = {}
    for name, node in settings.nodes.items():
        campaigns = {key: one for key, one in settings.campaigns.items() if one.node == name}
        agents = [agent for agent in settings.agents.values() if agent.campaign in campaigns]
        dials = [trunk.dial for trunk in node.trunks.values()] + [agent.endpoint for agent in agents]
        endpoints = dict.fromkeys(found for dial in dials if (found := endpoint_of(dial)))
        address = ami.NodeAddress(
            name=name,
            host=node.host,
            port=node.port,
            username=node.username,
            secret=node.secret.get_secret_value(),
            tls=node.tls,
            tls_verify=node.tls_verify,
            tls_ca_file=node.tls_ca_file,
        )
        amd = any(one.amd for one in campaigns.values())
        fence = None if node.fence is None else (node.fence.username, node.fence.secret.get_secret_value())
        expected[address] = Wanted(tuple(endpoints), seats=len(agents), amd=amd, fence=fence)
    return expected


async def examine(
    addresses: Mapping[ami.NodeAddress, Wanted], *, clock: Callable[[], float]
) -> tuple[Finding, ...]:
    """Examine all nodes at once; findings in the order of the nodes. Never raises for what a node does.

    The rehearsal places one call inside Asterisk; nobody's phone rings. `clock` is seconds since the epoch.
    """
    async with asyncio.TaskGroup() as group:
        examinations = [
            group.create_task(_examine(address, wanted, clock), name=f"doctor-{address.name}")
            for address, wanted in addresses.items()
        ]
    return tuple(finding for task in examinations for finding in judge(task.result()))


async def examine_database(url: str) -> Finding:
    """Whether the database answers, takes writes and has this program's schema. Never raises for what it does."""
    try:
        db = await storage.Database.open(url, check_schema=False)
        try:
            status = await db.status()
            if status.state == "current":
                await db.ping()
        finally:
            await db.close()
    except storage.StorageError as error:
        said, _, remedy = str(error).partition("; ")
        return Finding("database", "database", Level.FAIL, said, remedy or "see the database's own log")
    if status.state == "unknown":
        said = f"the schema is of a newer program (revision {status.current})"
        return Finding("database", "database", Level.FAIL, said, "install that version, or restore a backup")
    if status.state != "current":
        return Finding(
            "database", "database", Level.WARN, f"the schema is {status.state}", "dialer db upgrade"
        )
    return Finding("database", "database", Level.OK, f"it takes writes; schema {status.current}")


def worst(findings: tuple[Finding, ...]) -> Level:
    """The worst level among findings; OK when there are none."""
    order = (Level.FAIL, Level.WARN)
    return next((level for level in order if any(f.level is level for f in findings)), Level.OK)


@dataclass(slots=True)
class _Ear:
    """Keeps what a node says; `heard` is set at each event and replaced."""

    events: list[ami.Event] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, event: ami.Event) -> None:
        self.events.append(event)
        self.heard.set()

    async def until(self, true: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until it is true of the events; False when time is up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not true():
                    self.heard.clear()
                    await self.heard.wait()
        return true()


async def _examine(address: ami.NodeAddress, wanted: Wanted, clock: Callable[[], float]) -> Facts:
    ear = _Ear()
    switch = ami.Switch(address, ear, clock=clock)
    async with asyncio.TaskGroup() as group:
        line = group.create_task(switch.run(), name=f"doctor-line-{address.name}")
        try:
            facts = await _ask(switch, ear, wanted)
            if wanted.fence is None or facts.report is None:
                return facts
            return replace(facts, fence=await _fenced(address, *wanted.fence, clock))
        except ami.AmiError as error:
            return Facts(address.name, reason=switch.reason or str(error))
        finally:
            line.cancel()


async def _ask(switch: ami.Switch, ear: _Ear, wanted: Wanted) -> Facts:
    name = switch.address.name
    if not await _comes_up(switch):
        return Facts(name, reason=switch.reason or "no answer within 5 s")
    report = await switch.inspect(
        modules=modules_to_ask(wanted.amd), contexts=CONTEXTS, variables=("DIALER_DIALPLAN",)
    )
    ready = "dialer-doctor" not in report.missing_contexts
    endpoints = {}
    for endpoint in wanted.endpoints:
        with contextlib.suppress(ami.ActionRefused):
            endpoints[endpoint] = await switch.endpoint(endpoint)
    return Facts(
        name,
        report=report,
        rehearsal=await _rehearse(switch, ear) if ready else Rehearsal(error="its dialplan is not there"),
        endpoints=endpoints,
        seats=wanted.seats,
        needs_amd=wanted.amd,
        tls=switch.address.tls,
    )


async def _fenced(
    address: ami.NodeAddress, username: str, secret: str, clock: Callable[[], float]
) -> str | None:
    """Why the manager user could not end an old leader's session; empty when it can."""
    try:
        await ami.prove_fence(address, username, secret, clock=clock)
    except ami.AmiError as error:
        return str(error)
    return ""


async def _comes_up(switch: ami.Switch) -> bool:
    unstarted = switch.reason
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            while switch.state not in (ami.LinkState.UP, ami.LinkState.REFUSED):
                # A first failure to connect is final enough; the supervisor would go on trying.
                if switch.state is ami.LinkState.DOWN and switch.reason != unstarted:
                    break
                await asyncio.sleep(0.02)
    return switch.state is ami.LinkState.UP


async def _rehearse(switch: ami.Switch, ear: _Ear) -> Rehearsal:
    call_id = f"doctor-{os.getpid()}-{next(_runs)}"
    first = len(ear.events)

    def mine() -> list[ami.Event]:
        return [
            event
            for event in ear.events[first:]
            if call_id in (getattr(event, "channel_id", ""), getattr(event, "call_id", ""))
        ]

    def said(kind: type[ami.Event]) -> bool:
        return any(isinstance(event, kind) for event in mine())

    def steps() -> dict[str, str]:
        return {event.step: event.status for event in mine() if isinstance(event, ami.DialerDoctor)}

    variable_seen = flag_seen = False
    try:
        await switch.rehearse(call_id)
        if await ear.until(lambda: said(ami.BridgeEntered), 2.0):
            variable_seen = any(channel.call_id == call_id for channel in await switch.snapshot())
        flag_seen = call_id in (await switch.read_flags()).families.get("doctor", {})
        await ear.until(lambda: "message" in steps(), REHEARSAL_TIMEOUT_S)
        await ear.until(lambda: steps().get("message") not in (None, "STARTED"), MESSAGE_BEGIN_S)
        with contextlib.suppress(ami.ActionRefused):
            await switch.hang_up(call_id)
        await ear.until(lambda: said(ami.ChannelHungUp), 2.0)
        await switch.clear_flags([("doctor", call_id)])
    except ami.AmiError as error:
        return Rehearsal(error=str(error))
    skews = [event.at - event.received for event in mine() if event.at != event.received]
    return Rehearsal(
        steps=steps(),
        events=frozenset(_EVENT_NAMES[type(event)] for event in mine() if type(event) in _EVENT_NAMES),
        stamped=bool(skews),
        skew_s=statistics.median(skews) if skews else 0.0,
        variable_seen=variable_seen,
        flag_seen=flag_seen,
    )
