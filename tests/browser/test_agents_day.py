"""An agent's whole day on the real daemon, once by clicks and once by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

import storage
from dialer.control import Control
from dialer.lab.people import Kind, Person
from tests.browser.conftest import PATIENCE_MS, Open
from tests.browser.real import Floor, floor, sign_in
from tests.parts.embedded import CAMPAIGN

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=0.5, talk_s=5.0) for n in range(8))
MORE: dict[str, Any] = {
    "script": ["Good day {name}, this is {agent}.", "May I go on?"],
    "wrap_up_max_s": 600,
    "dispositions": [
        {"code": "done", "label": "Visit complete", "key": "1", "final": True},
        {"code": "later", "label": "Call back later", "key": "2", "callback": True},
    ],
}


@contextmanager
def one_desk(folder: Path, **more: Any) -> Iterator[Floor]:
    """One agent, people who talk until the agent hangs up, a campaign that runs."""
    with floor(
        folder, people=PEOPLE, agents=1, more=MORE | more, talk_for_ever=True, intervals_s=(120.0,)
    ) as site:
        site.do(lambda control: control.set_run_state(CAMPAIGN, "running"))
        yield site


def state(page: Page, name: str) -> None:
    """Wait for a state of the desk."""
    page.wait_for_selector(f"[data-now={name}]", timeout=PATIENCE_MS)


def told(site: Floor) -> dict[str, Any]:
    """What the books say of the calls: dispositions, and notes by call."""

    async def read(control: Control) -> dict[str, Any]:
        await control.dialer.books.applied()
        db = control.dialer.db
        attempts = await storage.attempts.of_campaign(
            db, CAMPAIGN, since=control.dialer.clock.utc().replace(year=2020)
        )
        said = [one.disposition for one in attempts if one.disposition]
        leads = {one.lead_id for one in attempts}
        rows = [row for lead in leads for row in await control.lead_history(lead, 20)]
        return {"said": said, "notes": [row["text"] for row in rows if row["kind"] == "note"]}

    return site.do(read)


def test_by_clicks(tmp_path: Path, open_page: Open) -> None:
    with one_desk(tmp_path) as site:
        page = open_page(site.url + "/agent", width=1280, height=820)
        sign_in(page, "agent")
        page.get_by_role("button", name="Log in").first.click()
        state(page, "away")
        page.get_by_role("button", name="Ready").first.click()

        # The first person, with script and note.
        state(page, "talking")
        expect(page.locator(".name")).to_contain_text("Human")
        expect(page.locator(".script mark").first).to_contain_text("Human")
        expect(page.locator(".person")).to_contain_text("This is the first call.")
        page.get_by_label("Notes").fill("Speaks softly")

        # A reload in the middle loses nothing: neither call nor note.
        name = page.locator(".name").inner_text()
        page.reload()
        state(page, "talking")
        expect(page.locator(".name")).to_have_text(name)
        expect(page.get_by_label("Notes")).to_have_value("Speaks softly")

        page.get_by_role("button", name="Hang up").click()
        state(page, "wrapup")
        expect(page.locator(".left")).to_contain_text("s left to say what came of it")
        page.get_by_role("button", name="Visit complete").click()

        # The own interval: a countdown, another length, and no more of it.
        state(page, "interval")
        expect(page.locator(".topbar .tm")).to_have_text(re.compile(r"^[0-2]:\d\d$"))
        expect(page.locator(".count")).to_contain_text("Next call in")
        page.get_by_role("slider").press("ArrowRight")
        expect(page.locator(".own .value")).to_contain_text("125")
        page.locator(".count").get_by_role("button", name="Ready now").click()

        # The second is called back at ten, in their own time.
        state(page, "talking")
        expect(page.locator(".name")).not_to_have_text(name)
        page.get_by_role("button", name="Call back later").click()
        page.locator(".days .slot").nth(3).click()
        page.get_by_label("10:00").check()
        page.get_by_label("I call back myself").check()
        page.get_by_role("button", name="Promise the call").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("dialog").get_by_role("button", name="Lunch").click()
        expect(page.locator(".topbar .aside")).to_contain_text("Then away: Lunch")
        page.get_by_role("button", name="Hang up").click()
        state(page, "away")
        expect(page.locator(".topbar")).to_contain_text("Away: Lunch")
        expect(page.locator(".promised")).to_contain_text("10:00")

        page.get_by_role("button", name="Log out").click()
        page.get_by_role("dialog").get_by_role("button", name="Log out").click()
        state(page, "out")
        assert told(site) == {"said": ["done", "later"], "notes": ["Speaks softly"]}


def test_by_the_keyboard_alone(tmp_path: Path, open_page: Open) -> None:
    with one_desk(tmp_path) as site:
        page = open_page(site.url + "/agent", width=1280, height=820)
        page.wait_for_selector("form")
        page.keyboard.type("agent")
        page.keyboard.press("Tab")
        page.keyboard.type("a long enough password")
        page.keyboard.press("Enter")
        state(page, "out")
        press = page.keyboard.press
        press("l")
        state(page, "away")
        press("g")
        state(page, "talking")
        press("n")
        page.keyboard.type("Prefers 9 to 5")
        press("Tab")
        press("h")
        expect(page.locator(".topbar")).to_contain_text("On hold")
        press("h")
        expect(page.locator(".topbar")).to_contain_text("In conversation")
        press("Escape")
        state(page, "wrapup")
        press("1")
        state(page, "interval")
        press("i")
        press("ArrowLeft")
        expect(page.locator(".own .value")).to_contain_text("115")
        press("g")
        state(page, "talking")
        press("2")
        expect(page.get_by_role("dialog", name="Call back later")).to_be_visible()
        press("Tab")
        press("Tab")
        # In the evening the day offered first is tomorrow.
        days = page.locator(".days .slot")
        offered = 0 if "on" in (days.nth(0).get_attribute("class") or "").split() else 1
        press("ArrowRight")
        expect(days.nth(offered + 1)).to_have_class(re.compile(r"\bon\b"))
        press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        press("p")
        page.get_by_role("dialog").wait_for()
        press("1")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator(".topbar .aside")).to_contain_text("Then away")
        press("Escape")
        state(page, "away")
        press("o")
        page.get_by_role("dialog").wait_for()
        press("Tab")
        press("Tab")
        press("Tab")
        press("Enter")
        state(page, "out")
        assert told(site) == {"said": ["done", "later"], "notes": ["Prefers 9 to 5"]}


def test_a_desk_opened_twice_says_so_at_the_first(tmp_path: Path, open_page: Open) -> None:
    with one_desk(tmp_path) as site:
        first = open_page(site.url + "/agent", width=1280, height=820)
        sign_in(first, "agent")
        second = open_page(site.url + "/agent", width=1280, height=820)
        sign_in(second, "agent")
        expect(first.get_by_role("alert")).to_contain_text("Your desk was opened in another window.")
        first.get_by_role("button", name="Use it here").click()
        first.wait_for_selector("[data-link=live]")
        expect(second.get_by_role("alert")).to_be_visible()


def test_in_preview_mode_the_agent_decides(tmp_path: Path, open_page: Open) -> None:
    with one_desk(tmp_path, dialing="preview") as site:
        page = open_page(site.url + "/agent", width=1280, height=820)
        sign_in(page, "agent")
        page.get_by_role("button", name="Log in").first.click()
        state(page, "away")
        page.keyboard.press("g")
        expect(page.locator(".next h1")).to_have_text(re.compile(r"\d:\d\d to decide"))
        first = page.locator(".name").inner_text()
        page.keyboard.press("s")
        page.get_by_role("dialog").wait_for()
        page.keyboard.press("1")
        expect(page.locator(".name")).not_to_have_text(first)
        second = page.locator(".name").inner_text()
        page.keyboard.press("Enter")
        state(page, "talking")
        expect(page.locator(".name")).to_have_text(second)
        page.keyboard.press("Escape")
        state(page, "wrapup")
