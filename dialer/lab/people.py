"""The people of the lab: what a called party does is written in the number itself.

`+44 7 G K RR TT SSS`: kind G K, rings RR * 0.2 s, then TT * 0.5 s of talk (99: until the other side ends the call),
serial SSS. All of them are valid British mobile numbers, so nothing of the rules has to be switched off for the lab.
G K of 10..16 answer, 20..26 are the same with what they hear recorded, 17..19 and 30..39 never answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

RING_UNIT_S: Final = 0.2
TALK_UNIT_S: Final = 0.5
LONGEST_RING_S: Final = 99 * RING_UNIT_S
LONGEST_TALK_S: Final = 98 * TALK_UNIT_S
SERIALS: Final = 1000


class Kind(Enum):
    """How a called party behaves; the value is the kind's two digits."""

    HUMAN = "10"  # says hello, talks, hangs up talk_s after answering
    OPTOUT = "11"  # presses 9 talk_s after answering; with 0 as soon as it hears something
    IMPATIENT = "12"  # hangs up talk_s after answering without a word: give it less than the wait
    MACHINE = "13"  # a greeting of 4 s and a beep, then records for talk_s
    SILENT = "14"  # answers, says nothing, hangs up after talk_s
    WRONG_KEY = "15"  # on hearing something presses 5, and 9 a second later
    TALKER = "16"  # speaks (a tone) all the time
    NO_ANSWER = "30"  # rings for ever
    BUSY = "31"  # 486
    INVALID = "32"  # 404
    REJECTED = "33"  # 603: the person declines
    CONGESTION = "34"  # 503
    UNAVAILABLE = "35"  # 480
    REDIRECT = "36"  # 302
    DEAD = "37"  # 100, then nothing
    PICKY = "38"  # 503 on the first trunk, a human on the second
    CHANGED = "39"  # 410
    FORBIDDEN = "17"  # 403: the carrier declines
    BROKEN = "18"  # 500
    TIMEOUT = "19"  # 408

    @property
    def answers(self) -> bool:
        """Whether somebody or something picks up on the first trunk."""
        return "10" <= self.value <= "16"

    @property
    def is_person(self) -> bool:
        """Whether a person picks up on the first trunk."""
        return self.answers and self is not Kind.MACHINE


@dataclass(frozen=True, slots=True)
class Person:
    """One called party: `talk_s` None means until the other side ends the call."""

    kind: Kind
    serial: int = 0
    ring_s: float = 0.4
    talk_s: float | None = None
    taped: bool = False

    @property
    def number(self) -> str:
        """The number in E.164; ring and talk are rounded to 0.2 s and 0.5 s.

        >>> Person(Kind.HUMAN, 7, ring_s=1.0, talk_s=3.0).number
        '+447100506007'
        """
        if not 0 <= self.serial < SERIALS:
            raise ValueError(f"serial {self.serial}: 0..{SERIALS - 1} for one kind, ring and talk")
        if self.taped and not self.kind.answers:
            raise ValueError(f"{self.kind.name} never answers, so nothing can be heard")
        ring = _units(self.ring_s, RING_UNIT_S, 99)
        talk = 99 if self.talk_s is None else _units(self.talk_s, TALK_UNIT_S, 98)
        group = "2" if self.taped else self.kind.value[0]
        return f"+447{group}{self.kind.value[1]}{ring:02d}{talk:02d}{self.serial:03d}"


def read(number: str) -> Person | None:
    """The party behind a number; None if it is nobody of the lab.

    >>> read("+447100506007")
    Person(kind=<Kind.HUMAN: '10'>, serial=7, ring_s=1.0, talk_s=3.0, taped=False)
    """
    digits = number.removeprefix("+")
    if len(digits) != 12 or not digits.isascii() or not digits.isdigit() or not digits.startswith("447"):
        return None
    taped = digits[3] == "2"
    try:
        kind = Kind(("1" if taped else digits[3]) + digits[4])
    except ValueError:
        return None
    talk = int(digits[7:9])
    return Person(
        kind=kind,
        serial=int(digits[9:]),
        ring_s=round(int(digits[5:7]) * RING_UNIT_S, 1),
        talk_s=None if talk == 99 else talk * TALK_UNIT_S,
        taped=taped,
    )


def _units(seconds: float, unit: float, most: int) -> int:
    units = round(seconds / unit)
    if not 0 <= units <= most:
        raise ValueError(f"{seconds} s: from 0 to {most * unit:g} s")
    return units
