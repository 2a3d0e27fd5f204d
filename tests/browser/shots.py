"""Draw the pages as pictures: `python -m tests.browser.shots FOLDER [name part]`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser import scene
from tests.browser.chromium import launch
from tests.browser.mock import Mock, serving


@dataclass(frozen=True)
class Shot:
    """One picture: where, how wide, in which colours and language."""

    name: str
    path: str
    width: int = 1600
    height: int = 1000
    dark: bool = False
    zh: bool = False
    before: Callable[[Mock, Page], Any] | None = None
    agents: int = 28
    full: bool = False


def talking(mock: Mock, _: Page) -> None:
    """Two minutes into a conversation."""
    at = time.time() - 134
    mock.tell(agent=mock.agent("talking", since=at), call=scene.call(at, deadline=time.time() + 3 * 86400))


def callback(mock: Mock, page: Page) -> None:
    """Promising a call."""
    talking(mock, page)
    page.wait_for_selector("[data-now=talking]")
    page.keyboard.press("4")


def resting(mock: Mock, _: Page) -> None:
    """The agent's own interval."""
    mock.tell(
        agent=mock.agent("interval", ready_at=time.time() + 42), forecast={"ready_in_s": 48, "text": ""}
    )


def silent(mock: Mock, page: Page) -> None:
    """The line to the server is lost."""
    mock.silent = True
    page.wait_for_selector("[data-link=lost]")


def half_played(_: Mock, page: Page) -> None:
    """A recording open, and some of it heard."""
    page.wait_for_selector(".wave").click(position={"x": 130, "y": 40})


def one_judged(_: Mock, page: Page) -> None:
    """A word on one clip, and the next one plays."""
    page.wait_for_selector(".clip")
    page.keyboard.press("2")
    page.wait_for_selector(".clip .again")


def suspicious(mock: Mock, _: Page) -> None:
    """A machine, as the detection says, on an agent's line."""
    at = time.time() - 3
    call = {**scene.call(at, deadline=time.time() + 3 * 86400), "suspected": True}
    mock.tell(agent=mock.agent("talking", since=at), call=call)


def steering(_: Mock, page: Page) -> None:
    """The supervisor's panel."""
    page.get_by_role("button", name="Steer").click()


def overheard(mock: Mock, page: Page) -> None:
    """Two agents with supervisors on the line, one of them the reader."""
    mock.moving = False
    hear(mock)
    page.reload()
    page.wait_for_selector(".hearing")


def looked_at(mock: Mock, page: Page) -> None:
    """The same, with that agent's panel open."""
    overheard(mock, page)
    page.locator("[data-agent=a004]").click()


def listened(mock: Mock, page: Page) -> None:
    """A conversation that a supervisor hears."""
    talking(mock, page)
    mock.tell(listened="whisper")


def hear(mock: Mock) -> None:
    """The reader whispers to one agent, who talks; somebody else listens to another."""
    at = time.time()
    floor = mock.board["agents"]
    floor["a004"] |= {"state": "talking", "since": at - 192}
    floor["a004"]["ears"] = [{"user": "wei", "mode": "whisper", "state": "on", "since": at - 41}]
    floor["a009"]["ears"] = [{"user": "tang", "mode": "listen", "state": "on", "since": at - 320}]


SHOTS = [
    Shot("listening", "/#/return-visits", width=1280, height=820, before=overheard),
    Shot("listening-dark", "/#/return-visits", width=1280, height=820, dark=True, before=looked_at),
    Shot("listening-zh", "/#/return-visits", width=1280, height=820, zh=True, before=looked_at),
    Shot("listening-phone", "/#/return-visits", width=390, height=844, before=looked_at),
    Shot("desk-listened", "/agent", width=1280, height=820, before=listened),
    Shot("wallboard", "/#/return-visits", full=True),
    Shot("wallboard-dark", "/#/return-visits", dark=True, full=True),
    Shot("wallboard-zh", "/#/return-visits", zh=True, full=True),
    Shot("wallboard-phone", "/#/return-visits", width=390, height=844, full=True),
    Shot("wallboard-all", "/"),
    Shot("wallboard-500", "/", agents=500, full=True),
    Shot("wallboard-lost", "/#/return-visits", before=silent),
    Shot("wallboard-steer", "/#/return-visits", width=1280, height=820, before=steering),
    Shot("desk-interval", "/agent", width=1280, height=820, before=resting),
    Shot("desk-callback", "/agent", width=1280, height=820, before=callback),
    Shot("admin", "/admin#/tokens", width=1280, height=820),
    Shot("reports", "/reports#period=7d&table=by_hour", width=1280, height=900),
    Shot("reports-dark", "/reports#period=7d&table=ranking", width=1280, height=900, dark=True),
    Shot("reports-zh", "/reports#period=7d&table=by_agent", width=1280, height=900, zh=True),
    Shot("reports-phone", "/reports#period=7d&table=by_day", width=390, height=844, full=True),
    Shot("desk-out", "/agent", width=1280, height=820),
    Shot("desk", "/agent", width=1280, height=820, before=talking),
    Shot("desk-dark", "/agent", width=1280, height=820, dark=True, before=talking),
    Shot("desk-zh", "/agent", width=1280, height=820, zh=True, before=talking),
    Shot("desk-phone", "/agent", width=390, height=844, before=talking, full=True),
    Shot("recordings", "/recordings#/37", width=1280, height=900, before=half_played),
    Shot("recordings-dark", "/recordings#/37", width=1280, height=900, dark=True, before=half_played),
    Shot("recordings-zh", "/recordings#/37", width=1280, height=900, zh=True, before=half_played),
    Shot("recordings-phone", "/recordings#/37", width=390, height=844, before=half_played),
    Shot("machines", "/machines", width=1280, height=820, before=one_judged),
    Shot("machines-dark", "/machines", width=1280, height=820, dark=True, before=one_judged),
    Shot("machines-zh", "/machines", width=1280, height=820, zh=True, before=one_judged),
    Shot("machines-phone", "/machines", width=390, height=844, before=one_judged, full=True),
    Shot("desk-machine", "/agent", width=1280, height=820, before=suspicious),
    Shot("login", "/login", width=1280, height=820),
]


def main() -> None:
    folder = Path(sys.argv[1])
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for shot in SHOTS:
            if part not in shot.name:
                continue
            with serving(Mock(shot.agents)) as mock:
                mock.role = "admin" if shot.name == "admin" else "supervisor"
                context = browser.new_context(
                    viewport={"width": shot.width, "height": shot.height},
                    color_scheme="dark" if shot.dark else "light",
                    locale="zh-CN" if shot.zh else "en-GB",
                )
                page = context.new_page()
                page.on("console", lambda message: print(message.text) if message.type == "error" else None)
                page.on("pageerror", lambda error: print("ERROR", error))
                page.goto(mock.url + shot.path)
                page.wait_for_selector("[data-link=live], form")
                if shot.before:
                    shot.before(mock, page)
                page.wait_for_timeout(1500)
                page.screenshot(path=str(folder / f"{shot.name}.png"), full_page=shot.full)
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
