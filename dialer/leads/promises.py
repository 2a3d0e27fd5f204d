"""When a promised call is due: an instant told in the time of the person called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import storage
from dialer.compliance import Rules
from dialer.compliance.zones import zone_info


class BadInstant(ValueError):
    """A text that names no instant; the message says how to write one."""


def instant_of(text: str, zone: str | None, now: datetime) -> datetime:
    """The instant that a text names: "2026-12-24 15:00", "15:00" (the next such time) or "+90m", "+2h", "+3d".

    Without an offset it is the wall clock of `zone` (None: UTC). Times that a change of clocks leaves out come
    an hour later, times it repeats are the first. Raises BadInstant.
    """
    text = text.strip()
    if text.startswith("+"):
        return now + _span(text)
    info = zone_info(zone or "UTC") or UTC
    local = now.astimezone(info)
    try:
        if len(text) <= 5 and ":" in text:
            hour, minute = (int(part) for part in text.split(":"))
            wanted = local.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
            return (wanted if wanted > local else wanted + timedelta(days=1)).astimezone(UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant(f"{text!r} is no instant; write 2026-12-24 15:00, 15:00, +90m, +2h or +3d") from None
    return (found if found.tzinfo is not None else found.replace(tzinfo=info)).astimezone(UTC)


def zone_of(lead: storage.Lead, e164: str, rules: Rules) -> str | None:
    """Whose wall clock a person's "at three" means: the lead's own zone, its number's, the campaign's."""
    if lead.zone:
        return lead.zone
    zones = next((number.zones for number in lead.numbers if number.e164 == e164), ())
    if len(zones) != 1 and rules.default_zone:
        return rules.default_zone
    return zones[0] if zones else rules.default_zone


def _span(text: str) -> timedelta:
    units = {"m": 60.0, "h": 3600.0, "d": 86_400.0}
    unit, amount = text[-1:].lower(), text[1:-1].strip()
    if unit not in units or not amount.isdigit() or len(amount) > 5:
        raise BadInstant(f"{text!r} is no span; write +90m, +2h or +3d")
    return timedelta(seconds=int(amount) * units[unit])
