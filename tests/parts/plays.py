"""What the daemon relies on, as short plays with what must be true in them on any switch."""

from __future__ import annotations

import asyncio
import contextlib

from ami import ActionRefused, LineDown
from ami.events import (
    BridgeEntered,
    BridgeLeft,
    ChannelAnswered,
    ChannelHungUp,
    ChannelRang,
    DialerAbandon,
    DialerAmd,
    DialerDoctor,
    DialerInbound,
    DialerMissed,
    DialerOptOut,
    DialerReleased,
    DialerRescue,
    DialFailed,
    LinkUp,
    OriginateFailed,
    OriginateSucceeded,
    Synced,
    TalkStarted,
    TalkStopped,
)
from dialer.lab import people
from dialer.lab.people import Kind
from tests.parts import plays_listening
from tests.parts.twins import PHONES, TRUNK, Scenario, Stage, hash_of


def _only(stage: Stage, channel_id: str, kind: type) -> object:
    found = stage.of(channel_id, kind)
    assert len(found) == 1, (channel_id, kind.__name__, found)
    return found[0]


async def _refused(request: object) -> ActionRefused:
    try:
        await request  # type: ignore[misc]
    except ActionRefused as error:
        return error
    raise AssertionError("granted")


REFUSALS = {
    Kind.BUSY: (17, 486, "BUSY", True),
    Kind.INVALID: (1, 404, "NOANSWER", False),
    Kind.REJECTED: (21, 603, "NOANSWER", True),
    Kind.CONGESTION: (34, 503, "CONGESTION", False),
    Kind.UNAVAILABLE: (19, 480, "NOANSWER", True),
    Kind.CHANGED: (22, 410, "NOANSWER", False),
}


async def outcomes(stage: Stage) -> None:
    """Every way a call can end before it is answered."""
    ids = {kind: await stage.dial(kind.name.lower(), kind) for kind in (*REFUSALS, Kind.NO_ANSWER, Kind.DEAD)}
    for call_id in ids.values():
        await stage.until_gone(call_id)
        await stage.until_is(call_id, OriginateFailed)
    for kind, (cause, sip, status, rings) in REFUSALS.items():
        over = _only(stage, ids[kind], ChannelHungUp)
        assert (over.cause, over.tech_cause) == (cause, sip), kind
        assert _only(stage, ids[kind], DialFailed).status == status, kind
        assert _only(stage, ids[kind], OriginateFailed).reason == 0, kind
        assert bool(stage.of(ids[kind], ChannelRang)) == rings, kind
    for kind, rings in ((Kind.NO_ANSWER, True), (Kind.DEAD, False)):
        over = _only(stage, ids[kind], ChannelHungUp)
        assert (over.cause, over.tech_cause) == (19, 480), kind
        assert _only(stage, ids[kind], OriginateFailed).reason == 3, kind
        assert not stage.of(ids[kind], DialFailed), kind
        assert bool(stage.of(ids[kind], ChannelRang)) == rings, kind


async def sent_elsewhere(stage: Stage) -> None:
    """A redirection (302) is an error; what its cause is depends on who is first in Asterisk."""
    call_id = await stage.dial("away", Kind.REDIRECT)
    await stage.until_gone(call_id)
    await stage.until_is(call_id, OriginateFailed)
    over = _only(stage, call_id, ChannelHungUp)
    assert (over.cause, over.tech_cause) in ((23, 302), (0, None))
    assert _only(stage, call_id, OriginateFailed).reason == 0


async def unroutable(stage: Stage) -> None:
    """A phone that is nowhere leaves no channel behind."""
    seat_id = stage.seat_id("nowhere")
    await stage.switch.seat(seat_id, "PJSIP/agent1@nowhere", agent_exten="agent1", timeout_s=4)
    failed = await stage.until_is(seat_id, OriginateFailed)
    assert failed.reason == 0  # type: ignore[attr-defined]
    await asyncio.sleep(0.5)
    assert not stage.of(seat_id, ChannelHungUp, ChannelRang)


