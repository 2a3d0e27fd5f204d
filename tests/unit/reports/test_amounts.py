"""Money is kept in whole hundredths, and what is no money is refused."""

from __future__ import annotations

import pytest

from dialer.control import ControlError
from dialer.control.amounts import cents


def test_amounts_are_kept_to_the_hundredth() -> None:
    told = (0, "0", 199.9, "199.90", " 1e3 ", 0.29, "1000000000000", 1.1)
    assert [cents(one) for one in told] == [0, 0, 19990, 19990, 100_000, 29, 10**14, 110]


@pytest.mark.parametrize(
    "told", ["", "many", "-1", -0.01, "1.005", float("nan"), float("inf"), "1e13", "1,50"]
)
def test_what_is_no_amount_is_refused_with_an_example(told: str | float) -> None:
    with pytest.raises(ControlError, match=r"199\.90"):
        cents(told)
