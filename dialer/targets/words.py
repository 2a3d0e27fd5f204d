"""A standing in a sentence for people, in English; pages translate it by its pattern."""

from __future__ import annotations

from dialer.targets.goals import Measure, Standing

UNITS = {Measure.TALK: "min of talk", Measure.NEW_NUMBERS: "new numbers"}


def sentence(one: Standing) -> str:
    """Where it stands and, where it is behind, what it takes to catch up."""
    unit = UNITS[one.measure]
    missing = max(0.0, one.aim - one.value)
    match one.state:
        case "done":
            return "Reached."
        case "ahead":
            return f"Begins at {clock(one.goal.spans[0][0])}."
        case "missed":
            return f"Missed by {missing:.0f} {unit}."
        case "on_track":
            return f"On track: {missing:.0f} {unit} left for {one.left_min:.0f} min."
    needed = one.needed_per_h or 0.0
    if not one.reachable:
        return f"Behind: {missing:.0f} {unit} are more than {one.left_min:.0f} min can hold."
    own = "" if one.own_per_h is None else f" instead of {one.own_per_h:.0f}"
    return f"Behind: {missing:.0f} {unit} left for {one.left_min:.0f} min, so {needed:.0f} an hour{own}."


def clock(minute: float) -> str:
    """A minute of the day as people write it."""
    return f"{int(minute) // 60:02}:{int(minute) % 60:02}"