async def same_id_twice(stage: Stage) -> None:
    """The id of a live call is refused, and the live call is left in peace."""
    await stage.dial("one", Kind.NO_ANSWER, ring_timeout_s=3)
    await stage.until_is(stage.call_id("one"), ChannelRang)
    await stage.dial("one", Kind.HUMAN)
    failed = await stage.until_is(stage.call_id("one"), OriginateFailed)
    assert failed.reason == 0  # type: ignore[attr-defined]
    stage.numbers.pop()
    assert stage.call_id("one") in {channel.channel_id for channel in await stage.switch.snapshot()}
    await stage.until_gone(stage.call_id("one"))


async def cancelled(stage: Stage) -> None:
    """A ringing call hung up by us: reason 0 and our cause."""
    call_id = await stage.dial("ringing", Kind.NO_ANSWER, ring_timeout_s=15)
    await stage.until_is(call_id, ChannelRang)
    await stage.switch.hang_up(call_id, 26)
    await stage.until_gone(call_id)
    await stage.until_is(call_id, OriginateFailed)
    assert _only(stage, call_id, OriginateFailed).reason == 0
    assert _only(stage, call_id, ChannelHungUp).cause == 26
    assert not stage.of(call_id, ChannelAnswered)
    again = await _refused(stage.switch.hang_up(call_id))
    assert again.gone


async def abandoned(stage: Stage) -> None:
    """Nobody comes: after the hold the flag, the event, the message, the end, all by the dialplan."""
    call_id = await stage.held("alone", hold_s=2)
    await stage.until_is(call_id, DialerAbandon)
    flags = await stage.switch.read_flags()
    assert call_id in flags.abandon
    assert abs(flags.abandon[call_id] - stage.of(call_id, DialerAbandon)[0].at) < 3
    await stage.until_gone(call_id)
    assert _only(stage, call_id, ChannelHungUp).cause == 16
    left = stage.of(call_id, BridgeLeft)[0]
    waited = left.at - stage.of(call_id, BridgeEntered)[0].at
    assert 1.9 < waited < 6.0
    await stage.switch.clear_flags([("abandon", call_id)])
    await stage.switch.clear_flags([("abandon", call_id)])
    assert call_id not in (await stage.switch.read_flags()).abandon


async def gave_up(stage: Stage) -> None:
    """The person hangs up while waiting: no flag, no message."""
    call_id = await stage.held("impatient", Kind.IMPATIENT, talk_s=1, hold_s=5)
    await stage.until_gone(call_id)
    assert not stage.of(call_id, DialerAbandon)
    assert call_id not in (await stage.switch.read_flags()).abandon


async def opted_out(stage: Stage) -> None:
    """The key while the message plays; a wrong key first does not matter."""
    for key, kind in (("nine", Kind.OPTOUT), ("five-nine", Kind.WRONG_KEY)):
        call_id = await stage.held(key, kind, talk_s=0, hold_s=1)
        await stage.until_is(call_id, DialerOptOut)
        flags = await stage.switch.read_flags()
        assert call_id in flags.abandon
        assert call_id in flags.optout
        await stage.until_gone(call_id)
        await stage.switch.clear_flags([("abandon", call_id), ("optout", call_id)])


async def detected(stage: Stage) -> None:
    """With AMD the verdict comes first; a machine gets the message, a person the hold."""
    machine = await stage.dial("machine", Kind.MACHINE, talk_s=30, amd=True)
    person = await stage.dial("person", Kind.HUMAN, hold_s=2, amd=True)
    await stage.until_held(person)
    await stage.until_is(machine, DialerAmd)
    await stage.until_gone(machine, person)
    assert _only(stage, machine, DialerAmd).status == "MACHINE"
    # On a busy machine the ear may not be sure; a machine it must not hear.
    assert _only(stage, person, DialerAmd).status in ("HUMAN", "NOTSURE")
    assert not stage.of(machine, BridgeEntered)
    assert stage.of(person, DialerAbandon)
    flags = await stage.switch.read_flags()
    assert machine in flags.families["machine"]
    await stage.switch.clear_flags([("machine", machine), ("abandon", person)])


async def listened_to(stage: Stage) -> None:
    """Where it is asked for, the begin and the end of the greeting are told."""
    wish = {"DIALER_TALK_DETECT": "1"}
    person = await stage.dial("person", Kind.HUMAN, hold_s=6, variables=wish)
    silent = await stage.dial("silent", Kind.SILENT, hold_s=3, variables=wish)
    plain = await stage.dial("plain", Kind.HUMAN, hold_s=3)
    await stage.until_is(person, TalkStopped)
    await stage.until_gone(person, silent, plain)
    assert 0.3 < _only(stage, person, TalkStopped).duration_s < 1.5
    assert not stage.of(silent, TalkStarted, TalkStopped)
    assert not stage.of(plain, TalkStarted, TalkStopped)


