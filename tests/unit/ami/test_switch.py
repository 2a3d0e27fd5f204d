"""The verbs and the order of events at (re)connect, against a scripted manager."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest

from ami import (
    ActionRefused,
    BridgeEntered,
    ChannelHungUp,
    LineDown,
    LinkDown,
    LinkState,
    LinkUp,
    Outgoing,
    RequestTimeout,
    Switch,
    Synced,
    Unsendable,
)
from ami.events import Event
from ami.wire import Header, Message
from tests.parts.manager_peer import Caller, ManagerPeer, booted_at, grant, manager_peer, refuse, silent
from tests.parts.virtual_time import eventually, on_virtual_time

CALL = Outgoing("c-1", "PJSIP/+15551000@carrier")


class Recorder:
    """What the daemon would see, with a way to wait for it."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    async def times(self, kind: type[Event], count: int = 1) -> None:
        await eventually(lambda: sum(isinstance(event, kind) for event in self.events) >= count)


@asynccontextmanager
async def up(peer: ManagerPeer, recorder: Recorder | None = None) -> AsyncIterator[Switch]:
    recorder = recorder or Recorder()
    loop = asyncio.get_running_loop()
    switch = Switch(peer.address, recorder, clock=loop.time, jitter=lambda: 1.0)
    task = loop.create_task(switch.run(), name="switch")
    try:
        await recorder.times(LinkUp)
        yield switch
    finally:
        task.cancel()
        await asyncio.wait({task})


def channel(uniqueid: str, *more: Header) -> tuple[Header, ...]:
    return (("Uniqueid", uniqueid), ("ChannelStateDesc", "Up"), *more)


@on_virtual_time
async def test_the_snapshot_comes_first_then_what_happened_meanwhile_then_the_line_is_up() -> None:
    def busy_snapshot(caller: Caller, action: Message) -> None:
        caller.event("Hangup", ("Uniqueid", "c-0"), ("Cause", "16"))
        caller.list_of(action, "CoreShowChannel", channel("c-1", ("ChanVariable", "DIALER_CALL_ID=c-1")))
        caller.event("BridgeEnter", ("Uniqueid", "c-1"), ("BridgeTechnology", "holding_bridge"))

    def flags(caller: Caller, action: Message) -> None:
        caller.list_of(action, "DBGetTreeResponse", (("Key", "/dialer/abandon/c-9"), ("Val", "1795352827")))

    seen = Recorder()
    async with manager_peer(CoreShowChannels=busy_snapshot, DBGetTree=flags) as peer, up(peer, seen):
        assert seen.kinds() == ["Synced", "ChannelHungUp", "BridgeEntered", "LinkUp"]
        synced = seen.events[0]
        assert isinstance(synced, Synced)
        assert [one.call_id for one in synced.channels] == ["c-1"]
        assert synced.flags.keys == (("abandon", "c-9"),)
        assert not synced.restarted
        peer.callers[0].event("Hangup", ("Uniqueid", "c-1"))
        await seen.times(ChannelHungUp, 2)


@on_virtual_time
async def test_while_a_long_list_of_channels_is_read_others_have_their_turn() -> None:
    def everybody(caller: Caller, action: Message) -> None:
        caller.list_of(action, "CoreShowChannel", *(channel(f"c-{n}") for n in range(1000)))

    async with manager_peer() as peer, up(peer) as switch:
        peer.on("CoreShowChannels", everybody)
        line, turns = switch._up_line(), 0

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += not line.pending

        counting = asyncio.ensure_future(count())
        channels = await switch.snapshot()
        counting.cancel()
        assert [one.channel_id for one in channels] == [f"c-{n}" for n in range(1000)]
        assert turns >= 10


@on_virtual_time
async def test_a_list_of_channels_is_worth_nothing_once_its_line_is_down() -> None:
    def last_words(caller: Caller, action: Message) -> None:
        caller.list_of(action, "CoreShowChannel", *(channel(f"c-{n}") for n in range(1000)))
        caller.writer.close()

    async with manager_peer() as peer, up(peer) as switch:
        peer.on("CoreShowChannels", last_words)
        with pytest.raises(LineDown):
            await switch.snapshot()


@on_virtual_time
async def test_no_flags_at_all_are_no_error() -> None:
    def nothing(caller: Caller, action: Message) -> None:
        caller.answer(action, ("Message", "Database entry not found"), response="Error")

    seen = Recorder()
    async with manager_peer(DBGetTree=nothing) as peer, up(peer, seen) as switch:
        assert (await switch.read_flags()).keys == ()


