"""New settings while calls are on: taken over whole or not at all, and no call hears of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.util import greenlet_spawn

import config
import storage
from ami.fake import Behaviour, Callee, FakeAsterisk, everybody
from dialer import app, leads
from dialer.control import Control, ControlError
from dialer.lab.robots import Robots
from dialer.runtime import rules
from dialer.runtime.building import wires_of
from dialer.runtime.tasks import outside
from tests.parts.virtual_time import eventually, on_virtual_time

CAMPAIGN: dict[str, Any] = {
    "node": "pbx",
    "trunks": ["one"],
    "caller_id": "+442079460000",
    "countries": ["GB"],
    "windows": {"mon-sun": ["00:00-24:00"]},
    "pacing": {"mode": "progressive", "ring_timeout_s": 30},
    "interval": {"default_s": 5},
}


def content(port: int) -> dict[str, Any]:
    trunk = {"dial": "PJSIP/{number}@carrier", "max_channels": 20, "calls_per_second": 5}
    return {
        "data_dir": "data",
        "nodes": {
            "pbx": {
                "host": "127.0.0.1",
                "port": port,
                "username": "dialer",
                "secret": "secret",
                "trunks": {"one": trunk, "two": {**trunk, "dial": "PJSIP/{number}@other"}},
            }
        },
        "agents": {"ann": {"name": "Ann", "endpoint": "PJSIP/ann", "campaign": "spring"}},
        "campaigns": {"spring": dict(CAMPAIGN)},
    }


@dataclass
class House:
    """A daemon, its file, and the switch."""

    control: Control
    asterisk: FakeAsterisk
    file: Path
    content: dict[str, Any]

    async def reload(self, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Change the file and have it read."""
        change(self.content)
        self.file.write_text(json.dumps(self.content))
        return await self.control.reload()

    async def lead(self, campaign: str, n: int) -> None:
        number = storage.NewNumber(f"+4474001000{n:02}", zones=("Europe/London",))
        lead = storage.NewLead(external_id=f"{campaign}-{n}", numbers=(number,), window_key="Europe/London")
        adding = storage.leads.add(
            self.control.dialer.db, campaign, [lead], now=self.control.dialer.clock.utc()
        )
        await outside("database", adding, 30)

    def calls(self, campaign: str = "spring") -> list[str]:
        runner = self.control.dialer.floors.get(campaign)
        return [] if runner is None else [call.phase.value for call in runner.floor.calls.values()]


@asynccontextmanager
async def house(folder: Path, callee: Callee) -> AsyncIterator[House]:
    async with FakeAsterisk(behaviour=Behaviour(callee=everybody(callee))) as asterisk:
        written = content(asterisk.node.port)
        file = folder / "dialer.yaml"
        file.write_text(json.dumps(written))
        (folder / "data").mkdir()
        robots = Robots(lambda: 1.0, lambda: "done")
        async with app.running(config.load(file), listener=robots.hear) as control:
            robots.control = control
            await eventually(lambda: control.dialer.nodes["pbx"].up)
            try:
                yield House(control, asterisk, file, written)
            finally:
                await robots.close()


async def at_work(one: House, campaign: str = "spring") -> None:
    await one.control.set_run_state(campaign, "running")
    await one.control.log_in("ann", campaign, ready=True)


