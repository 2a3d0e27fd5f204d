"""Answer to bridge, by what the switch says."""

from __future__ import annotations

from ami import BridgeEntered, ChannelAnswered, ChannelHungUp
from dialer.runtime.latency import Latency


def entered(
    at: float, channel: str, members: int, *, holding: bool = False, bridge: str = "b-1"
) -> BridgeEntered:
    return BridgeEntered(at, "pbx", at, channel, bridge, "", holding, members)


def hung_up(at: float, channel: str) -> ChannelHungUp:
    return ChannelHungUp(at, "pbx", at, channel, 16, "", None)


def test_it_counts_from_the_answer_until_the_second_of_the_two_is_in_the_bridge() -> None:
    for first, second in (("c-1", "s-1"), ("s-1", "c-1")):
        latency = Latency()
        latency.see(ChannelAnswered(10.0, "pbx", 10.0, "c-1"))
        latency.see(entered(10.001, "c-1", 1, holding=True, bridge="hold"))
        latency.see(entered(10.002, first, 1))
        assert latency.quantiles_s() is None
        latency.see(entered(10.004, second, 2))
        assert latency.quantiles_s() == (10.004 - 10.0,) * 3


def test_calls_that_meet_nobody_leave_nothing_behind() -> None:
    latency = Latency()
    latency.see(ChannelAnswered(10.0, "pbx", 10.0, "c-1"))
    latency.see(entered(10.002, "c-1", 1))
    latency.see(hung_up(10.003, "c-1"))
    latency.see(entered(10.004, "s-1", 2))
    assert latency.quantiles_s() is None
    assert not latency._alone
    assert not latency._answered


def test_a_call_whose_end_was_never_told_is_forgotten_with_the_next_list_of_channels() -> None:
    latency = Latency()
    for call in ("c-1", "c-2"):
        latency.see(ChannelAnswered(10.0, "pbx", 10.0, call))
        latency.see(entered(10.002, call, 1, bridge=f"b-{call}"))
    latency.only({"c-2", "s-1"})
    assert set(latency._answered) == {"c-2"}
    assert set(latency._alone.values()) == {"c-2"}
    latency.see(entered(10.5, "s-1", 2, bridge="b-c-2"))
    assert latency.quantiles_s() == (0.5,) * 3
