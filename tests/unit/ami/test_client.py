"""One connection against a scripted manager: each trap of the line has a test of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ami import actions
from ami.actions import Action, Outgoing
from ami.address import NodeAddress
from ami.client import Connection
from ami.errors import (
    ActionRefused,
    ConnectFailed,
    LineDown,
    LoginRefused,
    RequestTimeout,
    Unsendable,
)
from ami.wire import Message
from tests.parts.manager_peer import CHALLENGE, SECRET, Caller, ManagerPeer, manager_peer, refuse, silent
from tests.parts.virtual_time import on_virtual_time

PING = Action("Ping")
CALL = actions.originate_call(Outgoing("c-1", "PJSIP/1@carrier"))


@asynccontextmanager
async def line_to(peer: ManagerPeer, seen: list[Message] | None = None) -> AsyncIterator[Connection]:
    events: list[Message] = [] if seen is None else seen
    line = Connection(peer.address, lambda message, _: events.append(message), clock=lambda: 1.0)
    try:
        await line.open(connect_timeout_s=3, boot_timeout_s=5)
        yield line
    finally:
        await line.close()


async def opened(address: NodeAddress) -> None:
    line = Connection(address, lambda *_: None, clock=lambda: 1.0)
    try:
        await line.open(connect_timeout_s=3, boot_timeout_s=5)
    finally:
        await line.close()


@on_virtual_time
async def test_the_secret_is_never_sent_when_the_switch_offers_a_challenge() -> None:
    async with manager_peer() as peer, line_to(peer) as line:
        assert peer.names() == ["Challenge", "Login"]
        assert all(SECRET not in value for _, action in peer.actions for _, value in action.headers)
        assert line.banner == "12.0.0"


@on_virtual_time
async def test_without_a_challenge_the_secret_is_sent_on_loopback() -> None:
    async with manager_peer(Challenge=refuse) as peer, line_to(peer):
        assert peer.actions[-1][1].get("Secret") == SECRET


@on_virtual_time
async def test_a_wrong_secret_is_refused_with_the_remedy() -> None:
    async with manager_peer() as peer:
        wrong = NodeAddress("peer", "127.0.0.1", peer.address.port, "dialer", "wrong")
        with pytest.raises(LoginRefused, match=r"'dialer'.*manager\.conf"):
            await opened(wrong)


@on_virtual_time
async def test_a_port_where_nobody_listens_is_told_at_once() -> None:
    async with manager_peer() as peer:
        port = peer.address.port
    with pytest.raises(ConnectFailed, match="refused"):
        await opened(NodeAddress("gone", "127.0.0.1", port))


@on_virtual_time
async def test_a_silent_port_is_given_up() -> None:
    async with manager_peer() as peer:
        peer.banner = b""
        with pytest.raises(ConnectFailed, match="greeting"):
            await opened(peer.address)


@on_virtual_time
async def test_another_service_is_told_from_asterisk() -> None:
    async with manager_peer() as peer:
        peer.banner = b"220 mail.example ESMTP\r\n"
        with pytest.raises(ConnectFailed, match="right port"):
            await opened(peer.address)


@on_virtual_time
async def test_an_asterisk_that_never_says_it_is_booted_names_the_missing_right() -> None:
    def log_in_only(caller: Caller, action: Message) -> None:
        caller.answer(action)

    async with manager_peer(Login=log_in_only) as peer:
        with pytest.raises(ConnectFailed, match="read=system"):
            await opened(peer.address)


@on_virtual_time
async def test_a_line_closed_during_login_is_no_refusal() -> None:
    async with manager_peer(Login=lambda caller, _: caller.cut()) as peer:
        with pytest.raises(ConnectFailed, match="during login"):
            await opened(peer.address)


@on_virtual_time
async def test_a_call_resolves_at_the_acknowledgement_and_its_response_is_an_event() -> None:
    seen: list[Message] = []

    def response_first(caller: Caller, action: Message) -> None:
        caller.event("OriginateResponse", ("ActionID", action.action_id), ("Response", "Failure"))
        caller.answer(action, ("Message", "Originate successfully queued"))

    async with manager_peer(Originate=response_first) as peer, line_to(peer, seen) as line:
        answer = await line.request(CALL, 3)
        assert answer.get("Message") == "Originate successfully queued"
        assert [one.event for one in seen] == ["FullyBooted", "OriginateResponse"]


@on_virtual_time
async def test_an_unanswered_request_times_out_and_leaves_nothing_behind() -> None:
    async with manager_peer(Ping=silent) as peer, line_to(peer) as line:
        with pytest.raises(RequestTimeout, match="Ping"):
            await line.request(PING, 3)
        assert line.pending == 0
        late = await peer.received("Ping")
        peer.callers[0].answer(late)
        await line.request(actions.simple("CoreStatus"), 3)
        assert line.counters.late == 1


@on_virtual_time
async def test_a_cut_line_fails_every_request_at_once_and_sends_nothing_again() -> None:
    async with manager_peer(Originate=lambda caller, _: caller.cut()) as peer, line_to(peer) as line:
        with pytest.raises(LineDown):
            await line.request(CALL, 3)
        with pytest.raises(LineDown):
            await line.request(CALL, 3)
        assert await line.closed
        assert peer.names().count("Originate") == 1
        assert len(peer.callers) == 1


@on_virtual_time
async def test_a_refused_action_says_why() -> None:
    async with manager_peer() as peer, line_to(peer) as line:
        with pytest.raises(ActionRefused, match="unknown command"):
            await line.request(Action("Nonsense"), 3)


@on_virtual_time
async def test_the_same_call_is_not_sent_twice_at_once() -> None:
    async with manager_peer(Originate=silent) as peer, line_to(peer) as line, asyncio.TaskGroup() as group:
        first = group.create_task(line.request(CALL, 3))
        await peer.received("Originate")
        with pytest.raises(Unsendable, match="under way"):
            await line.request(CALL, 3)
        peer.callers[0].answer(peer.actions[-1][1])
        await first


@on_virtual_time
async def test_a_list_ends_at_its_end_and_other_events_pass_by() -> None:
    seen: list[Message] = []

    def listing(caller: Caller, action: Message) -> None:
        mine = ("ActionID", action.action_id)
        caller.answer(action, ("EventList", "start"))
        caller.event("CoreShowChannel", mine, ("Uniqueid", "c-1"))
        caller.event("Hangup", ("Uniqueid", "c-7"))
        caller.event("CoreShowChannel", mine, ("Uniqueid", "c-2"))
        caller.event("CoreShowChannelsComplete", mine, ("EventList", "Complete"))

    async with manager_peer(CoreShowChannels=listing) as peer, line_to(peer, seen) as line:
        items = await line.request_list(actions.show_channels(), 3)
        assert [item.get("Uniqueid") for item in items] == ["c-1", "c-2"]
        assert seen[-1].event == "Hangup"


@on_virtual_time
async def test_a_refused_list_is_refused() -> None:
    async with manager_peer(CoreShowChannels=refuse) as peer, line_to(peer) as line:
        with pytest.raises(ActionRefused):
            await line.request_list(actions.show_channels(), 3)


@on_virtual_time
async def test_a_list_that_stops_half_way_times_out() -> None:
    async with (
        manager_peer(CoreShowChannels=lambda c, a: c.answer(a, ("EventList", "start"))) as peer,
        line_to(peer) as line,
    ):
        with pytest.raises(RequestTimeout):
            await line.request_list(actions.show_channels(), 3)


@on_virtual_time
async def test_a_failing_handler_costs_its_event_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[str] = []

    def handler(message: Message, _: float) -> None:
        seen.append(message.get("Uniqueid"))
        if message.get("Uniqueid") == "c-1":
            raise ValueError("a bug")

    async with manager_peer() as peer:
        line = Connection(peer.address, handler, clock=lambda: 1.0)
        await line.open(connect_timeout_s=3, boot_timeout_s=5)
        peer.callers[0].event("Hangup", ("Uniqueid", "c-1"))
        peer.callers[0].event("Hangup", ("Uniqueid", "c-2"))
        await line.request(PING, 3)
        assert seen == ["", "c-1", "c-2"]
        assert line.counters.faults == 1
        assert "handler of Hangup failed" in caplog.text
        await line.close()


@on_virtual_time
async def test_a_flood_without_end_closes_the_line() -> None:
    async with manager_peer() as peer, line_to(peer) as line:
        peer.callers[0].raw(b"Event: X\r\n" + b"A: b\r\n" * 1_000_000)
        assert "more than" in await line.closed


@on_virtual_time
async def test_a_shutting_down_asterisk_is_the_reason_of_the_end() -> None:
    async with manager_peer() as peer, line_to(peer) as line:
        peer.callers[0].event("Shutdown", ("Shutdown", "Cleanly"))
        peer.callers[0].writer.close()
        assert await line.closed == "Asterisk is shutting down"


@on_virtual_time
async def test_closing_twice_or_before_opening_is_fine() -> None:
    async with manager_peer() as peer:
        line = Connection(peer.address, lambda *_: None, clock=lambda: 1.0)
        await line.close()
        with pytest.raises(LineDown):
            await line.request(PING, 1)
        async with line_to(peer) as line:
            await line.close()
            await line.close()
            assert await line.closed == "closed by us"


@on_virtual_time
async def test_a_cancelled_opening_leaves_no_connection() -> None:
    async with manager_peer(Login=silent) as peer:
        line = Connection(peer.address, lambda *_: None, clock=lambda: 1.0)
        task = asyncio.get_running_loop().create_task(line.open(connect_timeout_s=3, boot_timeout_s=5))
        await peer.received("Login")
        task.cancel()
        await asyncio.wait({task})
        assert line.closed.done()


@on_virtual_time
async def test_a_cancelled_request_is_forgotten() -> None:
    async with manager_peer(Ping=silent) as peer, line_to(peer) as line:
        task = asyncio.get_running_loop().create_task(line.request(PING, 3))
        await peer.received("Ping")
        task.cancel()
        await asyncio.wait({task})
        assert line.pending == 0


def test_the_challenge_is_answered_and_not_repeated() -> None:
    assert CHALLENGE not in repr(NodeAddress("n", "h", secret=SECRET))
    assert SECRET not in repr(NodeAddress("n", "h", secret=SECRET))


@on_virtual_time
async def test_the_secret_is_not_sent_in_the_clear_beyond_this_machine() -> None:
    async with manager_peer(Challenge=refuse) as peer:
        elsewhere = NodeAddress("peer", "0.0.0.0", peer.address.port, "dialer", SECRET)
        with pytest.raises(LoginRefused, match="in the clear"):
            await opened(elsewhere)
        assert all(SECRET not in value for _, action in peer.actions for _, value in action.headers)


@on_virtual_time
async def test_requests_that_pile_up_are_refused_and_the_line_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami.client.MAX_PENDING", 3)
    async with manager_peer(Hangup=silent) as peer, line_to(peer) as line, asyncio.TaskGroup() as group:
        waiting = [group.create_task(line.request(actions.hang_up(f"c-{n}", 16), 3)) for n in range(3)]
        await peer.received("Hangup", times=3)
        with pytest.raises(LineDown, match="waiting"):
            await line.request(PING, 3)
        for _, action in peer.actions[-3:]:
            peer.callers[0].answer(action)
        await asyncio.wait(waiting)
        await line.request(PING, 3)


async def test_a_peer_that_stops_reading_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami.client.MAX_UNSENT_BYTES", 10_000)
    async with manager_peer(Setvar=silent) as peer, line_to(peer) as line:
        peer.callers[0].writer.transport.pause_reading()
        # The system would hold megabytes for us.
        assert line._transport is not None
        line._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        peer.callers[0].writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        loop = asyncio.get_running_loop()
        large = actions.set_var("c-1", "TEXT", "x" * 400)
        sent = [loop.create_task(line.request(large, 10)) for _ in range(4000)]
        await asyncio.wait(sent)
        assert await line.closed == "Asterisk stopped reading"
        assert all(isinstance(task.exception(), LineDown) for task in sent)
        assert line.pending == 0


@on_virtual_time
async def test_a_list_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami.client.MAX_LIST_ITEMS", 10)

    def endless(caller: Caller, action: Message) -> None:
        caller.answer(action, ("EventList", "start"))
        for _ in range(20):
            caller.event("CoreShowChannel", ("ActionID", action.action_id))

    async with manager_peer(CoreShowChannels=endless) as peer, line_to(peer) as line:
        with pytest.raises(LineDown, match="more than 10"):
            await line.request_list(actions.show_channels(), 3)
