"""Every page, in every state, colour and language, has nothing that axe finds wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import scene
from tests.browser.conftest import Open, Serve
from tests.browser.mock import Mock
from tests.browser.shots import hear

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
LOOKS = [("light", "en-GB"), ("dark", "en-GB"), ("light", "zh-CN")]


def check(page: Page) -> None:
    """No violation; the answer names the rule and the place."""
    page.evaluate(AXE)
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    wrong = [
        f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]
    ]
    assert not wrong, "\n".join(wrong[:10])


@pytest.fixture(params=LOOKS, ids="-".join)
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    colours, language = request.param
    return {"color_scheme": colours, "locale": language, "reduced_motion": "reduce"}


def test_the_wallboard(serve: Serve, open_page: Open, look: dict[str, Any]) -> None:
    mock = serve(moving=False)
    ages = (700.0, 70.0, 1300.0, 130.0, 5.0)
    for n, agent in enumerate(mock.board["agents"].values()):
        agent["since"] = time.time() - ages[n % 5]
        agent["state"] = ("ready", "talking", "wrapup", "interval", "away", "ringing", "out", "connecting")[
            n % 8
        ]
    for path, width in (("/#/return-visits", 1600), ("/", 1280), ("/#/survey", 390)):
        page = open_page(mock.url + path, width=width, **look)
        page.wait_for_selector("[data-link=live]")
        check(page)


def test_the_wallboard_without_a_line(serve: Serve, open_page: Open, look: dict[str, Any]) -> None:
    mock = serve(moving=False)
    page = open_page(mock.url + "/", **look)
    page.wait_for_selector("[data-link=live]")
    mock.silent = True
    page.wait_for_selector("[data-link=lost]")
    page.add_style_tag(url="/static/style/base.css")
    page.evaluate("document.querySelector('main').style.filter = 'none'")  # greyed on purpose: old figures
    check(page)


def test_the_panels_of_the_wallboard(serve: Serve, open_page: Open, look: dict[str, Any]) -> None:
    page = open_page(serve(moving=False).url + "/#/return-visits", **look)
    page.wait_for_selector("[data-link=live]")
    page.locator(".menu-button").click()
    check(page)
    page.locator(".menu-list button").first.click()
    expect(page.locator(".arrange-bar")).to_be_visible()
    check(page)
    page.locator(".menu-button").click()
    page.keyboard.press("Escape")
    page.locator(".right .with-unit button").last.click()
    check(page)
    page.keyboard.press("Escape")
    page.locator(".tile").first.click()
    check(page)


def test_the_wallboard_while_supervisors_listen(serve: Serve, open_page: Open, look: dict[str, Any]) -> None:
    mock = serve(moving=False)
    hear(mock)
    page = open_page(mock.url + "/#/return-visits", **look)
    expect(page.locator(".hearing")).to_be_visible()
    check(page)
    page.locator("[data-agent=a009]").click()
    expect(page.locator(".ears")).to_contain_text("tang")
    check(page)


Scene = Callable[[Mock], dict[str, Any]]
SCENES: dict[str, Scene] = {
    "out": lambda mock: {"agent": mock.agent("out")},
    "ringing": lambda mock: {"agent": mock.agent("ringing")},
    "away": lambda mock: {"agent": mock.agent("away", reason="lunch")},
    "ready": lambda mock: {"agent": mock.agent("ready"), "forecast": {"ready_in_s": 12, "text": ""}},
    "interval": lambda mock: {"agent": mock.agent("interval", ready_at=time.time() + 40)},
    "talking": lambda mock: {"agent": mock.agent("talking"), "call": scene.call(time.time())},
    "held": lambda mock: {
        "agent": mock.agent("talking", pausing="break"),
        "listened": "whisper",
        "call": scene.call(time.time()) | {"held": True, "party": {"number": "201", "state": "ringing"}},
    },
    "wrapup": lambda mock: {
        "agent": mock.agent("wrapup"),
        "call": None,
        "wrapup": {"since": time.time(), "ends_at": time.time() + 60, "call": scene.call(time.time())},
    },
    "preview": lambda mock: {
        "agent": mock.agent("ready"),
        "preview": {"lead": scene.LEAD, "ends_at": time.time() + 30},
    },
}


def test_the_desk_in_every_state(serve: Serve, open_page: Open, look: dict[str, Any]) -> None:
    mock = serve()
    page = open_page(mock.url + "/agent", width=1280, height=820, **look)
    page.wait_for_selector("[data-link=live]")
    for name, made in SCENES.items():
        mock.tell(**{"call": None, "wrapup": None, "preview": None, "forecast": None} | made(mock))
        page.wait_for_selector(f"[data-now={mock.desk['agent']['state']}]")
        expect(
            page.locator(".name" if name in ("talking", "held", "wrapup", "preview") else ".next")
        ).to_be_visible()
        check(page)


def test_the_desk_dialogs(serve: Serve, open_page: Open, look: dict[str, Any]) -> None:
    mock = serve()
    page = open_page(mock.url + "/agent", width=1280, height=820, **look)
    page.wait_for_selector("[data-link=live]")
    mock.tell(**SCENES["talking"](mock))
    page.wait_for_selector("[data-now=talking]")
    for key in ("t", "a", "p", "4"):
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        check(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/setup?token=x",
        "/setup",
        "/admin",
        "/admin#/tokens",
        "/admin#/audit",
        "/recordings#/37",
        "/machines",
        "/reports#table=by_hour",
    ],
)
def test_the_other_pages(serve: Serve, open_page: Open, look: dict[str, Any], path: str) -> None:
    mock = serve()
    mock.role = "admin"
    page = open_page(mock.url + path, **look)
    page.wait_for_selector("form, table")
    check(page)
