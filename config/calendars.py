"""Public holidays by country and part."""

from __future__ import annotations

from config.values import wrong


def known_calendar(value: str) -> str:
    """The name itself where holidays are known for it: GB, GB-ENG."""
    import holidays  # takes long to load, and few campaigns name a calendar

    country, _, part = value.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise wrong("calendar", f"no holidays are known for {value}", "list them under dates")
    if part and part not in known[country]:
        parts = ", ".join(known[country]) or "none"
        raise wrong("calendar", f"{country} has no part {part}", f"there are: {parts}")
    return value
