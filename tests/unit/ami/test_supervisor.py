"""When to try again, when to give a silent peer up, and what is said about it; hours pass at once."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami import LinkDown, LinkState, LinkUp, Switch, Timing
from ami.address import NodeAddress
from ami.events import Event
from ami.supervisor import Backoff
from ami.wire import Message
from tests.parts.manager_peer import (
    SECRET,
    Answer,
    Caller,
    ManagerPeer,
    log_in,
    manager_peer,
    polite,
    refuse,
    silent,
)
from tests.parts.virtual_time import eventually, on_virtual_time

FULL_JITTER = 1.0


@asynccontextmanager
async def running(
    address: NodeAddress, seen: list[Event], timing: Timing | None = None
) -> AsyncIterator[Switch]:
    loop = asyncio.get_running_loop()
    switch = Switch(
        address, seen.append, clock=loop.time, timing=timing or Timing(), jitter=lambda: FULL_JITTER
    )
    task = loop.create_task(switch.run(), name="switch")
    try:
        yield switch
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until(switch: Switch, state: LinkState, within_s: float = 600) -> None:
    await eventually(lambda: switch.state is state, within_s=within_s)


async def attempts(peer: ManagerPeer, seconds: float) -> list[float]:
    """When connections came within this time."""
    loop = asyncio.get_running_loop()
    times: list[float] = []
    end = loop.time() + seconds
    while loop.time() < end:
        times += [loop.time()] * (len(peer.callers) - len(times))
        await asyncio.sleep(0.01)
    return times


@given(st.floats(0.01, 5), st.floats(5, 60), st.integers(1, 60), st.randoms(use_true_random=False))
def test_delays_double_up_to_the_maximum_and_never_below_its_half(
    first_s: float, max_s: float, failures: int, source: random.Random
) -> None:
    backoff = Backoff(first_s, max_s, source.random)
    for n in range(failures):
        step = min(max_s, first_s * 2**n)
        assert step / 2 <= backoff.next_s() <= step
    backoff.reset()
    assert backoff.next_s() <= first_s


@on_virtual_time
async def test_an_asterisk_that_hangs_up_at_once_is_tried_less_and_less_often() -> None:
    async with manager_peer(Challenge=lambda caller, _: caller.cut()) as peer, running(peer.address, []):
        times = await attempts(peer, 60)
        gaps = [round(later - earlier, 1) for earlier, later in itertools.pairwise(times)]
        assert gaps == [pytest.approx(gap, abs=0.1) for gap in (0.25, 0.5, 1, 2, 4, 8, 15, 15)]


@on_virtual_time
async def test_a_refused_login_is_tried_rarely_and_says_what_to_do() -> None:
    async with manager_peer() as peer:
        wrong = NodeAddress("pbx", "127.0.0.1", peer.address.port, "dialer", "wrong")
        async with running(wrong, []) as switch:
            assert len(await attempts(peer, 290)) == 5
            assert switch.state is LinkState.REFUSED
            assert "manager.conf" in switch.reason


@on_virtual_time
async def test_a_corrected_login_is_tried_at_once_when_asked() -> None:
    async with manager_peer() as peer:
        wrong = NodeAddress("pbx", "127.0.0.1", peer.address.port, "dialer", "not yet")
        async with running(wrong, []) as switch:
            await until(switch, LinkState.REFUSED)
            peer.on("Login", lambda c, a: (c.answer(a), c.event("FullyBooted"))[0])
            switch.retry_now()
            await until(switch, LinkState.UP, within_s=1)


@on_virtual_time
async def test_a_peer_that_stops_answering_is_given_up_after_a_ping(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[Event] = []
    async with manager_peer() as peer, running(peer.address, seen) as switch:
        await until(switch, LinkState.UP)
        loop = asyncio.get_running_loop()
        peer.on("Ping", silent)
        since = loop.time()
        await eventually(lambda: any(isinstance(event, LinkDown) for event in seen))
        timing = switch.timing
        assert loop.time() - since <= timing.ping_interval_s + timing.pong_timeout_s + 0.2
        assert "no answer to a ping" in caplog.text


@on_virtual_time
async def test_an_answering_peer_stays_up_for_hours() -> None:
    seen: list[Event] = []
    async with manager_peer() as peer, running(peer.address, seen) as switch:
        await asyncio.sleep(3 * 3600)
        assert switch.state is LinkState.UP
        assert len(peer.callers) == 1
        assert not any(isinstance(event, LinkDown) for event in seen)


@on_virtual_time
async def test_the_first_failure_warns_later_ones_whisper_and_recovery_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "ami.supervisor")
    refusing: Answer = lambda caller, _: caller.cut()  # noqa: E731
    async with manager_peer(Challenge=refusing) as peer, running(peer.address, []) as switch:
        await attempts(peer, 10)
        peer.answers["Challenge"] = polite()["Challenge"]
        await until(switch, LinkState.UP)
    levels = [record.levelname for record in caplog.records if record.name == "ami.supervisor"]
    assert levels[0] == "WARNING"
    assert set(levels[1:-1]) == {"DEBUG"}
    assert levels[-1] == "INFO"


@on_virtual_time
async def test_a_flapping_line_backs_off_and_a_stable_one_starts_afresh() -> None:
    async with manager_peer() as peer, running(peer.address, []) as switch:
        for _ in range(6):
            await until(switch, LinkState.UP)
            peer.callers[-1].cut()
            await until(switch, LinkState.DOWN)
        loop = asyncio.get_running_loop()
        since = loop.time()
        await until(switch, LinkState.UP)
        assert loop.time() - since > 4
        await asyncio.sleep(switch.timing.stable_s + 1)
        peer.callers[-1].cut()
        await until(switch, LinkState.DOWN)
        since = loop.time()
        await until(switch, LinkState.UP)
        assert loop.time() - since < 0.5


@on_virtual_time
async def test_an_asterisk_that_is_still_starting_is_waited_for() -> None:
    loop = asyncio.get_running_loop()

    def boot_later(caller: Caller, action: Message) -> None:
        caller.answer(action, ("Message", "Authentication accepted"))
        loop.call_later(20, caller.event, "FullyBooted")

    async with manager_peer(Login=boot_later) as peer, running(peer.address, []) as switch:
        await asyncio.sleep(19)
        assert switch.state is LinkState.CONNECTING
        await until(switch, LinkState.UP, within_s=2)
        assert len(peer.callers) == 1


@on_virtual_time
async def test_a_synchronisation_that_hangs_is_started_over() -> None:
    async with manager_peer(CoreShowChannels=silent) as peer, running(peer.address, []) as switch:
        await peer.received("CoreShowChannels", times=2)
        assert switch.state is not LinkState.UP
        peer.answers["CoreShowChannels"] = polite()["CoreShowChannels"]
        await until(switch, LinkState.UP)


@on_virtual_time
async def test_stopping_closes_the_line_and_says_so_once() -> None:
    seen: list[Event] = []
    async with manager_peer(Login=log_in) as peer:
        async with running(peer.address, seen) as switch:
            await until(switch, LinkState.UP)
        assert switch.state is LinkState.DOWN
        assert [type(event) for event in seen].count(LinkUp) == 1
        assert [event.reason for event in seen if isinstance(event, LinkDown)] == ["stopped"]
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not any(name.startswith(("ami", "switch")) for name in names)
        assert SECRET not in repr(switch.address)


@on_virtual_time
async def test_a_refused_ping_is_an_end_of_the_line_too() -> None:
    async with manager_peer() as peer, running(peer.address, []) as switch:
        await until(switch, LinkState.UP)
        peer.on("Ping", refuse)
        await until(switch, LinkState.DOWN)
        assert "ping failed" in switch.reason


@on_virtual_time
async def test_a_snapshot_that_is_refused_is_tried_again_and_told() -> None:
    async with manager_peer(CoreShowChannels=refuse) as peer, running(peer.address, []) as switch:
        await peer.received("CoreShowChannels", times=2)
        assert "unknown command" in switch.reason


@on_virtual_time
async def test_a_bug_of_ours_while_synchronising_does_not_end_the_trying(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failures = iter([True, True, False])

    def clock() -> float:
        if next(failures, False):
            raise ValueError("a bug")
        return asyncio.get_running_loop().time()

    async with manager_peer() as peer:
        loop = asyncio.get_running_loop()
        switch = Switch(peer.address, lambda _: None, clock=clock, jitter=lambda: FULL_JITTER)
        task = loop.create_task(switch.run(), name="switch")
        await until(switch, LinkState.UP)
        task.cancel()
        await asyncio.wait({task})
    assert len(peer.callers) > 1
