"""Everything that lets others watch the daemon, opened and closed together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import config
from dialer.control import Control
from dialer.ops import health
from dialer.ops.listener import Give, Listener, Page
from dialer.ops.metrics import CONTENT_TYPE, Metrics


@contextlib.asynccontextmanager
async def watched(control: Control, settings: config.Settings) -> AsyncIterator[Metrics]:
    """Figures are kept; with `metrics:` in the configuration they are served on a listener of their own."""
    metrics = control.surfaces["metrics"] = Metrics(control)
    metrics.start()
    listener = None
    try:
        if settings.metrics is not None:
            wanted = settings.metrics
            listener = control.surfaces["listener"] = Listener(
                wanted.host, wanted.port, pages_of(control, metrics)
            )
            await listener.open()
        yield metrics
    finally:
        if listener is not None:
            await listener.close()
        await metrics.close()


def pages_of(control: Control, metrics: Metrics) -> dict[str, Give]:
    """What is served, by path."""

    async def figures() -> Page:
        return Page(metrics.render(), CONTENT_TYPE)

    async def alive() -> Page:
        return Page.of({"ok": True})

    async def ready() -> Page:
        found = await health.ready(control)
        return Page.of(found.as_dict(), ok=found.ok)

    return {"/metrics": figures, "/livez": alive, "/readyz": ready}
