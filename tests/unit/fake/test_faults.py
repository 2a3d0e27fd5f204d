"""Every fault on demand does what it says."""

from __future__ import annotations

import asyncio

import pytest

from ami.fake import Behaviour, Callee, FakeAsterisk, Faults, everybody
from ami.wire import Decoder
from tests.parts.manager import Manager
from tests.parts.virtual_time import on_virtual_time


def now() -> float:
    return asyncio.get_running_loop().time()


async def place(manager: Manager, call_id: str = "c-1") -> None:
    answer = await manager.ask(
        "Originate",
        ActionID=f"{call_id}.originate",
        Channel="PJSIP/+441@carrier",
        Context="dialer-call",
        Exten="s",
        Timeout="20000",
        Async="true",
        ChannelId=call_id,
        Variable=f"DIALER_CALL_ID={call_id}",
    )
    assert answer.success


@on_virtual_time
async def test_a_cut_line_leaves_the_calls_alone() -> None:
    async with FakeAsterisk() as asterisk:
        async with Manager(asterisk.node) as manager:
            await place(manager)
            asterisk.cut()
            await asyncio.wait_for(manager.closed.wait(), 1)
        async with Manager(asterisk.node) as manager:
            channels = await manager.ask_list("CoreShowChannels")
            assert [channel.get("Uniqueid") for channel in channels] == ["c-1"]


@on_virtual_time
async def test_a_half_open_line_stays_and_says_nothing() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node) as manager:
        await place(manager)
        asterisk.faults.silent = True
        manager.send("Ping")
        await asyncio.sleep(60)
        assert not manager.closed.is_set()
        assert not manager.events("Hangup")
        assert asterisk.sessions == 1


@on_virtual_time
async def test_a_delay_moves_everything_and_keeps_the_order() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node) as manager:
        asterisk.faults.delay_s = 0.3
        start = now()
        first, second = manager.send("Ping"), manager.send("CoreStatus")
        await manager.until(lambda m: m.action_id == second)
        assert now() - start == pytest.approx(0.3, abs=0.01)
        asterisk.faults.delay_s = 0.0
        third = manager.send("Ping")
        await manager.until(lambda m: m.action_id == third)
        order = [m.action_id for m in manager.heard if m.action_id in (first, second, third)]
        assert order == [first, second, third]


@on_virtual_time
async def test_split_reads_arrive_in_pieces() -> None:
    async with FakeAsterisk(faults=Faults(split_bytes=7)) as asterisk:
        reader, writer = await asyncio.open_connection(asterisk.host, asterisk.port)
        pieces, decoder, found = [], Decoder(), []
        writer.write(b"Action: Login\r\nUsername: dialer\r\nSecret: secret\r\n\r\n")
        while not any(message.event == "FullyBooted" for message in found):
            pieces.append(await reader.read(65536))
            found += decoder.feed(pieces[-1])
        assert max(map(len, pieces)) == 7
        assert len(pieces) > 10
        writer.close()
        await writer.wait_closed()


@on_virtual_time
async def test_lost_events_are_counted_by_name() -> None:
    async with FakeAsterisk(disorder=0) as asterisk, Manager(asterisk.node) as manager:
        asterisk.faults.lost["DialState"] = 1
        await place(manager, "c-1")
        await place(manager, "c-2")
        await asyncio.sleep(1)
        assert [m.get("DestUniqueid") for m in manager.events("DialState")] == ["c-2"]


@on_virtual_time
async def test_a_slow_login_is_slow_and_then_good() -> None:
    async with FakeAsterisk(faults=Faults(slow_login_s=2.5)) as asterisk:
        start = now()
        async with Manager(asterisk.node):
            assert now() - start == pytest.approx(2.5)


@on_virtual_time
async def test_a_login_may_be_refused_for_a_while() -> None:
    async with FakeAsterisk(faults=Faults(refuse_login=True)) as asterisk:
        async with Manager(asterisk.node, log_in=False) as manager:
            assert not (await manager.log_in()).success
        asterisk.faults.refuse_login = False
        async with Manager(asterisk.node):
            pass


@on_virtual_time
async def test_connections_may_be_refused_before_the_greeting() -> None:
    refusing = Faults(refuse_connections=True)
    async with FakeAsterisk(faults=refusing) as asterisk, Manager(asterisk.node, log_in=False) as manager:
        await asyncio.wait_for(manager.closed.wait(), 1)
        assert manager.banner is None


