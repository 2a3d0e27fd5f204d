"""The line to Asterisk: messages parsed per second, and what a call costs from its bytes to typed events."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ami import events
from ami.actions import Outgoing
from ami.address import NodeAddress
from ami.client import Connection
from ami.events import BridgeEntered, ChannelHungUp, Event, LinkUp
from ami.switch import Switch
from ami.wire import Decoder
from dialer.lab.errors import AsteriskMissing
from dialer.lab.lab import Lab
from tests.parts.manager_peer import manager_peer

RECORDED = Path(__file__).parent.parent / "parts/recorded/connected_call.txt"
UNWANTED = (
    "Event: VarSet\r\nPrivilege: dialplan,all\r\nChannel: PJSIP/carrier-00000001\r\nVariable: X\r\n\r\n"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--calls", type=int, default=200, help="bridges on the real Asterisk (default 200)")
    parser.add_argument("--rate", type=float, default=10.0, help="calls per second (default 10)")


def run(args: argparse.Namespace) -> None:
    console = Console()
    console.print(parsing(calls=2_000 if args.quick else 10_000))
    console.print(asyncio.run(through_a_socket(calls=300 if args.quick else 2_000)))
    calls = getattr(args, "calls", 200)
    try:
        console.print(asyncio.run(on_asterisk(50 if args.quick else calls, getattr(args, "rate", 10.0))))
    except AsteriskMissing as missing:
        console.print(f"real Asterisk: left out, {missing}")


def recorded_call() -> bytes:
    """What Asterisk 22 said about one connected call, with the dialer's event filters."""
    return RECORDED.read_text().replace("\n", "\r\n").encode()


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def parsing(calls: int) -> Table:
    """Bytes to typed events, in reads of a full buffer and of one packet each."""
    table = Table("stream", "read", "messages/s", "us per call", title="parsing (one core)")
    call = recorded_call()
    streams = {"as filtered by Asterisk": call, "unfiltered, 3 of 4 unwanted": call + UNWANTED.encode() * 36}
    for name, one in streams.items():
        data = one * calls
        for size in (65536, 1448):
            decoder = Decoder(banner=False, wanted=events.WANTED)
            count, began = 0, time.process_time()
            for chunk in chunks(data, size):
                for message in decoder.feed(chunk):
                    count += 1
                    events.parse(message, "pbx", 0.0)
            took = time.process_time() - began
            total = count + decoder.skipped
            table.add_row(name, f"{size} B", f"{total / took:,.0f}", f"{took / calls * 1e6:.0f}")
    return table


async def through_a_socket(calls: int) -> Table:
    """The whole line on loopback: dial, the call's events, bridge and mark; both ends' CPU apart."""
    seen: list[Event] = []
    done = asyncio.Event()

    def heard(event: Event) -> None:
        seen.append(event)
        if isinstance(event, LinkUp) or len(seen) >= wanted:
            done.set()

    wanted = 1 << 30
    spent = _Spent()
    async with manager_peer() as peer:
        switch = Switch(peer.address, heard, clock=time.time)
        task = asyncio.get_running_loop().create_task(switch.run(), name="switch")
        await done.wait()
        call = recorded_call().replace(
            b"Response: Success\r\nActionID: cadence-8", b"Response: Success\r\nActionID: no"
        )
        spent.watch()
        began = time.process_time()
        for n in range(calls):
            call_id = f"c-{n:06d}"
            await switch.dial(Outgoing(call_id, "PJSIP/+447100000000@carrier"))
            peer.callers[0].raw(call)
            await switch.bridge(call_id, "s-1")
        both = time.process_time() - began
        spent.unwatch()
        task.cancel()
        await asyncio.wait({task})
    table = Table("what", "us per call", title=f"dial + events + bridge through a socket, {calls} calls")
    table.add_row("our side: reading, parsing, dispatching", f"{spent.s / calls * 1e6:.0f}")
    table.add_row("both sides and the loop", f"{both / calls * 1e6:.0f}")
    return table


class _Spent:
    """CPU spent in the client's own reading."""

    def __init__(self) -> None:
        self.s = 0.0
        self._original = Connection._received

    def watch(self) -> None:
        original = self._original

        def received(line: Connection, data: bytes) -> None:
            began = time.process_time()
            original(line, data)
            self.s += time.process_time() - began

        Connection._received = received  # type: ignore[method-assign]

    def unwatch(self) -> None:
        Connection._received = self._original  # type: ignore[method-assign]


