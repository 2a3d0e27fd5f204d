"""Whether a number may be dialed by hand, or a caller sent on to it: the same rules as a claimed lead's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import storage
from dialer.compliance import Allow, Refuse
from dialer.leads import Judge, rules_of
from dialer.leads.asking import Dialable, Purpose, may_dial
from storage import DncEntry, NewLead, NewNumber
from tests.parts.campaigns import campaign

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
MOBILE = "+447400123456"
LONDON = ("Europe/London",)


async def asked(
    memory: storage.Database,
    written: str,
    *,
    at: datetime = NOON,
    purpose: Purpose = Purpose.BY_HAND,
    reserved_agent: bool = False,
    **changes: Any,
) -> Dialable:
    chosen = campaign(attempts={"spacing_s": 3600} | changes.pop("attempts", {}), **changes)
    obeyed = rules_of(chosen)
    return await may_dial(memory, chosen, obeyed, written, at, purpose=purpose, reserved_agent=reserved_agent)


def reason(one: Dialable) -> str:
    return one.verdict.reason if isinstance(one.verdict, Refuse) else "allowed"


async def call(memory: storage.Database, at: datetime, *facts: dict[str, object]) -> None:
    """Claim the one lead there is and write what came of it."""
    judge = Judge(rules_of(campaign()), at, lambda: "c-main-1-1")
    result = await storage.claim(memory, "spring", n=1, now=at, judge=judge)
    assert len(result.attempts) == 1
    seconds = at.timestamp()
    told: list[dict[str, object]] = [{"fact": "attempt_dialed", "attempt": "c-main-1-1", "at": seconds}]
    await storage.books.apply(
        memory, 1, [*told, *({"attempt": "c-main-1-1", "at": seconds + 5} | one for one in facts)]
    )


ENDED: dict[str, object] = {
    "fact": "attempt_ended",
    "outcome": "no_answer",
    "lead_state": "waiting",
    "next_at": NOON.timestamp(),
}


async def test_a_number_written_as_people_do_comes_back_ready_to_dial(memory: storage.Database) -> None:
    one = await asked(memory, "07400 123 456")
    assert (one.allowed, one.e164) == (True, MOBILE)


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("+4915123456789", "number_country"),
        ("0909 879 0000", "number_kind"),
        ("0870 123 4567", "number_kind"),
        ("+881612345678", "number_satellite"),
        ("999", "number_short"),
        ("07400 123456;ext=1", "number_letters"),
        ("07400123456\r\nAction: Originate", "number_letters"),
        ("", "number_empty"),
    ],
)
async def test_toll_fraud_has_no_door(
    memory: storage.Database, written: str, why: str, purpose: Purpose
) -> None:
    one = await asked(memory, written, purpose=purpose)
    assert (one.allowed, reason(one)) == (False, why)


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_do_not_call_and_the_window_hold_by_hand_too(
    memory: storage.Database, purpose: Purpose
) -> None:
    late = await asked(memory, MOBILE, at=NOON + timedelta(hours=9), purpose=purpose)
    assert reason(late) == "window_closed"
    assert isinstance(late.verdict, Refuse)
    assert late.verdict.until == datetime(2026, 1, 8, 9, tzinfo=UTC)
    await storage.dnc.add(memory, [DncEntry("+4474001", "prefix list", is_prefix=True)], now=NOON)
    assert reason(await asked(memory, MOBILE, purpose=purpose)) == "do_not_call"


async def test_calls_of_every_campaign_to_the_number_count(memory: storage.Database) -> None:
    number = NewNumber(MOBILE, "mobile", LONDON)
    await storage.leads.add(memory, "spring", [NewLead((number,))], now=NOON)
    await call(memory, NOON, ENDED)
    soon = NOON + timedelta(minutes=10)
    assert reason(await asked(memory, MOBILE, at=soon)) == "attempt_spacing"
    assert reason(await asked(memory, MOBILE, at=soon, id="autumn")) == "attempt_spacing"
    per_number = {"per_number_day": 1, "spacing_s": 0}
    assert reason(await asked(memory, MOBILE, at=soon, attempts=per_number)) == "number_today"
    assert (await asked(memory, MOBILE, at=soon, attempts=per_number, purpose=Purpose.TRANSFER)).allowed


async def test_a_number_in_a_call_is_not_rung_again(memory: storage.Database) -> None:
    number = NewNumber(MOBILE, "mobile", LONDON)
    await storage.leads.add(memory, "spring", [NewLead((number,))], now=NOON)
    await call(memory, NOON)
    one = await asked(memory, MOBILE, at=NOON + timedelta(seconds=5), attempts={"spacing_s": 0})
    assert reason(one) == "number_busy"
    assert one.lead is not None


async def test_after_an_abandoned_call_only_with_an_agent_reserved(memory: storage.Database) -> None:
    number = NewNumber(MOBILE, "mobile", LONDON)
    await storage.leads.add(memory, "spring", [NewLead((number,))], now=NOON)
    abandoned = {"fact": "attempt_abandoned", "gave_up": False}
    await call(memory, NOON, {"fact": "attempt_answered"}, abandoned, ENDED | {"outcome": "abandoned"})
    tomorrow = NOON + timedelta(days=1)
    assert reason(await asked(memory, MOBILE, at=tomorrow)) == "number_locked"
    assert (await asked(memory, MOBILE, at=tomorrow, reserved_agent=True)).allowed


async def test_a_number_closed_for_its_lead_stays_closed(memory: storage.Database) -> None:
    number = NewNumber(MOBILE, "mobile", LONDON)
    await storage.leads.add(memory, "spring", [NewLead((number,))], now=NOON)
    await call(memory, NOON, ENDED | {"close_number": "wrong person"})
    one = await asked(memory, MOBILE, at=NOON + timedelta(days=1))
    assert reason(one) == "number_closed"


WRITTEN = st.one_of(
    st.text(max_size=45),
    st.from_regex(r"(\+44|0|\+49|\+1|00)[0-9]{9,11}", fullmatch=True),
    st.from_regex(r"07[4-9][0-9]{2} ?[0-9]{6}", fullmatch=True),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=WRITTEN, hour=st.integers(0, 167), transfer=st.booleans())
async def test_whatever_is_written_only_the_campaigns_own_numbers_in_its_hours_pass(
    memory: storage.Database, written: str, hour: int, transfer: bool
) -> None:
    at = NOON + timedelta(hours=hour)
    purpose = Purpose.TRANSFER if transfer else Purpose.BY_HAND
    one = await asked(memory, written, at=at, purpose=purpose)
    assert isinstance(one.verdict, Allow) == one.allowed
    if one.allowed:
        assert one.e164 is not None
        assert one.e164.startswith("+44")
        assert rules_of(campaign()).hours.open_through(LONDON, at, 30.0)
