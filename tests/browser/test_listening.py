"""A supervisor listens from the wallboard on the real daemon, and the agent's desk says so."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

import storage
from dialer.control import Control
from dialer.lab.people import Kind, Person
from tests.browser.conftest import Open
from tests.browser.real import floor, sign_in
from tests.parts.embedded import CAMPAIGN

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=1.0, talk_s=40.0) for n in range(20))


def test_a_supervisor_listens_whispers_barges_and_stops(tmp_path: Path, open_page: Open) -> None:
    with floor(tmp_path, people=PEOPLE, agents=1, talk_for_ever=True) as site:

        async def open_the_floor(control: Control) -> None:
            await control.change_user("supervisor", phone="PJSIP/boss1@phones")
            await control.set_run_state(CAMPAIGN, "running")

        site.do(open_the_floor)
        desk = open_page(site.url + "/agent")
        sign_in(desk, "agent")
        desk.keyboard.press("l")
        expect(desk.locator("[data-now=away]")).to_be_visible()
        desk.keyboard.press("g")
        expect(desk.locator("[data-now=talking]")).to_be_visible()

        board = open_page(site.url + "/")
        sign_in(board, "supervisor")
        tile = board.locator("[data-agent=a0]")
        expect(tile).to_have_attribute("data-state", "talking")
        tile.click()
        panel = board.get_by_role("dialog")
        expect(panel).to_contain_text("The agent's desk says that somebody listens.")
        panel.get_by_role("button", name="Listen", exact=True).click()
        expect(panel).to_contain_text("supervisor listens")
        expect(tile.get_by_role("img", name="supervisor listens")).to_be_attached()
        expect(desk.locator(".listened")).to_contain_text("A supervisor listens")

        panel.get_by_role("button", name="Whisper").click()
        expect(desk.locator(".listened")).to_contain_text("A supervisor speaks to you")
        board.keyboard.press("Escape")
        bar = board.locator(".hearing")
        expect(bar).to_contain_text("hears you; the person does not")
        bar.get_by_role("button", name="Barge in").click()
        expect(bar).to_contain_text("and the person hear you")
        expect(desk.locator(".listened")).to_contain_text("A supervisor is in the conversation")

        # The conversation ends, and with it the right to speak into it.
        desk.keyboard.press("Escape")
        expect(bar).to_contain_text("You listen to")
        expect(desk.locator(".listened")).to_contain_text("A supervisor listens")
        bar.get_by_role("button", name="Stop").click()
        expect(bar).to_have_count(0)
        expect(desk.locator(".listened")).to_have_count(0)

        async def logged(control: Control) -> list[tuple[str, str, str]]:
            rows = await storage.audit.page(control.dialer.db)
            return [
                (one.actor, one.action, json.loads(one.after).get("mode", ""))
                for one in reversed(rows)
                if one.action.startswith("listen.")
            ]

        assert site.do(logged)[:4] == [
            ("supervisor", "listen.start", "listen"),
            ("supervisor", "listen.mode", "whisper"),
            ("supervisor", "listen.mode", "barge"),
            ("dialer", "listen.mode", "listen"),
        ]


def test_without_a_phone_the_board_says_what_to_do(tmp_path: Path, open_page: Open) -> None:
    with floor(tmp_path, people=PEOPLE, agents=1) as site:

        async def seat(control: Control) -> None:
            await control.log_in("a0")

        site.do(seat)
        board = open_page(site.url + "/")
        sign_in(board, "supervisor")
        tile = board.locator("[data-agent=a0]")
        expect(tile).to_have_attribute("data-state", "away")
        tile.click()
        panel = board.get_by_role("dialog")
        expect(panel.get_by_role("button", name="Barge in")).to_be_disabled()
        panel.get_by_role("button", name="Listen", exact=True).click()
        expect(board.locator(".notice")).to_contain_text("You have no phone to listen on")
