"""A supervisor listens, whispers, barges in and leaves, on the embedded switch: who may, who is told, and the log."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import storage
from dialer.board import Board
from dialer.control import ControlError
from tests.parts.desks import CAMPAIGN, Desks, at_desks, person
from tests.parts.virtual_time import on_virtual_time

PEOPLE = tuple(person(n) for n in range(1, 5))
PHONE = "PJSIP/boss1@phones"


async def _supervisor(desks: Desks, user: str = "eva", phone: str = PHONE, **more: Any) -> None:
    db, now = desks.control.dialer.db, desks.control.dialer.clock.utc()
    told: Any = {"role": "supervisor", "agent_id": None, **more}
    await storage.users.add(db, user, password_hash="x", now=now, phone=phone, **told)


def _ears(desks: Desks, agent: str = "a0") -> list[tuple[str, str, str]]:
    found = desks.control.dialer.listening.ears.of_agent(agent)
    return [(ear.user, ear.mode.value, ear.stage.value) for ear in found]


async def _on(desks: Desks, mode: str, agent: str = "a0") -> None:
    await desks.until(lambda: _ears(desks, agent) == [("eva", mode, "on")])


def _phone_of(desks: Desks) -> str:
    (ear,) = desks.control.dialer.listening.ears
    return ear.id


def _heard_on_the_switch(desks: Desks) -> dict[str, tuple[str, str]]:
    machine = desks.asterisk.machine
    return {
        one.unique_id: (one.variables["DIALER_HEARS"], machine.spies.mode(one))
        for one in machine.channels.values()
        if one.unique_id.startswith("l-")
    }


async def _log(desks: Desks, count: int) -> list[tuple[str, str, dict[str, Any]]]:
    """What the audit log says of listening, oldest first, once it says so much."""
    db = desks.control.dialer.db
    async with asyncio.timeout(600):
        while True:
            rows = [one for one in await storage.audit.page(db) if one.action.startswith("listen.")]
            if len(rows) >= count:
                return [(one.action, one.target, json.loads(one.after)) for one in reversed(rows)]
            await asyncio.sleep(0.1)


@on_virtual_time
async def test_a_supervisor_goes_through_modes_and_people_and_the_calls_never_notice(tmp_path: Path) -> None:
    async with at_desks(tmp_path, PEOPLE) as desks:
        await _supervisor(desks)
        listen = desks.control.listen
        first = await desks.talking("a0")
        seat = desks.agent("a0").seat_id
        assert (await listen("a0", "eva", actor="eva"))["state"] == "ringing"
        await _on(desks, "listen")
        phone = _phone_of(desks)
        for mode in ("whisper", "barge"):
            await listen("a0", "eva", mode, actor="eva")
            await desks.until(lambda mode=mode: _heard_on_the_switch(desks) == {phone: (seat, mode)})
        # The conversation ends: nobody is spoken to unasked, and the call's end is not held up by the voice.
        desks.hang_up(first.id)
        await desks.until(lambda: first.id not in desks.floor.calls, within_s=5)
        await _on(desks, "listen")
        assert _heard_on_the_switch(desks) == {phone: (seat, "listen")}
        second = await desks.talking("a0")
        assert _heard_on_the_switch(desks) == {phone: (seat, "listen")}
        # On to another agent, without another ring.
        await listen("a1", "eva", "whisper", actor="eva")
        await _on(desks, "whisper", "a1")
        assert _ears(desks) == []
        assert _phone_of(desks) == phone
        await desks.control.stop_listening("eva", "eva")
        await desks.until(
            lambda: not _heard_on_the_switch(desks) and not len(desks.control.dialer.listening.ears)
        )
        desks.hang_up(second.id)
        await desks.until(lambda: not desks.floor.calls)
        log = await _log(desks, 7)
    assert [(action, target, said.get("mode")) for action, target, said in log] == [
        ("listen.start", "a0", "listen"),
        ("listen.mode", "a0", "whisper"),
        ("listen.mode", "a0", "barge"),
        ("listen.mode", "a0", "listen"),
        ("listen.stop", "a0", "listen"),
        ("listen.start", "a1", "whisper"),
        ("listen.stop", "a1", "whisper"),
    ]
    assert log[4][2]["calls"] == [first.id, second.id]
    assert log[6][2]["why"] == "stopped by eva"
    assert {said["user"] for _, _, said in log} == {"eva"}
    assert all("+" not in json.dumps(said) for _, _, said in log)


@on_virtual_time
async def test_it_ends_by_the_hook_by_the_agents_phone_and_by_the_agents_going_home(tmp_path: Path) -> None:
    async with at_desks(tmp_path, PEOPLE) as desks:
        await _supervisor(desks)
        gone = lambda: not len(desks.control.dialer.listening.ears)  # noqa: E731
        for end in ("hook", "agent's phone", "home"):
            agent = {"hook": "a0", "agent's phone": "a1", "home": "a2"}[end]
            await desks.control.listen(agent, "eva", "whisper")
            await _on(desks, "whisper", agent)
            if end == "hook":
                desks.hang_up(_phone_of(desks))
            elif end == "agent's phone":
                desks.hang_up(str(desks.agent(agent).seat_id))
            else:
                await desks.control.log_out(agent)
            await desks.until(gone)
            assert not _heard_on_the_switch(desks)
        log = await _log(desks, 6)
        assert [action for action, _, _ in log] == ["listen.start", "listen.stop"] * 3
        assert log[1][2]["why"] == "it was hung up"


@on_virtual_time
async def test_who_may_not_is_refused_and_noted(tmp_path: Path) -> None:
    rule = {"modes": ["listen", "barge"], "by": "supervisor", "not_to": ["a2"]}
    async with at_desks(tmp_path, PEOPLE, more={"listening": rule}) as desks:
        await _supervisor(desks)
        await _supervisor(desks, "none", phone="")
        await _supervisor(desks, "ann", role="agent")
        await _supervisor(desks, "self", agent_id="a0")
        await _supervisor(desks, "seated", phone="", agent_id="a1")
        await _supervisor(desks, "trunk", phone="PJSIP/4479460000@carrier")
        expected = {
            ("a0", "eva", "whisper"): "listening_off",
            ("a0", "eva", "shout"): "bad_request",
            ("a2", "eva", "listen"): "listening_never",
            ("a0", "eva", "barge"): "no_conversation",
            ("nobody", "eva", "listen"): "agent_unknown",
            ("a0", "nobody", "listen"): "user_unknown",
            ("a0", "none", "listen"): "no_phone",
            ("a0", "ann", "listen"): "forbidden",
            ("a0", "self", "listen"): "listening_self",
            ("a0", "seated", "listen"): "phone_busy",
            ("a0", "trunk", "listen"): "phone_invalid",
        }
        for asked, why in expected.items():
            with pytest.raises(ControlError) as refused:
                await desks.control.listen(*asked, actor="eva")
            assert refused.value.id == why, asked
        assert _heard_on_the_switch(desks) == {}
        log = await _log(desks, len(expected))
        assert [said["why"] for _, _, said in log] == list(expected.values())
        assert {action for action, _, _ in log} == {"listen.refused"}
        for phone in ("PJSIP/+447946@carrier", "Local/1@x", "PJSIP/carrier/sip:1@far", "PJSIP/1@carrier"):
            with pytest.raises(ControlError, match="phone"):
                await desks.control.change_user("eva", phone=phone)


@on_virtual_time
async def test_a_phone_that_is_not_taken_off_is_let_go(tmp_path: Path) -> None:
    async with at_desks(tmp_path, PEOPLE, phones={"boss1": "deaf"}) as desks:
        await _supervisor(desks)
        await desks.control.listen("a0", "eva")
        with pytest.raises(ControlError, match="take it off"):
            await desks.control.listen("a0", "eva", "whisper")
        await desks.until(lambda: _ears(desks) == [])
        assert (await _log(desks, 3))[-1][2]["why"] == "the phone was not answered"


@on_virtual_time
async def test_rights_and_rules_that_go_end_it(tmp_path: Path) -> None:
    async with at_desks(tmp_path, PEOPLE) as desks:
        await _supervisor(desks)
        await desks.control.listen("a0", "eva")
        await _on(desks, "listen")
        await desks.control.change_user("eva", role="agent")
        await desks.until(lambda: not _heard_on_the_switch(desks) and _ears(desks) == [])
        await desks.control.change_user("eva", role="supervisor")
        await desks.control.listen("a0", "eva")
        await _on(desks, "listen")
        old = desks.control.dialer.settings
        campaign = old.campaigns[CAMPAIGN]
        closed = campaign.model_copy(
            update={"listening": campaign.listening.model_copy(update={"not_to": ("a0",)})}
        )
        desks.control.dialer.settings = old.model_copy(update={"campaigns": {CAMPAIGN: closed}})
        desks.control.dialer.settings_changed(old)
        await desks.until(lambda: not _heard_on_the_switch(desks) and _ears(desks) == [])
        whys = [said["why"] for action, _, said in await _log(desks, 4) if action == "listen.stop"]
        assert whys == ["what the supervisor may was changed", "the campaign's rule was changed"]


@on_virtual_time
async def test_the_board_shows_who_listens_to_whom(tmp_path: Path) -> None:
    async with at_desks(tmp_path, PEOPLE) as desks:
        await _supervisor(desks)
        board = Board(desks.control.dialer)
        board.look()
        assert "ears" not in board.document["agents"]["a0"]
        await desks.control.listen("a0", "eva")
        await _on(desks, "listen")
        patch = board.look()
        assert [(one["user"], one["mode"], one["state"]) for one in patch["agents"]["a0"]["ears"]] == [
            ("eva", "listen", "on")
        ]
        assert patch["agents"].keys() == {"a0"}
        await desks.control.stop_listening("eva")
        await desks.until(lambda: _ears(desks) == [])
        assert board.look()["agents"]["a0"]["ears"] is None
        board.close()


@on_virtual_time
async def test_nobody_listens_on_when_the_daemon_goes(tmp_path: Path) -> None:
    async with at_desks(tmp_path, PEOPLE) as desks:
        await _supervisor(desks)
        await desks.control.listen("a0", "eva")
        await _on(desks, "listen")
        await desks.control.dialer.listening.close()
        assert not [one for one in desks.asterisk.machine.channels if one.startswith("l-")]
        assert (await _log(desks, 2))[-1][2]["why"] == "the dialer was stopped"
