"""What waits for the broker: the newest of each state, and the newest messages, never more than there is room for."""

from __future__ import annotations

from dialer.mqtt.outbox import Outbox, Outgoing


async def taken(outbox: Outbox) -> list[Outgoing]:
    return [await outbox.next() for _ in range(len(outbox))]


async def test_a_state_that_changes_often_is_said_once_and_as_it_is_now() -> None:
    outbox = Outbox(10)
    for n in range(100):
        outbox.put_state("a", b"%d" % n)
    assert await taken(outbox) == [Outgoing("a", b"99", retain=True)]
    outbox.put_state("a", b"99")
    assert len(outbox) == 0


async def test_the_oldest_messages_are_dropped_and_counted() -> None:
    outbox = Outbox(3)
    for n in range(5):
        outbox.put(Outgoing("calls", b"%d" % n))
    assert [one.payload for one in await taken(outbox)] == [b"2", b"3", b"4"]
    assert outbox.dropped == 2


async def test_what_could_not_be_sent_comes_first_again_unless_a_newer_state_took_its_place() -> None:
    outbox = Outbox(3)
    outbox.put(Outgoing("calls", b"1"))
    outbox.put(Outgoing("calls", b"2"))
    first = await outbox.next()
    outbox.put_back(first)
    assert [one.payload for one in await taken(outbox)] == [b"1", b"2"]
    outbox.put_state("a", b"old")
    old = await outbox.next()
    outbox.put_state("a", b"new")
    outbox.put_back(old)
    assert await taken(outbox) == [Outgoing("a", b"new", retain=True)]


async def test_states_and_messages_take_turns() -> None:
    outbox = Outbox(10)
    for n in range(3):
        outbox.put(Outgoing("calls", b"%d" % n))
        outbox.put_state(f"s{n}", b"x")
    assert [one.retain for one in await taken(outbox)] == [True, False] * 3


async def test_after_a_reconnect_every_state_is_said_again_but_not_those_that_went() -> None:
    outbox = Outbox(10)
    outbox.put_state("a", b"1")
    outbox.put_state("b", b"1")
    outbox.clear_state("b")
    assert {one.topic: one.payload for one in await taken(outbox)} == {"a": b"1", "b": b""}
    outbox.say_all_again()
    assert await taken(outbox) == [Outgoing("a", b"1", retain=True)]