@on_virtual_time
async def test_a_conversation_goes_on_while_its_campaign_changes_under_it(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=300)) as one:
        await one.lead("spring", 1)
        await at_work(one)
        await eventually(lambda: one.calls() == ["talking"])

        def change(written: dict[str, Any]) -> None:
            spring = written["campaigns"]["spring"]
            spring["pacing"] = {"mode": "progressive", "ring_timeout_s": 20, "min_ring_s": 10}
            spring["trunks"] = ["two"]
            spring["interval"] = {"default_s": 30, "min_s": 20}
            written["nodes"]["pbx"]["trunks"]["two"]["calls_per_second"] = 2

        done = await one.reload(change)
        assert done["waiting_for_restart"] == []
        assert {change["setting"] for change in done["applied"]} >= {
            "nodes.pbx.trunks.two.calls_per_second",
            "campaigns.spring.trunks",
            "campaigns.spring.pacing.ring_timeout_s",
            "campaigns.spring.interval.min_s",
        }
        assert one.calls() == ["talking"]
        floor = one.control.dialer.floors["spring"].floor
        ann = floor.roster.get("ann")
        assert ann is not None
        assert ann.interval_s == 20  # her own, held to the new bounds
        await eventually(lambda: one.calls() == [])
        await one.lead("spring", 2)
        await eventually(lambda: one.calls() == ["ringing"])
        (call,) = floor.calls.values()
        assert (call.trunk, call.dial_timeout_s) == ("two", 23.0)


@on_virtual_time
async def test_a_ringing_call_keeps_the_wait_it_was_dialed_with(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=10, talk_s=20)) as one:
        await one.lead("spring", 1)
        await at_work(one)
        await eventually(lambda: one.calls() == ["ringing"])
        await one.reload(lambda written: written["campaigns"]["spring"]["pacing"].update(connect_within_s=6))
        (call,) = one.control.dialer.floors["spring"].floor.calls.values()
        assert call.hold_s == 2
        await eventually(lambda: one.calls() == ["talking"])
        await eventually(lambda: one.calls() == [])
        await one.lead("spring", 2)
        await eventually(lambda: one.calls() == ["ringing"])
        (call,) = one.control.dialer.floors["spring"].floor.calls.values()
        assert call.hold_s == 6


@on_virtual_time
async def test_windows_that_close_stop_new_calls_and_windows_that_open_start_them(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=5)) as one:
        today = f"{one.control.dialer.clock.utc():%a}".lower()
        other = "mon" if today != "mon" else "wed"

        def only(day: str) -> Callable[[dict[str, Any]], None]:
            return lambda written: written["campaigns"]["spring"].update(windows={day: ["00:00-24:00"]})

        await one.reload(only(other))
        await one.lead("spring", 1)
        await at_work(one)
        why = "outside the calling windows"
        await eventually(lambda: why in one.control.dialer.floors["spring"].floor.why.text)
        assert not one.asterisk.calls
        await one.reload(
            lambda written: written["campaigns"]["spring"].update(windows={"mon-sun": ["00:00-24:00"]})
        )
        await eventually(lambda: len(one.asterisk.calls) == 1, within_s=30)


@on_virtual_time
async def test_a_new_campaign_is_at_work_without_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=20)) as one:
        done = await one.reload(lambda written: written["campaigns"].update(summer=dict(CAMPAIGN)))
        assert done["campaigns_added"] == ["summer"]
        await one.lead("summer", 1)
        await at_work(one, "summer")
        await eventually(lambda: one.calls("summer") == ["talking"])


@on_virtual_time
async def test_a_campaign_that_went_finishes_its_conversations_and_then_its_floor_closes(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=100)) as one:
        await one.lead("spring", 1)
        await one.lead("spring", 2)
        await at_work(one)
        await eventually(lambda: one.calls() == ["talking"])

        def remove(written: dict[str, Any]) -> None:
            written["campaigns"] = {"summer": dict(CAMPAIGN)}
            written["agents"]["ann"]["campaign"] = "summer"

        done = await one.reload(remove)
        assert (done["campaigns_added"], done["campaigns_removed"]) == (["summer"], ["spring"])
        assert one.calls() == ["talking"]
        await eventually(lambda: "spring" not in one.control.dialer.floors)
        books = one.control.dialer.books
        await books.applied()
        found = await storage.attempts.of_campaign(
            one.control.dialer.db, "spring", since=one.control.dialer.clock.utc().replace(year=2000), limit=9
        )
        assert [(attempt.outcome, attempt.disposition) for attempt in found] == [("connected", "done")]
        assert not one.asterisk.machine.channels
        await at_work(one, "summer")