@on_virtual_time
async def test_a_new_asterisk_is_told_from_a_new_connection() -> None:
    seen = Recorder()
    async with manager_peer() as peer, up(peer, seen):
        peer.callers[-1].cut()
        await seen.times(LinkUp, 2)
        peer.on("CoreStatus", booted_at("11:30:00"))
        peer.callers[-1].cut()
        await seen.times(LinkUp, 3)
        assert [one.restarted for one in seen.events if isinstance(one, Synced)] == [False, False, True]
        assert [one.restarted for one in seen.events if isinstance(one, LinkUp)] == [False, False, True]


@on_virtual_time
async def test_nothing_is_queued_while_the_line_is_down_and_nothing_is_replayed() -> None:
    seen = Recorder()
    async with manager_peer(Originate=lambda caller, _: caller.cut()) as peer, up(peer, seen) as switch:
        with pytest.raises(LineDown):
            await switch.dial(CALL)
        await seen.times(LinkDown)
        for verb in (switch.dial(CALL), switch.hang_up("c-1"), switch.bridge("c-1", "s-1")):
            with pytest.raises(LineDown, match="closed"):
                await verb
        for question in (switch.snapshot(), switch.read_flags()):
            with pytest.raises(LineDown):
                await question
        await seen.times(LinkUp, 2)
        await asyncio.sleep(30)
        assert peer.names().count("Originate") == 1
        assert peer.names().count("Hangup") == 0


@on_virtual_time
async def test_a_call_is_marked_connected_only_after_the_bridge_stands() -> None:
    async with manager_peer() as peer, up(peer) as switch:
        await switch.bridge("c-1", "s-1")
        bridge, mark = (action for _, action in peer.actions[-2:])
        assert (bridge.get("Channel1"), bridge.get("Channel2"), bridge.get("Tone")) == (
            "c-1",
            "s-1",
            "Channel2",
        )
        assert (mark.action, mark.get("Variable"), mark.get("Value")) == ("Setvar", "DIALER_CONNECTED", "1")
        await switch.bridge("c-1", "s-1", tone=False)
        assert "Tone" not in peer.actions[-2][1]


@on_virtual_time
async def test_a_bridge_is_on_the_line_before_anybody_waits_for_its_answer() -> None:
    async with manager_peer() as peer, up(peer) as switch:
        begun = switch.begin_bridge("c-1", "s-1")
        await eventually(lambda: peer.actions[-1][1].get("Channel1") == "c-1")
        await begun
        assert peer.actions[-1][1].get("Variable") == "DIALER_CONNECTED"


@on_virtual_time
async def test_whoever_the_snapshot_shows_waiting_is_bridged_within_it() -> None:
    begun: list[Awaitable[None]] = []

    def seen(event: Event) -> None:
        if isinstance(event, Synced):
            begun.append(switch.begin_bridge("c-1", "s-1"))

    async with manager_peer() as peer:
        loop = asyncio.get_running_loop()
        switch = Switch(peer.address, seen, clock=loop.time, jitter=lambda: 1.0)
        task = loop.create_task(switch.run(), name="switch")
        await eventually(lambda: bool(begun))
        await begun[0]
        task.cancel()
        await asyncio.wait({task})


@on_virtual_time
async def test_a_bridge_that_cannot_be_begun_says_so_to_whoever_waits() -> None:
    async with manager_peer() as peer, up(peer) as switch:
        begun = switch.begin_bridge("c-1\r\n", "s-1")
        with pytest.raises(Unsendable):
            await begun


@on_virtual_time
async def test_a_bridge_that_failed_marks_nothing_and_says_who_is_gone() -> None:
    def agent_gone(caller: Caller, action: Message) -> None:
        caller.answer(action, ("Message", "Channel2 does not exist: s-1"), response="Error")

    async with manager_peer(Bridge=agent_gone) as peer, up(peer) as switch:
        with pytest.raises(ActionRefused) as caught:
            await switch.bridge("c-1", "s-1")
        assert caught.value.gone
        assert "Setvar" not in peer.names()


@on_virtual_time
@pytest.mark.parametrize("answer", [refuse, silent])
async def test_a_bridge_that_stands_is_a_success_even_if_it_cannot_be_marked(answer: object) -> None:
    async with manager_peer() as peer, up(peer) as switch:
        peer.answers["Setvar"] = answer  # type: ignore[assignment]
        await switch.bridge("c-1", "s-1")


