"""A call that one trunk refuses is placed over the next one at once: the same attempt, the same id.

Both words about the refused channel, its hang-up and Originate's answer, must be heard before the id is used again:
what came late would be taken for the second channel's.
"""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import commands as do
from dialer.core import facts
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.core.outcomes import TRUNK_FAULTS
from dialer.core.trunks import Verdict


def begun(floor: Floor, call: Call) -> bool:
    """Whether an ended call is tried again, now or once Originate has answered; False: it is over."""
    if not _wanted(floor, call):
        return False
    if call.failed_at is not None:
        return _again(floor, call)
    floor.calls[call.id] = waiting = replace(call, hung_up_at=None, gone_at=call.hung_up_at)
    floor.timers.set("call", call.id, waiting.overdue_at)
    return True


def settled(floor: Floor, call: Call) -> Call | None:
    """A refused call, now that Originate has answered or never will: the call where it is over, else None."""
    ended = replace(call, hung_up_at=call.gone_at, gone_at=None)
    if call.failed_at is not None and _wanted(floor, ended) and _again(floor, ended):
        return None
    floor.calls[call.id] = ended
    return ended


def _wanted(floor: Floor, call: Call) -> bool:
    """The way was blocked before anything rang, nobody has gone another way, and calls may be placed."""
    if not floor.settings.failover or call.inbound or call.lost or call.released:
        return False
    if call.refused is not None or call.rang_at is not None or call.answered_at is not None:
        return False
    return call.outcome in TRUNK_FAULTS and bool(_others(floor, call)) and not floor.blocker()


def _others(floor: Floor, call: Call) -> tuple[str, ...]:
    return tuple(name for name in floor.settings.trunks if name != call.trunk and name not in call.tried)


def _again(floor: Floor, call: Call) -> bool:
    refused = call.trunk
    trunk = None if refused is None else floor.trunks.take(_others(floor, call), call.id, floor.now)
    if refused is None or trunk is None:
        return False
    floor.trunks.give_back(refused, call.id, floor.now, Verdict.REFUSED)
    again = replace(
        call,
        trunk=trunk,
        tried=(*call.tried, refused),
        dialed_at=floor.now,
        dial_timeout_s=floor.settings.ring_timeout_s + floor.trunks.limits(trunk).post_dial_delay_s,
        failed_reason=None,
        failed_at=None,
        cause=None,
        tech_cause=None,
        hung_up_at=None,
        gone_at=None,
        heard_at=0.0,
    )
    floor.calls[call.id] = again
    floor.timers.set("call", call.id, again.overdue_at)
    floor.record(facts.rerouted(again, refused, call.cause, call.tech_cause))
    floor.emit(do.Dial(call.id, trunk))
    floor.needs_pacing = True
    return True
