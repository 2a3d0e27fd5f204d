"""Amounts of money as people and programs write them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from dialer.control.errors import ControlError

MOST = Decimal(10) ** 12


def cents(amount: str | float) -> int:
    """Hundredths of the currency; raises ControlError for what is no amount of money."""
    try:
        value = Decimal(str(amount).strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not (value.is_finite() and 0 <= value <= MOST) or value != round(value, 2):
        raise ControlError(
            "amount_invalid",
            f"{str(amount)[:40]!r} is no amount; write it with a point and two digits: 199.90",
        )
    return int(value * 100)
