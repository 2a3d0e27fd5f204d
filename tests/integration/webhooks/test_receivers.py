"""Receivers that fail, hang or answer 500 lose nothing and block nothing; partners post back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

from dialer import app
from dialer.lab.people import Kind, Person
from dialer.webhooks import signing
from tests.parts.embedded import CAMPAIGN
from tests.parts.receiver import Receiver, receiving
from tests.parts.virtual_time import eventually, on_virtual_time
from tests.parts.websites import Site, website

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=10.0) for n in range(12))


async def _told(site: Site, folder: Path, **hooks: Any) -> None:
    """Write webhooks into the file and let the daemon read it."""
    file = folder / "dialer.yaml"
    written = json.loads(file.read_text())
    written["webhooks"] = {
        name: {"secret": SECRET, "events": ["end", "disposition"], "timeout_s": 1, **hook}
        for name, hook in hooks.items()
    }
    file.write_text(json.dumps(written))
    await site.control.reload()


def _ended(site: Site) -> bool:
    floor = site.control.dialer.floors[CAMPAIGN].floor
    return floor.dialed >= len(PEOPLE) and not floor.calls


async def _all_taken(receiver: Receiver) -> None:
    await eventually(
        lambda: (
            len({one.id for one in receiver.taken("end")}) == len(PEOPLE)
            and len({one.id for one in receiver.taken("disposition")}) == len(PEOPLE)
        ),
        within_s=4 * 3600,
        step_s=1,
    )


@on_virtual_time
async def test_a_receiver_in_every_trouble_loses_nothing_and_blocks_nothing(tmp_path: Path) -> None:
    async with (
        receiving() as bad,
        receiving() as good,
        website(tmp_path, people=PEOPLE, agents=3, robots=True) as site,
    ):
        bad.manners.extend(["500", "hang", "cut", "503", "429", "400", "hang", "302"])
        await _told(site, tmp_path, bad={"url": bad.url}, good={"url": good.url, "include": ["number"]})
        await eventually(lambda: _ended(site), within_s=900, step_s=1)
        await _all_taken(good)
        await _all_taken(bad)
        failed = {one.id for one in bad.heard} - {one.id for one in bad.taken()}
        assert not failed
        assert len(bad.heard) >= len(bad.taken()) + 8
        for one in bad.heard:
            at = int(one.headers["webhook-timestamp"])
            assert signing.headers(one.id, at, one.body, [SECRET]).items() <= one.headers.items()
            assert "+44" not in one.body.decode()
        told = [one.message for one in good.taken("end")]
        assert {one["data"]["lead"]["numbers"][0] for one in told} == {one.number for one in PEOPLE}
        assert Counter(one["data"]["outcome"] for one in told)["connected"] >= 10
        assert {one.message["data"]["code"] for one in bad.taken("disposition")} == {"done"}
        rows = {row["webhook"]: row for row in await site.control.webhooks()}
        assert (rows["bad"]["pending"], rows["bad"]["dead"]) == (0, 0)


@on_virtual_time
async def test_what_nobody_took_is_laid_aside_seen_and_sent_again_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with receiving() as receiver:
        receiver.manner = "404"
        async with website(tmp_path, people=PEOPLE, agents=3, robots=True) as site:
            supervisor = await site.sign_in("supervisor")
            hook = {"url": receiver.url, "give_up_after_h": 0.01, "events": ["end"]}
            await _told(site, tmp_path, crm=hook)
            await eventually(lambda: _ended(site), within_s=900, step_s=1)
            while (await supervisor.get("/webhooks"))[0]["dead"] < len(PEOPLE):
                await asyncio.sleep(5)
            dead = await supervisor.get("/webhooks/dead", webhook="crm")
            assert {one["error"] for one in dead} == {"answered 404 X"}
            receiver.manner = "cut"
            admin = await site.sign_in("admin")
            assert await admin.post("/webhooks/resend", {"webhook": "crm"}) == {"sent_again": len(PEOPLE)}
            await eventually(lambda: bool(site.control.dialer.troubles))
            board = await supervisor.get("/board")
            assert "webhook:crm" in board["alarms"]
            settings = site.control.dialer.settings
        receiver.manner = "204"
        async with app.running(settings, durable=False):
            await eventually(lambda: len({one.id for one in receiver.taken()}) == len(PEOPLE), step_s=1)


@on_virtual_time
async def test_a_partner_posts_back_and_may_do_nothing_else(tmp_path: Path) -> None:
    async with (
        receiving() as receiver,
        website(tmp_path, people=PEOPLE, agents=2, robots=True) as site,
    ):
        await _told(site, tmp_path, crm={"url": receiver.url, "events": ["end", "callback"]})
        admin = await site.sign_in("admin")
        made = await admin.post(
            "/tokens", {"name": "carrier of parcels", "scopes": ["callbacks:write"], "days": 1}, 201
        )
        partner = site.stranger(Authorization=f"Bearer {made['token']}")
        await eventually(lambda: len(receiver.taken("end")) > 0)
        told = receiver.taken("end")[0].message["data"]
        await admin.post(f"/campaigns/{CAMPAIGN}/pause")
        wanted = {"attempt": told["attempt"], "at": "2099-03-01 14:30", "reason": "parcel is here"}
        answer = await partner.post("/callbacks", wanted, 201)
        assert answer["lead"] == told["lead"]["id"]
        assert await partner.post("/callbacks", wanted, 201) == answer
        await eventually(lambda: len(receiver.taken("callback")) == 2)
        lead = await admin.get(f"/leads/{answer['lead']}")
        assert (lead["state"], lead["callback_at"]) == ("waiting", answer["callback_at"])
        for path in (f"/leads/{answer['lead']}", "/webhooks", "/callbacks"):
            assert (await partner.ask("GET", path)).status_code == 403
        nobody = await partner.ask("POST", "/callbacks", {"attempt": "c-lab-none-1"})
        assert nobody.status_code == 404
        assert (await partner.ask("POST", "/callbacks", {"reason": "whom?"})).status_code == 422


@on_virtual_time
async def test_a_webhook_is_tried_out_by_hand(tmp_path: Path) -> None:
    async with receiving() as receiver, website(tmp_path) as site:
        await _told(site, tmp_path, crm={"url": receiver.url})
        admin = await site.sign_in("admin")
        assert (await admin.post("/webhooks/crm/test"))["taken"]
        assert receiver.heard[0].message["type"] == "test"
        receiver.manner = "500"
        refused = await admin.post("/webhooks/crm/test")
        assert (refused["taken"], refused["why"]) == (False, "answered 500 X")
        assert (await admin.ask("POST", "/webhooks/none/test")).status_code == 404
