"""Messages of Asterisk 22 become typed facts; what is not ours or not understood becomes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami import events
from ami.events import Event
from ami.wire import Decoder, Message

STAMP = ("Timestamp", "1795352827.123456")


def parsed(*headers: tuple[str, str]) -> Event | None:
    return events.parse(Message([*headers, STAMP]), "pbx", 5.0)


def test_at_is_the_switchs_own_instant_and_received_is_ours() -> None:
    event = parsed(("Event", "Hangup"), ("Uniqueid", "c-1"), ("Cause", "17"), ("TechCause", "486"))
    assert event == events.ChannelHungUp(1795352827.123456, "pbx", 5.0, "c-1", 17, "", 486)


@pytest.mark.parametrize("stamp", ["", "yesterday", "nan", "inf", "-1", "1e300"])
def test_without_a_usable_timestamp_the_instant_is_when_it_came(stamp: str) -> None:
    event = events.parse(Message([("Event", "Hangup"), ("Timestamp", stamp)]), "pbx", 5.0)
    assert event is not None
    assert event.at == 5.0


def test_an_originate_is_told_by_its_action_id_and_not_by_the_uniqueid() -> None:
    event = parsed(
        ("Event", "OriginateResponse"),
        ("ActionID", "c-2.originate"),
        ("Response", "Failure"),
        ("Reason", "3"),
        ("Uniqueid", "c-1"),
    )
    assert isinstance(event, events.OriginateFailed)
    assert (event.channel_id, event.reason) == ("c-2", 3)


def test_an_originate_of_somebody_else_is_not_ours() -> None:
    assert parsed(("Event", "OriginateResponse"), ("ActionID", "42"), ("Response", "Success")) is None


@pytest.mark.parametrize(
    ("event", "status", "kind"),
    [
        ("DialState", "RINGING", events.ChannelRang),
        ("DialState", "PROGRESS", events.ChannelProgressed),
        ("DialState", "PROCEEDING", events.ChannelProgressed),
        ("DialEnd", "ANSWER", events.ChannelAnswered),
        ("DialEnd", "BUSY", events.DialFailed),
    ],
)
def test_dialing_is_told_of_the_called_channel(event: str, status: str, kind: type[Event]) -> None:
    fact = parsed(("Event", event), ("DestUniqueid", "c-1"), ("DialStatus", status))
    assert type(fact) is kind
    assert getattr(fact, "channel_id") == "c-1"  # noqa: B009 - the base class has none


@pytest.mark.parametrize(("technology", "holding"), [("holding_bridge", True), ("simple_bridge", False)])
def test_a_bridge_says_whether_it_holds(technology: str, holding: bool) -> None:
    event = parsed(
        ("Event", "BridgeEnter"),
        ("BridgeUniqueid", "b-1"),
        ("BridgeTechnology", technology),
        ("BridgeName", "seat-s-1"),
        ("BridgeNumChannels", "2"),
        ("Uniqueid", "c-1"),
    )
    assert isinstance(event, events.BridgeEntered)
    assert (event.bridge_name, event.holding, event.members) == ("seat-s-1", holding, 2)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DialerAbandon", events.DialerAbandon),
        ("DialerOptOut", events.DialerOptOut),
        ("DialerReleased", events.DialerReleased),
        ("DialerRescue", events.DialerRescue),
    ],
)
def test_the_dialplans_own_events_carry_the_call(name: str, kind: type[Event]) -> None:
    fact = parsed(("Event", "UserEvent"), ("UserEvent", name), ("CallID", "c-9"))
    assert fact == kind(1795352827.123456, "pbx", 5.0, "c-9")  # type: ignore[call-arg]


def test_a_machine_is_told_with_its_cause() -> None:
    fact = parsed(
        ("Event", "UserEvent"),
        ("UserEvent", "DialerAmd"),
        ("CallID", "c-9"),
        ("Status", "MACHINE"),
        ("Cause", "MAXWORDS-3-2"),
    )
    assert isinstance(fact, events.DialerAmd)
    assert (fact.status, fact.cause) == ("MACHINE", "MAXWORDS-3-2")


def test_talking_is_told_in_seconds() -> None:
    fact = parsed(("Event", "ChannelTalkingStop"), ("Uniqueid", "c-1"), ("Duration", "1250"))
    assert isinstance(fact, events.TalkStopped)
    assert fact.duration_s == 1.25
    assert isinstance(parsed(("Event", "ChannelTalkingStart"), ("Uniqueid", "c-1")), events.TalkStarted)


def test_user_events_and_events_of_others_are_nothing() -> None:
    assert parsed(("Event", "UserEvent"), ("UserEvent", "SomebodyElse")) is None
    assert parsed(("Event", "VarSet")) is None
    assert parsed(("Event", "DialState"), ("DialStatus", "")) is None


@given(st.sampled_from([name.decode() for name in events.WANTED]), st.binary(max_size=200))
def test_no_content_of_an_event_is_fatal(name: str, noise: bytes) -> None:
    lines = noise.replace(b"0", b"\r\nCause: ").replace(b"1", b"\r\nReason: ")
    for message in Decoder(banner=False).feed(b"Event: " + name.encode() + b"\r\n" + lines + b"\r\n\r\n"):
        events.parse(message, "pbx", 5.0)


def test_a_snapshots_entry_is_read_with_its_call_id_and_duration() -> None:
    channel = events.live_channel(
        Message(
            [
                ("Event", "CoreShowChannel"),
                ("Channel", "PJSIP/carrier-00000001"),
                ("ChannelStateDesc", "Up"),
                ("Uniqueid", "c-1"),
                ("BridgeId", "b-1"),
                ("Application", "BridgeWait"),
                ("Duration", "01:02:03"),
                ("AccountCode", "spring"),
                ("ChanVariable", "DIALER_CALL_ID=c-1"),
            ]
        )
    )
    assert channel.duration_s == 3723
    assert (channel.channel_id, channel.call_id, channel.bridge_id) == ("c-1", "c-1", "b-1")


def test_a_seat_has_no_call_id() -> None:
    assert events.live_channel(Message([("ChanVariable", "DIALER_CALL_ID=")])).call_id == ""


def test_flags_are_sorted_by_family_and_say_what_may_be_cleared() -> None:
    flags = events.flags(
        [
            ("/dialer/abandon/c-1", "1795352827"),
            ("/dialer/optout/c-1", "1795352830"),
            ("/dialer/optout/c-2", "garbage"),
            ("/dialer/version", "1"),
            ("/else/where/c-1/x", "1"),
        ]
    )
    assert flags.abandon == {"c-1": 1795352827.0}
    assert flags.optout == {"c-1": 1795352830.0, "c-2": 0.0}
    assert flags.keys == (("abandon", "c-1"), ("optout", "c-1"), ("optout", "c-2"))


def test_a_recorded_call_of_asterisk_22_is_told_from_ringing_to_its_end() -> None:
    recorded = Path(__file__).parents[2] / "parts/recorded/connected_call.txt"
    data = recorded.read_text().replace("\n", "\r\n").encode()
    messages = Decoder(banner=False, wanted=events.WANTED).feed(data)
    told = [events.parse(m, "pbx", 5.0) for m in messages if m.is_event]
    call = [type(e).__name__ for e in told if getattr(e, "channel_id", "") == "c-1-1-1"]
    assert call == [
        "ChannelRang",
        "ChannelAnswered",
        "OriginateSucceeded",
        "BridgeEntered",
        "BridgeLeft",
        "BridgeEntered",
        "BridgeLeft",
        "ChannelHungUp",
    ]
    instants = [event.at for event in told if event is not None]
    assert instants == sorted(instants)
    assert all(at != 5.0 for at in instants)
