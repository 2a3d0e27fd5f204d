"""What a manager client meets: greeting, login, rights, filters, errors, and being cut off."""

from __future__ import annotations

import asyncio

import pytest

from ami.address import NodeAddress
from ami.fake import AgentPhone, Behaviour, Callee, FakeAsterisk, ManagerUser
from tests.parts.manager import Manager
from tests.parts.virtual_time import on_virtual_time

EVERYTHING = ManagerUser(
    events=None, write=frozenset({"system", "call", "originate", "user", "reporting", "command"})
)


@on_virtual_time
async def test_it_greets_as_asterisk_22_does() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node) as manager:
        assert manager.banner == "11.0.0"
        assert (await manager.event("FullyBooted")).get("Status") == "Fully Booted"


@on_virtual_time
async def test_a_plain_login_is_taken_too() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node, log_in=False) as manager:
        answer = await manager.ask("Login", Username="dialer", Secret="secret")
        assert answer.get("Message") == "Authentication accepted"


@pytest.mark.parametrize(
    "headers",
    [
        {"Username": "dialer", "Secret": "wrong"},
        {"Username": "nobody", "Secret": "secret"},
        {"Username": "dialer", "AuthType": "MD5", "Key": "00"},
        {},
    ],
)
@on_virtual_time
async def test_a_wrong_login_is_refused_and_the_line_closed(headers: dict[str, str]) -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node, log_in=False) as manager:
        answer = await manager.ask("Login", **headers)
        assert (answer.response, answer.get("Message")) == ("Error", "Authentication failed")
        await asyncio.wait_for(manager.closed.wait(), 5)


@on_virtual_time
async def test_nothing_is_done_before_the_login() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node, log_in=False) as manager:
        assert (await manager.ask("Ping")).get("Message") == "Permission denied"


@on_virtual_time
async def test_rights_are_by_class() -> None:
    reader = ManagerUser("reader", "r", write=frozenset({"reporting"}))
    async with FakeAsterisk(users=(reader,)) as asterisk, Manager(asterisk.node) as manager:
        assert (await manager.ask("CoreStatus")).success
        for name in ("Originate", "Bridge", "Hangup", "Setvar", "Command", "DBDel", "UserEvent"):
            assert (await manager.ask(name)).get("Message") == "Permission denied", name
        commands = await manager.ask("ListCommands")
        assert "Originate" not in commands
        assert "CoreStatus" in commands


@on_virtual_time
async def test_a_session_sees_its_classes_and_names_only() -> None:
    deaf = ManagerUser("deaf", "d", read=frozenset({"system"}), write=frozenset({"user"}))
    async with FakeAsterisk(users=(EVERYTHING, deaf)) as asterisk, Manager(asterisk.node) as manager:
        node = asterisk.node
        async with Manager(NodeAddress("x", node.host, node.port, "deaf", "d")) as other:
            await other.ask("UserEvent", UserEvent="Hello", Word="ä, b: c")
            heard = await manager.event("UserEvent")
            assert (heard.get("UserEvent"), heard.get("Word")) == ("Hello", "ä, b: c")
            await other.ask("Ping")
            assert not other.events("UserEvent")


@on_virtual_time
async def test_an_event_mask_silences_one_session() -> None:
    async with FakeAsterisk(users=(EVERYTHING,)) as asterisk, Manager(asterisk.node) as manager:
        assert (await manager.ask("Events", EventMask="off")).get("Events") == "Off"
        await manager.ask("UserEvent", UserEvent="Hello")
        await manager.ask("Ping")
        assert not manager.events("UserEvent")
        assert (await manager.ask("Events", EventMask="user")).get("Events") == "On"
        await manager.ask("UserEvent", UserEvent="Hello")
        await manager.event("UserEvent")


@on_virtual_time
async def test_a_line_too_long_refuses_the_whole_action() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node) as manager:
        manager.send_raw(b"Action: Ping\r\nActionID: long\r\nX: " + b"x" * 2000 + b"\r\n\r\n")
        answer = await manager.until(lambda m: m.response == "Error")
        assert answer.get("Message") == "Failed to parse message: line too long"
        assert (await manager.ask("Ping")).get("Ping") == "Pong"


@on_virtual_time
async def test_garbage_does_not_hurt() -> None:
    async with FakeAsterisk() as asterisk:
        async with Manager(asterisk.node) as manager:
            manager.send_raw(b"\x00\xff: \r\n\r\n\r\n\r\nAction\r\n\r\n::::\r\n\r\n")
            assert (await manager.ask("Ping")).success
        async with Manager(asterisk.node) as manager:
            assert (await manager.ask("Ping")).success


@on_virtual_time
async def test_a_client_that_does_not_read_is_cut_off_after_its_write_timeout() -> None:
    async with FakeAsterisk(users=(EVERYTHING,)) as asterisk, Manager(asterisk.node) as manager:
        manager.send("Ping")
        manager._reader._transport.pause_reading()  # type: ignore[attr-defined]
        text = "x" * 1000
        for _ in range(40):
            for _ in range(1000):
                asterisk.machine.tell.event("UserEvent", "user", "", f"UserEvent: Flood\r\nText: {text}\r\n")
            asterisk.hang_up_far(await _seat(asterisk))
            if not asterisk.sessions:
                break
            await asyncio.sleep(0.5)
        assert asterisk.sessions == 0


