"""Answering machines: what becomes of one, and how people check what the detection says."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from config.values import Section, Share, Text, Whole, live


class MachineAction(StrEnum):
    """What becomes of an answering machine."""

    HANG_UP = "hang_up"
    MESSAGE = "message"
    AGENT = "agent"


SoundFile = Annotated[Text, StringConstraints(pattern=r"^[A-Za-z0-9_/-]{1,120}$")]


class Machines(Section):
    """What becomes of a call that the detection takes for an answering machine, and how that is checked."""

    action: MachineAction = live(
        MachineAction.MESSAGE,
        "hang_up, message (after the greeting and its beep) or agent (one gets the call, marked on the desk).",
    )
    message: SoundFile | None = live(
        None,
        "Sound file left on machines, as Asterisk names it and without its ending, such as dialer/spring; none: the "
        "message of abandoned calls.",
    )
    doubt_above: Share | None = live(
        None,
        "Where more than this share of the machines heard after some length of ringing were people, an agent gets such "
        "calls instead: 20 %. None: the verdict alone decides. A person is never made a machine.",
    )
    review_share: Share = live(
        0.0,
        "Of the calls with detection, the share recorded from the answer to the verdict, picked by chance: 2 %. "
        "Those taken for machines wait for a person's ear, all others are deleted unheard. 0: nothing is recorded.",
    )
    review_keep_days: Whole = live(
        30, "Days after which what was recorded for review is deleted.", ge=1, le=400
    )
    review_days: Whole = live(
        90, "Reviewed calls of so many days make the share of people among the machines heard.", ge=1, le=400
    )
    review_least: Whole = live(
        50, "With fewer of them amd_false_positives stays, or their own share where that is higher.", ge=1
    )
