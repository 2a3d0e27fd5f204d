"""What the pages do in a real browser: from the bridge to the person on screen, and 500 agents on the wallboard."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from dialer.control import Control
from dialer.lab.people import Kind, Person
from tests.browser import chromium, real
from tests.browser.mock import Mock, serving
from tests.parts.embedded import CAMPAIGN

AGENTS, POPS, BOARD_S = 500, 40, 30.0

WATCH_POPS = """() => {
  window.pops = [];
  let shown = "";
  new MutationObserver(() => {
    const name = document.querySelector("[data-now=talking] .name")?.textContent ?? "";
    const note = () => window.pops.push(performance.timeOrigin + performance.now());
    if (name && name !== shown) requestAnimationFrame(note);
    shown = name;
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""

WATCH_FRAMES = """() => {
  window.frames_ms = []; window.long_ms = [];
  new PerformanceObserver((list) => list.getEntries().forEach((one) => window.long_ms.push(one.duration)))
    .observe({ entryTypes: ["longtask"] });
  let last = performance.now();
  const next = (at) => { window.frames_ms.push(at - last); last = at; requestAnimationFrame(next); };
  requestAnimationFrame(next);
}"""


def pops(browser: Browser, count: int) -> list[float]:
    """Milliseconds from the daemon's hearing of a bridge to the frame that shows the person."""
    people = tuple(Person(Kind.HUMAN, n, ring_s=0.3, talk_s=1.5) for n in range(4 * count))
    bridged: list[float] = []

    def hear(_campaign: str, fact: Mapping[str, Any]) -> None:
        if fact["fact"] == "attempt_bridged":
            bridged.append(time.time_ns() / 1e6)

    async def begin(control: Control) -> None:
        control.dialer.listen(hear)
        await control.set_run_state(CAMPAIGN, "running")

    how: dict[str, Any] = {"people": people, "agents": 1, "robots": True, "intervals_s": (0.0,)}
    with tempfile.TemporaryDirectory() as folder, real.floor(Path(folder), **how) as site:
        page = _desk(browser, site)
        site.do(begin)
        page.wait_for_function("count => window.pops.length >= count", arg=count, timeout=600_000)
        shown = page.evaluate("window.pops")
        page.context.close()
    return [min((at - began for began in bridged if began <= at), default=0.0) for at in shown]


def _desk(browser: Browser, site: real.Floor) -> Page:
    async def stop(control: Control) -> None:
        await control.set_run_state(CAMPAIGN, "paused")

    site.do(stop)
    page = browser.new_context(viewport={"width": 1280, "height": 820}).new_page()
    page.goto(site.url + "/agent")
    real.sign_in(page, "agent")
    page.wait_for_selector("[data-now=ready]", timeout=60_000)
    page.evaluate(WATCH_POPS)
    return page


def board(browser: Browser, agents: int, seconds: float) -> dict[str, float]:
    """A page with so many agents, two updates a second; conversations of two minutes and a half."""
    with serving(Mock(agents, churn=0.0125)) as mock:
        page = browser.new_context(viewport={"width": 1600, "height": 1000}).new_page()
        page.goto(mock.url + "/")
        page.wait_for_selector("[data-link=live]")
        metrics = page.context.new_cdp_session(page)
        metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.evaluate(WATCH_FRAMES)
        before = _metrics(metrics)
        page.wait_for_timeout(1000 * seconds)
        after = _metrics(metrics)
        frames = sorted(page.evaluate("window.frames_ms"))
        long = page.evaluate("window.long_ms")
        page.context.close()
    return {
        **{name: (after[name] - before[name]) / seconds for name in before},
        "frame_p50_ms": frames[len(frames) // 2],
        "frame_p99_ms": frames[int(0.99 * len(frames))],
        "long_tasks": len(long),
        "longest_ms": max(long, default=0.0),
    }


def _metrics(session: Any) -> dict[str, float]:
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return {
        name: found[name]
        for name in ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
    }


def run(args: argparse.Namespace) -> None:
    """Measure and print."""
    count, seconds = (10, 10.0) if args.quick else (POPS, BOARD_S)
    table = Table("what", "figure", title="in Chromium")
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        took = sorted(pops(browser, count))
        found = board(browser, AGENTS, seconds)
        browser.close()
    p95_ms = took[int(0.95 * (len(took) - 1))]
    table.add_row(
        f"bridge to screen pop, {len(took)} calls",
        f"{statistics.median(took):.0f} ms median, {p95_ms:.0f} ms p95, {took[-1]:.0f} ms at most",
    )
    table.add_row(
        f"{AGENTS} agents: the page's main thread", f"{100 * found['TaskDuration']:.1f} % of a core"
    )
    table.add_row("of it script", f"{100 * found['ScriptDuration']:.1f} %")
    style = found["LayoutDuration"] + found["RecalcStyleDuration"]
    table.add_row("of it style and layout", f"{100 * style:.1f} %")
    table.add_row("frames", f"{found['frame_p50_ms']:.1f} ms median, {found['frame_p99_ms']:.1f} ms p99")
    table.add_row("tasks over 50 ms", f"{found['long_tasks']:.0f}, longest {found['longest_ms']:.0f} ms")
    Console().print(table)
