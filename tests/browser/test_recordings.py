"""The page of recordings on the real daemon: find a conversation, see who spoke when, hear it, take it away."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

import storage
from dialer.control import Control
from tests.browser.conftest import Open, Serve
from tests.browser.real import floor
from tests.parts.tapes import put
from tests.parts.websites import PASSWORD


async def _audited(control: Control) -> list[str]:
    rows = await storage.audit.page(control.dialer.db, actor="supervisor", limit=1000)
    return sorted({row.action for row in rows if row.action.startswith("recordings.")})


def until(page: Page, true: str) -> None:
    """Wait for what no element shows; the policy of the pages forbids Playwright's own way of waiting."""
    look = f"const look = () => (({true})() ? done() : setTimeout(look, 50)); look();"
    page.evaluate(f"() => new Promise((done) => {{ {look} }})")


def test_a_supervisor_finds_hears_and_takes_away_a_conversation(open_page: Open, tmp_path: Path) -> None:
    with floor(tmp_path) as there:
        one = there.do(lambda control: put(control, tmp_path, 1, length_s=60))
        there.do(lambda control: put(control, tmp_path, 2, agent="a1"))
        page = open_page(there.url + "/login?next=/recordings")
        page.get_by_label("User").fill("supervisor")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(2)

        page.locator("select[name=agent]").select_option("a0")
        expect(rows).to_have_count(1)
        page.locator("input[name=shortest_s]").fill("61")
        page.keyboard.press("Enter")
        expect(rows).to_have_count(0)
        page.locator("input[name=shortest_s]").fill("")
        page.keyboard.press("Enter")
        expect(rows).to_have_count(1)

        rows.first.get_by_role("link").click()
        wave = page.get_by_role("slider")
        expect(wave).to_have_attribute("aria-valuemax", "60")
        until(page, "() => document.querySelector('audio').readyState >= 1")
        assert abs(page.evaluate("document.querySelector('audio').duration") - 60) < 0.1
        wave.press("ArrowRight")
        expect(wave).to_have_attribute("aria-valuenow", "5")
        width = page.evaluate("document.querySelector('.wave').clientWidth")
        wave.click(position={"x": width / 2, "y": 20})
        expect(wave).to_have_attribute("aria-valuenow", "30")
        assert abs(page.evaluate("document.querySelector('audio').currentTime") - 30) < 1
        page.locator(".speed select").select_option("2")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Play").click()
        expect(page.locator(".player")).to_have_attribute("data-playing", "yes")
        until(page, "() => document.querySelector('audio').currentTime > 30.2")
        assert page.evaluate("document.querySelector('audio').playbackRate") == 2
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".player")).to_have_attribute("data-playing", "no")

        with page.expect_download() as taken:
            page.get_by_role("link", name="Download").click()
        assert taken.value.suggested_filename == f"{one.name}.flac"
        assert Path(taken.value.path()).stat().st_size == one.bytes
        assert there.do(_audited) == ["recordings.download", "recordings.play", "recordings.show"]


def test_the_outline_shows_both_sides_in_their_own_colours(serve: Serve, open_page: Open) -> None:
    page = open_page(serve().url + "/recordings#/37", width=390, height=844)
    page.wait_for_selector(".wave")
    colours = """() => {
        const wave = document.querySelector(".wave"), pen = wave.getContext("2d");
        const half = wave.height / 2, seen = [new Set(), new Set()];
        const all = pen.getImageData(8, 0, wave.width - 8, wave.height).data, wide = wave.width - 8;
        for (let i = 0; i < all.length; i += 4) {
            if (all[i + 3] < 90) continue;
            seen[Math.floor(i / 4 / wide) < half ? 0 : 1].add(all[i] > all[i + 2] ? "warm" : "cold");
        }
        return seen.map((one) => [...one]);
    }"""
    until(page, f"() => JSON.stringify(({colours})()) === JSON.stringify([['warm'], ['cold']])")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