@on_virtual_time
async def test_deaf_actions_are_neither_answered_nor_done() -> None:
    async with (
        FakeAsterisk(faults=Faults(deaf_to={"originate"})) as asterisk,
        Manager(asterisk.node) as manager,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await place(manager)
        assert not asterisk.calls
        assert (await manager.ask("Ping")).success


@on_virtual_time
async def test_a_missing_module_takes_its_actions_and_contexts_along() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node) as manager:
        asterisk.faults.missing_modules |= {"app_mixmonitor", "pbx_config"}
        assert "unknown command" in (await manager.ask("MixMonitor")).get("Message")
        assert "MixMonitor" not in await manager.ask("ListCommands")
        assert not (await manager.ask("ModuleCheck", Module="app_mixmonitor")).success
        assert not (await manager.ask("ShowDialPlan", Context="dialer-call")).success
        refused = await manager.ask("Originate", Channel="PJSIP/1@carrier", Context="dialer-call", Exten="s")
        assert refused.get("Message") == "Extension does not exist."


@pytest.mark.parametrize("module", ["app_bridgewait", "bridge_holding"])
@on_virtual_time
async def test_without_the_module_of_the_hold_a_call_ends_when_answered(module: str) -> None:
    faults = Faults(missing_modules={module})
    async with FakeAsterisk(faults=faults) as asterisk, Manager(asterisk.node) as manager:
        await place(manager)
        assert (await manager.event("Hangup", Uniqueid="c-1")).get("Cause") == "0"
        assert not manager.events("BridgeEnter")


@pytest.mark.parametrize(
    ("module", "flagged", "told", "heard"),
    [("func_db", False, True, True), ("app_userevent", True, False, False), ("app_read", True, True, False)],
)
@on_virtual_time
async def test_without_other_modules_their_part_is_missing(
    module: str, flagged: bool, told: bool, heard: bool
) -> None:
    faults = Faults(missing_modules={module})
    behaviour = Behaviour(everybody(Callee(presses_optout=True)))
    running = FakeAsterisk(behaviour=behaviour, faults=faults)
    async with running as asterisk, Manager(asterisk.node) as manager:
        await place(manager)
        await manager.event("Hangup", Uniqueid="c-1")
        assert bool(asterisk.machine.db.tree("dialer/abandon")) is flagged
        assert bool(manager.events("UserEvent", UserEvent="DialerAbandon")) is told
        assert asterisk.calls[0].pressed == ("9" if heard else "")


@on_virtual_time
async def test_a_kill_tells_nobody_and_keeps_the_flags() -> None:
    behaviour = Behaviour(everybody(Callee(ring_s=0.5)))
    async with FakeAsterisk(behaviour=behaviour) as asterisk:
        async with Manager(asterisk.node) as manager:
            await place(manager)
            await manager.event("UserEvent", UserEvent="DialerAbandon")
            first = await manager.ask("CoreStatus")
            await asterisk.kill()
            await asyncio.wait_for(manager.closed.wait(), 1)
            assert not manager.events("Hangup")
            assert not manager.events("Shutdown")
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection(asterisk.host, asterisk.port)
        await asterisk.start()
        async with Manager(asterisk.node) as manager:
            second = await manager.ask("CoreStatus")
            assert second.get("CoreStartupTime") != first.get("CoreStartupTime")
            assert await manager.ask_list("CoreShowChannels") == []
            flags = await manager.ask_list("DBGetTree", Family="dialer")
            assert [flag.get("Key") for flag in flags] == ["/dialer/abandon/c-1"]
    assert [call.open for call in asterisk.calls] == [False]


@on_virtual_time
async def test_a_restart_takes_the_same_port() -> None:
    async with FakeAsterisk() as asterisk:
        port = asterisk.port
        for gracefully in (False, True):
            await asterisk.restart(gracefully=gracefully)
            assert asterisk.port == port
            async with Manager(asterisk.node) as manager:
                assert (await manager.ask("Ping")).success


@on_virtual_time
async def test_a_stop_does_not_wait_for_a_client_that_does_not_read() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node) as manager:
        manager._reader._transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(300):
            asterisk.machine.tell.event("UserEvent", "user", "", "X: " + "y" * 20_000 + "\r\n")
        await asterisk.stop()
        assert asterisk.sessions == 0
