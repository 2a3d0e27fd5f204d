"""The page on which machines are checked by ear, on the real daemon: by keyboard, blind, one clip after the other."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

import storage
from dialer.control import Control
from tests.browser.conftest import Open
from tests.browser.real import floor
from tests.parts.tapes import put
from tests.parts.websites import PASSWORD


def heard(page: Page, number: int) -> None:
    """The clip of this number is open and can be played."""
    expect(page.locator("audio")).to_have_attribute("src", f"/api/v1/recordings/{number}/audio")


async def words_of(control: Control, attempts: list[str]) -> dict[str, str]:
    found = await storage.reviews.of_attempts(control.dialer.db, attempts)
    return {attempt: one.said for attempt, one in found.items()}


def test_a_supervisor_judges_clips_by_keyboard_and_sees_what_they_come_to(
    open_page: Open, tmp_path: Path
) -> None:
    with floor(tmp_path, amd=True) as there:
        clips = [
            there.do(lambda control, n=n: put(control, tmp_path, n, clip=True, length_s=2))  # type: ignore[misc]
            for n in (3, 2, 1)
        ]
        numbers, attempts = [one.recording_id for one in clips], [one.attempt_id for one in clips]
        page = open_page(there.url + "/login?next=/machines")
        page.get_by_label("User").fill("supervisor")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")

        heard(page, numbers[0])
        assert "Person 1" not in page.content()  # nothing tells who it is
        page.keyboard.press("2")
        heard(page, numbers[1])
        page.keyboard.press("2")
        heard(page, numbers[2])
        page.keyboard.press("Backspace")
        heard(page, numbers[1])
        page.keyboard.press("1")
        heard(page, numbers[2])
        page.get_by_role("button", name="Cannot tell").click()
        expect(page.locator(".clip")).to_have_count(0)
        expect(page.locator(".empty")).to_contain_text("No clip waits")
        said = there.do(lambda control: words_of(control, attempts))
        assert [said[one] for one in attempts] == ["machine", "person", "unclear"]

        cells = page.locator("tbody tr").first.locator("td")
        expect(cells.nth(1)).to_have_text("66.7 %")  # a person, and one of whom nobody can tell
        expect(cells.nth(3)).to_have_text("few reviews, more than configured")
        expect(cells.nth(4)).to_have_text("2 of 3 calls, 50 needed")
        expect(cells.nth(5)).to_have_text("0")