@on_virtual_time
async def test_a_campaign_taken_back_before_its_floor_closed_goes_on(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=100)) as one:
        await one.lead("spring", 1)
        await at_work(one)
        await eventually(lambda: one.calls() == ["talking"])
        spring = one.content["campaigns"]["spring"]
        ann = one.content["agents"].pop("ann")
        await one.reload(lambda written: written.update(campaigns={"summer": dict(CAMPAIGN)}))
        one.content["agents"]["ann"] = ann
        await one.reload(lambda written: written.update(campaigns={"spring": spring}))
        await one.lead("spring", 2)
        await eventually(lambda: len(one.asterisk.calls) == 2)
        assert list(one.control.dialer.floors) == ["spring"]


@on_virtual_time
async def test_a_mistake_changes_nothing_and_is_told_with_its_place(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=20)) as one:
        before = one.control.dialer.settings

        def wrong(written: dict[str, Any]) -> None:
            written["campaigns"]["spring"]["caler_id"] = "x"
            written["campaigns"]["summer"] = dict(CAMPAIGN)

        with pytest.raises(ControlError, match=r"dialer.yaml:1:.*did you mean caller_id") as refused:
            await one.reload(wrong)
        assert refused.value.id == "config_invalid"
        assert one.control.dialer.settings is before
        assert list(one.control.dialer.floors) == ["spring"]
        assert "caler_id" in one.control.reload_trouble
        del one.content["campaigns"]["spring"]["caler_id"]
        await one.reload(lambda written: None)
        assert one.control.reload_trouble == ""
        assert list(one.control.dialer.floors) == ["spring", "summer"]


@on_virtual_time
async def test_what_needs_a_restart_is_told_and_keeps_its_old_value(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=20)) as one:

        def change(written: dict[str, Any]) -> None:
            written["nodes"]["pbx"]["host"] = "127.0.0.9"
            written["campaigns"]["spring"]["wrap_up_max_s"] = 33

        done = await one.reload(change)
        assert [change["setting"] for change in done["waiting_for_restart"]] == ["nodes.pbx.host"]
        assert [change["setting"] for change in done["applied"]] == ["campaigns.spring.wrap_up_max_s"]
        settings = one.control.dialer.settings
        assert settings.nodes["pbx"].host == "127.0.0.1"
        assert settings.campaigns["spring"].wrap_up_max_s == 33


@on_virtual_time
async def test_a_campaign_on_a_node_that_is_not_there_yet_refuses_the_whole_reload(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=20)) as one:

        def change(written: dict[str, Any]) -> None:
            written["nodes"]["far"] = {**written["nodes"]["pbx"], "host": "127.0.0.9"}
            written["campaigns"]["summer"] = {**CAMPAIGN, "node": "far"}
            written["campaigns"]["spring"]["wrap_up_max_s"] = 33

        with pytest.raises(ControlError, match="restart the daemon") as refused:
            await one.reload(change)
        assert refused.value.id == "reload_impossible"
        assert one.control.dialer.settings.campaigns["spring"].wrap_up_max_s == 120


@on_virtual_time
async def test_with_the_database_away_the_old_settings_stay(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=20)) as one:
        engine = one.control.dialer.db.engine
        pool = engine.pool
        await engine.dispose()
        file = tmp_path / "data" / "dialer.db"
        assert file.exists()
        for each in tmp_path.glob("data/dialer.db*"):
            each.rename(each.with_name(each.name + ".away"))
        file.mkdir()
        with pytest.raises(ControlError) as refused:
            await one.reload(lambda written: written["campaigns"].update(summer=dict(CAMPAIGN)))
        assert refused.value.id == "database_away"
        assert list(one.control.dialer.floors) == ["spring"]
        file.rmdir()
        for each in tmp_path.glob("data/*.away"):
            each.rename(each.with_name(each.name.removesuffix(".away")))
    # What the daemon's own tasks had borrowed as the pool was emptied came back to it since.
    await greenlet_spawn(pool.dispose)


