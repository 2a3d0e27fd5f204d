"""The small rooms of the embedded switch: timers, AstDB, causes, recordings, behaviour."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami.fake import Callee, Kind, busy, causes, congested, invalid
from ami.fake.actions import parse_caller, parse_variables
from ami.fake.astdb import AstDb
from ami.fake.recordings import Recordings
from ami.fake.timers import Timers, cancel


@given(st.lists(st.floats(0, 100), max_size=40))
def test_timers_run_in_the_order_of_their_instants_then_of_their_setting(instants: list[float]) -> None:
    timers = Timers()
    ran: list[tuple[float, int]] = []
    for n, at in enumerate(instants):
        timers.set(at, lambda at=at, n=n: ran.append((at, n)))
    while (timer := timers.pop(1000)) is not None:
        assert timer.act is not None
        timer.act()
    assert ran == sorted((at, n) for n, at in enumerate(instants))


def test_a_cancelled_timer_is_never_the_next() -> None:
    timers = Timers()
    first, second = timers.set(1, list), timers.set(2, list)
    cancel(first, None)
    assert timers.next_at() == 2
    assert timers.pop(1.5) is None
    assert timers.pop(2) is second
    assert timers.next_at() is None


def test_clearing_forgets_all_timers() -> None:
    timers = Timers()
    timers.set(1, list)
    timers.clear()
    assert timers.next_at() is None


def test_astdb_keeps_families_apart() -> None:
    db = AstDb()
    db.put("dialer/abandon", "c-1", "17")
    db.put("dialer/optout", "c-1", "18")
    db.put("dialers", "c-1", "19")
    assert db.get("dialer/abandon", "c-1") == "17"
    assert db.get("dialer/abandon", "c-2") is None
    assert db.tree("dialer") == [("/dialer/abandon/c-1", "17"), ("/dialer/optout/c-1", "18")]
    assert len(db.tree()) == 3
    assert db.tree("dialer", "optout") == [("/dialer/optout/c-1", "18")]


def test_cancelled_timers_are_not_kept_until_their_instant() -> None:
    timers = Timers()
    kept = timers.set(5.0, list)
    for n in range(5000):
        cancel(timers.set(1e6 + n, list))
    assert len(timers._heap) < 600
    assert timers.pop(10.0) is kept
    assert timers.next_at() is None


def test_astdb_deletes_once() -> None:
    db = AstDb()
    db.put("dialer/abandon", "c-1", "17")
    assert db.delete("dialer/abandon", "c-1")
    assert not db.delete("dialer/abandon", "c-1")
    db.put("dialer/abandon", "c-1", "17")
    db.put("dialer/abandon", "c-2", "17")
    assert db.delete_tree("dialer") == 2
    assert db.delete_tree("dialer") == 0


@pytest.mark.parametrize(
    ("sip", "cause", "status"),
    [
        (486, 17, "BUSY"),
        (600, 17, "BUSY"),
        (480, 19, "NOANSWER"),
        (483, 19, "NOANSWER"),
        (408, 18, "NOANSWER"),
        (404, 1, "NOANSWER"),
        (485, 1, "NOANSWER"),
        (604, 1, "NOANSWER"),
        (410, 22, "NOANSWER"),
        (484, 28, "NOANSWER"),
        (401, 21, "NOANSWER"),
        (403, 21, "NOANSWER"),
        (603, 21, "NOANSWER"),
        (607, 127, "NOANSWER"),
        (608, 127, "NOANSWER"),
        (400, 127, "NOANSWER"),
        (487, 127, "NOANSWER"),
        (488, 58, "NOANSWER"),
        (606, 58, "NOANSWER"),
        (500, 38, "NOANSWER"),
        (501, 29, "NOANSWER"),
        (502, 27, "NOANSWER"),
        (504, 102, "NOANSWER"),
        (503, 34, "CONGESTION"),
        (513, 34, "CONGESTION"),
        (580, 34, "CONGESTION"),
        (420, 3, "CHANUNAVAIL"),
        (302, 23, "CANCEL"),
    ],
)
def test_a_sip_response_becomes_asterisks_cause(sip: int, cause: int, status: str) -> None:
    assert causes.cause_of_sip(sip) == cause
    assert causes.dial_status(cause) == status
    assert causes.cause_text(cause) != ""
    assert causes.cause_text(999) == "Unknown"


def test_a_recording_is_a_valid_file_of_the_right_length(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path)
    recordings.write("/var/spool/c-1.wav", 61.5)
    path = tmp_path / "var/spool/c-1.wav"
    with wave.open(str(path)) as found:
        assert found.getnframes() / found.getframerate() == pytest.approx(61.5)
    assert path.stat().st_size < 10_000


@pytest.mark.parametrize("name", ["/../x.wav", "/a/../../x.wav", "..", "", "/"])
def test_a_recording_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    recordings = Recordings(tmp_path / "root")
    recordings.write(name, 1)
    assert list(tmp_path.rglob("*")) == []


def test_amd_hears_what_is_there_unless_told_otherwise() -> None:
    assert Callee(Kind.HUMAN).verdict()[0] == "HUMAN"
    assert Callee(Kind.MACHINE).verdict() == ("MACHINE", "MAXWORDS-3-2")
    assert Callee(Kind.HUMAN, amd_status="NOTSURE", amd_cause="TOOLONG-5000").verdict() == (
        "NOTSURE",
        "TOOLONG-5000",
    )


def test_the_usual_refusals_have_names() -> None:
    assert [callee.sip for callee in (busy(), invalid(), congested())] == [486, 404, 503]


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ('"Acme Ltd" <+15551000>', ("+15551000", "Acme Ltd")),
        ("Acme <1>", ("1", "Acme")),
        ("<+15551000>", ("+15551000", "")),
        ("+15551000", ("+15551000", "")),
        ("", ("", "")),
    ],
)
def test_a_caller_id_is_read_as_asterisk_does(text: str, parsed: tuple[str, str]) -> None:
    assert parse_caller(text) == parsed


def test_variables_split_at_commas_that_are_not_escaped() -> None:
    assert parse_variables(("B=x,C=3", "__D=a\\,b", "E=q=r")) == {"B": "x", "C": "3", "D": "a,b", "E": "q=r"}