async def conversation(stage: Stage) -> None:
    """Held, bridged, talked, hung up by the customer; the agent is back in the hold, the phone never rings."""
    seat_id = await stage.seat("anna", 11)
    call_id = await stage.held("one", talk_s=6)
    mark = stage.mark()
    await stage.switch.bridge(call_id, seat_id)
    await stage.until_talking(call_id, seat_id, after=mark)
    assert await stage.switch.get_var(call_id, "DIALER_CONNECTED") == "1"
    await stage.until_gone(call_id)
    await stage.until_held(seat_id, after=mark)
    assert _only(stage, call_id, OriginateSucceeded)
    assert _only(stage, call_id, ChannelHungUp).cause == 16
    assert len(stage.of(seat_id, ChannelRang)) == 1
    assert not stage.of(call_id, DialerAbandon, DialerReleased)
    talked = [e for e in stage.of(seat_id, BridgeEntered) if not e.holding]  # type: ignore[attr-defined]
    assert [e.members for e in talked] == [2]  # type: ignore[attr-defined]


async def ended_by_us(stage: Stage) -> None:
    """We hang the customer up; the agent is back in the hold."""
    seat_id = await stage.seat("bert", 12)
    call_id = await stage.held("one")
    mark = stage.mark()
    await stage.switch.bridge(call_id, seat_id, tone=False)
    await stage.until_talking(call_id, seat_id, after=mark)
    mark = stage.mark()
    await stage.switch.hang_up(call_id)
    await stage.until_gone(call_id)
    await stage.until_held(seat_id, after=mark)
    assert _only(stage, call_id, ChannelHungUp).cause == 16


async def phone_dropped(stage: Stage) -> None:
    """The agent's phone drops: the customer is released, or rescued and bridged again, as the campaign says."""
    for drop, phone in (("hang_up", 13), ("rescue", 14)):
        seat_id = await stage.seat(drop, phone)
        call_id = await stage.held(drop, agent_drop=drop)
        mark = stage.mark()
        await stage.switch.bridge(call_id, seat_id)
        await stage.until_talking(call_id, seat_id, after=mark)
        mark = stage.mark()
        await stage.world.drop_phone(phone)
        await stage.until_gone(seat_id)
        if drop == "hang_up":
            await stage.until_is(call_id, DialerReleased)
            await stage.until_gone(call_id)
            assert _only(stage, call_id, ChannelHungUp).cause == 16
            continue
        await stage.until_is(call_id, DialerRescue)
        await stage.until_held(call_id, after=mark)
        other = await stage.seat("other", 15)
        mark = stage.mark()
        await stage.switch.bridge(call_id, other)
        await stage.until_talking(call_id, other, after=mark)
        await stage.switch.hang_up(call_id)
        await stage.until_gone(call_id)
        await stage.until_held(other, after=mark)


async def stolen(stage: Stage) -> None:
    """Bridge to an agent who talks succeeds and takes him away: the lock is ours, not the switch's."""
    seat_id = await stage.seat("carl", 16)
    first, second = await stage.held("first"), await stage.held("second", hold_s=6)
    mark = stage.mark()
    await stage.switch.bridge(first, seat_id)
    await stage.until_talking(first, seat_id, after=mark)
    mark = stage.mark()
    await stage.switch.bridge(second, seat_id)
    await stage.until_talking(second, seat_id, after=mark)
    await stage.until_is(first, DialerReleased)
    await stage.until_gone(first)
    mark = stage.mark()
    await stage.switch.hang_up(second)
    await stage.until_gone(second)
    await stage.until_held(seat_id, after=mark)


async def by_its_beginning(stage: Stage) -> None:
    """Bridge takes a channel whose id only begins with the one it is given: no id of ours may begin another."""
    seat_id = await stage.seat("bea", 61)
    call_id = await stage.held("one7")
    mark = stage.mark()
    await _refused(stage.switch.set_var(stage.call_id("one"), "X", "1"))
    with contextlib.suppress(ActionRefused):  # joined they are, and then the mark is set by the whole id
        await stage.switch.bridge(stage.call_id("one"), seat_id)
    await stage.until_talking(call_id, seat_id, after=mark)
    mark = stage.mark()
    await stage.switch.hang_up(call_id)
    await stage.until_gone(call_id)
    await stage.until_held(seat_id, after=mark)


