"""A line in the audit log: who changed or heard what, from where."""

from __future__ import annotations

import json
from typing import Any

import structlog

import storage
from dialer.compliance import mask
from dialer.runtime.centre import Centre
from dialer.runtime.tasks import outside

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S = 30.0
LONGEST_CHANGE = 4_000
LONGEST_TARGET = 200


async def note(
    dialer: Centre,
    actor: str,
    address: str,
    action: str,
    target: str,
    before: Any,
    after: Any,
    *,
    longest: int = LONGEST_CHANGE,
) -> None:
    """Keep a line; in the database when this returns. Of what was and is, so many characters of JSON are kept."""
    row = storage.AuditRow(
        dialer.clock.utc(),
        actor,
        address,
        action,
        target[:LONGEST_TARGET],
        _json(before, longest),
        _json(after, longest),
    )
    shown = mask(row.target) if row.target.startswith("+") else row.target
    log.info("changed", actor=actor, address=address, action=action, target=shown)
    await outside("audit", storage.audit.add(dialer.db, row), DATABASE_TIMEOUT_S)


def _json(value: Any, longest: int) -> str:
    text = json.dumps(value, default=str, ensure_ascii=True)
    return text if len(text) <= longest else json.dumps(text[:longest])
