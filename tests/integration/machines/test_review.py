"""Machines checked by ear on the whole daemon: clips, the review over the API, and what it does to the ledgers."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import storage
from ami.fake import virtual
from dialer.cli.main import app as command_line
from dialer.core.agent import State
from dialer.lab.people import Kind, Person
from dialer.leads import load_book
from dialer.leads.evidence import ring_s
from tests.parts.desks import CAMPAIGN, at_desks
from tests.parts.tapes import put
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import Site, website

MACHINES = tuple(Person(Kind.MACHINE, n, ring_s=2.0, talk_s=30.0) for n in range(4))
PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=3.0, talk_s=15.0) for n in range(3))
PACING = {"mode": "progressive", "ring_timeout_s": 20, "min_ring_s": 15}


def checked(folder: Path, **machines: Any) -> dict[str, Any]:
    """Every call with detection is recorded; four words are enough."""
    spool = {"folder": "/spool", "mounted_at": str(folder / "switch/spool")}
    rules = {"review_share": 1, "review_least": 4, "action": "hang_up", **machines}
    return {
        "machines": rules,
        "recording": spool,
        "profiles": ["uk"],
        "pacing": PACING,
        "amd_false_positives": 0.1,
    }


async def clips_of(site: Site, count: int) -> tuple[storage.recordings.Recording, ...]:
    """The clips that wait, once there are so many."""
    async with asyncio.timeout(900):
        while True:
            found = await storage.reviews.waiting(site.control.dialer.db, limit=100)
            if len(found) >= count:
                return found
            await asyncio.sleep(1)


async def all_over(site: Site, count: int) -> None:
    """Wait until so many calls are over, and the floor has told its ledgers of each."""
    async with asyncio.timeout(900):
        while True:
            dialer = site.control.dialer
            since = dialer.clock.utc() - timedelta(days=1)
            calls = await storage.attempts.of_campaign(dialer.db, CAMPAIGN, since=since, limit=100)
            if sum(one.state == "ended" for one in calls) == count:
                return
            await asyncio.sleep(1)


@on_virtual_time
async def test_what_reviewers_hear_enters_the_ledgers(tmp_path: Path) -> None:
    async with website(
        tmp_path,
        people=(*MACHINES, *PEOPLE),
        robots=True,
        amd=True,
        recordings=tmp_path / "switch",
        more=checked(tmp_path),
    ) as site:
        await all_over(site, len(MACHINES) + len(PEOPLE))
        clips = await clips_of(site, 4)
        dialer = site.control.dialer
        async with asyncio.timeout(900):  # what was heard of people goes unheard
            while await asyncio.to_thread(lambda: list((tmp_path / "switch/spool").glob("*.raw"))):
                await asyncio.sleep(1)
        assert len(await storage.reviews.waiting(dialer.db, limit=100)) == 4
        assert all(one.kind == "clip" and one.length_s == pytest.approx(5.5, abs=0.1) for one in clips)
        assert all(one.due_at is not None and (one.due_at - one.started_at).days == 30 for one in clips)
        boss = await site.sign_in("supervisor")
        assert await boss.get("/recordings") == []  # they are no conversations

        async def uk() -> dict[str, Any]:
            status = await site.control.campaign_status(CAMPAIGN)
            return next(row for row in status["ledgers"] if row["name"] == "uk-ofcom")

        before = await uk()
        for word in ("person", "machine", "unclear", "machine"):
            clip = (await boss.get("/machines/next"))["clip"]
            assert set(clip) == {"id", "length_s"}  # nothing about the call
            heard = await boss.ask("GET", f"/recordings/{clip['id']}/audio")
            assert heard.status_code == 200
            await boss.post(f"/machines/{clip['id']}/review", {"said": word})
        assert (await boss.get("/machines/next")) == {"clip": None}
        (row,) = await boss.get("/machines")
        assert (row["share"], row["source"], row["reviewed"], row["waiting"]) == (0.5, "reviewed", 4, 0)
        assert row["bound"] == pytest.approx(0.9024, abs=1e-3)
        after = await uk()
        assert after["over"] == pytest.approx(before["over"] + 4 * (0.5 - 0.1))

        # The same after a restart: the books are counted anew.
        book = await load_book(dialer.db, dialer.settings.campaigns[CAMPAIGN], now=dialer.clock.utc())
        (figure,) = (one for one in book.figures(dialer.clock.now()) if one.name == "uk-ofcom")
        assert figure.over == pytest.approx(after["over"])
        assert figure.people_in_machines is not None
        assert (figure.people_in_machines.people, figure.people_in_machines.reviewed) == (2, 4)
        (rings,) = [one for one in await boss.get("/machines/rings", campaign=CAMPAIGN) if one["machine"]]
        assert (rings["from_s"], rings["people"], rings["machines"]) == (2, 2, 2)

        audit = await storage.audit.page(dialer.db, actor="supervisor", limit=1000)
        actions = [one.action for one in audit]
        assert actions.count("machines.next") == 4
        assert actions.count("recordings.play") == 4
        assert actions.count("POST /machines/{recording}/review") == 4


@on_virtual_time
async def test_only_supervisors_review_and_the_first_word_stands(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        talk = await put(site.control, tmp_path, 1)
        clip = await put(site.control, tmp_path, 2, clip=True)
        agent, boss = await site.sign_in("agent"), await site.sign_in("supervisor")
        admin = await site.sign_in("admin")
        for path in ("/machines", "/machines/next", f"/machines/rings?campaign={CAMPAIGN}"):
            assert (await agent.ask("GET", path)).status_code == 403
        path = f"/machines/{clip.recording_id}/review"
        assert (await agent.ask("POST", path, {"said": "person"})).status_code == 403
        no_clip = f"/machines/{talk.recording_id}/review"
        assert (await boss.ask("POST", no_clip, {"said": "person"})).status_code == 404
        assert (await boss.ask("POST", path, {"said": "maybe"})).status_code == 422
        assert (await boss.ask("POST", path, {"said": "person"})).status_code == 200
        assert (await boss.ask("POST", path, {"said": "machine"})).status_code == 200
        late = await admin.ask("POST", path, {"said": "person"})
        assert (late.status_code, late.json()["error"]["id"]) == (409, "already_reviewed")
        (said,) = (await storage.reviews.of_attempts(site.control.dialer.db, [clip.attempt_id])).values()
        assert (said.said, said.reviewer) == ("machine", "supervisor")


@on_virtual_time
async def test_an_agent_gets_a_machine_marked_as_one(tmp_path: Path) -> None:
    more = {"machines": {"action": "agent"}}
    async with at_desks(tmp_path, MACHINES[:1], amd=True, more=more) as desks:
        call = await desks.talking("a0")
        assert (call.suspected, call.verdict, call.machine) == (True, "MACHINE", False)
        desks.hang_up(call.id)
        await desks.until(lambda: call.id not in desks.floor.calls)
        (attempt,) = await desks.attempts()
        assert (attempt.verdict, attempt.machine, attempt.outcome) == ("MACHINE", False, "connected")
        assert attempt.verdict_cause


@on_virtual_time
async def test_after_a_ring_at_which_people_were_found_an_agent_decides(tmp_path: Path) -> None:
    """All are taken for machines. A person was found to have answered after 2 s, a machine after 9 s."""
    people = tuple(Person(Kind.MACHINE, n, ring_s=(2.0, 9.0)[n % 2], talk_s=30.0) for n in range(8))
    more = checked(tmp_path, review_share=0, review_least=2, doubt_above=0.5)
    async with at_desks(tmp_path, people, amd=True, more=more) as desks:
        for agent in ("a0", "a1", "a2"):
            await desks.control.ready(agent, skip_interval=True)
        await desks.until(lambda: len(desks.told("attempt_ended")) >= 2, within_s=300)
        await desks.control.set_run_state(CAMPAIGN, "paused")
        await desks.until(lambda: not desks.floor.calls, within_s=300)
        before = {one.attempt_id: one for one in await desks.attempts()}
        assert all(one.machine for one in before.values())
        rang = {round(ring_s(one) or 0): one for one in before.values()}
        for seconds, said in ((2, "person"), (9, "machine")):
            assert await storage.reviews.say(
                desks.control.dialer.db,
                storage.reviews.Review(
                    rang[seconds].attempt_id, CAMPAIGN, rang[seconds].claimed_at, seconds, said, "ann",
                    desks.control.dialer.clock.utc(),
                ),
            )  # fmt: skip
        await desks.control.dialer.budgets[CAMPAIGN].reestimate()
        await desks.until(lambda: desks.floor.doubtful == ((2, 4),))
        await desks.control.set_run_state(CAMPAIGN, "running")
        await desks.until_state("a0", "talking")
        assert desks.call("a0").suspected
        await desks.until(lambda: len(desks.floor.calls) == desks.floor.roster.count(State.TALKING))
        await desks.control.set_run_state(CAMPAIGN, "paused")
        await desks.until(lambda: len(desks.floor.calls) == desks.floor.roster.count(State.TALKING))
        later = [one for one in await desks.attempts() if one.attempt_id not in before and one.answered_at]
        found = {(round(ring_s(one) or 0), one.machine) for one in later}
        assert (2, False) in found
        assert found <= {(2, False), (9, True)}


def test_the_command_line_tells_the_figures_rings_and_evidence(tmp_path: Path) -> None:
    async def day() -> None:
        async with at_desks(tmp_path, MACHINES[:2], amd=True, more=checked(tmp_path)) as desks:
            await desks.control.ready("a0", skip_interval=True)
            await desks.until(lambda: desks.told("attempt_ended") == ["attempt_ended"] * 2, within_s=900)
            await desks.attempts()

    virtual.run(day())

    def dialer(*words: str) -> Any:
        done = CliRunner().invoke(command_line, [*words, "--config", str(tmp_path / "dialer.yaml"), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    (row,) = dialer("machines", "figures")
    assert (row["share"], row["source"], row["reviewed"], row["action"]) == (0.1, "configured", 0, "hang_up")
    assert isinstance(dialer("machines", "rings", CAMPAIGN), list)
    figures = dialer("campaign", "evidence", CAMPAIGN, str(tmp_path / "calls.csv"), "--days", "400")
    made_with = {one["name"]: one["people_in_machines"] for one in figures}
    assert made_with["uk-ofcom"]["source"] == "configured"
