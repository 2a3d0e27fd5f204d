"""The calls of a floor, with those in flight kept as pacing's columns, one row at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dialer.core.call import Call
from pacing import CallColumns

_ROW = np.dtype(
    [
        ("present", np.bool_),
        ("id", np.int64),
        ("dialed_at", np.float64),
        ("ringing_at", np.float64),
        ("p_answer", np.float64),
    ],
    align=True,
)
_NAN = float("nan")


class Calls(dict[str, Call]):
    """Calls by id; `[id] = call` and `del` are the only ways to change it, so that the columns never drift."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: npt.NDArray[np.void] = np.zeros(64, dtype=_ROW)
        self._row_of: dict[str, int] = {}
        self._free = list(range(63, -1, -1))
        self._arriving: dict[str, float] = {}
        self._by_key: dict[int, str] = {}
        self._with_chance: set[str] = set()
        self._skilled: set[str] = set()
        self.taken = 0
        """How many calls there ever were."""

    def __setitem__(self, call_id: str, call: Call) -> None:
        """Take the call's new state."""
        if call_id not in self:
            self.taken += 1
        super().__setitem__(call_id, call)
        if call.skills:
            self._skilled.add(call_id)
        if call.in_flight:
            self._fly(call_id, call)
        elif call_id in self._row_of:
            self._land(call_id)
        if call.arriving and call.answered_at is not None:
            self._arriving[call_id] = call.answered_at
        elif self._arriving:
            self._arriving.pop(call_id, None)

    def __delitem__(self, call_id: str) -> None:
        """The call has ended."""
        super().__delitem__(call_id)
        self._skilled.discard(call_id)
        if call_id in self._row_of:
            self._land(call_id)
        self._arriving.pop(call_id, None)

    @property
    def arriving(self) -> tuple[float, ...]:
        """When those answered who are people and not yet in the hold."""
        return tuple(self._arriving.values())

    @property
    def arriving_ids(self) -> tuple[str, ...]:
        """Those people, in the same order."""
        return tuple(self._arriving)

    @property
    def any_skilled(self) -> bool:
        """Whether some call asks for an agent's skills."""
        return bool(self._skilled)

    def by_key(self, key: int) -> Call:
        """The call in flight of this key."""
        return self[self._by_key[key]]

    @property
    def none_flies(self) -> bool:
        """Nobody's phone is being called or rings."""
        return not self._row_of

    def in_flight(self, key: int) -> Call | None:
        """The call of this key, while nobody is known to have answered it."""
        call_id = self._by_key.get(key)
        return None if call_id is None else self[call_id]

    def flying(self, ghosts: int, now: float) -> CallColumns:
        """The calls in flight, and `ghosts` more that are dialed this instant; later changes leave it alone."""
        rows = self._rows[self._rows["present"]]
        if ghosts:
            more = np.zeros(ghosts, dtype=_ROW)
            more["id"] = np.arange(-1, -1 - ghosts, -1)
            more["dialed_at"], more["ringing_at"], more["p_answer"] = now, _NAN, _NAN
            rows = np.concatenate([rows, more])
        chances = rows["p_answer"] if self._with_chance else None
        return CallColumns(rows["id"], rows["dialed_at"], rows["ringing_at"], chances)

    def _fly(self, call_id: str, call: Call) -> None:
        row = self._row_of.get(call_id)
        if row is None:
            row = self._row_of[call_id] = self._free_row()
            self._by_key[call.key] = call_id
        self._rows[row] = (
            True,
            call.key,
            call.dialed_at or call.claimed_at,
            # Answered, and under detection: nothing may release it any more.
            _NAN if call.rang_at is None or call.answered_at is not None else call.rang_at,
            _NAN if call.p_answer is None else call.p_answer,
        )
        if call.p_answer is not None:
            self._with_chance.add(call_id)

    def _land(self, call_id: str) -> None:
        row = self._row_of.pop(call_id)
        self._by_key.pop(int(self._rows[row]["id"]), None)
        self._rows[row]["present"] = False
        self._free.append(row)
        self._with_chance.discard(call_id)

    def _free_row(self) -> int:
        if not self._free:
            size = len(self._rows)
            self._rows = np.concatenate([self._rows, np.zeros(size, dtype=_ROW)])
            self._free = list(range(2 * size - 1, size - 1, -1))
        return self._free.pop()
