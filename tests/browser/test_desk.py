"""The desk pops the person, takes what came of it by one key, and forgets nothing at a reload."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser import scene
from tests.browser.conftest import Open, Serve, until
from tests.browser.mock import Mock


@pytest.fixture
def mock(serve: Serve) -> Mock:
    return serve()


@pytest.fixture
def desk(mock: Mock, open_page: Open) -> Page:
    page = open_page(mock.url + "/agent", width=1280, height=820)
    page.wait_for_selector("[data-link=live]")
    return page


def verbs(mock: Mock) -> list[str]:
    return [wish["do"] for wish in mock.heard]


def talk(mock: Mock, page: Page) -> None:
    mock.tell(agent=mock.agent("talking"), call=scene.call(time.time()))
    page.wait_for_selector("[data-now=talking]")


def wrap_up(mock: Mock, page: Page, lasts_s: float = 60) -> None:
    ended = {"since": time.time(), "ends_at": time.time() + lasts_s, "call": mock.desk["call"]}
    mock.tell(agent=mock.agent("wrapup"), call=None, wrapup=ended)
    page.wait_for_selector("[data-now=wrapup]")


def test_the_bridge_pops_the_person_the_script_and_what_came_before(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    person = desk.locator(".person")
    for words in ("王 淑芬", "138 •••• 2207, Shanghai", "Whole life, 20 years", "T-2026-118 402", "No. 3"):
        expect(person).to_contain_text(words)
    expect(person).to_contain_text("Asked twice about surrender value.")
    expect(desk.locator(".script mark").first).to_have_text("Ms Wang Shufen")
    expect(desk.locator(".topbar")).to_have_attribute("data-state", "talking")
    expect(desk.locator(".topbar .tm")).to_have_text(re.compile(r"^0:\d\d$"))


def test_one_key_says_what_came_of_it_and_the_note_goes_along(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    desk.keyboard.press("n")
    desk.keyboard.type("Bought 2 policies; prefers 9 to 5")
    desk.keyboard.press("Escape")
    wrap_up(mock, desk)
    desk.keyboard.press("2")
    until(desk, lambda: "dispose" in verbs(mock))
    given = next(wish for wish in mock.heard if wish["do"] == "dispose")
    assert (given["code"], given["note"]) == ("questions", "Bought 2 policies; prefers 9 to 5")
    expect(desk.locator(".dis [aria-pressed=true]")).to_have_text("Complete, has questions2")


def test_digits_in_a_note_are_a_note(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    desk.locator("#note").click()
    desk.keyboard.type("123 h t a r")
    expect(desk.locator("#note")).to_have_value("123 h t a r")
    assert not {"dispose", "hold", "record"} & set(verbs(mock))


def test_leaving_the_note_by_escape_does_not_hang_up(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    desk.locator("#note").click()
    desk.keyboard.press("Escape")
    desk.keyboard.press("Escape")
    desk.keyboard.press("h")
    until(desk, lambda: "hold" in verbs(mock))
    assert "hang_up" not in verbs(mock)


def test_a_reload_loses_nothing(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    desk.locator("#note").fill("Call the daughter first")
    desk.reload()
    desk.wait_for_selector("[data-now=talking]")
    expect(desk.locator("#note")).to_have_value("Call the daughter first")
    expect(desk.locator(".name")).to_have_text("王 淑芬")
    assert "note" in verbs(mock) or desk.evaluate("sessionStorage.length") == 1


def test_a_note_of_one_call_never_shows_at_the_next(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    desk.locator("#note").fill("Only of this call")
    mock.tell(agent=mock.agent("talking"), call=scene.call(time.time(), name="Zhao Min") | {"id": "c-2"})
    expect(desk.locator(".name")).to_have_text("Zhao Min")
    expect(desk.locator("#note")).to_have_value("")


def test_a_promised_call_is_told_in_the_persons_own_time(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    days = [_day_there(desk)]
    desk.keyboard.press("4")
    dialog = desk.get_by_role("dialog", name="Call back later")
    expect(dialog).to_contain_text("In their time: Asia/Shanghai")
    dialog.locator(".days .slot").nth(2).click()
    dialog.get_by_label("10:30").check()
    dialog.get_by_label("I call back myself").check()
    dialog.get_by_role("button", name="Promise the call").click()
    expect(dialog).to_have_count(0)
    given = next(wish for wish in mock.heard if wish["do"] == "dispose")
    days.append(_day_there(desk))  # midnight may come in between
    assert (given["code"], given["mine"]) == ("later", True)
    assert given["callback"] in {f"{day} 10:30" for day in days}


def _day_there(page: Page) -> str:
    """The day after tomorrow where the person is."""
    return page.evaluate(
        "new Intl.DateTimeFormat('sv-SE', {timeZone: 'Asia/Shanghai'}).format(Date.now() + 2 * 86400000)"
    )


def test_the_interval_is_a_slider_with_a_countdown_and_ready_now(mock: Mock, desk: Page) -> None:
    mock.tell(agent=mock.agent("interval", ready_at=time.time() + 45))
    desk.wait_for_selector("[data-now=interval]")
    expect(desk.locator(".count")).to_contain_text(re.compile(r"Next call in \d\d s"))
    desk.keyboard.press("i")
    desk.keyboard.press("ArrowRight")
    until(desk, lambda: "interval" in verbs(mock))
    assert next(wish for wish in mock.heard if wish["do"] == "interval")["interval_s"] == 65
    desk.keyboard.press("g")
    until(desk, lambda: "ready" in verbs(mock))
    assert next(wish for wish in mock.heard if wish["do"] == "ready")["skip_interval"] is True


def test_each_control_has_its_key(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    desk.keyboard.press("h")
    desk.keyboard.press("r")
    desk.keyboard.press("t")
    desk.get_by_role("dialog").wait_for()
    desk.keyboard.type("+44 20 7946 0123")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    desk.keyboard.press("a")
    desk.get_by_role("dialog").wait_for()
    desk.keyboard.type("tan")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    desk.keyboard.press("p")
    desk.get_by_role("dialog").wait_for()
    desk.keyboard.press("2")
    until(desk, lambda: "pause" in verbs(mock))
    told = [{key: value for key, value in wish.items() if key != "n"} for wish in mock.heard]
    assert told == [
        {"do": "hold"},
        {"do": "record", "on": False},
        {"do": "transfer", "to_number": "+44 20 7946 0123"},
        {"do": "add", "to_agent": "tan"},
        {"do": "pause", "reason": "lunch"},
    ]


def test_a_preview_is_accepted_or_skipped_with_a_reason(mock: Mock, desk: Page) -> None:
    shown = {"lead": scene.LEAD, "ends_at": time.time() + 30}
    mock.tell(agent=mock.agent("ready"), preview=shown)
    expect(desk.locator(".name")).to_have_text("王 淑芬")
    expect(desk.locator(".next h1")).to_have_text(re.compile(r"0:\d\d to decide"))
    desk.keyboard.press("s")
    desk.get_by_role("dialog").wait_for()
    desk.keyboard.press("3")
    until(desk, lambda: "skip" in verbs(mock))
    assert mock.heard[-1]["reason"] == "not_now"
    expect(desk.get_by_role("dialog")).to_have_count(0)
    desk.keyboard.press("Enter")
    until(desk, lambda: "accept" in verbs(mock))


def test_wrap_up_counts_down(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    wrap_up(mock, desk, 30)
    expect(desk.locator(".left")).to_contain_text(re.compile(r"\d+ s left to say what came of it"))
    expect(desk.locator(".name")).to_have_text("王 淑芬")


def test_a_lost_line_is_said_and_mended_without_help(mock: Mock, desk: Page) -> None:
    talk(mock, desk)
    desk.locator("#note").fill("kept")
    mock.hang_up_desks()
    desk.wait_for_function("() => performance.getEntriesByType('resource').length > 0")
    desk.wait_for_selector("[data-link=live]")
    expect(desk.locator("#note")).to_have_value("kept")
    desk.keyboard.press("Escape")
    mock.heard.clear()
    desk.locator("h2").first.click()
    desk.keyboard.press("h")
    until(desk, lambda: "hold" in verbs(mock))


def test_a_refusal_is_said_in_words_and_takes_the_choice_back(mock: Mock, desk: Page) -> None:
    mock.desk_error = {"id": "no_conversation", "message": "There is no conversation to judge."}
    talk(mock, desk)
    desk.keyboard.press("1")
    expect(desk.locator(".notice")).to_contain_text("There is no conversation now.")
    expect(desk.locator(".dis [aria-pressed=true]")).to_have_count(0)


def test_the_desk_in_chinese(mock: Mock, open_page: Open) -> None:
    page = open_page(mock.url + "/agent", width=1280, height=820, locale="zh-CN")
    page.wait_for_selector("[data-link=live]")
    talk(mock, page)
    expect(page.locator(".topbar")).to_contain_text("通话中")
    expect(page.locator(".outcome h2")).to_have_text("通话结果")
