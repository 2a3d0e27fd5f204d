"""Debian's Chromium, driven by Playwright: nothing is downloaded."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

ARGS = (
    "--no-sandbox",  # the tests may run as root, in a container
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--lang=en-GB",
)


def path() -> str | None:
    """Where Chromium is, if installed."""
    return shutil.which("chromium")


def launch(playwright: Playwright) -> Browser:
    """A headless browser."""
    return playwright.chromium.launch(executable_path=path(), args=list(ARGS), chromium_sandbox=False)