async def too_late(stage: Stage) -> None:
    """Bridge with a side that is gone is refused by name, and the other side waits on."""
    seat_id = await stage.seat("dora", 17)
    call_id = await stage.held("one", hold_s=4)
    gone = stage.call_id("never")
    for first, second, word in ((gone, seat_id, "Channel1"), (call_id, gone, "Channel2")):
        error = await _refused(stage.switch.bridge(first, second))
        assert error.gone
        assert str(error).startswith(f"{word} does not exist")
    for request in (
        stage.switch.hang_up(gone),
        stage.switch.set_var(gone, "X", "1"),
        stage.switch.get_var(gone, "X"),
        stage.switch.redirect(gone, "dialer-abandoned", "s"),
        stage.switch.record(gone, "/tmp/none.wav"),
        stage.switch.stop_recording(gone),
    ):
        assert (await _refused(request)).gone
    await stage.until_is(call_id, DialerAbandon)
    await stage.until_gone(call_id)
    await stage.switch.clear_flags([("abandon", call_id)])


async def phones(stage: Stage) -> None:
    """What becomes of ringing an agent: deaf, busy, away."""
    for phone, mode, cause, sip, reason in (
        (18, "deaf", 19, 480, 3),
        (19, "busy", 17, 486, 0),
        (20, "away", 19, 480, 0),
    ):
        await stage.world.set_phone(phone, mode)
        seat_id = stage.seat_id(mode)
        await stage.switch.seat(
            seat_id, PHONES.format(phone=f"agent{phone}"), agent_exten=f"agent{phone}", timeout_s=2
        )
        await stage.until_gone(seat_id)
        await stage.until_is(seat_id, OriginateFailed)
        over = _only(stage, seat_id, ChannelHungUp)
        assert (over.cause, over.tech_cause) == (cause, sip), mode
        assert _only(stage, seat_id, OriginateFailed).reason == reason, mode


async def redirected(stage: Stage) -> None:
    """A call can be sent to the message by hand, and a conversation into another hold."""
    seat_id = await stage.seat("emma", 21)
    call_id = await stage.held("one", hold_s=30)
    await stage.switch.redirect(call_id, "dialer-abandoned", "s")
    await stage.until_is(call_id, DialerAbandon)
    await stage.until_gone(call_id)
    other = await stage.held("two", hold_s=30)
    mark = stage.mark()
    await stage.switch.bridge(other, seat_id)
    await stage.until_talking(other, seat_id, after=mark)
    mark = stage.mark()
    await stage.switch.redirect(other, "dialer-rescue", "s")
    await stage.until_is(other, DialerRescue)
    await stage.until_held(other, after=mark)
    await stage.until_held(seat_id, after=mark)
    await stage.switch.clear_flags([("abandon", call_id)])


async def listed(stage: Stage) -> None:
    """A snapshot tells ringing, held, talking, idle apart: that alone rebuilds the floor."""
    idle, busy = await stage.seat("idle", 22), await stage.seat("busy", 23)
    ringing = await stage.dial("ringing", Kind.NO_ANSWER, ring_timeout_s=15)
    silent = await stage.dial("silent", Kind.DEAD, ring_timeout_s=15)
    await stage.until_is(ringing, ChannelRang)
    held, talking = await stage.held("held", hold_s=30), await stage.held("talking", hold_s=30)
    mark = stage.mark()
    await stage.switch.bridge(talking, busy)
    await stage.until_talking(talking, busy, after=mark)
    all_of_them = {channel.channel_id: channel for channel in await stage.switch.snapshot()}
    mine = {key: all_of_them[key] for key in (idle, busy, ringing, silent, held, talking)}
    bridges = [mine[key].bridge_id for key in (idle, busy, ringing, silent, held, talking)]
    assert bridges[1] == bridges[5]
    assert bridges[2] == bridges[3] == ""
    assert len({bridges[0], bridges[1], bridges[4]}) == 3
    order = {bridge_id: n for n, bridge_id in enumerate(dict.fromkeys(bridges))}
    stage.found["channels"] = {
        key: (
            channel.name.rpartition("-")[0],
            channel.state,
            order[channel.bridge_id],
            channel.application,
            channel.context,
            channel.exten,
            channel.account,
            channel.call_id,
        )
        for key, channel in mine.items()
    }
    values = await stage.switch.variables(("DIALER_CALL_ID", "DIALER_CONNECTED", "NOT_THERE"))
    # The mark is set a moment after the bridge stands.
    stage.found["variables"] = {key: {**values[key], "DIALER_CONNECTED": ""} for key in mine}


