"""Leads that ask for skills, counted and claimed by their keys, and agents' skills, the same on both databases."""

from __future__ import annotations

import pytest

from storage import Database, agents, claim, lanes, leads
from tests.parts.people import NOW, lead, take_first

PLAIN, CANTONESE = "Europe/Berlin", "Europe/Berlin#cantonese"


async def test_open_leads_are_counted_by_key_up_to_a_bound(memory: Database) -> None:
    new = [lead(window_key=key) for key in (PLAIN, PLAIN, CANTONESE, CANTONESE, CANTONESE)]
    added = await leads.add(memory, "spring", new, now=NOW)
    await leads.move(memory, [one for one in added.lead_ids[2:3] if one], "done", now=NOW, reason="test")
    await leads.move(
        memory, [one for one in added.lead_ids[3:4] if one], "waiting", now=NOW, reason="test", next_at=NOW
    )
    keys = (PLAIN, CANTONESE, "Europe/Paris")
    counted = await lanes.count_open(memory, "spring", keys)
    assert counted == {PLAIN: 2, CANTONESE: 2, "Europe/Paris": 0}
    assert (await lanes.count_open(memory, "spring", keys, most=1))[PLAIN] == 1
    assert await lanes.count_open(memory, "spring", ()) == {}


async def test_leads_are_claimed_by_what_they_ask_for_and_change_with_a_note(memory: Database) -> None:
    added = await leads.add(memory, "spring", [lead(window_key=PLAIN), lead(window_key=CANTONESE)], now=NOW)
    plain, _ = added.lead_ids
    assert plain is not None
    changed = await lanes.change_keys(memory, {CANTONESE: [plain, 10**9]}, now=NOW, reason="skills changed")
    assert changed == 1
    assert await leads.window_keys(memory, "spring") == (CANTONESE,)
    assert [note.reason for note in await leads.history(memory, plain)] == ["skills changed"]
    assert not (await claim(memory, "spring", n=9, now=NOW, judge=take_first, window_keys=[PLAIN])).attempts
    found = await claim(memory, "spring", n=9, now=NOW, judge=take_first, window_keys=[CANTONESE])
    assert len(found.attempts) == 2


@pytest.mark.parametrize("skills", [("cantonese", "life"), (), None])
async def test_an_agents_skills_are_kept_and_can_be_given_back_to_the_file(
    memory: Database, skills: tuple[str, ...] | None
) -> None:
    row = await agents.add(memory, "ann", now=NOW, endpoint="PJSIP/101")
    assert row.skills is None
    await agents.set_skills(memory, "ann", ("life",))
    assert await agents.set_skills(memory, "ann", skills)
    found = await agents.by_id(memory, "ann")
    assert found is not None
    assert found.skills == skills
    again = await agents.add(memory, "ann", now=NOW, endpoint="PJSIP/102")
    assert again.skills == skills
    assert not await agents.set_skills(memory, "nobody", ())
