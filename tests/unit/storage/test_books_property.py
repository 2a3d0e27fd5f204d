"""However a story is cut into batches, and whichever of them are delivered again, the books end the same."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storage import Database, books, claim, leads
from storage.tables import agent_log, agents, attempts, dispositions, dnc, lead_numbers
from storage.tables import leads as leads_table
from tests.parts.people import NOW, lead, take_first

AT = NOW.timestamp()
IDS = ("c-1", "c-2", "c-3")

_about = st.fixed_dictionaries(
    {"attempt": st.sampled_from(IDS), "at": st.integers(0, 600).map(lambda s: AT + s)}
)
_outcome = st.fixed_dictionaries(
    {
        "lead_state": st.sampled_from([None, "waiting", "done", "wrap_up", "pending", "excluded"]),
        "next_at": st.none() | st.integers(0, 9).map(lambda hours: AT + 3600.0 * hours),
        "reason": st.sampled_from(["", "no answer", "sold"]),
    }
)
_fact = st.one_of(
    st.builds(lambda a, kind: {**a, "fact": kind}, _about, st.sampled_from(
        ["attempt_dialed", "attempt_rang", "attempt_answered", "attempt_bridged", "attempt_abandoned",
         "attempt_machine", "attempt_opted_out", "something_new"])),
    st.builds(lambda a, o: {**a, **o, "fact": "attempt_ended", "outcome": "answered"}, _about, _outcome),
    st.builds(lambda a, o: {**a, **o, "fact": "disposition", "code": "x", "agent": "ann"}, _about, _outcome),
    st.builds(lambda at, state: {"fact": "agent_state", "agent": "ann", "at": AT + at, "state": state},
              st.integers(0, 600), st.sampled_from(["ready", "paused"])),
)  # fmt: skip
DIALED = {"fact": "attempt_dialed", "attempt": "c-1", "at": AT}
UNDIALED = {
    "fact": "attempt_ended", "attempt": "c-1", "at": AT + 1, "outcome": "not_dialed", "undialed": True,
    "lead_state": "waiting", "next_at": AT + 60, "reason": "",
}  # fmt: skip
_stories = st.lists(_fact, min_size=1, max_size=25)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(story=[DIALED, DIALED], cuts={1}, again=set())
@example(story=[DIALED, UNDIALED], cuts={1}, again=set())
@given(story=_stories, cuts=st.sets(st.integers(1, 24)), again=st.sets(st.integers(0, 24)))
def test_batches_and_repeats_make_no_difference(
    sqlite_template: Path, story: list[dict[str, Any]], cuts: set[int], again: set[int]
) -> None:
    numbered = [{**fact, "seq": seq} for seq, fact in enumerate(story, start=1)]
    ends = sorted({cut for cut in cuts if cut < len(story)} | {len(story)})
    whole = asyncio.run(_told(sqlite_template, [(len(story), numbered)]))
    batches = []
    for start, end in zip([0, *ends], ends, strict=False):
        first = max(0, start - 3) if start in again else start
        batches += [(end, numbered[first:end])] * (2 if end in again else 1)
    assert asyncio.run(_told(sqlite_template, batches)) == whole


async def _told(template: Path, batches: list[tuple[int, list[dict[str, Any]]]]) -> dict[str, list[Any]]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, Path(folder) / "books.db")
        database = await Database.open(f"sqlite:///{folder}/books.db")
        await leads.add(database, "spring", [lead(f"+4930{n}") for n in range(3)], now=NOW)
        calls = (await claim(database, "spring", n=3, now=NOW, judge=take_first)).attempts
        names = dict(zip(IDS, (call.attempt_id for call in calls), strict=True))
        for position, batch in batches:
            renamed = [
                {**one, "attempt": names[one["attempt"]]} if "attempt" in one else one for one in batch
            ]
            await books.apply(database, position, renamed)
        told: dict[str, list[Any]] = {}
        async with database.read() as connection:
            for table in (attempts, leads_table, lead_numbers, dispositions, dnc, agents, agent_log):
                columns = [
                    one for one in table.c if one.name not in {"attempt_id"} and one is not attempts.c.id
                ]
                # Attempts' ids differ from database to database, and so would their order by id.
                order = [attempts.c.lead_id] if table is attempts else list(table.primary_key)
                rows = await connection.execute(sa.select(*columns).order_by(*order))
                told[table.name] = [tuple(row) for row in rows]
        await database.close()
        return told