async def _seat(asterisk: FakeAsterisk) -> str:
    """A channel to hang up, so that what was said is delivered."""
    from ami.fake.channels import Originate

    order = Originate("PJSIP/1@carrier", "", "dialer-call", "s", 10, ("", ""), "", {}, "")
    asterisk.machine.originate(order)
    return next(iter(asterisk.machine.channels))


@on_virtual_time
async def test_a_port_can_be_chosen_and_is_free_again_afterwards() -> None:
    async with FakeAsterisk() as first:
        port = first.port
    async with FakeAsterisk(port) as second, Manager(second.node) as manager:
        assert (await manager.ask("Ping")).success


@on_virtual_time
async def test_a_port_in_use_is_an_error() -> None:
    async with FakeAsterisk() as first:
        with pytest.raises(OSError, match="in use"):
            await FakeAsterisk(first.port).start()


@on_virtual_time
async def test_a_shutdown_in_order_is_told() -> None:
    async with (
        FakeAsterisk(behaviour=Behaviour(lambda _: Callee())) as asterisk,
        Manager(asterisk.node) as manager,
    ):
        await manager.ask(
            "Originate",
            Channel="PJSIP/1@carrier",
            Context="dialer-call",
            Exten="s",
            ChannelId="c-1",
            Async="true",
        )
        await asyncio.sleep(1)
        await asterisk.stop()
        await asyncio.wait_for(manager.closed.wait(), 5)
        assert manager.events("Shutdown")
        assert manager.events("Hangup", Uniqueid="c-1")
    assert [call.ended_by for call in asterisk.calls] == ["caller"]


@on_virtual_time
async def test_the_console_answers_the_doctors_commands() -> None:
    phones = Behaviour(phone=lambda _: AgentPhone())
    async with (
        FakeAsterisk(users=(EVERYTHING,), behaviour=phones) as asterisk,
        Manager(asterisk.node) as manager,
    ):
        await manager.ask(
            "Originate",
            Channel="PJSIP/a1@phones",
            Context="dialer-seat",
            Exten="a1",
            ChannelId="s-1",
            Async="true",
        )
        await asyncio.sleep(2)
        await manager.ask("DBPut", Family="dialer/abandon", Key="c-1", Val="1")
        for command, word in (
            ("core show version", "Asterisk 22"),
            ("core show channels count", "1 active channels"),
            ("core show channels", "BridgeWait(seat-s-1"),
            ("core show uptime seconds", "System uptime: 2"),
            ("module show like bridgewait", "app_bridgewait.so"),
            ("dialplan show dialer-call", "[ Context 'dialer-call'"),
            ("dialplan show nothing", "no existence"),
            ("database show dialer", "/dialer/abandon/c-1"),
        ):
            answer = await manager.ask("Command", Command=command)
            assert word in "\n".join(answer.output), command
        unknown = await manager.ask("Command", Command="core destroy")
        assert unknown.response == "Error"
        assert "No such command" in unknown.output[0]


@on_virtual_time
async def test_a_fence_ends_another_managers_session() -> None:
    fence = ManagerUser("fence", "f", read=frozenset(), write=frozenset({"command"}))
    async with FakeAsterisk(users=(ManagerUser(), fence)) as asterisk, Manager(asterisk.node) as old:
        node = asterisk.node
        async with Manager(NodeAddress("x", node.host, node.port, "fence", "f")) as successor:
            rows = (await successor.ask("Command", Command="manager show connected")).output
            number = next(row.split()[4] for row in rows if row.split()[0] == "dialer")
            answer = await successor.ask("Command", Command=f"manager kick session {number}")
            assert answer.output == (f"Kicking manager session connected using file descriptor {number}",)
            await asyncio.wait_for(old.closed.wait(), 1)
            again = await successor.ask("Command", Command=f"manager kick session {number}")
            assert again.output == (f"No manager session found using file descriptor {number}",)


@on_virtual_time
async def test_logging_off_ends_the_line() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node) as manager:
        assert (await manager.ask("Logoff")).response == "Goodbye"
        await asyncio.wait_for(manager.closed.wait(), 5)


@on_virtual_time
async def test_it_runs_on_a_loop_of_its_own_pace_too() -> None:
    async with FakeAsterisk() as asterisk:
        assert asterisk.node.host == "127.0.0.1"
        assert "secret" not in repr(asterisk.node)


async def test_on_real_time_it_serves_as_well() -> None:
    async with FakeAsterisk() as asterisk, Manager(asterisk.node) as manager:
        assert (await manager.ask("Ping")).success


def test_a_switch_that_was_never_started_says_so() -> None:
    with pytest.raises(RuntimeError, match="never started"):
        _ = FakeAsterisk().machine
