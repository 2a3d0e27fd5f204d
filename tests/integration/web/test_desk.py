"""An agent's day over the desk's socket, against the embedded switch."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from dialer.control import Control
from dialer.lab.people import Kind, Person
from dialer.web.desk.wishes import OF_CONTROL
from tests.parts.embedded import CAMPAIGN
from tests.parts.virtual_time import eventually, on_virtual_time
from tests.parts.websites import Desk, Site, desk_of, website

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=5.0) for n in range(6))
MORE: dict[str, Any] = {
    "script": ["Good day {Name}, this is {agent} about {product}.", "Is {missing} right?"],
    "wrap_up_max_s": 60,
    "dispositions": [
        {"code": "done", "label": "Done", "key": "1", "final": True},
        {"code": "later", "label": "Later", "key": "2", "callback": True},
    ],
}


def at_state(site: Site, agent: str = "a0") -> str:
    found = site.control.dialer.floors[CAMPAIGN].floor.roster.get(agent)
    return "out" if found is None else found.state.value


async def to_a_conversation(site: Site, desk: Desk) -> dict[str, Any]:
    """Logged in, ready, and the first caller on the line."""
    assert (await desk.wish("login"))["type"] == "done"
    await desk.in_state("away")
    await desk.wish("ready")
    await site.control.set_run_state(CAMPAIGN, "running")
    return (await desk.until(lambda shown: shown["call"] is not None))["call"]  # type: ignore[no-any-return]


def test_every_verb_of_a_desk_is_a_use_case() -> None:
    assert [verb for verb in OF_CONTROL if not hasattr(Control, verb)] == []


@on_virtual_time
async def test_a_day_from_log_in_to_log_out(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, more=MORE, intervals_s=(30.0,)) as site:
        agent = await site.sign_in("agent")
        async with desk_of(site, agent) as desk:
            first = await desk.until(lambda shown: True)
            assert (first["agent"]["state"], first["campaign"]["id"]) == ("out", CAMPAIGN)
            call = await to_a_conversation(site, desk)
            assert call["lead"]["name"].startswith("Human")
            assert call["script"][0]["fields"] == [call["lead"]["name"], "Agent 0"]
            assert call["script"][1]["text"] == "Is … right?"
            assert (await desk.wish("note", text="speaks softly"))["type"] == "done"
            wrapping = await desk.in_state("wrapup")
            assert wrapping["wrapup"]["call"]["lead"] == call["lead"]
            assert (await desk.wish("dispose", code="nonsense"))["id"] == "disposition_unknown"
            assert (await desk.wish("dispose", code="done"))["type"] == "done"
            interval = await desk.in_state("interval")
            assert interval["agent"]["ready_at"] > interval["at"]
            counted = await desk.until(lambda shown: bool(shown["today"]["calls"]))
            assert counted["today"]["dispositions"] == {"done": 1}
            await desk.wish("interval", interval_s=200)
            await desk.wish("ready", skip_interval=True)
            await desk.until(lambda shown: shown["call"] is not None)
            await desk.wish("pause", reason="lunch")
            assert (await desk.until(lambda shown: shown["agent"]["pausing"] == "lunch"))["call"] is not None
            await desk.in_state("wrapup")
            later = await desk.wish("dispose", code="later", callback="2026-06-02 10:00", mine=True)
            assert later["type"] == "done"
            away = await desk.in_state("away")
            assert away["agent"]["reason"] == "lunch"
            promised = await desk.until(lambda shown: bool(shown["callbacks"]))
            assert promised["callbacks"][0]["at"] > promised["at"]
            await desk.wish("logout")
            await desk.in_state("out")
        supervisor = await site.sign_in("supervisor")
        lead = await supervisor.get(f"/leads/{call['lead']['id']}")
        assert [one["text"] for one in lead["history"] if one["kind"] == "note"] == ["speaks softly"]


@on_virtual_time
async def test_the_person_is_on_screen_the_moment_the_bridge_stands(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, more=MORE, intervals_s=(0.0,)) as site:
        loop = asyncio.get_running_loop()
        bridged: list[float] = []
        site.control.dialer.listen(
            lambda _, fact: bridged.append(loop.time()) if fact["fact"] == "attempt_bridged" else None
        )
        agent = await site.sign_in("agent")
        async with desk_of(site, agent) as desk:
            await to_a_conversation(site, desk)
            for _ in range(3):
                await desk.in_state("wrapup")
                await desk.wish("dispose", code="done")
                await desk.until(lambda shown: shown["call"] is not None)
            assert len(desk.pops) == 4
            for (popped_at, call), bridged_at in zip(desk.pops, bridged, strict=False):
                assert popped_at - bridged_at < 0.01  # of virtual time: nothing was waited for
                assert call["history"] == []  # read while it rang


@on_virtual_time
async def test_a_reload_loses_nothing_and_a_closed_desk_pauses_its_agent(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, more=MORE) as site:
        agent = await site.sign_in("agent")
        async with desk_of(site, agent) as desk:
            call = await to_a_conversation(site, desk)
            await desk.wish("note", text="before the reload")
        async with desk_of(site, agent) as desk:
            again = (await desk.until(lambda shown: shown["call"] is not None))["call"]
            assert (again["lead"], again["note"]) == (call["lead"], "before the reload")
            await desk.in_state("wrapup")
            await desk.wish("dispose", code="done")
            await asyncio.sleep(16)
            assert at_state(site) != "away"
        await asyncio.sleep(10)
        assert at_state(site) != "away"
        await eventually(lambda: at_state(site) == "away", within_s=200)
        found = site.control.dialer.floors[CAMPAIGN].floor.roster.get("a0")
        assert found is not None
        assert found.reason == "desk closed"


@on_virtual_time
async def test_a_second_desk_takes_over_from_the_first(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        agent = await site.sign_in("agent")
        async with desk_of(site, agent) as first, desk_of(site, agent) as second:
            await second.until(lambda shown: True)
            assert await first.end() == 4409
            assert (await second.wish("login"))["type"] == "done"
            await second.in_state("away")


@on_virtual_time
async def test_only_ones_own_desk_from_ones_own_page(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        agent, supervisor = await site.sign_in("agent"), await site.sign_in("supervisor")
        for client, code in ((site.stranger(), 4401), (supervisor, 4403)):
            async with desk_of(site, client) as desk:
                assert await desk.end() == code
        with pytest.raises(InvalidStatus):
            async with desk_of(site, agent, Origin="https://evil.example"):
                pass


@on_virtual_time
async def test_nonsense_is_answered_and_the_desk_goes_on(tmp_path: Path) -> None:
    async with website(tmp_path) as site, desk_of(site, await site.sign_in("agent")) as desk:
        await desk.until(lambda shown: True)
        for text in ("", "{", "[]", '{"do": 1}', '{"do":"login","x":1}', '"\\ud800"', "null", '{"do":"fly"}'):
            await desk.line.send(text)
            while (answer := await desk.hear())["type"] == "desk":
                pass
            assert (answer["type"], answer["id"]) == ("error", "invalid"), text
        assert (await desk.wish("ready"))["id"] == "agent_out"
        assert (await desk.wish("note", text="x"))["id"] == "no_conversation"
        assert (await desk.wish("interval", interval_s=-1))["id"] == "invalid"


@on_virtual_time
async def test_signing_out_elsewhere_ends_the_desk(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        agent, admin = await site.sign_in("agent"), await site.sign_in("admin")
        async with desk_of(site, agent) as desk:
            await desk.until(lambda shown: True)
            await admin.ask("PATCH", "/users/agent", {"disabled": True})
            assert await desk.end() == 4401


@on_virtual_time
async def test_an_agent_sees_whole_numbers_only_of_the_own_call_and_only_if_configured(
    tmp_path: Path,
) -> None:
    for shown, whole in (("masked", False), ("own_call", True)):
        web = {"numbers": {"agent": shown}}
        async with (
            website(tmp_path / shown, people=PEOPLE, more=MORE, web=web) as site,
            desk_of(site, await site.sign_in("agent")) as desk,
        ):
            call = await to_a_conversation(site, desk)
            assert ("•" not in call["lead"]["number"]) is whole


@on_virtual_time
async def test_the_verbs_of_a_conversation_and_a_call_by_hand(tmp_path: Path) -> None:
    people = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=40.0) for n in range(3))
    more = {**MORE, "recording": {"mode": "on_demand"}}
    async with (
        website(tmp_path, people=people, more=more, intervals_s=(300.0,)) as site,
        desk_of(site, await site.sign_in("agent")) as desk,
    ):
        await to_a_conversation(site, desk)
        assert (await desk.wish("hold"))["type"] == "done"
        await desk.until(lambda shown: shown["call"] is not None and shown["call"]["held"])
        assert (await desk.wish("hold"))["id"] == "already_held"
        assert (await desk.wish("unhold"))["type"] == "done"
        await desk.until(lambda shown: shown["call"] is not None and not shown["call"]["held"])
        assert (await desk.wish("record", on=True))["type"] == "done"
        await desk.until(lambda shown: shown["call"] is not None and shown["call"]["recording"])
        assert (await desk.wish("hang_up"))["type"] == "done"
        await desk.in_state("wrapup")
        await desk.wish("dispose", code="done")
        await desk.in_state("interval")
        supervisor = await site.sign_in("supervisor")
        other = (await supervisor.get("/leads", campaign=CAMPAIGN, external_id="2"))[0]["id"]
        assert (await desk.wish("dial", lead=other))["type"] == "done"
        shown = await desk.until(lambda shown: shown["call"] is not None)
        assert (shown["agent"]["state"], shown["call"]["lead"]["id"]) == ("dialing", other)
        await desk.in_state("talking")
        await desk.wish("hang_up")
        await desk.in_state("wrapup")
        assert (await desk.wish("accept"))["type"] == "error"


@on_virtual_time
async def test_who_sat_at_a_desk_before_a_restart_and_does_not_now_takes_no_call(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        await site.sign_in("agent")
        for agent in ("a0", "a1"):
            await site.control.log_in(agent, ready=True)
        await eventually(lambda: at_state(site) == at_state(site, "a1") == "ready")
        await site.pages.desks.pause_who_did_not_come_back()
        assert (at_state(site), at_state(site, "a1")) == ("away", "ready"), "a1 never had a desk"


@on_virtual_time
async def test_a_lead_is_shown_before_it_is_dialed(tmp_path: Path) -> None:
    more = {**MORE, "dialing": "preview", "preview": {"time_s": 60, "skip_reasons": ["not now"]}}
    web = {"numbers": {"agent": "own_call"}}
    async with (
        website(tmp_path, people=PEOPLE, more=more, web=web) as site,
        desk_of(site, await site.sign_in("agent")) as desk,
    ):
        await desk.wish("login")
        await desk.in_state("away")
        await desk.wish("ready")
        await site.control.set_run_state(CAMPAIGN, "running")
        shown = await desk.until(lambda shown: shown["preview"] is not None)
        first = shown["preview"]["lead"]
        assert (shown["skip_reasons"], shown["agent"]["state"]) == (["not now"], "preview")
        assert "•" in first["number"], "it is nobody's call yet"
        assert (await desk.wish("skip", reason="nonsense"))["id"] == "skip_reason_unknown"
        assert (await desk.wish("skip", reason="not now"))["type"] == "done"
        shown = await desk.until(
            lambda shown: shown["preview"] is not None and shown["preview"]["lead"]["id"] != first["id"]
        )
        lead = shown["preview"]["lead"]["id"]
        assert (await desk.wish("accept"))["type"] == "done"
        talking = await desk.until(
            lambda shown: shown["agent"]["state"] == "talking" and shown["call"] is not None
        )
        assert talking["call"]["lead"]["id"] == lead
        assert "•" not in talking["call"]["lead"]["number"]
