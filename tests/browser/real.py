"""The real daemon with its website on the embedded Asterisk, in a thread of its own, for a browser in this one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Page

from ami.fake import Callee
from dialer.control import Control
from tests.browser.conftest import PATIENCE_MS
from tests.parts.twins import lab_callee
from tests.parts.websites import PASSWORD, Site, website

T = TypeVar("T")


@dataclass
class Floor:
    """A running site; `do` runs something in the daemon's own loop and waits for it."""

    site: Site
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return self.site.address

    def do(self, work: Callable[[Control], Coroutine[Any, Any, T]]) -> T:
        """Ask the daemon itself, as an onlooker."""
        return asyncio.run_coroutine_threadsafe(work(self.site.control), self.loop).result(180)


@contextlib.contextmanager
def floor(folder: Path, **how: Any) -> Iterator[Floor]:
    """A daemon at work for as long as this is entered."""
    started = threading.Event()
    box: list[Floor | BaseException] = []
    ended: list[asyncio.Event] = []

    async def live() -> None:
        end = asyncio.Event()
        ended.append(end)
        for_ever = how.pop("talk_for_ever", False)
        async with website(folder, **how) as site:
            if for_ever:  # nobody hangs up but the agent
                site.asterisk.behaviour = replace(site.asterisk.behaviour, callee=_patient)
            box.append(Floor(site, asyncio.get_running_loop()))
            started.set()
            await end.wait()

    def run() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:  # told to the test's own thread
            box.append(error)
            started.set()

    thread = threading.Thread(target=run, name="daemon", daemon=True)
    thread.start()
    assert started.wait(180), "the daemon did not start"
    found = box[0]
    if isinstance(found, BaseException):
        raise found
    try:
        yield found
    finally:
        found.loop.call_soon_threadsafe(ended[0].set)
        thread.join(180)
    for late in box[1:]:
        if isinstance(late, BaseException):
            raise late


def _patient(number: str) -> Callee:
    return replace(lab_callee(number), leaves_after_s=None)


def sign_in(page: Page, user: str) -> None:
    """By the keyboard: the first field has the focus."""
    page.get_by_label("User").fill(user)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-link=live]", timeout=PATIENCE_MS)
