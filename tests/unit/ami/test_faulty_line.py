"""The line through a network that delays, splits, goes silent and cuts."""

from __future__ import annotations

import asyncio

import pytest

from ami import LineDown, LinkDown, LinkState, LinkUp, NodeAddress, Outgoing, RequestTimeout, Switch
from ami.events import Event
from tests.parts.faults import FaultProxy, Faults, fault_proxy
from tests.parts.manager_peer import SECRET, manager_peer
from tests.parts.virtual_time import eventually, on_virtual_time


def through(proxy: FaultProxy, seen: list[Event]) -> Switch:
    loop = asyncio.get_running_loop()
    address = NodeAddress("pbx", "127.0.0.1", proxy.port, "dialer", SECRET)
    return Switch(address, seen.append, clock=loop.time, jitter=lambda: 1.0)


def count(seen: list[Event], kind: type[Event]) -> int:
    return sum(isinstance(event, kind) for event in seen)


@on_virtual_time
@pytest.mark.parametrize(
    "faults", [Faults(split_bytes=1), Faults(delay_s=0.4), Faults(bytes_per_s=5000, split_bytes=7)]
)
async def test_a_slow_and_splitting_network_costs_time_and_nothing_else(faults: Faults) -> None:
    seen: list[Event] = []
    async with manager_peer() as peer, fault_proxy("127.0.0.1", peer.address.port) as proxy:
        proxy.faults = faults
        switch = through(proxy, seen)
        task = asyncio.get_running_loop().create_task(switch.run(), name="switch")
        await eventually(lambda: switch.state is LinkState.UP)
        await switch.dial(Outgoing("c-1", "PJSIP/1@carrier"))
        await asyncio.sleep(300)
        assert count(seen, LinkDown) == 0
        task.cancel()
        await asyncio.wait({task})


@on_virtual_time
async def test_a_half_open_line_is_found_and_replaced_and_its_actions_are_not_sent_again() -> None:
    seen: list[Event] = []
    async with manager_peer() as peer, fault_proxy("127.0.0.1", peer.address.port) as proxy:
        switch = through(proxy, seen)
        task = asyncio.get_running_loop().create_task(switch.run(), name="switch")
        await eventually(lambda: switch.state is LinkState.UP)
        proxy.go_silent()
        with pytest.raises((RequestTimeout, LineDown)):
            await switch.dial(Outgoing("c-1", "PJSIP/1@carrier"))
        await eventually(lambda: count(seen, LinkDown) == 1, within_s=10)
        proxy.speak_again()
        await eventually(lambda: count(seen, LinkUp) == 2)
        await asyncio.sleep(60)
        # What the network held back may still arrive, once; what matters is that we never send it twice.
        assert peer.names().count("Originate") <= 1
        task.cancel()
        await asyncio.wait({task})


@on_virtual_time
async def test_a_port_that_comes_and_goes_is_found_again() -> None:
    seen: list[Event] = []
    async with manager_peer() as peer, fault_proxy("127.0.0.1", peer.address.port) as proxy:
        switch = through(proxy, seen)
        task = asyncio.get_running_loop().create_task(switch.run(), name="switch")
        for round_ in range(1, 4):
            await eventually(lambda wanted=round_: count(seen, LinkUp) == wanted)
            await proxy.refuse()
            await eventually(lambda wanted=round_: count(seen, LinkDown) == wanted)
            await asyncio.sleep(120)
            assert switch.state is not LinkState.UP
            await proxy.accept()
        task.cancel()
        await asyncio.wait({task})
