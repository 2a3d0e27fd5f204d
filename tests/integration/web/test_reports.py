"""A sale told at the desk is in the report a minute later, for those who may see it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from dialer.lab.people import Kind, Person
from tests.parts.embedded import CAMPAIGN
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import desk_of, website

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=5.0) for n in range(6))
MORE: dict[str, Any] = {
    "wrap_up_max_s": 60,
    "currency": "EUR",
    "dispositions": [
        {"code": "sold", "label": "Sold", "key": "1", "final": True, "asks_amount": True},
        {"code": "no", "label": "No", "key": "2", "final": True},
    ],
}


def named(table: dict[str, Any], row: int = 0) -> dict[str, Any]:
    return dict(zip([column["name"] for column in table["columns"]], table["rows"][row], strict=True))


@on_virtual_time
async def test_an_amount_told_at_the_desk_is_in_the_report(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, more=MORE, intervals_s=(0.0,)) as site:
        agent = await site.sign_in("agent")
        async with desk_of(site, agent) as desk:
            await desk.wish("login")
            await desk.in_state("away")
            await desk.wish("ready")
            await site.control.set_run_state(CAMPAIGN, "running")
            await desk.in_state("talking")
            await desk.in_state("wrapup")
            assert (await desk.wish("dispose", code="sold", amount="a lot"))["id"] == "amount_invalid"
            assert (await desk.wish("dispose", code="no", amount=5))["id"] == "amount_unasked"
            assert (await desk.wish("dispose", code="sold", amount="1234.5"))["type"] == "done"
            await desk.until(lambda shown: bool(shown["today"]["calls"]))
            await site.control.set_run_state(CAMPAIGN, "stopped")
            mine = await agent.get("/me/report")
            assert [one["name"] for one in mine["tables"]][:2] == ["by_hour", "by_day"]
            assert named(mine["tables"][1])["value"] == 1234.5
        supervisor = await site.sign_in("supervisor")
        told = await supervisor.get("/reports", campaign=CAMPAIGN, by="agent")
        assert told["currency"] == "EUR"
        assert told["choices"]["campaigns"].keys() == {CAMPAIGN}
        row = named(told["tables"][0])
        assert (row["agent"], row["conversions"], row["value"]) == ("a0", 1, 1234.5)
        assert row["talk_s"] > 4
        assert row["wrap_up_s"] >= 0
        book = await supervisor.ask("GET", "/reports", params={"format": "xlsx"})
        assert "attachment" in book.headers["content-disposition"]
        assert "By agent" in CalamineWorkbook.from_filelike(io.BytesIO(book.content)).sheet_names
        for asked, headers, language in (
            ({}, {}, "en"),
            ({}, {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh-CN"),
            ({"lang": "en"}, {"Accept-Language": "zh-CN"}, "en"),
            ({"lang": "zh"}, {}, "zh-CN"),
        ):
            page = await supervisor.ask(
                "GET", "/reports", params={"format": "html", **asked}, headers=headers
            )
            assert f'<html lang="{language}">' in page.text
            assert ("按任务" in page.text) == (language == "zh-CN")
        table = await supervisor.ask("GET", "/reports", params={"format": "csv", "table": "ranking"})
        assert table.text.splitlines()[0].startswith("rank,agent,contacts,conversions,value")


@on_virtual_time
async def test_who_may_not_and_what_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE) as site:
        agent, supervisor = await site.sign_in("agent"), await site.sign_in("supervisor")
        for client, asked, status, error in (
            (agent, {}, 403, "forbidden"),
            (supervisor, {"period": "2026-02-30"}, 422, "period_invalid"),
            (supervisor, {"period": "2026-01-01..2020-01-01"}, 422, "period_invalid"),
            (supervisor, {"campaign": "nowhere"}, 404, "campaign_unknown"),
            (supervisor, {"team": "nobody"}, 404, "team_unknown"),
            (supervisor, {"format": "csv", "table": "moon"}, 404, "table_unknown"),
            (supervisor, {"by": "moon"}, 422, "invalid"),
        ):
            answer = await client.ask("GET", "/reports", params=asked)
            assert (answer.status_code, answer.json()["error"]["id"]) == (status, error)