async def on_asterisk(calls: int, rate: float) -> Table:
    """Answered to both in one bridge by the switch's own event times, with nothing but the line in the loop."""
    async with Lab() as lab:
        bench = _Bench(lab, rate)
        await bench.play(calls)
    table = Table(
        "what", "p50", "p95", "p99", "max", title=f"real Asterisk, {len(bench.ms)} bridges at {rate:g}/s (ms)"
    )
    table.add_row("hold entered -> both in the bridge", *_quantiles(bench.ms))
    table.add_row("bridge and mark, as we see it", *_quantiles(bench.verb_ms))
    table.add_row("our CPU per call", f"{bench.cpu_s / max(1, calls) * 1e3:.2f}", "", "", "")
    return table


class _Bench:
    """Seats on a real Asterisk and calls that are bridged as they are answered."""

    TALK_S = 1.0

    def __init__(self, lab: Lab, rate: float) -> None:
        self.lab = lab
        self.rate = rate
        self.seats = 4 + round(rate * self.TALK_S * 2)
        self.switch = Switch(_address(lab), self.heard, clock=time.time)
        self.free: list[str] = []
        self.entered: dict[str, float] = {}
        self.partner: dict[str, str] = {}
        self.ms: list[float] = []
        self.verb_ms: list[float] = []
        self.cpu_s = 0.0
        self.ended = 0
        self._up = asyncio.Event()
        self._bridging: set[asyncio.Task[None]] = set()

    def heard(self, event: Event) -> None:
        if isinstance(event, LinkUp):
            self._up.set()
        elif isinstance(event, BridgeEntered):
            self._entered(event)
        elif isinstance(event, ChannelHungUp) and event.channel_id.startswith("c-"):
            self.ended += 1

    def _entered(self, event: BridgeEntered) -> None:
        if event.holding and event.channel_id.startswith("s-"):
            self.free.append(event.channel_id)
        elif event.holding and self.free:
            seat_id = self.free.pop(0)
            self.entered[event.channel_id] = event.at
            self.partner[seat_id] = event.channel_id
            task = asyncio.get_running_loop().create_task(
                self._bridge(event.channel_id, seat_id), name="bridge"
            )
            self._bridging.add(task)
            task.add_done_callback(self._bridging.discard)
        elif not event.holding and event.members == 2 and event.channel_id in self.partner:
            call_id = self.partner.pop(event.channel_id)
            self.ms.append((event.at - self.entered[call_id]) * 1e3)

    async def _bridge(self, call_id: str, seat_id: str) -> None:
        began = time.perf_counter()
        await self.switch.bridge(call_id, seat_id)
        self.verb_ms.append((time.perf_counter() - began) * 1e3)

    async def play(self, calls: int) -> None:
        task = asyncio.get_running_loop().create_task(self.switch.run(), name="switch")
        await self._up.wait()
        for n in range(self.seats):
            await self.switch.seat(f"s-{n:06d}", self.lab.endpoint(n), agent_exten=f"agent{n}", timeout_s=10)
        async with asyncio.timeout(30):
            while len(self.free) < self.seats:
                await asyncio.sleep(0.05)
        began = time.process_time()
        for n in range(calls):
            number = self.lab.number("human", n % 1000, ring_s=0.4, talk_s=self.TALK_S)
            await self.switch.dial(Outgoing(f"c-{n:06d}", self.lab.trunk_dial.format(number=number)))
            await asyncio.sleep(1 / self.rate)
        async with asyncio.timeout(30):
            while self.ended < calls:
                await asyncio.sleep(0.05)
        self.cpu_s = time.process_time() - began
        task.cancel()
        await asyncio.wait({task})


def _address(lab: Lab) -> NodeAddress:
    node = lab.node
    return NodeAddress("pbx", node.host, node.port, node.username, node.secret)


def _quantiles(values: list[float]) -> tuple[str, ...]:
    if len(values) < 2:
        return ("-",) * 4
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return tuple(f"{value:.1f}" for value in (cuts[49], cuts[94], cuts[98], max(values)))
