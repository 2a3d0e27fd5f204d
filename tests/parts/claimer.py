"""A process that claims and says what it got: `python -m tests.parts.claimer URL CAMPAIGN NAME`."""

from __future__ import annotations

import asyncio
import itertools
import sys

from storage import Accept, Candidate, Database, Judgement, claim
from tests.parts.people import NOW


async def main(url: str, campaign: str, name: str) -> None:
    """Claim three at a time until nothing is left, printing each attempt once it is committed."""
    database = await Database.open(url)
    serial = itertools.count(1)

    def judge(candidate: Candidate) -> Judgement:
        return Accept(candidate.numbers[0].number_id, f"c-{name}-1-{next(serial)}")

    while not (result := await claim(database, campaign, n=3, now=NOW, judge=judge)).exhausted:
        for call in result.attempts:
            print(call.attempt_id, call.e164, flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
