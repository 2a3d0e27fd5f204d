"""People who were erased do not come back with the next list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import storage
from dialer.leads.convert import Converted, Rejected

ERASED: Final = Rejected("erased", "this person asked to be forgotten and is never called again")
_ACTOR: Final = "import"


def has_any(one: Converted, numbers: frozenset[str]) -> bool:
    """Whether the lead has one of these numbers."""
    return any(number.e164 in numbers for number in one.lead.numbers)


class Forgotten:
    """Knows erased people by the key of their hashes; None where nobody was erased yet."""

    def __init__(self, db: storage.Database, key: storage.ErasureKey | None, now: datetime) -> None:
        self._db = db
        self._key = key
        self._now = now

    async def among(self, converted: Iterable[Converted]) -> frozenset[str]:
        """Return the numbers of erased people; raises ErasureKeyLost when nobody can tell."""
        numbers = {number.e164 for one in converted for number in one.lead.numbers}
        return await storage.erased.which(self._db, numbers, self._key) if numbers else frozenset()

    async def look_again(self, added: Iterable[Converted]) -> None:
        """Take out again who was erased while their row was being added.

        An erasure keeps the hash before it deletes, so whoever it could not see yet is seen here.
        """
        for e164 in sorted(await self.among(added)):
            found = await storage.person.find(self._db, e164)
            await storage.person.erase(
                self._db, found, now=self._now, actor=_ACTOR, target="erased while imported"
            )
