"""Is the daemon alive, and is it ready: each part with the reason why not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import storage
from dialer.control import Control
from dialer.ops.masking import mask_all
from dialer.runtime.tasks import outside

PING_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `ok`, or why not and what to do."""

    name: str
    ok: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """All parts; ready when each is."""

    parts: tuple[Part, ...]

    @property
    def ok(self) -> bool:
        """Every part is well."""
        return all(part.ok for part in self.parts)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, numbers masked: a mistake in a configuration may show one."""
        return {"ok": self.ok, "parts": [mask_all(asdict(part)) for part in self.parts]}


async def ready(control: Control) -> Health:
    """Every part, and what forbids new calls everywhere; takes at most two seconds, and changes nothing."""
    nodes = (
        Part(f"node {name}", node.up, "" if node.up else f"cannot be reached: {node.reason}")
        for name, node in control.dialer.nodes.items()
    )
    journal = control.dialer.books.trouble
    return Health(
        (
            *nodes,
            await _database(control),
            Part("journal", not journal, journal and f"cannot be written: {journal}"),
            _configuration(control),
            _dialing(control),
            *_broker(control),
        )
    )


async def _database(control: Control) -> Part:
    try:
        await outside("ping", control.dialer.db.ping(), PING_TIMEOUT_S)
    except storage.StorageError as error:
        return Part("database", ok=False, why=str(error))
    except TimeoutError:
        return Part("database", ok=False, why=f"no answer within {PING_TIMEOUT_S:g} s")
    return Part("database", ok=True)


def _configuration(control: Control) -> Part:
    """A refused reload leaves the daemon at work on good settings: ready, but it is said."""
    trouble = control.reload_trouble
    return Part("config", ok=True, why=trouble and f"the last reload was refused: {trouble}")


def _dialing(control: Control) -> Part:
    """What forbids new calls in every campaign; in a single one it is said, and the others are ready."""
    dialer = control.dialer
    if everywhere := dialer.forbidden:
        return Part("dialing", ok=False, why="; ".join(everywhere.values()))
    alone = (
        f"campaign {campaign}: {why}"
        for campaign, runner in dialer.floors.items()
        for why in runner.floor.forbidden.values()
    )
    return Part("dialing", ok=True, why="; ".join(alone))


def _broker(control: Control) -> tuple[Part, ...]:
    """Calls go on without one: that it is away is said, and the daemon is ready."""
    bridge = control.surfaces.get("mqtt")
    if bridge is None:
        return ()
    trouble = bridge.figures.trouble
    return (Part("broker", ok=True, why=trouble and f"cannot be reached: {trouble}"),)
