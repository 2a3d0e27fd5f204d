"""The carrier's record as it is written, also while a line is being written."""

from __future__ import annotations

from pathlib import Path

from dialer.lab import record
from dialer.lab.people import Kind

LINE = "447110506007,30003,+442071234567,100.5,101.25,104.75,16,caller,9,/lab/slot-0/heard.wav\n"
PHONE = "agent101,30005,,99.5,,120.0,19,callee,,\n"


def test_no_record_yet_is_no_call(tmp_path: Path) -> None:
    assert record.read(tmp_path / "none.csv", None) == []


def test_a_call_is_read_with_its_person_and_instants(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(LINE)
    (call,) = record.read(tmp_path / "calls.csv", Path("/root"))
    assert (call.number, call.kind, call.pressed, call.ended_by) == ("+447110506007", "optout", "9", "caller")
    assert call.person is not None
    assert call.person.kind is Kind.OPTOUT
    assert (call.arrived_at, call.answered_at, call.ended_at) == (100.5, 101.25, 104.75)
    assert call.heard == Path("/root/lab/slot-0/heard.wav")


def test_calls_come_in_order_of_arrival_and_phones_are_agents(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(LINE + PHONE)
    first, second = record.read(tmp_path / "calls.csv", None)
    assert (first.kind, first.answered_at, first.heard) == ("agent", None, None)
    assert second.heard == Path("/lab/slot-0/heard.wav")


def test_a_line_being_written_and_a_strange_one_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(LINE + "not,a,call\n" + PHONE.rstrip("\n"))
    assert len(record.read(tmp_path / "calls.csv", None)) == 1
