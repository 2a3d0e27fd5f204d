"""People who ring us: whose lead they are, on which floor they wait, and what becomes of a wish not to be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

import ami
import config
import storage
from dialer import compliance, leads
from dialer.compliance import BadNumber
from dialer.core import events as ev
from dialer.core.settings import Known
from dialer.runtime.clock import Clock
from dialer.runtime.floor import FloorRunner
from dialer.runtime.node import Received
from dialer.runtime.orders import screen_of
from dialer.runtime.tasks import outside
from dialer.runtime.wiring import Order

log = structlog.get_logger(__name__)

LOOK_UP_TIMEOUT_S = 5.0
"""Somebody waits for the answer; the dialplan's own message comes without it."""

LISTING_TIMEOUT_S = 20.0


class Reception:
    """Finds for each caller the lead and the floor; `rules_of` gives a campaign's rules of compliance."""

    def __init__(
        self,
        db: storage.Database,
        clock: Clock,
        campaigns: Callable[[], Mapping[str, config.Campaign]],
        floors: Mapping[str, FloorRunner],
        rules_of: Callable[[config.Campaign], compliance.Rules],
    ) -> None:
        self._db = db
        self._clock = clock
        self._campaigns = campaigns
        self._floors = floors
        self._rules_of = rules_of

    async def receive(self, node: str, rang: ami.DialerInbound) -> Received | None:
        """Match the caller to a lead; None where they are nobody's, or the database does not say."""
        try:
            return await self._match(node, rang)
        except (storage.StorageError, TimeoutError) as error:
            log.warning("inbound_not_matched", node=node, call=rang.call_id, error=str(error))
            return None

    async def _match(self, node: str, rang: ami.DialerInbound) -> Received | None:
        candidates = [
            one
            for one in self._campaigns().values()
            if one.node == node and one.inbound.connect and one.id in self._floors
        ]
        dialed = {read for one in candidates for read in _readings(rang.dialed, one)}
        first = {one.id for one in candidates if dialed & one.own_numbers}
        for e164 in dict.fromkeys(read for one in candidates for read in _readings(rang.caller, one)):
            finding = storage.inbound.find(
                self._db, e164, campaigns={one.id for one in candidates}, first=first
            )
            lead = await outside("inbound", finding, LOOK_UP_TIMEOUT_S)
            if lead is not None:
                return await self._open(node, rang, lead, e164)
        log.info("inbound_unknown", node=node, call=rang.call_id, caller=compliance.mask(rang.caller))
        return None

    async def _open(
        self, node: str, rang: ami.DialerInbound, lead: storage.Lead, e164: str
    ) -> Received | None:
        floor, campaign = self._floors.get(lead.campaign_id), self._campaigns().get(lead.campaign_id)
        if floor is None or campaign is None:
            return None  # a reload took the campaign away meanwhile
        opening = storage.inbound.open_call(
            self._db, rang.call_id, lead, e164, node=node, now=self._clock.utc()
        )
        call = await outside("inbound", opening, LOOK_UP_TIMEOUT_S)
        if call is None:
            log.info("inbound_busy", call=rang.call_id, lead=lead.lead_id)
            return None
        asked = tuple(sorted({*leads.skills_of(lead.window_key), *campaign.skills}))
        new = _new_call(call, self._rules_of(campaign), asked)
        screen = screen_of(lead, new.known.zones, lead.attempts, asked)
        floor.orders[rang.call_id] = Order(new, e164, screen)
        hold_s = rang.hold_s or floor.floor.settings.hold_s
        return Received(floor, ev.CallArrived(self._clock.now(), rang.call_id, new, rang.received, hold_s))

    async def opt_out(self, wishes: Mapping[str, str]) -> bool:
        """Put callers who asked for it on the system's do-not-call list; `wishes` are numbers by call.

        False where the database did not take them: to be told again.
        """
        now = self._clock.utc()
        entries = {
            e164: storage.DncEntry(e164, reason="opted out when ringing us")
            for caller in wishes.values()
            for one in self._campaigns().values()
            for e164 in _readings(caller, one)
        }
        adding = storage.dnc.add(self._db, entries.values(), now=now)
        try:
            await outside("inbound", adding, LISTING_TIMEOUT_S)
        except (storage.StorageError, TimeoutError) as error:
            log.warning("opt_outs_not_kept", calls=sorted(wishes), error=str(error))
            return False
        return True


def _new_call(call: storage.inbound.CallFrom, obeyed: compliance.Rules, asked: tuple[str, ...]) -> ev.NewCall:
    lead, number = call.lead, call.number
    zones = compliance.candidate_zones(number.zones, lead.zone, obeyed.zone_rule, obeyed.default_zone)
    promised = None if lead.callback_at is None else lead.callback_at.timestamp()
    return ev.NewCall(
        call.attempt_id,
        lead.lead_id,
        lead.attempts,
        lead.callback_owner or lead.owner,
        other_numbers=any(one.number_id != number.number_id and not one.closed for one in lead.numbers),
        past=call.past,
        known=Known(zones, None, promised, lead.callback_owner),
        skills=asked,
    )


def _readings(text: str, campaign: config.Campaign) -> list[str]:
    """What numbers a trunk may mean by a text: as it stands, and in international form without its plus."""
    found = []
    for written in (text, f"+{text}"):
        if not written.startswith("++") and len(written) > 1:
            read = compliance.numbers.read(written, campaign.default_region)
            if not isinstance(read, BadNumber) and read.e164 not in found:
                found.append(read.e164)
    return found
