"""The pure switch machine: people, agents and the dialplan, without a socket or a loop."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami.fake import AgentPhone, Behaviour, Callee, Kind, Sounds, busy, everybody
from ami.fake.channels import Originate
from ami.fake.machine import Machine
from ami.wire import Decoder, Message

SOUNDS = Sounds({"dialer/abandoned": 5.0, "dialer/opted-out": 1.0})


class Bench:
    """A machine and what it said so far."""

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        disorder: float = 0.0,
        seed: int = 0,
        keep_calls: int | None = None,
    ) -> None:
        self.machine = Machine(
            behaviour or Behaviour(),
            rng=random.Random(seed),
            epoch_s=1000.0,
            sounds=SOUNDS,
            disorder=disorder,
            keep_calls=keep_calls,
            recorded=lambda path, seconds: self.taped.append((path, seconds)),
        )
        self.taped: list[tuple[str, float]] = []
        self.heard: list[Message] = []
        self._decoder = Decoder(banner=False)

    def call(self, call_id: str, number: str = "+441", **variables: str) -> None:
        self._originate(
            call_id, f"PJSIP/{number}@carrier", "dialer-call", "s", {"DIALER_CALL_ID": call_id, **variables}
        )

    def seat(self, seat_id: str) -> None:
        self._originate(seat_id, f"PJSIP/{seat_id}@phones", "dialer-seat", "anna", {})

    def _originate(
        self, channel_id: str, channel: str, context: str, exten: str, variables: dict[str, str]
    ) -> None:
        order = Originate(
            channel, channel_id, context, exten, 20.0, ("", ""), "", variables, f"{channel_id}.originate"
        )
        self.machine.originate(order)
        self.listen()

    def until(self, now: float) -> None:
        self.machine.advance(now)
        self.listen()

    def bridge(self, call_id: str, seat_id: str, *, mark: bool = True) -> None:
        self.machine.bridge(self.machine.channels[call_id], self.machine.channels[seat_id])
        if mark:
            self.machine.channels[call_id].variables["DIALER_CONNECTED"] = "1"
        self.listen()

    def listen(self) -> None:
        for emission in self.machine.tell.out:
            self.heard += self._decoder.feed(emission.block)
        self.machine.tell.out.clear()

    def names(self, channel_id: str) -> list[str]:
        return [
            m.get("UserEvent") or m.event
            for m in self.heard
            if channel_id in (m.get("Uniqueid"), m.get("DestUniqueid"))
        ]


def talkative(**changes: object) -> Behaviour:
    return Behaviour(everybody(Callee(post_dial_s=0, ring_s=1, **changes)))  # type: ignore[arg-type]


def test_a_person_talks_as_long_as_the_behaviour_says_from_the_first_word_on() -> None:
    bench = Bench(talkative(talk_s=30, patience_s=5))
    bench.seat("s-1")
    bench.call("c-1")
    bench.until(2.5)
    bench.bridge("c-1", "s-1")
    bench.until(32.4)
    assert "c-1" in bench.machine.channels
    bench.until(32.6)
    assert "c-1" not in bench.machine.channels
    call = bench.machine.far.calls[0]
    assert (call.answered_at, call.ended_at, call.ended_by) == (1001.0, 1032.5, "callee")
    assert (call.call_id, call.talk_s) == ("c-1", 30.0)
    assert call.heard_agent()
    assert not call.heard_message()


def test_of_many_calls_the_last_records_are_kept_and_the_sums_of_all() -> None:
    bench = Bench(talkative(talk_s=10, patience_s=5), keep_calls=2)
    bench.seat("s-1")
    for n in range(5):
        bench.call(f"c-{n}")
        bench.until(20 * n + 2.5)
        bench.bridge(f"c-{n}", "s-1")
        bench.until(20 * n + 20)
    far = bench.machine.far
    assert [call.call_id for call in far.calls] == ["c-3", "c-4"]
    assert (far.sums["c-"].calls, far.sums["c-"].talk_s) == (5, 50.0)


def test_an_impatient_person_hangs_up_while_waiting() -> None:
    bench = Bench(talkative(patience_s=1.5))
    bench.call("c-1", DIALER_HOLD_S="10")
    bench.until(20)
    call = bench.machine.far.calls[0]
    assert (call.ended_at, call.ended_by) == (1002.5, "callee")
    assert "DialerAbandon" not in bench.names("c-1")


def test_a_person_waits_with_a_new_patience_when_the_agent_is_gone() -> None:
    bench = Bench(talkative(talk_s=30, patience_s=8))
    bench.seat("s-1")
    bench.call("c-1", DIALER_AGENT_DROP="rescue")
    bench.until(2)
    bench.bridge("c-1", "s-1")
    bench.until(12)
    bench.machine.far_hangs_up(bench.machine.channels["s-1"])
    bench.until(40)
    names = bench.names("c-1")
    assert "DialerRescue" in names
    assert "DialerAbandon" not in names
    assert bench.machine.far.calls[0].ended_at == 1020.0
    assert bench.machine.far.calls[0].talk_s == 10.0


def test_without_an_agent_in_the_rescue_the_message_follows() -> None:
    bench = Bench(talkative(talk_s=300, patience_s=300))
    bench.seat("s-1")
    bench.call("c-1", DIALER_AGENT_DROP="rescue")
    bench.until(2)
    bench.bridge("c-1", "s-1")
    bench.machine.far_hangs_up(bench.machine.channels["s-1"])
    bench.until(100)
    assert bench.names("c-1")[-2:] == ["DialerAbandon", "Hangup"]
    assert bench.machine.db.get("dialer/abandon", "c-1") == "1032"


def test_the_flag_is_written_before_anybody_is_told() -> None:
    bench = Bench(talkative(patience_s=60))
    bench.call("c-1", DIALER_HOLD_S="3")
    bench.until(3.9)
    assert bench.machine.db.tree() == []
    bench.until(4.0)
    assert bench.machine.db.get("dialer/abandon", "c-1") == "1004"


def test_a_call_taken_out_of_the_message_talks_all_the_same() -> None:
    bench = Bench(talkative(talk_s=10, patience_s=60))
    bench.seat("s-1")
    bench.call("c-1", DIALER_HOLD_S="2")
    bench.until(3.5)
    assert "DialerAbandon" in bench.names("c-1")
    bench.bridge("c-1", "s-1")
    bench.until(13.4)
    assert "c-1" in bench.machine.channels
    bench.until(14)
    assert bench.machine.far.calls[0].ended_by == "callee"


@pytest.mark.parametrize(("hold", "waits_s"), [("0", 2), ("abc", 2), ("1000", 2), ("7", 7), ("", 2)])
def test_a_hold_that_makes_no_sense_is_replaced(hold: str, waits_s: float) -> None:
    bench = Bench(talkative(patience_s=60))
    bench.call("c-1", DIALER_HOLD_S=hold)
    bench.until(1 + waits_s - 0.1)
    assert "DialerAbandon" not in bench.names("c-1")
    bench.until(1 + waits_s)
    assert "DialerAbandon" in bench.names("c-1")


def test_keys_are_pressed_once_each_time_the_message_plays() -> None:
    bench = Bench(talkative(patience_s=60, presses="12", presses_optout=True, optout_after_s=1))
    bench.call("c-1")
    bench.until(60)
    call = bench.machine.far.calls[0]
    assert call.pressed == "129"
    assert [what for _, what in call.heard] == ["hold", "message", "message", "message", "dialer/opted-out"]
    assert bench.machine.db.get("dialer/optout", "c-1") == "1006"


def test_the_message_is_played_three_times_at_most() -> None:
    bench = Bench(talkative(patience_s=60, presses="1234", optout_after_s=1))
    bench.call("c-1")
    bench.until(60)
    assert bench.machine.far.calls[0].pressed == "123"


def test_a_machine_is_flagged_and_hears_the_message_after_its_greeting_or_is_hung_up() -> None:
    talks = Callee(Kind.MACHINE, post_dial_s=0, ring_s=1, talk_s=60, speaks_after_s=0.5, speaks_for_s=6.0)
    for choice, ends_at in (("message", 1018.5), ("hang_up", 1003.5)):
        bench = Bench(Behaviour(everybody(talks)))
        bench.call("c-1", DIALER_AMD="1", DIALER_AMD_MACHINE=choice)
        bench.until(60)
        assert "DialerAmd" in bench.names("c-1")
        assert bench.machine.db.get("dialer/machine", "c-1") == "1003"
        # The greeting is over 7.5 s after the call, silence is heard for 2 s, message and key take 9.
        assert bench.machine.far.calls[0].ended_at == ends_at


def test_a_machine_may_go_to_an_agent_without_a_flag() -> None:
    bench = Bench(Behaviour(everybody(Callee(Kind.MACHINE, post_dial_s=0, ring_s=1, talk_s=60))))
    bench.call("c-1", DIALER_AMD="1", DIALER_AMD_MACHINE="agent")
    bench.until(4.0)
    assert "BridgeEnter" in bench.names("c-1")
    assert bench.machine.db.get("dialer/machine", "c-1") is None


@pytest.mark.parametrize(
    ("choice", "status", "lasts_s"),
    [
        ("hang_up", "MACHINE", 5.5),
        ("message", "MACHINE", 4.5),
        ("agent", "MACHINE", 2.5),
        ("hang_up", "HUMAN", 2.5),
    ],
)
def test_a_clip_lasts_from_the_answer_to_the_message_or_the_wait(
    choice: str, status: str, lasts_s: float
) -> None:
    bench = Bench(Behaviour(everybody(Callee(post_dial_s=0, ring_s=1, amd_status=status))))
    bench.call("c-1", DIALER_AMD="1", DIALER_AMD_MACHINE=choice, DIALER_AMD_CLIP="/tapes/c-1-1-amd.raw")
    bench.until(60)
    assert bench.taped[0] == ("/tapes/c-1-1-amd.raw", pytest.approx(lasts_s))


def test_an_agents_phone_may_drop_by_itself() -> None:
    bench = Bench(Behaviour(phone=lambda _: AgentPhone(drops_after_s=100)))
    bench.seat("s-1")
    bench.until(100.4)
    assert "s-1" in bench.machine.channels
    bench.until(100.6)
    assert bench.names("s-1")[-2:] == ["BridgeLeave", "Hangup"]


def test_a_seat_that_is_not_answered_runs_the_extension_failed() -> None:
    bench = Bench(Behaviour(phone=lambda _: AgentPhone(answers=False)))
    bench.seat("s-1")
    bench.until(30)
    assert "OriginateResponse" in bench.names("s-1")
    assert [m.event for m in bench.heard if m.get("Channel") == "OutgoingSpoolFailed"] == [
        "Newchannel",
        "Hangup",
    ]


def test_so_does_a_seat_whose_phone_is_nowhere() -> None:
    bench = Bench(Behaviour(phone=lambda _: AgentPhone(reachable=False)))
    bench.seat("s-1")
    assert [m.event for m in bench.heard] == ["Newchannel", "Hangup", "OriginateResponse"]


def test_a_trunk_that_fails_does_so_for_every_number() -> None:
    broken = {"carrier": Callee(Kind.REFUSED, ring_s=0, sip=503), "other": Callee(Kind.DEAD)}
    bench = Bench(Behaviour(everybody(Callee(post_dial_s=0, ring_s=1)), trunk=broken.get))
    bench.call("c-1")
    bench.until(30)
    assert [m.get("TechCause") for m in bench.heard if m.event == "Hangup"] == ["503"]
    broken.clear()
    bench.call("c-2")
    bench.until(32)
    assert "BridgeEnter" in bench.names("c-2")


def test_a_redirect_to_nowhere_ends_the_call() -> None:
    bench = Bench(talkative())
    bench.call("c-1")
    bench.until(1.5)
    bench.machine.redirect(bench.machine.channels["c-1"], "dialer-nothing", "s")
    assert bench.machine.channels == {}


def test_the_record_of_the_carrier_can_be_bounded() -> None:
    machine = Machine(Behaviour(), rng=random.Random(0), epoch_s=0, sounds=SOUNDS, keep_calls=2)
    for n in range(5):
        machine.originate(Originate("PJSIP/1@c", f"c-{n}", "dialer-call", "s", 20, ("", ""), "", {}, ""))
    assert [call.channel_id for call in machine.far.calls] == ["c-3", "c-4"]


def test_a_recording_ends_with_its_channel() -> None:
    ended: list[tuple[str, float]] = []
    machine = Machine(
        talkative(leaves_after_s=9),
        rng=random.Random(0),
        epoch_s=0,
        sounds=SOUNDS,
        recorded=lambda path, seconds: ended.append((path, seconds)),
    )
    order = Originate("PJSIP/1@c", "c-1", "dialer-call", "s", 20, ("", ""), "", {"DIALER_HOLD_S": "60"}, "")
    machine.originate(order)
    machine.advance(4)
    machine.set_recording(machine.channels["c-1"], "/a.wav")
    machine.advance(20)
    assert ended == [("/a.wav", 6.0)]


def test_the_same_seed_tells_the_same_story() -> None:
    def story(seed: int) -> list[str]:
        bench = Bench(talkative(talk_s=5), disorder=0.5, seed=seed)
        for n in range(10):
            bench.seat(f"s-{n}")
            bench.call(f"c-{n}")
        bench.until(1.5)
        for n in range(10):
            bench.bridge(f"c-{n}", f"s-{n}")
        bench.until(60)
        return [repr(m.headers) for m in bench.heard]

    assert story(1) == story(1)
    assert sorted(story(1)) == sorted(story(2))
    assert story(1) != story(2)


PEOPLE = (
    Callee(ring_s=1, talk_s=4, patience_s=6),
    Callee(ring_s=2, talk_s=40, patience_s=1),
    Callee(ring_s=0, talk_s=3, presses_optout=True),
    Callee(Kind.MACHINE, ring_s=3, talk_s=9),
    Callee(Kind.NO_ANSWER),
    Callee(Kind.DEAD),
    Callee(Kind.UNROUTABLE),
    busy(),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["call", "seat", "wait", "bridge", "mark", "hang_up", "drop", "redirect", "record"]),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    max_size=60,
)


@given(STEPS, st.integers(0, 3))
def test_whatever_is_done_the_books_of_the_switch_balance(
    steps: list[tuple[str, int, int]], seed: int
) -> None:
    bench = Bench(Behaviour(lambda number: PEOPLE[int(number)]), disorder=0.3, seed=seed)
    machine = bench.machine
    for n, (verb, a, b) in enumerate(steps):
        if verb == "call":
            bench.call(
                f"c-{n}", str(a), DIALER_AMD=str(b % 2), DIALER_AGENT_DROP=("hang_up", "rescue")[b // 4]
            )
        elif verb == "seat":
            bench.seat(f"s-{n}")
        elif verb == "wait":
            bench.until(machine.now + a)
        else:
            disturb(machine, verb, a, b)
        bench.listen()
        balanced(bench)
    for channel in tuple(machine.channels.values()):
        machine.hang_up(channel, 16)
    bench.until(machine.now + 1000)
    balanced(bench)
    assert machine.channels == {}
    assert machine.timers.next_at() is None
    assert all(not call.open for call in machine.far.calls)


def disturb(machine: Machine, verb: str, a: int, b: int) -> None:
    """Does something to live channels, whatever they are in."""
    live = list(machine.channels.values())
    if not live:
        return
    one, other = live[a % len(live)], live[b % len(live)]
    if verb == "bridge" and one is not other:
        machine.bridge(one, other)
    elif verb == "mark":
        one.variables["DIALER_CONNECTED"] = "1"
    elif verb == "hang_up":
        machine.hang_up(one, 16)
    elif verb == "drop":
        machine.far_hangs_up(one)
    elif verb == "redirect":
        machine.redirect(one, ("dialer-rescue", "dialer-abandoned", "dialer-hold")[b % 3], "s")
    elif verb == "record":
        machine.set_recording(one, "/a.wav")


def balanced(bench: Bench) -> None:
    """Who is born dies once; who enters a bridge leaves it before the next; nobody is in two."""
    born, died, inside = Counter[str](), Counter[str](), dict[str, str]()
    for message in bench.heard:
        channel = message.get("Uniqueid")
        if message.event == "Newchannel":
            born[channel] += 1
        elif message.event == "Hangup":
            assert channel not in inside
            died[channel] += 1
        elif message.event == "BridgeEnter":
            assert channel not in inside
            inside[channel] = message.get("BridgeUniqueid")
        elif message.event == "BridgeLeave":
            assert inside.pop(channel) == message.get("BridgeUniqueid")
    live = {c.unique_id: c.bridge.unique_id for c in bench.machine.channels.values() if c.bridge is not None}
    assert inside == live
    assert max(born.values(), default=0) <= 1
    assert max(died.values(), default=0) <= 1
    assert set(born) - set(died) == set(bench.machine.channels)
