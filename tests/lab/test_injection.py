"""Hostile words in lists, names and variables reach a real Asterisk as text, or are refused before the line."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

import ami
from ami import actions
from ami.client import Connection
from ami.errors import Unsendable
from dialer.lab.lab import Lab
from tests.lab.driver import Driver

pytestmark = pytest.mark.asterisk

WORDS = (
    "a,b", "a|b", "a&b", "${SHELL(touch /tmp/owned)}", "$[1+1]", "a)b(", 'a"b', "a;b", "a\\b",
    "a\r\nAction: Originate",
    "a\nb", "a\x00b", "a\u2028b", "^{EPOCH}", "a<b>", "a%b", "a`id`b", "é中 #1", "=x", "A.b-c_d:e@f/g+h*i",
    "x" * 401, "",
)  # fmt: skip
BAD_NUMBERS = (
    "12@evil.example", "12,13", "12&PJSIP/13", "12/n", "${EXTEN}", "12\r\nVariable: x=y", "12;cause=1", "1|2", "sip:1",
)  # fmt: skip


async def test_a_variable_arrives_as_it_was_written_or_is_refused(
    driver: Driver, lab: Lab, serial: Callable[[], int]
) -> None:
    node = lab.node
    line = Connection(
        ami.NodeAddress("pbx", node.host, node.port, node.username, node.secret),
        lambda *_: None,
        clock=time.time,
    )
    call = await driver.answered(lab.number("silent", serial()), DIALER_HOLD_S=60)
    sent = set()
    await line.open(connect_timeout_s=20, boot_timeout_s=20)
    try:
        for n, word in enumerate(WORDS):
            with suppress(Unsendable):
                await line.request(actions.set_var(call, f"DIALER_WORD_{n}", word), 20)
                sent.add(word)
            got = await driver.line.ask("Getvar", ("Channel", call), ("Variable", f"DIALER_WORD_{n}"))
            assert got["Value"] == (word if word in sent else ""), word
    finally:
        await line.close()
    assert sent == {"é中 #1", "=x", "A.b-c_d:e@f/g+h*i", ""}
    await driver.hang_up(call)


def test_a_number_names_nothing_but_itself() -> None:
    for number in BAD_NUMBERS:
        with pytest.raises(Unsendable):
            ami.dial_string("PJSIP/{number}@carrier", number)


@pytest.mark.parametrize("name", ["Ann|x", "${X}", "Ann\r\nAction: x", 'A" <1>', "A;b", "A\\"])
def test_a_shown_name_is_no_argument(name: str) -> None:
    call = ami.Outgoing("c-1", "PJSIP/1@carrier", caller_id=f'"{name}" <+442079460000>')
    with pytest.raises(Unsendable):
        actions.originate_call(call)


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/a/../b.raw",
        "/a/..",
        "a.raw",
        "/a b.raw",
        "/a,b",
        "/a|rm",
        "/${X}",
        "/a\nb",
        "//a",
        "/",
    ],
)
def test_a_recording_stays_where_recordings_go(path: str) -> None:
    with pytest.raises(Unsendable):
        actions.record("c-1", path)