@on_virtual_time
async def test_calls_on_and_calls_just_ended_stay_in_a_ledger_counted_anew(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=30)) as one:
        for n in range(3):
            await one.lead("spring", n)
        await at_work(one)
        await eventually(lambda: len(one.asterisk.calls) == 2 and one.calls() == ["talking"])
        await one.reload(lambda written: written["campaigns"]["spring"].update(profiles=["uk"]))
        await one.reload(lambda written: written["campaigns"]["spring"].update(profiles=["uk", "germany"]))
        await eventually(lambda: len(one.asterisk.calls) == 3 and not one.calls())
        figures = one.control.dialer.budgets["spring"].figures()
        assert len(figures) >= 1
        assert all(figure.under == 3 for figure in figures if figure.of_abandonment), figures
        await asyncio.sleep(1)


@on_virtual_time
async def test_after_a_reload_every_part_stands_as_if_started_with_the_new_settings(tmp_path: Path) -> None:
    async with house(tmp_path, Callee(ring_s=2, talk_s=20)) as one:

        def change(written: dict[str, Any]) -> None:
            written["nodes"]["pbx"]["trunks"]["one"].update(
                max_channels=3, calls_per_second=1, post_dial_delay_s=9, rest_after=2, rest_s=30
            )
            written["campaigns"]["spring"].update(
                trunks=["two", "one"],
                caller_id="+442079460009",
                caller_name="Survey",
                caller_ids={"pools": [{"numbers": ["+442079460001"]}], "max_per_day": 7},
                number_types=["mobile"],
                windows={"mon-sun": ["01:00-23:00"]},
                holidays={"dates": ["2030-01-01"]},
                profiles=["uk"],
                pacing={
                    "mode": "ratio",
                    "target_abandon": "1 %",
                    "connect_within_s": 3,
                    "ring_timeout_s": 40,
                    "min_ring_s": 20,
                    "max_ratio": 3,
                    "max_calls": 5,
                    "calls_per_second": 1,
                    "release": False,
                },
                interval={"default_s": 50, "min_s": 10, "max_s": 90},
                wrap_up_max_s=11,
                agent_drop="rescue",
                amd=True,
                dispositions=[{"code": "sold", "label": "Sold", "final": True, "reached": True}],
                attempts={"max": 2},
                retry={"busy": {"delay_s": 60}},
                callback_tolerance_s=60,
                cool_down_s=90,
            )

        await one.reload(change)
        dialer, fresh = one.control.dialer, config.load(one.file)
        campaign = fresh.campaigns["spring"]
        assert dialer.settings == fresh
        obeyed = rules.obeyed_by(campaign, fresh)
        runner, outreach = dialer.floors["spring"], dialer.outreach["spring"]
        wanted = rules.floor_settings(campaign, obeyed)
        for each in fields(wanted):
            if each.name != "rules":
                assert getattr(runner.floor.settings, each.name) == getattr(wanted, each.name), each.name
        assert runner.floor.settings.rules.knows("sold")
        assert not runner.floor.settings.rules.knows("done")
        assert runner.floor.engine.settings == rules.pacing_settings(campaign)
        for name, value in wires_of(campaign, fresh).items():
            assert getattr(runner.wiring, name) == value, name
        assert (outreach.campaign, outreach.obeyed.numbers) == (campaign, obeyed.numbers)
        assert outreach.obeyed.ring_s == 49
        assert {number["number"] for number in outreach.numbers.state()} >= {"+442079460001"}
        ledgers = {figure.name for figure in dialer.budgets["spring"].figures()}
        assert ledgers == {ledger.name for ledger in leads.ledgers_of(campaign)}
        limits = dialer.nodes["pbx"].trunks.limits("one")
        assert (limits,) == tuple(
            limit for limit in rules.trunk_limits(fresh.nodes["pbx"]) if limit.name == "one"
        )