async def recorded(stage: Stage) -> None:
    """A recording is begun and ended by verb, and never twice ended."""
    call_id = await stage.held("one", hold_s=10)
    await stage.switch.record(call_id, f"/tmp/{call_id}.wav")
    await stage.switch.stop_recording(call_id)
    stage.found["twice"] = str(await _refused(stage.switch.stop_recording(call_id)))
    await stage.switch.set_var(call_id, "DIALER_NOTE", "plain text")
    assert await stage.switch.get_var(call_id, "DIALER_NOTE") == "plain text"
    assert await stage.switch.get_var(call_id, "DIALER_NOTHING") == ""


async def taped_apart(stage: Stage) -> None:
    """Recording begins in the same breath as the bridge, is muted and heard again, and lives through a hold."""
    seat_id = await stage.seat("hugo", 26)
    call_id = await stage.held("one", hold_s=10)
    mark = stage.mark()
    await stage.switch.begin_bridge(call_id, seat_id, record=f"/tmp/{call_id}-1.raw")
    await stage.until_talking(call_id, seat_id, after=mark)
    await stage.switch.mute_recording(call_id, muted=True)
    await stage.switch.mute_recording(call_id, muted=False)
    await stage.switch.park(call_id)
    await stage.until_held(seat_id, after=mark)
    await stage.switch.stop_recording(call_id)
    gone = stage.call_id("never")
    assert (await _refused(stage.switch.mute_recording(gone, muted=True))).gone
    # A bridge that is refused leaves the seat where it is; its recording has nothing to record.
    assert (await _refused(stage.switch.begin_bridge(gone, seat_id, record="/tmp/never.raw"))).gone


async def put_on_hold(stage: Stage) -> None:
    """On hold the person hears music and the agent's leg waits in its own hold; one Bridge brings them together."""
    seat_id = await stage.seat("ines", 27)
    call_id = await stage.held("one")
    mark = stage.mark()
    await stage.switch.bridge(call_id, seat_id)
    await stage.until_talking(call_id, seat_id, after=mark)
    for _ in range(2):
        mark = stage.mark()
        await stage.switch.park(call_id)
        entered = await stage.until_held(call_id, after=mark)
        assert entered.bridge_name == f"park-{call_id}"  # type: ignore[attr-defined]
        await stage.until_held(seat_id, after=mark)
        places = {one.channel_id: one for one in await stage.switch.snapshot()}
        assert (places[call_id].context, places[call_id].application) == ("dialer-park", "BridgeWait")
        assert places[seat_id].context == "dialer-seat"
        mark = stage.mark()
        await stage.switch.bridge(call_id, seat_id, tone=False)
        await stage.until_talking(call_id, seat_id, after=mark)
    mark = stage.mark()
    await stage.switch.park(call_id)
    await stage.until_held(seat_id, after=mark)
    await stage.world.hang_up_far(stage.numbers[0])
    await stage.until_gone(call_id)
    assert not stage.of(call_id, DialerAbandon, DialerReleased)
    assert not stage.of(seat_id, ChannelHungUp)


async def held_too_long(stage: Stage) -> None:
    """Nobody comes back: the dialplan lets the person go as after a conversation, never as abandoned."""
    seat_id = await stage.seat("jana", 28)
    call_id = await stage.held("one", variables={"DIALER_PARK_S": "1"})
    mark = stage.mark()
    await stage.switch.bridge(call_id, seat_id)
    await stage.until_talking(call_id, seat_id, after=mark)
    await stage.switch.park(call_id)
    await stage.until_is(call_id, DialerReleased)
    await stage.until_gone(call_id)
    assert not stage.of(call_id, DialerAbandon)
    assert call_id not in (await stage.switch.read_flags()).abandon


