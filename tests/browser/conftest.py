"""A browser for the pages, and the promise every test keeps: nothing is refused by the policy and no script fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.mock import Mock, serving

Open = Callable[..., Page]
Serve = Callable[..., Mock]

PATIENCE_MS = 30_000
"""How long a fact may take to show on a busy machine: a bound against hanging, not a promise of speed."""

expect.set_options(timeout=PATIENCE_MS)

EXPECTED = (
    "ERR_CONNECTION_REFUSED",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_CONNECTION_RESET",
    "status of 4",
    "WebSocket connection to",
)
"""What the console says by itself when a test cuts the line or the server refuses."""


def until(page: Page, fact: Callable[[], bool]) -> None:
    """Wait for something the server was told."""
    for _ in range(PATIENCE_MS // 20):
        if fact():
            return
        page.wait_for_timeout(20)
    raise AssertionError("the server was never told")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one file of tests: Playwright's own loop must be gone before the next file."""
    if chromium.path() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI=true and Chromium is missing: run .ci/parts as root")
        pytest.skip("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        started = chromium.launch(playwright)
        yield started
        started.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start mock servers."""
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(serving(Mock(**how)))


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open pages; afterwards nothing may have gone wrong in any of them."""
    troubles: list[str] = []
    contexts = []

    def start(url: str, *, width: int = 1600, height: int = 1000, **how: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, **({"locale": "en-GB"} | how)
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        page.goto(url)
        return page

    yield start
    for context in contexts:
        context.close()
    found = [text for text in troubles if not any(word in text for word in EXPECTED)]
    assert not found, found
