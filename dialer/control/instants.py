"""Instants as people write them, read in the zone of the person they are promised to."""

from __future__ import annotations

from datetime import datetime

from dialer.control.errors import ControlError
from dialer.leads import promises


def instant(text: str, zone: str | None, now: datetime) -> datetime:
    """The instant a text means in `zone`; raises ControlError where it means none."""
    try:
        return promises.instant_of(text, zone, now)
    except promises.BadInstant as error:
        raise ControlError("instant_invalid", str(error)) from None
