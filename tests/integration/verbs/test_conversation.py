"""What an agent does in a conversation, through the use cases on the whole daemon and the embedded switch."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dialer.control import ControlError
from tests.parts.desks import at_desks, person
from tests.parts.virtual_time import on_virtual_time

ONE = (person(1),)
TWO = (person(1), person(2))
OUTSIDE = person(77).number


async def refused(wish: Any) -> str:
    with pytest.raises(ControlError) as caught:
        await wish
    assert str(caught.value)
    return caught.value.id


@on_virtual_time
async def test_an_agent_ends_the_conversation_and_is_in_wrap_up(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        assert await refused(desks.control.hang_up("a0")) == "no_call"
        await desks.talking("a0")
        await asyncio.sleep(20)
        await desks.control.hang_up("a0")
        await desks.until_state("a0", "wrapup")
        await desks.until(lambda: not desks.floor.calls)
        (attempt,) = await desks.attempts()
        assert (attempt.outcome, attempt.agent, attempt.abandoned) == ("connected", "a0", False)
        assert attempt.talk_s == pytest.approx(20, abs=1)


@on_virtual_time
async def test_a_hold_is_music_for_the_person_and_no_end_of_the_conversation(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call = await desks.talking("a0")
        await asyncio.sleep(10)
        await desks.control.hold("a0")
        await desks.until(lambda: desks.call("a0").parked_at is not None)
        assert desks.together(call.id)
        assert desks.together(desks.agent("a0").seat_id)
        assert [what for _, what in desks.asterisk.calls[0].heard][-1] == "music"
        shown = await desks.control.call_of("a0")
        assert shown is not None
        assert shown["held"]
        assert shown["verbs"] == ["hang_up", "unhold", "transfer", "add"]
        assert await refused(desks.control.hold("a0")) == "already_held"
        await asyncio.sleep(30)
        assert desks.agent("a0").state.value == "talking"
        await desks.control.unhold("a0")
        await desks.until(lambda: desks.together(call.id, desks.agent("a0").seat_id))
        assert await refused(desks.control.unhold("a0")) == "not_held"
        await asyncio.sleep(5)
        desks.hang_up(call.id)
        await desks.until_state("a0", "wrapup")
        (attempt,) = await desks.attempts()
        assert attempt.talk_s == pytest.approx(45, abs=1)
        assert not attempt.abandoned
        assert desks.told("call_held", "call_unheld") == ["call_held", "call_unheld"]
        (ended,) = [fact for fact in desks.facts if fact["fact"] == "attempt_ended"]
        assert ended["parked_s"] == pytest.approx(30, abs=0.5)


@on_virtual_time
async def test_who_hangs_up_on_hold_ends_the_conversation(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call = await desks.talking("a0")
        await desks.control.hold("a0")
        await desks.until(lambda: desks.call("a0").parked_at is not None)
        desks.hang_up(call.id)
        await desks.until_state("a0", "wrapup")
        (attempt,) = await desks.attempts()
        assert (attempt.outcome, attempt.abandoned) == ("connected", False)


@pytest.mark.parametrize(("drop", "outcome"), [("hang_up", False), ("rescue", True)])
@on_virtual_time
async def test_a_phone_that_drops_during_a_hold_leaves_nobody_in_the_music(
    tmp_path: Path, drop: str, outcome: bool
) -> None:
    async with at_desks(tmp_path, ONE, agent_drop=drop) as desks:
        call = await desks.talking("a0")
        await desks.control.hold("a0")
        await desks.until(lambda: desks.call("a0").parked_at is not None)
        seat = desks.agent("a0").seat_id
        assert seat is not None
        desks.hang_up(seat)
        await desks.until_state("a0", "away")
        if outcome:
            await desks.control.ready("a1", skip_interval=True)
            await desks.until(lambda: desks.together(call.id, desks.agent("a1").seat_id))
            assert desks.call("a1").id == call.id
        else:
            await desks.until(lambda: call.id not in desks.asterisk.machine.channels)


@on_virtual_time
async def test_a_person_is_given_to_an_agent_who_is_free_and_to_no_other(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call = await desks.talking("a0")
        assert await refused(desks.control.transfer("a0", to_agent="a1")) == "agent_busy"
        assert await refused(desks.control.transfer("a0", to_agent="a0")) == "transfer_self"
        assert await refused(desks.control.transfer("a0")) == "bad_request"
        await desks.control.ready("a1", skip_interval=True)
        await desks.until_state("a1", "ready")
        await asyncio.sleep(10)
        await desks.control.transfer("a0", to_agent="a1")
        assert desks.agent("a1").call_id == call.id
        await desks.until_state("a1", "talking")
        await desks.until_state("a0", "wrapup")
        await desks.until(lambda: desks.together(call.id, desks.agent("a1").seat_id))
        await asyncio.sleep(10)
        desks.hang_up(call.id)
        await desks.until_state("a1", "wrapup")
        await desks.control.dispose("a1", "done")
        (attempt,) = await desks.attempts()
        assert (attempt.agent, attempt.disposition, attempt.abandoned) == ("a1", "done", False)
        assert attempt.talk_s == pytest.approx(20, abs=1)


@on_virtual_time
async def test_what_was_said_before_a_person_was_given_away_stands_where_the_last_agent_says_nothing(
    tmp_path: Path,
) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call = await desks.talking("a0")
        await desks.control.ready("a1", skip_interval=True)
        await desks.until_state("a1", "ready")
        await desks.control.transfer("a0", to_agent="a1")
        await desks.until_state("a0", "wrapup")
        await desks.control.dispose("a0", "done")
        await desks.until(lambda: desks.together(call.id, desks.agent("a1").seat_id))
        desks.hang_up(call.id)
        await desks.until_state("a1", "wrapup")
        await desks.until(lambda: desks.agent("a1").state.value != "wrapup", within_s=600)
        (attempt,) = await desks.attempts()
        assert (attempt.agent, attempt.disposition) == ("a1", "done")
        assert [fact["code"] for fact in desks.facts if fact["fact"] == "disposition"] == ["done"]


@on_virtual_time
async def test_a_person_is_given_to_a_number_when_that_answers_and_not_before(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call = await desks.talking("a0")
        await desks.control.transfer("a0", to_number=OUTSIDE)
        assert await refused(desks.control.transfer("a0", to_number=OUTSIDE)) == "party_there"
        assert desks.together(call.id, desks.agent("a0").seat_id)
        await desks.until_state("a0", "wrapup")
        (party,) = desks.floor.parties
        await desks.until(lambda: desks.together(call.id, party))
        await desks.control.dispose("a0", "done")
        await asyncio.sleep(60)
        assert desks.together(call.id, party)
        desks.hang_up(party)
        await desks.until(
            lambda: (
                not desks.asterisk.machine.channels.keys() - {desks.agent(f"a{n}").seat_id for n in range(3)}
            )
        )
        await desks.until(lambda: not desks.floor.calls)
        (attempt,) = await desks.attempts()
        assert (attempt.outcome, attempt.agent, attempt.disposition) == ("connected", "a0", "done")
        assert attempt.talk_s == pytest.approx(3.5, abs=1.5)
        assert not desks.floor.parties


@pytest.mark.parametrize("number", ["+882161234567", "+44909876543", "112", "+15005550006", "not a number"])
@on_virtual_time
async def test_toll_fraud_has_no_door(tmp_path: Path, number: str) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call = await desks.talking("a0")
        for verb in (desks.control.transfer, desks.control.add):
            assert await refused(verb("a0", to_number=number)) == "number_refused"
        assert desks.together(call.id, desks.agent("a0").seat_id)
        assert not desks.floor.parties


@on_virtual_time
async def test_three_in_one_conversation_and_two_again(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call, seat = await desks.talking("a0"), desks.agent("a0").seat_id
        await desks.control.add("a0", to_number=OUTSIDE)
        (party,) = desks.floor.parties
        await desks.until(lambda: desks.together(call.id, seat, party))
        shown = await desks.control.call_of("a0")
        assert shown is not None
        assert shown["party"]["state"] == "joined"
        assert OUTSIDE not in str(shown)
        assert await refused(desks.control.hold("a0")) == "party_there"
        await asyncio.sleep(20)
        await desks.control.drop("a0")
        await desks.until(lambda: desks.together(call.id, seat))
        assert not desks.floor.parties
        await desks.control.hold("a0")
        await desks.until(lambda: desks.call("a0").parked_at is not None)
        assert desks.agent("a0").state.value == "talking"


@on_virtual_time
async def test_the_agent_leaves_three_and_the_others_go_on(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call, seat = await desks.talking("a0"), desks.agent("a0").seat_id
        assert await refused(desks.control.leave("a0")) == "no_party"
        await desks.control.add("a0", to_number=OUTSIDE)
        (party,) = desks.floor.parties
        await desks.until(lambda: desks.together(call.id, seat, party))
        await desks.control.leave("a0")
        assert desks.agent("a0").state.value == "wrapup"
        await desks.until(lambda: desks.together(call.id, party))
        await desks.until(lambda: desks.together(seat))
        desks.hang_up(party)
        await desks.until(lambda: not desks.floor.calls)


@on_virtual_time
async def test_agent_and_third_party_speak_apart_before_they_are_three(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call, seat = await desks.talking("a0"), desks.agent("a0").seat_id
        await desks.control.hold("a0")
        await desks.until(lambda: desks.call("a0").parked_at is not None)
        await desks.control.add("a0", to_number=OUTSIDE)
        (party,) = desks.floor.parties
        await desks.until(lambda: desks.together(seat, party))
        assert desks.together(call.id)
        shown = await desks.control.call_of("a0")
        assert shown is not None
        assert shown["party"]["state"] == "consult"
        await desks.control.unhold("a0")
        await desks.until(lambda: desks.together(call.id, seat, party))
        assert desks.call("a0").parked_at is None


@on_virtual_time
async def test_after_speaking_apart_the_agent_leaves_the_two_to_each_other(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call, seat = await desks.talking("a0"), desks.agent("a0").seat_id
        await desks.control.hold("a0")
        await desks.until(lambda: desks.call("a0").parked_at is not None)
        await desks.control.add("a0", to_number=OUTSIDE)
        (party,) = desks.floor.parties
        await desks.until(lambda: desks.together(seat, party))
        await desks.control.leave("a0")
        await desks.until(lambda: desks.together(call.id, party))
        await desks.until_state("a0", "wrapup")
        desks.hang_up(call.id)
        await desks.until(lambda: party not in desks.asterisk.machine.channels)


@on_virtual_time
async def test_another_agent_helps_and_then_has_the_person(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call, seat = await desks.talking("a0"), desks.agent("a0").seat_id
        await desks.control.ready("a1", skip_interval=True)
        await desks.until_state("a1", "ready")
        await desks.control.add("a0", to_agent="a1")
        other = desks.agent("a1").seat_id
        await desks.until(lambda: desks.together(call.id, seat, other))
        await desks.until_state("a1", "talking")
        assert await refused(desks.control.hang_up("a2")) == "no_call"
        await desks.control.leave("a0")
        await desks.until(lambda: desks.together(call.id, other))
        assert desks.call("a1").agent_id == "a1"
        assert desks.agent("a0").state.value == "wrapup"
        desks.hang_up(call.id)
        await desks.until_state("a1", "wrapup")
        await desks.until(lambda: desks.together(other))


@on_virtual_time
async def test_a_helping_agent_goes_without_a_word_and_the_person_stays(tmp_path: Path) -> None:
    async with at_desks(tmp_path, ONE) as desks:
        call, seat = await desks.talking("a0"), desks.agent("a0").seat_id
        await desks.control.ready("a1", skip_interval=True)
        await desks.until_state("a1", "ready")
        await desks.control.add("a0", to_agent="a1")
        other = desks.agent("a1").seat_id
        await desks.until(lambda: desks.together(call.id, seat, other))
        await desks.control.leave("a1")
        await desks.until(lambda: desks.together(call.id, seat))
        await desks.until_state("a1", "ready", "interval")
        await desks.until(lambda: desks.together(other))


@on_virtual_time
async def test_a_third_party_who_does_not_answer_costs_nothing(tmp_path: Path) -> None:
    from dialer.lab.people import Kind, Person

    nobody = Person(Kind.NO_ANSWER, 5).number
    async with at_desks(tmp_path, ONE) as desks:
        call, seat = await desks.talking("a0"), desks.agent("a0").seat_id
        await desks.control.transfer("a0", to_number=nobody)
        await desks.until(lambda: not desks.floor.parties)
        assert desks.together(call.id, seat)
        shown = await desks.control.call_of("a0")
        assert shown is not None
        assert shown["trouble"]
        assert desks.agent("a0").state.value == "talking"


@pytest.mark.parametrize("mode", ["off", "on_demand", "always"])
@on_virtual_time
async def test_recording_obeys_the_campaign(tmp_path: Path, mode: str) -> None:
    more = {"recording": {"mode": mode, "folder": "/spool"}}
    async with at_desks(tmp_path, ONE, recordings=tmp_path / "switch", more=more) as desks:
        call = await desks.talking("a0")
        record = desks.control.record
        if mode == "off":
            assert await refused(record("a0", "start")) == "recording_off"
            return
        if mode == "always":
            assert await refused(record("a0", "stop")) == "recording_always"
            assert await refused(record("a0", "start")) == "recording_on"
        else:
            assert await refused(record("a0", "stop")) == "not_recording"
            await record("a0", "start")
        await asyncio.sleep(5)
        await record("a0", "pause")
        await record("a0", "resume")
        await asyncio.sleep(5)
        shown = await desks.control.call_of("a0")
        assert shown is not None
        assert shown["recording"]["on"]
        file = tmp_path / "switch/spool" / shown["recording"]["file"]
        assert file.name.startswith(call.id)
        if mode == "on_demand":
            await record("a0", "stop")
        else:
            desks.hang_up(call.id)
            await desks.until_state("a0", "wrapup")
        await desks.until(file.exists)
        assert file.stat().st_size / (8000 * 4) == pytest.approx(10, abs=1)
        told = desks.told("recording_started", "recording_paused", "recording_resumed", "recording_stopped")
        assert told == ["recording_started", "recording_paused", "recording_resumed", "recording_stopped"]
