"""What agents may do at their desks: calls by hand, and leads shown before they are dialed."""

from __future__ import annotations

from enum import StrEnum

from config.values import Seconds, Section, Text, live


class Dialing(StrEnum):
    """Who decides that a lead is dialed."""

    AUTO = "auto"
    PREVIEW = "preview"
    MANUAL = "manual"


class PreviewTimeout(StrEnum):
    """What becomes of a shown lead about which the agent says nothing."""

    PAUSE = "pause"
    SKIP = "skip"
    DIAL = "dial"


class Preview(Section):
    """Leads shown to an agent before they are dialed."""

    time_s: Seconds = live(30.0, "How long a lead is shown.", ge=5, le=3600)
    on_timeout: PreviewTimeout = live(
        PreviewTimeout.PAUSE,
        "When the time is over: pause (the agent is away, the lead back in the list), skip (the next lead), dial.",
    )
    skip_reasons: tuple[Text, ...] = live(
        ("not now", "data wrong", "not for us"), "Why an agent may skip a lead.", min_length=1, max_length=30
    )
    skip_rest_s: Seconds = live(3600.0, "How long a skipped lead rests.", ge=60, le=30 * 86_400)