async def _party(stage: Stage, key: str, call_id: str) -> str:
    serial = abs(hash_of(f"{stage.name}{key}")) % people.SERIALS
    number = people.Person(Kind.HUMAN, serial, 0.4, None).number
    stage.numbers.append(number)
    party_id = f"x-{stage.name}-{key}"
    await stage.switch.dial_party(
        party_id, call_id, TRUNK.format(number=number), timeout_s=15, account="camp"
    )
    entered = await stage.until_held(party_id)
    assert entered.bridge_name == f"party-{party_id}"  # type: ignore[attr-defined]
    return party_id


async def _met(stage: Stage, *channels: str, after: int) -> None:
    """These are in one conference."""
    await stage.until_talking(*channels, after=after)
    found = {one.channel_id: one for one in await stage.switch.snapshot()}
    assert len({found[channel].bridge_id for channel in channels}) == 1
    assert {found[channel].context for channel in channels} == {"dialer-three"}


async def three_of_them(stage: Stage) -> None:
    """A third party joins and is dropped; when the person leaves, the agent's leg is in its hold again."""
    seat_id = await stage.seat("karl", 29)
    call_id = await stage.held("one")
    mark = stage.mark()
    await stage.switch.bridge(call_id, seat_id)
    await stage.until_talking(call_id, seat_id, after=mark)
    party_id = await _party(stage, "third", call_id)
    mark = stage.mark()
    await stage.switch.join(call_id, seat_id, party_id)
    await _met(stage, call_id, seat_id, party_id, after=mark)
    entered = [e for e in stage.of(call_id, BridgeEntered) if e.bridge_name == f"three-{call_id}"]  # type: ignore[attr-defined]
    assert len(entered) == 1
    assert not entered[0].holding  # type: ignore[attr-defined]
    await stage.switch.hang_up(party_id)
    await stage.until_gone(party_id)
    mark = stage.mark()
    await stage.switch.hang_up(call_id)
    await stage.until_gone(call_id)
    await stage.until_held(seat_id, after=mark)
    assert len(stage.of(seat_id, ChannelRang)) == 1


async def agent_leaves_three(stage: Stage) -> None:
    """The agent leaves and the other two go on; with the person goes the third party."""
    seat_id = await stage.seat("lena", 30)
    call_id = await stage.held("one")
    mark = stage.mark()
    await stage.switch.bridge(call_id, seat_id)
    await stage.until_talking(call_id, seat_id, after=mark)
    party_id = await _party(stage, "third", call_id)
    mark = stage.mark()
    await stage.switch.join(call_id, seat_id, party_id)
    await _met(stage, call_id, seat_id, party_id, after=mark)
    mark = stage.mark()
    await stage.switch.take_back(seat_id)
    await stage.until_held(seat_id, after=mark)
    await _met(stage, call_id, party_id, after=0)
    await stage.world.hang_up_far(stage.numbers[0])
    await stage.until_gone(call_id, party_id)
    assert not stage.of(seat_id, ChannelHungUp)


async def apart_then_three(stage: Stage) -> None:
    """Agent and third party speak apart while the person hears music; then all three, and nobody is lost on the way."""
    seat_id = await stage.seat("quin", 35)
    call_id = await stage.held("one")
    mark = stage.mark()
    await stage.switch.bridge(call_id, seat_id)
    await stage.until_talking(call_id, seat_id, after=mark)
    await stage.switch.park(call_id)
    await stage.until_held(seat_id, after=mark)
    party_id = await _party(stage, "third", call_id)
    mark = stage.mark()
    await stage.switch.begin_bridge(seat_id, party_id, tone=False)
    await stage.until_talking(seat_id, party_id, after=mark)
    mark = stage.mark()
    await stage.switch.join(call_id, seat_id, party_id, apart=True)
    await _met(stage, call_id, seat_id, party_id, after=mark)
    await stage.switch.hang_up(call_id)
    await stage.until_gone(call_id, party_id)
    await stage.until_held(seat_id, after=mark)


async def two_agents_in_three(stage: Stage) -> None:
    """Another agent's seat can be the third; both fall back when the person leaves."""
    first, second = await stage.seat("mona", 31), await stage.seat("nils", 32)
    call_id = await stage.held("one")
    mark = stage.mark()
    await stage.switch.bridge(call_id, first)
    await stage.until_talking(call_id, first, after=mark)
    mark = stage.mark()
    await stage.switch.join(call_id, first, second, other_is_seat=True)
    await _met(stage, call_id, first, second, after=mark)
    mark = stage.mark()
    await stage.switch.hang_up(call_id)
    await stage.until_gone(call_id)
    await stage.until_held(first, after=mark)
    await stage.until_held(second, after=mark)