@on_virtual_time
async def test_an_unanswered_bridge_is_a_time_out_and_not_a_refusal() -> None:
    async with manager_peer(Bridge=silent) as peer, up(peer) as switch:
        with pytest.raises(RequestTimeout):
            await switch.bridge("c-1", "s-1")


@on_virtual_time
async def test_flags_are_cleared_one_by_one_and_a_missing_one_is_fine() -> None:
    async with manager_peer() as peer, up(peer) as switch:
        peer.on("DBDel", refuse)
        await switch.clear_flags([("abandon", "c-1")])
        peer.on("DBDel", grant)
        await switch.clear_flags([("abandon", "c-2"), ("optout", "c-2")])
        deleted = [(a.get("Family"), a.get("Key")) for _, a in peer.actions if a.action == "DBDel"]
        assert deleted == [("dialer/abandon", "c-1"), ("dialer/abandon", "c-2"), ("dialer/optout", "c-2")]


@on_virtual_time
async def test_what_cannot_be_sent_is_refused_before_it_reaches_the_line() -> None:
    async with manager_peer() as peer, up(peer) as switch:
        before = len(peer.actions)
        for verb in (
            switch.dial(Outgoing("c-1", "PJSIP/1\r\nAction: Command@carrier")),
            switch.hang_up("c-1\r\nAction: Command"),
            switch.set_var("c-1", "NAME", "x,Y=z|&;"),
            switch.seat("s-1", "PJSIP/a&PJSIP/b", agent_exten="a1", timeout_s=20),
        ):
            with pytest.raises(Unsendable):
                await verb
        assert len(peer.actions) == before


@on_virtual_time
async def test_variables_of_all_channels_are_read_at_once() -> None:
    def status(caller: Caller, action: Message) -> None:
        assert action.get("Variables") == "DIALER_CONNECTED,DIALER_HOLD_S"
        caller.list_of(
            action,
            "Status",
            channel("c-1", ("Variable", "DIALER_CONNECTED=1"), ("Variable", "DIALER_HOLD_S=(null)")),
        )

    async with manager_peer(Status=status) as peer, up(peer) as switch:
        names = ("DIALER_CONNECTED", "DIALER_HOLD_S")
        assert await switch.variables(names) == {"c-1": {"DIALER_CONNECTED": "1"}}


@on_virtual_time
async def test_an_event_handler_that_fails_neither_stops_the_line_nor_later_events(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen = Recorder()

    def handler(event: Event) -> None:
        seen(event)
        if isinstance(event, Synced | ChannelHungUp):
            raise ValueError("a bug in the daemon")

    loop = asyncio.get_running_loop()
    async with manager_peer() as peer:
        switch = Switch(peer.address, handler, clock=loop.time)
        task = loop.create_task(switch.run(), name="switch")
        await seen.times(LinkUp)
        peer.callers[0].event("Hangup", ("Uniqueid", "c-1"))
        peer.callers[0].event("BridgeEnter", ("Uniqueid", "c-1"))
        await seen.times(BridgeEntered)
        assert switch.state is LinkState.UP
        assert "handler of ChannelHungUp failed" in caplog.text
        task.cancel()
        await asyncio.wait({task})


@on_virtual_time
async def test_a_node_that_answers_no_question_is_still_reported_on() -> None:
    async with manager_peer() as peer, up(peer) as switch:
        report = await switch.inspect(
            modules=["app_amd"], contexts=["dialer-call"], variables=["DIALER_KEY_S"]
        )
        assert report.banner == "12.0.0"
        assert not report.user_events
        assert set(report.refused) >= {"CoreSettings", "ListCommands", "Getvar", "UserEvent"}


@on_virtual_time
async def test_a_flood_while_synchronising_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami.switch.MAX_BUFFERED", 100)

    def flood(caller: Caller, action: Message) -> None:
        for n in range(200):
            caller.event("Hangup", ("Uniqueid", f"c-{n}"))
        caller.list_of(action, "CoreShowChannel")

    seen = Recorder()
    async with manager_peer() as peer, up(peer, seen) as switch:
        peer.on("CoreShowChannels", flood)
        peer.callers[-1].cut()
        await peer.received("CoreShowChannels", times=3)
        assert switch.state is not LinkState.UP
        assert "while synchronising" in switch.reason
