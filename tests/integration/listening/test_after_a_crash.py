"""The daemon is killed while supervisors listen: its next life goes on with them or ends them, and the log says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import storage
from ami.fake import Behaviour, FakeAsterisk, Sounds
from dialer.core import legs
from dialer.core.call import Call
from dialer.core.ears import Ear, Stage
from dialer.lab import shift
from dialer.lab.people import Kind, Person
from tests.parts.embedded import LENGTHS_S, Place
from tests.parts.mortal import Mortal
from tests.parts.twins import lab_callee, lab_phone
from tests.parts.virtual_time import eventually, on_virtual_time

CAMPAIGN = shift.CAMPAIGN
PEOPLE = tuple(Person(Kind.TALKER, n, ring_s=2.0) for n in range(1, 4))
MODES = {"eva": "listen", "tom": "whisper", "joe": "barge"}


@asynccontextmanager
async def _three_listen(folder: Path) -> AsyncIterator[tuple[Mortal, FakeAsterisk]]:
    """Three agents in conversations, each heard by a supervisor of their own, each in another mode."""
    async with FakeAsterisk(
        behaviour=Behaviour(lab_callee, lambda endpoint: lab_phone(endpoint, {})), sounds=Sounds(LENGTHS_S)
    ) as asterisk:
        place: Any = Place(replace(asterisk.node, name="pbx"))
        life = Mortal(shift.settings_of(place, shift.Plan(PEOPLE, agents=3), folder))
        await life.start()
        await shift.load_leads(life.dialer.db, life.settings.campaigns[CAMPAIGN], PEOPLE, folder)
        await shift.open_floor(life.control, 3)
        await life.control.set_run_state(CAMPAIGN, "running")
        await eventually(lambda: all(_call(life, f"a{n}") for n in range(3)), within_s=60)
        for n, (user, mode) in enumerate(MODES.items()):
            told: Any = {"role": "supervisor", "agent_id": None, "phone": f"PJSIP/boss{n}@phones"}
            await storage.users.add(
                life.dialer.db, user, password_hash="x", now=life.dialer.clock.utc(), **told
            )
            await life.control.listen(f"a{n}", user, mode, actor=user)
        await eventually(
            lambda: all(ear.stage is Stage.ON for ear in life.dialer.listening.ears), within_s=60
        )
        assert _switch(asterisk) == _as_asked(life)
        try:
            yield life, asterisk
        finally:
            for channel in [one for one in asterisk.machine.channels if not one.startswith("s-")]:
                _hang_up(asterisk, channel)
            await life.close()


def _call(life: Mortal, agent: str) -> Call | None:
    found = legs.of(life.dialer.floors[CAMPAIGN].floor, agent)
    return None if found is None else found[1]


def _hang_up(asterisk: FakeAsterisk, channel: str) -> None:
    machine = asterisk.machine
    if channel in machine.channels:  # the end of another may have been its end too
        machine.hang_up(machine.channels[channel], 16)


def _switch(asterisk: FakeAsterisk) -> dict[str, tuple[str, str]]:
    """By listening phone which seat it hears, and how."""
    machine = asterisk.machine
    return {
        one.unique_id: (one.variables["DIALER_HEARS"], machine.spies.mode(one))
        for one in machine.channels.values()
        if one.unique_id.startswith("l-")
    }


def _as_asked(life: Mortal) -> dict[str, tuple[str, str]]:
    return {ear.id: (ear.seat, ear.mode.value) for ear in life.dialer.listening.ears}


def _ears(life: Mortal) -> dict[str, Ear]:
    return {ear.user: ear for ear in life.dialer.listening.ears}


async def _log(life: Mortal, action: str, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(600):
        while True:
            rows = [one for one in await storage.audit.page(life.dialer.db) if one.action == action]
            if len(rows) >= count:
                return [{"agent": one.target, **json.loads(one.after)} for one in reversed(rows)]
            await asyncio.sleep(0.1)


@on_virtual_time
async def test_the_next_life_shows_them_and_can_change_and_stop_them(tmp_path: Path) -> None:
    async with _three_listen(tmp_path) as (life, asterisk):
        before, calls = _ears(life), {f"a{n}": _call(life, f"a{n}") for n in range(3)}
        await life.kill()
        await asyncio.sleep(20)
        await life.start()
        await eventually(lambda: len(_ears(life)) == 3, within_s=60)
        now = _ears(life)
        for user, mode in MODES.items():
            assert replace(now[user], since=before[user].since) == before[user]
            assert now[user].mode.value == mode
            assert abs(now[user].since - before[user].since) < 5.0
        await eventually(lambda: _switch(asterisk) == _as_asked(life), within_s=60)
        assert len(_switch(asterisk)) == 3
        resumed = await _log(life, "listen.resume", 3)
        assert {(one["user"], one["agent"], one["mode"]) for one in resumed} == {
            (user, f"a{n}", mode) for n, (user, mode) in enumerate(MODES.items())
        }
        # They are as any other: changed, moved, stopped; and barging ends with its conversation.
        await life.control.listen("a1", "eva", "whisper", actor="eva")
        await life.control.stop_listening("tom", "tom")
        call = calls["a2"]
        assert call is not None
        _hang_up(asterisk, call.id)
        now_so = {"eva": "whisper", "joe": "listen"}
        await eventually(lambda: {u: e.mode.value for u, e in _ears(life).items()} == now_so, within_s=60)
        await eventually(lambda: _switch(asterisk) == _as_asked(life), within_s=60)
        ended = {one["user"]: one for one in await _log(life, "listen.stop", 2)}
        assert ended["tom"]["why"] == "stopped by tom"
        assert ended["tom"]["lasted_s"] > 20
        assert ended["tom"]["calls"] == [calls["a1"].id if calls["a1"] else ""]


@on_virtual_time
async def test_who_ended_unseen_is_noted_and_nobody_is_spoken_to_beyond_the_conversation(
    tmp_path: Path,
) -> None:
    async with _three_listen(tmp_path) as (life, asterisk):
        before, call = _ears(life), _call(life, "a2")
        assert call is not None
        await life.kill()
        _hang_up(asterisk, before["eva"].id)
        _hang_up(asterisk, call.id)  # joe spoke into it
        await asyncio.sleep(5)
        await life.start()
        await eventually(lambda: set(_ears(life)) == {"tom", "joe"}, within_s=60)
        assert _ears(life)["joe"].mode.value == "listen"
        await eventually(lambda: _switch(asterisk) == _as_asked(life), within_s=60)
        (gone,) = await _log(life, "listen.stop", 1)
        assert (gone["user"], gone["agent"], gone["listener"]) == ("eva", "a0", before["eva"].id)
        assert gone["why"] == "it ended while the dialer was away"
        assert len(gone["calls"]) == 1


@on_virtual_time
async def test_who_may_no_longer_or_is_not_known_is_hung_up_and_the_log_says_why(tmp_path: Path) -> None:
    async with _three_listen(tmp_path) as (life, asterisk):
        prefix, seat = life.dialer.ids.listener_prefix, _ears(life)["eva"].seat
        stranger = f"{prefix}0-7"
        phone = "PJSIP/boss8@phones"
        await life.dialer.nodes["pbx"].switch.listen(stranger, seat, phone, mode="listen", timeout_s=20)
        await eventually(lambda: _switch(asterisk).get(stranger, ("", ""))[1] == "listen", within_s=60)
        await life.kill()
        db = await storage.Database.open(life.settings.database)
        await storage.users.change(db, "eva", now=life.dialer.clock.utc(), disabled=True)
        await storage.users.change(db, "tom", now=life.dialer.clock.utc(), role="agent")
        await db.close()
        await life.start()
        await eventually(lambda: set(_ears(life)) == {"joe"} and len(_switch(asterisk)) == 1, within_s=60)
        whys = {one.get("user", ""): one["why"] for one in await _log(life, "listen.stop", 3)}
        assert whys == {
            "eva": "the supervisor may not sign in any more",
            "tom": "in campaign lab this needs the role supervisor",
            "": "the audit log does not say that it listens",
        }
