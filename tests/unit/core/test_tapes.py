"""Which conversations are recorded where only a share of them is."""

from __future__ import annotations

from dialer.core.tapes import picked


def test_a_share_is_picked_by_chance_and_the_same_again() -> None:
    ids = [f"c-main-86fh0o0-{n}" for n in range(20_000)]
    for share in (0.0, 0.05, 0.5, 1.0):
        chosen = [one for one in ids if picked(one, share)]
        assert abs(len(chosen) / len(ids) - share) < 0.02
        assert chosen == [one for one in ids if picked(one, share)]
    assert {one for one in ids if picked(one, 0.05)} <= {one for one in ids if picked(one, 0.5)}
