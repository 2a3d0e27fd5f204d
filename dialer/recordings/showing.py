"""A recording as the command line and the API show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import storage


def shown(one: storage.recordings.Listed, instant: Callable[[datetime], Any]) -> dict[str, Any]:
    """What it is, with whom it was and what came of it; `instant` writes the times."""
    it = one.recording
    return {
        "id": it.recording_id,
        "name": it.name,
        "attempt": it.attempt_id,
        "campaign": it.campaign_id,
        "agent": it.agent,
        "lead": it.lead_id,
        "lead_name": one.lead_name,
        "external_id": one.external_id,
        "disposition": one.disposition,
        "started_at": instant(it.started_at),
        "length_s": round(it.length_s, 3),
        "bytes": it.bytes,
        "format": it.format,
        "due_at": None if it.due_at is None else instant(it.due_at),
    }
