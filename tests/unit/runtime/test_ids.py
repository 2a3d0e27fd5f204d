"""Ids of channels: the switch must never take one for another."""

from __future__ import annotations

from itertools import permutations

from dialer.runtime.ids import Ids, agent_of


def test_no_id_is_the_beginning_of_another() -> None:
    """Asterisk bridges any channel whose id begins with the one it is given."""
    ids = Ids("main", "1abc2de")
    made = [ids.call() for _ in range(250)] + [ids.seat(agent) for agent in ("a1", "a10", "a", "a1-1")]
    made += [ids.party() for _ in range(20)] + [ids.listener() for _ in range(20)]
    assert not [(one, other) for one, other in permutations(made, 2) if other.startswith(one)]


def test_a_seats_agent_is_read_off_its_id_whatever_the_width_of_its_number() -> None:
    assert agent_of(Ids("main", "1abc2de").seat("anna-2")) == "anna-2"
    assert agent_of("s-main-1abc2de-7-anna-2") == "anna-2"
    assert agent_of("s-main-1abc2de-12345678-anna-2") == "anna-2"


def test_the_longest_id_is_one_that_can_be_sent() -> None:
    assert len(Ids("x" * 40, "1abc2dezz").seat("a" * 32)) <= 64