async def passed_on(stage: Stage) -> None:
    """A person bridged with another agent leaves the first one in the hold; with an outside party likewise."""
    first, second = await stage.seat("olga", 33), await stage.seat("paul", 34)
    call_id = await stage.held("one")
    mark = stage.mark()
    await stage.switch.bridge(call_id, first)
    await stage.until_talking(call_id, first, after=mark)
    mark = stage.mark()
    await stage.switch.bridge(call_id, second)
    await stage.until_talking(call_id, second, after=mark)
    await stage.until_held(first, after=mark)
    party_id = await _party(stage, "third", call_id)
    mark = stage.mark()
    await stage.switch.bridge(call_id, party_id, tone=False)
    await stage.until_talking(call_id, party_id, after=mark)
    await stage.until_held(second, after=mark)
    await stage.world.hang_up_far(stage.numbers[1])
    await stage.until_gone(party_id)
    await stage.until_is(call_id, DialerReleased)
    await stage.until_gone(call_id)


async def examined(stage: Stage) -> None:
    """What the doctor asks."""
    report = await stage.switch.inspect(
        modules=("app_bridgewait", "app_nothing"),
        contexts=("dialer-call", "dialer-nothing"),
        variables=("DIALER_DIALPLAN", "DIALER_NOTHING"),
    )
    assert report.user_events
    assert report.missing_modules == ("app_nothing",)
    assert report.missing_contexts == ("dialer-nothing",)
    assert report.global_variables == {"DIALER_DIALPLAN": "3"}
    assert report.version.startswith("22.")
    stage.found["report"] = (report.banner, dict(report.refused))
    needed = {
        "Originate",
        "Bridge",
        "Hangup",
        "Setvar",
        "Getvar",
        "Status",
        "Redirect",
        "MixMonitor",
        "StopMixMonitor",
    }
    needed |= {"CoreShowChannels", "CoreStatus", "CoreSettings", "DBGetTree", "DBDel", "Ping", "UserEvent"}
    assert needed <= report.actions


async def rehearsed(stage: Stage) -> None:
    """The dialplan's own rehearsal, with nobody on the other end."""
    call_id = stage.call_id("doctor")
    await stage.switch.rehearse(call_id)
    await stage.until_gone(call_id)
    steps = [(e.step, e.status) for e in stage.of(call_id, DialerDoctor)]  # type: ignore[attr-defined]
    assert steps == [
        ("tone200", "SUCCESS"),
        ("opted-out", "SUCCESS"),
        ("message", "STARTED"),
        ("message", "SUCCESS"),
    ]
    flags = await stage.switch.read_flags()
    assert call_id in flags.families["doctor"]
    await stage.switch.clear_flags([("doctor", call_id)])


async def endpoints(stage: Stage) -> None:
    """What is known of a trunk and of none."""
    report = await stage.switch.endpoint("carrier")
    assert report is not None
    assert not report.direct_media
    stage.found["endpoint"] = (report.name, sorted(report.contacts.values()))
    assert await stage.switch.endpoint("nothing") is None


async def played(stage: Stage) -> None:
    """A waiting agent hears a sound and waits again, in the same leg."""
    seat_id = await stage.seat("gina", 25)
    mark = stage.mark()
    await stage.switch.play(seat_id, "dialer/opted-out")
    await stage.until_held(seat_id, after=mark)
    assert not stage.of(seat_id, ChannelHungUp)


OURS = "+442079460000"


async def rings_us(stage: Stage) -> None:
    """Somebody rings a number of ours: told who and which, held, and bridged as any other call."""
    seat_id = await stage.seat("anna", 47)
    call_id = await stage.ringing_us("friend", Kind.HUMAN, OURS, talk_s=6)
    (rang,) = stage.of(call_id, DialerInbound)
    assert rang.dialed == OURS  # type: ignore[attr-defined]
    assert rang.hold_s == 30  # type: ignore[attr-defined]
    (channel,) = [one for one in await stage.switch.snapshot() if one.channel_id == call_id]
    assert (channel.call_id, channel.caller) == (call_id, rang.caller)  # type: ignore[attr-defined]
    assert (channel.context, channel.exten, channel.state) == ("dialer-inbound", OURS, "Up")
    mark = stage.mark()
    await stage.switch.bridge(call_id, seat_id)
    await stage.until_talking(call_id, seat_id, after=mark)
    await stage.until_gone(call_id)
    await stage.until_held(seat_id, after=mark)
    assert not stage.of(call_id, DialerMissed, DialerAbandon)
    assert call_id not in (await stage.switch.read_flags()).abandon
    await stage.switch.hang_up(seat_id)


