"""Use cases on people's data, for admins: what is past keeping, what is held on somebody, erasure, legal holds."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

import storage
from dialer import compliance, privacy
from dialer.control.base import DATABASE_TIMEOUT_S
from dialer.control.errors import ControlError
from dialer.control.system import System
from dialer.privacy import person
from dialer.recordings import Archive, RecordingError
from dialer.runtime.tasks import outside

T = TypeVar("T")

TIMEOUT_S = 120.0


class Privacy(System):
    """What may be asked about people's data."""

    async def privacy_due(self) -> list[dict[str, Any]]:
        """What a sweep would delete or make nameless now."""
        planned = privacy.plan(self.dialer.db, self.dialer.settings, self.dialer.clock.utc())
        return [
            {key: value for key, value in one.as_dict().items() if key != "ids_sha256"}
            for one in await _refused(planned)
        ]

    async def privacy_export(self, number: str, whole: bool = False) -> dict[str, Any]:
        """Everything held on the person with this number; `whole`: with all numbers of the same leads."""
        now = self.dialer.clock.utc()
        return await _refused(person.held(self._archive, _e164(number), whole=whole, now=now))

    async def privacy_erase(
        self, number: str, actor: str, whole: bool = False, dry_run: bool = True
    ) -> dict[str, Any]:
        """Forget the person with this number for good; only said, not done, while `dry_run`.

        Raises ControlError `person_in_call` and `person_held`.
        """
        e164 = _e164(number)
        if dry_run:
            planned = await _refused(person.plan(self._archive, e164, whole=whole))
            return {"dry_run": True, **planned.as_dict()}
        now = self.dialer.clock.utc()
        erasing = person.erase(self._archive, e164, whole=whole, now=now, actor=actor)
        return {"dry_run": False, **await _refused(erasing)}

    async def privacy_hold(self, lead: int, actor: str, reason: str) -> dict[str, Any]:
        """Keep a lead and its calls whatever their age, until it is released."""
        if await outside("database", storage.leads.by_id(self.dialer.db, lead), DATABASE_TIMEOUT_S) is None:
            raise ControlError("lead_unknown", f"there is no lead {lead}")
        now = self.dialer.clock.utc()
        await _refused(storage.holds.place(self.dialer.db, [lead], now=now, actor=actor, reason=reason))
        return {"lead": lead, "held": True, "reason": reason}

    async def privacy_release(self, lead: int) -> dict[str, Any]:
        """Let the lead go again."""
        if not await _refused(storage.holds.release(self.dialer.db, [lead])):
            raise ControlError("hold_unknown", f"lead {lead} is not under legal hold")
        return {"lead": lead, "held": False}

    async def privacy_holds(self) -> list[dict[str, Any]]:
        """Every legal hold."""
        return [
            {"lead": one.lead_id, "at": one.at.timestamp(), "by": one.actor, "reason": one.reason}
            for one in await _refused(storage.holds.every(self.dialer.db))
        ]

    @property
    def _archive(self) -> Archive:
        archive: Archive = self.surfaces["recordings"]
        return archive

    def shown_number(self, number: str) -> str:
        """The number as the audit log may name it."""
        return person.shown(_e164(number))


def _e164(number: str) -> str:
    read = compliance.numbers.read(number, "ZZ")
    if isinstance(read, compliance.BadNumber):
        raise ControlError("number_invalid", f"{read.reason}; write it with + and the country code")
    return read.e164


async def _refused(work: Awaitable[T]) -> T:
    """The answer, with refusals as use cases give them."""
    try:
        return await outside("privacy", work, TIMEOUT_S)
    except storage.PersonBusy as error:
        raise ControlError("person_in_call", str(error)) from None
    except storage.PersonHeld as error:
        raise ControlError("person_held", str(error)) from None
    except storage.ErasureKeyLost as error:
        raise ControlError("key_unusable", str(error)) from None
    except privacy.KeyFileError as error:
        raise ControlError("key_unusable", str(error)) from None
    except RecordingError as error:
        raise ControlError("recordings_unusable", str(error)) from None
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise
        raise ControlError("files_unusable", f"{error}; mend it and ask again") from None
