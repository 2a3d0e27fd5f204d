"""People who ring us back."""

from __future__ import annotations

from config.values import Phone, Section, Yes, live


class Inbound(Section):
    """What becomes of people who ring a number of this campaign."""

    connect: Yes = live(
        True, "They are put through to their lead's owner or the next ready agent; no: they hear who called."
    )
    numbers: tuple[Phone, ...] = live(
        (),
        "Numbers of ours that lead to this campaign, besides those it shows, in quotes.",
        max_length=10_000,
    )