async def rings_us_in_vain(stage: Stage) -> None:
    """Nobody takes them: no abandoned call of ours, the message, and the key is kept with their number."""
    call_id = await stage.ringing_us("foe", Kind.OPTOUT, OURS, talk_s=2)
    (rang,) = stage.of(call_id, DialerInbound)
    await stage.switch.redirect(call_id, "dialer-abandoned", "s")
    await stage.until_is(call_id, DialerMissed)
    await stage.until_is(call_id, DialerOptOut)
    await stage.until_gone(call_id)
    assert not stage.of(call_id, DialerAbandon)
    flags = await stage.switch.read_flags()
    assert call_id not in flags.abandon
    assert call_id in flags.optout
    assert flags.families["caller"][call_id] == rang.caller  # type: ignore[attr-defined]
    await stage.switch.clear_flags([("optout", call_id), ("caller", call_id)])


async def killed(stage: Stage) -> None:
    """Killed and started anew: no hang-up is ever told, the flags are still there."""
    call_id = await stage.held("abandoned", hold_s=1)
    await stage.until_is(call_id, DialerAbandon)
    ringing = await stage.dial("ringing", Kind.NO_ANSWER, ring_timeout_s=15)
    seat_id = await stage.seat("fred", 24)
    await stage.until_is(seat_id, OriginateSucceeded)
    stage.numbers.clear()
    mark = stage.mark()
    await stage.world.kill_and_start()
    synced = await stage.until(lambda e: isinstance(e, Synced), after=mark)
    assert isinstance(synced, Synced)
    assert synced.restarted
    assert synced.channels == ()
    assert call_id in synced.flags.abandon
    await stage.until(lambda e: isinstance(e, LinkUp), after=mark)
    assert not stage.of(ringing, ChannelHungUp)
    assert not stage.of(seat_id, ChannelHungUp)
    with contextlib.suppress(LineDown):
        assert (await _refused(stage.switch.hang_up(ringing))).gone


async def crippled(stage: Stage) -> None:
    """Whatever is missing, a call ends, and what the dialplan could still do is done."""
    call_id = await stage.dial("one", Kind.OPTOUT, talk_s=0, hold_s=1)
    await stage.until_gone(call_id)
    assert _only(stage, call_id, ChannelHungUp).cause in (0, 16)
    flags = await stage.switch.read_flags()
    stage.found["flags"] = sorted(family for family, key in flags.keys if key == call_id)


CRIPPLED = tuple(
    Scenario(f"without-{module.replace('_', '-')}", crippled, without=(module,))
    for module in ("app_bridgewait", "app_read", "app_userevent", "func_db")
)
PLAYS = CRIPPLED + tuple(
    Scenario(
        act.__name__.replace("_", "-"),
        act,
        quiet=act in (detected, listened_to),
        alone=act is killed,
        # Who comes first into a conference of three, and whether a leg touches its hold on the way, is chance.
        fickle=act
        in (sent_elsewhere, three_of_them, agent_leaves_three, apart_then_three, two_agents_in_three),
    )
    for act in (
        outcomes,
        sent_elsewhere,
        unroutable,
        same_id_twice,
        cancelled,
        abandoned,
        gave_up,
        opted_out,
        detected,
        listened_to,
        conversation,
        ended_by_us,
        phone_dropped,
        stolen,
        by_its_beginning,
        too_late,
        phones,
        redirected,
        listed,
        recorded,
        taped_apart,
        put_on_hold,
        held_too_long,
        three_of_them,
        agent_leaves_three,
        apart_then_three,
        two_agents_in_three,
        passed_on,
        examined,
        rehearsed,
        endpoints,
        played,
        rings_us,
        rings_us_in_vain,
        *plays_listening.PLAYS,
        killed,
    )
)
