"""The running daemon is asked before any call that no claim makes, and says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.control import ControlError
from dialer.lab.people import Kind, Person
from tests.parts.embedded import CAMPAIGN, working
from tests.parts.virtual_time import on_virtual_time

PERSON = Person(Kind.HUMAN, 1, ring_s=2.0, talk_s=5.0)
SPACED = {"attempts": {"spacing_s": 3600}}


@on_virtual_time
async def test_a_number_just_called_and_one_of_no_campaign_are_refused_by_hand(tmp_path: Path) -> None:
    async with working(tmp_path, (PERSON,), agents=1, more=SPACED) as floor:
        await floor.until_worked_off()
        await floor.attempts()
        said = await floor.control.may_dial(CAMPAIGN, PERSON.number)
        assert (said["allowed"], said["reason"], said["e164"]) == (False, "attempt_spacing", PERSON.number)
        assert said["until"] is not None
        assert said["grounds"][0]["reason"] == "attempt_spacing"
        assert await floor.control.dialable(CAMPAIGN, "020 7946 0000") == "+442079460000"
        for written, purpose in (("+4915123456789", "by_hand"), ("0909 879 0000", "transfer")):
            with pytest.raises(ControlError) as refused:
                await floor.control.dialable(CAMPAIGN, written, purpose)
            assert refused.value.id == "number_refused"
