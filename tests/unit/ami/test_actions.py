"""Builders refuse whatever Asterisk or its dialplan would read as more than a value."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ami import actions
from ami.actions import Action, Outgoing
from ami.errors import Unsendable
from ami.wire import Decoder

HOSTILE = '\r\n\0|,&;^!${}()[]\\"`<>'
nasty = st.text(max_size=20) | st.text(f"{HOSTILE}+0123456789abcZ/@ ", max_size=20)

Build = Callable[[str], Action]
BUILDERS: dict[str, Build] = {
    "number in a template": lambda t: actions.originate_call(
        Outgoing("c-1", actions.dial_string("PJSIP/{number}@carrier", t))
    ),
    "number": lambda t: actions.originate_call(Outgoing("c-1", f"PJSIP/{t}@carrier")),
    "dial string": lambda t: actions.originate_call(Outgoing("c-1", t)),
    "call id": lambda t: actions.originate_call(Outgoing(t, "PJSIP/1@carrier")),
    "account": lambda t: actions.originate_call(Outgoing("c-1", "PJSIP/1@carrier", account=t)),
    "agent_drop": lambda t: actions.originate_call(Outgoing("c-1", "PJSIP/1@carrier", agent_drop=t)),
    "variable": lambda t: actions.originate_call(Outgoing("c-1", "PJSIP/1@c", variables={"NAME": t})),
    "variable name": lambda t: actions.originate_call(Outgoing("c-1", "PJSIP/1@c", variables={t: "x"})),
    "seat id": lambda t: actions.originate_seat(t, "PJSIP/a", agent_exten="a1", timeout_s=20),
    "agent": lambda t: actions.originate_seat("s-1", "PJSIP/a", agent_exten=t, timeout_s=20),
    "endpoint": lambda t: actions.originate_seat("s-1", t, agent_exten="a1", timeout_s=20),
    "bridge": lambda t: actions.bridge(t, "s-1", tone=True),
    "seat in bridge": lambda t: actions.bridge("c-1", t, tone=False),
    "hang up": lambda t: actions.hang_up(t, 16),
    "set_var": lambda t: actions.set_var("c-1", "NAME", t),
    "set_var name": lambda t: actions.set_var("c-1", t, "x"),
    "get_var": lambda t: actions.get_var("c-1", t),
    "redirect": lambda t: actions.redirect("c-1", t, "s"),
    "redirect exten": lambda t: actions.redirect("c-1", "dialer-call", t),
    "redirect both": lambda t: actions.redirect_both("c-1", "s", t, "s", "dialer-three"),
    "record": lambda t: actions.record("c-1", t),
    "record below": lambda t: actions.record("c-1", f"/var/{t}"),
    "mute": lambda t: actions.mute_recording(t, muted=True),
    "party": lambda t: actions.originate_party(t, "c-1", "PJSIP/1@c", timeout_s=20),
    "party's call": lambda t: actions.originate_party("x-1", t, "PJSIP/1@c", timeout_s=20),
    "party's number": lambda t: actions.originate_party("x-1", "c-1", f"PJSIP/{t}@c", timeout_s=20),
    "status": lambda t: actions.status((t,)),
    "sound": lambda t: actions.choose_sound("s-1", t),
    "family": actions.read_tree,
    "key": lambda t: actions.delete_key("dialer/abandon", t),
    "module": actions.module_check,
    "context": actions.show_dialplan,
}
# Separators that are part of a value we build ourselves; nothing else may hold them.
SEPARATORS = set("\r\n\0|,&;^!$`\\")


@pytest.mark.parametrize("what", BUILDERS)
@given(text=nasty)
@example(text="1\r\nAction: Command\r\nCommand: core stop now")
@example(text="1|evil")
@example(text="1,evil")
@example(text="1&PJSIP/2@carrier")
@example(text="1;evil")
@example(text="${SHELL(id)}")
@example(text="x=1,Y")
def test_a_hostile_text_is_refused_or_stays_one_plain_value(what: str, text: str) -> None:
    try:
        action = BUILDERS[what](text)
    except Unsendable:
        return
    (received,) = Decoder(banner=False).feed(action.encode("id-1"))
    assert received.headers == (("Action", action.name), ("ActionID", "id-1"), *action.headers)
    for _, value in received.headers:
        assert not SEPARATORS & set(value)


@given(nasty)
@example('"Acme" <+1555>\r\nVariable: X=1')
@example("+1555,evil")
def test_a_caller_id_is_refused_or_stays_one_header(text: str) -> None:
    try:
        action = actions.originate_call(Outgoing("c-1", "PJSIP/1@carrier", caller_id=text))
    except Unsendable:
        return
    (received,) = Decoder(banner=False).feed(action.encode("id-1"))
    assert received.get_all("CallerID") == ((text,) if text else ())
    assert [name for name, _ in received.headers].count("Variable") == 4


@pytest.mark.parametrize("text", ['"Smith, Jones & Co" <+15551000>', "<+15551000>", "+15551000", '"Zoë" <1>'])
def test_the_names_companies_have_are_fine_as_caller_id(text: str) -> None:
    action = actions.originate_call(Outgoing("c-1", "PJSIP/1@carrier", caller_id=text))
    assert ("CallerID", text) in action.headers


def test_a_call_carries_what_the_dialplan_needs_and_its_id_in_the_action_id() -> None:
    call = Outgoing("c-a-1-7", "PJSIP/+15551000@carrier", "+15550000", 21.5, 2, amd=True, account="spring")
    action = actions.originate_call(call)
    assert action.action_id == "c-a-1-7.originate"
    headers = dict(action.headers)
    assert headers["Timeout"] == "21500"
    assert headers["Async"] == "true"
    assert headers["ChannelId"] == "c-a-1-7"
    assert (headers["Context"], headers["Exten"]) == ("dialer-call", "s")
    assert "EarlyMedia" not in headers
    assert [value for name, value in action.headers if name == "Variable"] == [
        "DIALER_CALL_ID=c-a-1-7",
        "DIALER_HOLD_S=2",
        "DIALER_AMD=1",
        "DIALER_AGENT_DROP=hang_up",
    ]


def test_a_seat_runs_at_the_agents_own_extension() -> None:
    action = actions.originate_seat("s-1", "PJSIP/agent101", agent_exten="agent101", timeout_s=20)
    assert ("Context", "dialer-seat") in action.headers
    assert ("Exten", "agent101") in action.headers


@pytest.mark.parametrize(
    "call",
    [
        Outgoing("c-1", "Local/1@somewhere"),
        Outgoing("c-1", "PJSIP/1@c", hold_s=0),
        Outgoing("c-1", "PJSIP/1@c", ring_timeout_s=0),
        Outgoing("c-1", "PJSIP/1@c", ring_timeout_s=float("nan")),
        Outgoing("c-1", "PJSIP/1@c", variables={"LONG": "x" * 500}),
    ],
)
def test_a_call_that_could_not_work_is_refused(call: Outgoing) -> None:
    with pytest.raises(Unsendable):
        actions.originate_call(call)


def test_a_hang_up_has_a_cause_that_exists() -> None:
    assert ("Cause", "17") in actions.hang_up("c-1", 17).headers
    with pytest.raises(Unsendable):
        actions.hang_up("c-1", 128)


def test_a_recording_stays_below_its_folder() -> None:
    actions.record("c-1", "/var/spool/asterisk/monitor/c-1.wav")
    with pytest.raises(Unsendable):
        actions.record("c-1", "/var/spool/../../etc/passwd")


def test_the_repr_of_an_action_shows_no_values() -> None:
    assert "+1555" not in repr(actions.originate_call(Outgoing("c-1", "PJSIP/+1555@c")))


@pytest.mark.parametrize(
    "number", ["", "1@evil", "1@evil/", "carrier2/sip:1", "sip:1", "{number}", "1 2", "1x", "+", "++1", "١٢٣"]
)
def test_a_number_names_nothing_but_a_number(number: str) -> None:
    with pytest.raises(Unsendable, match="number"):
        actions.dial_string("PJSIP/{number}@carrier", number)


def test_a_number_goes_where_the_template_says() -> None:
    assert actions.dial_string("PJSIP/{number}@carrier", "+447100000001") == "PJSIP/+447100000001@carrier"
    assert actions.dial_string("DAHDI/g1/{number}", "0711") == "DAHDI/g1/0711"
    assert actions.dial_string("PJSIP/out/sip:{number}@sbc:5061", "0711") == "PJSIP/out/sip:0711@sbc:5061"


def test_a_call_goes_to_one_place_only() -> None:
    with pytest.raises(Unsendable):
        actions.originate_call(Outgoing("c-1", "PJSIP/1@evil@carrier"))
