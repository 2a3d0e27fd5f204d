"""A supervisor's day in clicks, on the real daemon: start, look, steer, move people, drain, and who did it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from dialer.control import Control
from dialer.lab.people import Kind, Person
from tests.browser.conftest import Open
from tests.browser.real import floor, sign_in
from tests.parts.embedded import CAMPAIGN

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=1.0, talk_s=6.0) for n in range(300))


def test_a_supervisors_day(tmp_path: Path, open_page: Open) -> None:
    with floor(tmp_path, people=PEOPLE, agents=3, robots=True) as site:
        site.do(lambda control: control.set_run_state(CAMPAIGN, "paused"))
        page = open_page(site.url + "/")
        sign_in(page, "supervisor")

        # The floor as it is, and why nobody is called.
        expect(page.locator(".tile")).to_have_count(3)
        expect(page.locator(".sentence")).to_contain_text("paused")
        expect(page.locator(".header, header").first).to_contain_text("Paused")

        # Start, and the floor comes alive.
        page.get_by_role("button", name="Start dialing").click()
        expect(page.locator("header").first).to_contain_text("Running")
        expect(page.locator(".tile[data-state=talking]").first).to_be_visible()
        expect(page.locator(".sentence")).to_contain_text("answers expected")
        expect(page.locator(".card-list")).to_contain_text(re.compile(r"[1-9]\d* of 300"))

        # Steer: mode and ring time.
        page.get_by_role("button", name="Steer").click()
        page.get_by_label("Predictive:").check()
        page.get_by_label("Let it ring for").fill("20")
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("button", name="Steer").click()
        expect(page.get_by_label("Predictive:")).to_be_checked()
        expect(page.get_by_label("Let it ring for")).to_have_value("20")
        page.keyboard.press("Escape")

        # One agent: a longer interval, a pause, and home.
        tile = page.locator("[data-agent=a1]")
        tile.click()
        page.get_by_label("Interval between calls").fill("90")
        page.get_by_role("dialog").get_by_role("button", name="Apply").click()
        expect(tile).to_contain_text("90 s")
        page.get_by_role("dialog").get_by_role("button", name="Pause").click()
        expect(tile).to_have_attribute("data-state", "away")
        page.get_by_role("dialog").get_by_role("button", name="Log out").click()
        page.get_by_role("dialog", name=re.compile("Log .* out")).get_by_role(
            "button", name="Log out"
        ).click()
        expect(tile).to_have_attribute("data-state", "out")
        page.keyboard.press("Escape")

        # Home time: conversations end, no new calls.
        page.get_by_role("button", name="Steer").click()
        page.get_by_role("button", name="Drain", exact=True).click()
        page.get_by_role("dialog", name=re.compile("^Drain")).get_by_role("button", name="Drain").click()
        page.keyboard.press("Escape")
        expect(page.locator(".sentence")).to_contain_text("draining")
        expect(page.locator("header").first).to_contain_text("Draining")

        async def state(control: Control) -> str:
            return str((await control.campaign_status(CAMPAIGN))["state"])

        assert site.do(state) == "draining"

        # An admin sees who did it.
        other = open_page(site.url + "/admin#/audit")
        sign_in(other, "admin")
        other.goto(site.url + "/admin#/audit")
        expect(other.locator("table")).to_contain_text("supervisor")
        expect(other.locator("table")).to_contain_text("progressive → predictive")


def test_the_arrangement_is_the_supervisors_own_and_survives_a_new_browser(
    tmp_path: Path, open_page: Open
) -> None:
    with floor(tmp_path) as site:
        page = open_page(site.url + "/")
        sign_in(page, "supervisor")
        page.get_by_role("button", name="supervisor").click()
        page.get_by_role("button", name="Arrange").click()
        with page.expect_response(
            lambda answer: "/me/preferences" in answer.url and answer.request.method == "PUT"
        ):
            page.get_by_role("button", name="Hide Calls now").click()
        for user, cards in (("supervisor", 0), ("admin", 1)):
            other = open_page(site.url + "/")
            sign_in(other, user)
            expect(other.locator(".card-strip")).to_be_visible()
            expect(other.locator(".card-calls")).to_have_count(cards)
