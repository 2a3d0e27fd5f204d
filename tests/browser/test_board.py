"""The wallboard tells how the floor is, says at once when it no longer knows, and lets a supervisor steer."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Serve, until
from tests.browser.mock import Mock, serving

LIVE = "[data-link=live]"


def board(open_page: Open, url: str, path: str = "/#/return-visits", **how: object) -> Page:
    page = open_page(url + path, **how)
    page.wait_for_selector(LIVE)
    return page


def test_four_figures_and_the_sentence(serve: Serve, open_page: Open) -> None:
    page = board(open_page, serve(moving=False).url)
    expect(page.locator(".figure .value")).to_have_text(["14s", "47min/h", "2.1%", "4.1ms"])
    expect(page.locator(".figures")).to_contain_text("64 s without prediction")
    expect(page.locator(".figures")).to_contain_text("surely below 2.8 %, limit 3.0 %")
    expect(page.locator(".sentence")).to_contain_text(
        "4 agents free within 15 s, 2.6 answers expected. The last caller has a 1.8 % chance to find nobody."
    )


def test_each_agent_has_name_word_and_time(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    page = board(open_page, mock.url)
    mine = {key: one for key, one in mock.board["agents"].items() if one["campaign"] == "return-visits"}
    expect(page.locator(".tile")).to_have_count(len(mine))
    for key, agent in mine.items():
        tile = page.locator(f"[data-agent={key}]")
        expect(tile).to_contain_text(agent["name"])
        expect(tile).to_have_attribute("data-state", agent["state"])
        expect(tile.locator("time")).to_have_text(re.compile(r"^(\d+:\d\d|in \d+ s)$"))


def test_a_state_can_be_looked_at_alone(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    page = board(open_page, mock.url, "/")
    talking = sum(one["state"] == "talking" for one in mock.board["agents"].values())
    page.get_by_role("button", name=re.compile(r"^\d+ talking$")).click()
    expect(page.locator(".tile")).to_have_count(talking)
    expect(page.locator(".tile:not([data-state=talking])")).to_have_count(0)


def test_alarms_say_what_since_when_what_happens_and_what_to_do(serve: Serve, open_page: Open) -> None:
    page = board(open_page, serve(moving=False).url)
    alarm = page.locator(".alarm.bad")
    for words in (
        "Trunk north-2 rests",
        "2 min",
        "refused several calls in a row",
        "Calls take the next trunk",
        "ask the carrier",
    ):
        expect(alarm).to_contain_text(words)


def test_a_silent_line_greys_the_board_and_stops_its_clock(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    page = board(open_page, mock.url)
    mock.silent = True
    page.wait_for_selector("[data-link=lost]")
    expect(page.get_by_role("alert")).to_contain_text("Not connected. These figures are from")
    assert page.locator("main").evaluate("node => getComputedStyle(node).filter") != "none"
    expect(page.locator(".time")).to_have_text(page.locator(".time").inner_text())
    before = page.locator(".tile time").all_inner_texts()
    page.wait_for_function("() => document.querySelector('.lost').textContent.match(/[2-9]\\d s ago/)")
    assert page.locator(".tile time").all_inner_texts() == before
    mock.silent = False
    page.wait_for_selector(LIVE)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_dead_server_is_noticed_and_so_is_its_return(open_page: Open) -> None:
    with serving(Mock(moving=False)) as mock:
        port = int(mock.url.rpartition(":")[2])
        page = board(open_page, mock.url)
    page.wait_for_selector("[data-link=lost]")
    with serving(mock, port):
        page.wait_for_selector(LIVE)
        expect(page.get_by_role("alert")).to_have_count(0)


def test_an_empty_floor_says_what_is_missing(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    mock.board |= {"campaigns": {}, "agents": {}, "alarms": {}}
    page = board(open_page, mock.url, "/")
    expect(page.locator("main")).to_contain_text("No campaign yet. Add one to the configuration")
    expect(page.locator("main")).to_contain_text("Nobody has logged in yet.")
    expect(page.locator("main")).to_contain_text("All is well.")


def test_a_paused_campaign_says_why_it_does_not_dial(serve: Serve, open_page: Open) -> None:
    page = board(open_page, serve(moving=False).url, "/#/survey")
    expect(page.locator(".sentence")).to_have_text("the campaign is paused")
    expect(page.locator(".strip")).to_contain_text("Nothing is being dialed.")


def test_what_hurts_asks_first_and_cancel_does_nothing(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    page = board(open_page, mock.url)
    page.get_by_role("button", name="Pause dialing").click()
    expect(page.locator(".notice")).to_contain_text("Return visits is paused.")
    page.get_by_role("button", name="Steer").click()
    page.get_by_role("button", name="Drain", exact=True).click()
    expect(page.get_by_role("dialog", name="Drain Return visits?")).to_be_visible()
    page.get_by_role("dialog", name="Drain Return visits?").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Drain", exact=True).click()
    page.get_by_role("dialog", name="Drain Return visits?").get_by_role("button", name="Drain").click()
    expect(page.locator(".notice")).to_contain_text("drains")
    assert [path for _, path, _ in mock.asked] == [
        "/api/v1/campaigns/return-visits/pause",
        "/api/v1/campaigns/return-visits/drain",
    ]


def test_mode_target_and_ring_time_go_together_and_only_what_changed(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    page = board(open_page, mock.url)
    page.get_by_role("button", name="Steer").click()
    page.get_by_label("Progressive:").check()
    page.get_by_label("Abandoned calls at most").fill("2.5")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert mock.asked == [
        ("PATCH", "/api/v1/campaigns/return-visits", {"mode": "progressive", "target": 0.025})
    ]


def test_a_refusal_is_shown_where_it_was_asked(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    mock.refuse = {"id": "target_invalid", "message": "The law's limit is 3 %; choose a target below it."}
    page = board(open_page, mock.url)
    page.get_by_role("button", name="Steer").click()
    page.get_by_label("Abandoned calls at most").fill("5")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_have_text("The law's limit is 3 %; choose a target below it.")


def test_an_agent_is_moved_and_logged_out_from_the_tile(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    page = board(open_page, mock.url)
    page.locator("[data-agent=a001]").click()
    page.get_by_label("Move to campaign").select_option("renewals")
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_role("dialog", name="Move Ma to Renewals Q4?").get_by_role("button", name="Move").click()
    expect(page.locator(".notice")).to_contain_text("Ma now works on Renewals Q4.")
    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("dialog", name="Log Ma out?").get_by_role("button", name="Log out").click()
    expect(page.locator(".notice")).to_contain_text("Ma is being logged out.")
    assert mock.asked == [
        ("PATCH", "/api/v1/agents/a001", {"campaign": "renewals"}),
        ("POST", "/api/v1/agents/a001/logout", {}),
    ]


def test_the_keyboard_walks_the_floor_and_opens_an_agent(serve: Serve, open_page: Open) -> None:
    page = board(open_page, serve(moving=False).url)
    first, second = page.locator(".tile").nth(0), page.locator(".tile").nth(1)
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(second.locator("b").inner_text())
    page.keyboard.press("Escape")
    expect(second).to_be_focused()


def test_the_arrangement_is_kept_by_the_server(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    page = board(open_page, mock.url)
    page.get_by_role("button", name="wei").click()
    page.get_by_role("button", name="Arrange").click()
    page.get_by_role("button", name="Hide Calls now").click()
    page.get_by_role("button", name="Up Floor").click()
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.locator(".card-calls")).to_have_count(0)
    arranged = ["figures", "floor", "strip", "history"]
    until(page, lambda: mock.preferences.get("board", {}).get("main") == arranged)
    page.reload()
    page.wait_for_selector(LIVE)
    expect(page.locator(".card-calls")).to_have_count(0)
    cards = page.locator(".column.main > .card").evaluate_all("all => all.map(one => one.className)")
    assert [name.split("-")[-1] for name in cards] == arranged


def test_someone_without_the_right_sees_no_switches(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    mock.role = "agent"
    page = board(open_page, mock.url)
    expect(page.get_by_role("button", name="Pause dialing")).to_have_count(0)
    expect(page.get_by_role("button", name="Steer")).to_have_count(0)


def test_a_stranger_is_sent_to_log_in_and_comes_back(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    mock.signed_in = False
    page = open_page(mock.url + "/#/survey")
    page.get_by_label("User").fill("wei")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("User or password is wrong.")
    page.get_by_label("Password").fill("right horse")
    page.keyboard.press("Enter")
    page.wait_for_selector(LIVE)
    assert page.url == mock.url + "/#/survey"


def test_log_in_never_leads_to_another_site(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    for target in ("https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"):
        page = open_page(f"{mock.url}/login?next={target}")
        page.get_by_label("User").fill("wei")
        page.get_by_label("Password").fill("right horse")
        page.keyboard.press("Enter")
        page.wait_for_selector(LIVE)
        assert page.url.startswith(mock.url + "/"), target


def test_the_language_changes_without_a_reload_and_is_kept(serve: Serve, open_page: Open) -> None:
    page = board(open_page, serve(moving=False).url)
    page.get_by_role("button", name="wei").click()
    page.get_by_role("button", name="中文").click()
    expect(page.locator(".card-strip h2")).to_have_text("未来 40 秒")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.reload()
    page.wait_for_selector(LIVE)
    expect(page.locator(".figures")).to_contain_text("坐席两次通话之间的等待")


def test_five_hundred_agents_are_on_the_board_and_follow_the_feed(serve: Serve, open_page: Open) -> None:
    mock = serve(agents=500)
    page = board(open_page, mock.url, "/")
    expect(page.locator(".tile")).to_have_count(500)
    changed = page.locator(".tile").evaluate_all("all => all.map(one => one.dataset.state).join()")
    page.wait_for_function(
        "before => [...document.querySelectorAll('.tile')].map(one => one.dataset.state).join() !== before",
        arg=changed,
    )


def test_nothing_is_wider_than_a_phone(serve: Serve, open_page: Open) -> None:
    page = board(open_page, serve(moving=False).url, width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [page.locator(f".card-{name}").bounding_box() for name in ("figures", "strip", "alarms", "floor")]
    assert [box["y"] for box in tops if box] == sorted(box["y"] for box in tops if box)


def test_reduced_motion_still_tells_everything(serve: Serve, open_page: Open) -> None:
    page = board(open_page, serve(moving=False).url, reduced_motion="reduce")
    expect(page.locator(".strip canvas")).to_be_visible()
    assert page.locator(".tile").first.evaluate("node => getComputedStyle(node).transitionDuration") in (
        "0s",
        "",
    )


def test_the_list_says_which_skills_are_asked_for_and_why_some_wait(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    lane = {"more": False, "able": 4, "ready": 2, "in_flight": 3, "why": ""}
    nobody = {**lane, "able": 0, "ready": 0, "in_flight": 0, "why": "nobody on the floor has it"}
    rows = [{**lane, "skills": ["Cantonese", "Life"], "leads": 1000, "more": True}]
    rows += [{**nobody, "skills": ["Shanghainese"], "leads": 38}, {**lane, "skills": [], "leads": 7}]
    mock.board["campaigns"]["return-visits"]["lanes"] = rows
    first = next(iter(mock.board["agents"]))
    mock.board["agents"][first]["skills"] = ["cantonese", "life"]
    page = board(open_page, mock.url)
    for words in ("Cantonese + Life", "over 1,000 leads", "2 of 4 agents ready, 3 calls", "anybody"):
        expect(page.locator("#main")).to_contain_text(words)
    expect(page.locator(".lanes .bad")).to_have_text("38 leads")
    expect(page.locator(".lanes")).to_contain_text("nobody on the floor has it")
    page.locator(f"[data-agent={first}]").click()
    expect(page.get_by_role("dialog")).to_contain_text("cantonese, life")
