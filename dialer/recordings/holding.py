"""Legal holds: on a recording, on all that is of a lead, or on all recordings of a campaign."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal, cast

import storage
from dialer.recordings.archive import DATABASE_TIMEOUT_S
from dialer.recordings.errors import NotThere
from dialer.runtime.tasks import outside

KINDS = ("recording", "lead", "campaign")
_CAMPAIGN = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


async def hold(
    db: storage.Database, kind: str, target: str, *, now: datetime, actor: str, reason: str
) -> None:
    """Hold it from now on. Raises NotThere for what there is none of; a hold on a lead holds its calls too."""
    if not reason.strip():
        raise NotThere("say why it is held; the reason goes into the audit log")
    about: Any = {"now": now, "actor": actor, "reason": reason.strip()[:1000]}
    if kind == "lead":
        number = _number(kind, target)
        lead = await outside("database", storage.leads.by_id(db, number), DATABASE_TIMEOUT_S)
        if lead is None:
            raise NotThere(f"there is no lead {target}")
        await outside("database", storage.holds.place(db, [number], **about), DATABASE_TIMEOUT_S)
        return
    if kind == "recording":
        finding = storage.recordings.by_id(db, _number(kind, target))
        found = await outside("database", finding, DATABASE_TIMEOUT_S)
        if found is None or found.recording.deleting_at is not None:
            raise NotThere(f"there is no recording {target}, or it is deleted")
    elif kind != "campaign" or not _CAMPAIGN.fullmatch(target):
        raise NotThere(f"{kind} {target} cannot be held; write recording NUMBER, lead NUMBER or campaign ID")
    placing = storage.recording_end.hold(db, cast("Literal['recording', 'campaign']", kind), target, **about)
    await outside("database", placing, DATABASE_TIMEOUT_S)


async def release(db: storage.Database, kind: str, target: str) -> bool:
    """Hold it no longer; whether it was held."""
    if kind == "lead":
        work = storage.holds.release(db, [_number(kind, target)])
        return bool(await outside("database", work, DATABASE_TIMEOUT_S))
    if kind not in KINDS:
        raise NotThere(f"{kind} is nothing that is held; write recording, lead or campaign")
    letting = storage.recording_end.release(db, cast("Literal['recording', 'campaign']", kind), target)
    return await outside("database", letting, DATABASE_TIMEOUT_S)


async def every(db: storage.Database) -> list[dict[str, Any]]:
    """All holds, as plain data."""
    ours = await outside("database", storage.recording_end.every_hold(db), DATABASE_TIMEOUT_S)
    leads = await outside("database", storage.holds.every(db), DATABASE_TIMEOUT_S)
    rows = [(one.kind, one.target, one) for one in ours] + [("lead", str(one.lead_id), one) for one in leads]
    return [
        {"kind": kind, "target": target, "reason": one.reason, "actor": one.actor, "at": one.at.isoformat()}
        for kind, target, one in rows
    ]


def _number(kind: str, target: str) -> int:
    if not target.isascii() or not target.isdecimal() or not 0 < len(target) < 19:
        raise NotThere(f"{target!r} is no number of a {kind}")
    return int(target)
