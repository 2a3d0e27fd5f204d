"""The ledgers of a campaign follow the facts of the journal."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance.ledgerbook import LedgerBook
from dialer.compliance.ledgers import LedgerRule, Share, Window

US = LedgerRule("us", 0.03, window=Window.PERIODS, days=30)
ITALY = LedgerRule("it", 0.03, share=Share.SUCCESSFUL, window=Window.CAMPAIGN)
START = 1_790_000_000.0


def facts_of(attempt: str, kind: str, at: float = START) -> list[dict[str, Any]]:
    """The facts of one call that was connected, abandoned, a machine, or not answered."""

    def fact(name: str, after_s: float, **more: Any) -> dict[str, Any]:
        return {"fact": name, "attempt": attempt, "at": at + after_s, **more}

    told = [fact("attempt_dialed", 0, node="pbx1", trunk="carrier")]
    if kind != "no_answer":
        told.append(fact("attempt_answered", 10))
    if kind == "connected":
        told.append(fact("attempt_bridged", 10.1, agent="ann"))
    elif kind == "late":
        told += [fact("attempt_abandoned", 12, gave_up=False), fact("attempt_bridged", 12, agent="ann")]
    elif kind == "abandoned":
        told.append(fact("attempt_abandoned", 12, gave_up=False))
    elif kind == "machine":
        told.append(fact("attempt_machine", 11, cause="LONGGREETING"))
    told.append(fact("attempt_ended", 60, outcome=kind))
    return told


def book(*kinds: str) -> LedgerBook:
    made = LedgerBook((US, ITALY), START)
    for place, kind in enumerate(kinds):
        for fact in facts_of(f"c-{place}", kind):
            made.hear(fact)
    return made


def test_calls_end_in_every_ledger_by_its_own_formula() -> None:
    us, italy = book(*["connected"] * 291, *["abandoned"] * 9, *["no_answer"] * 700).figures(START + 100)
    assert f"{us.share:.2%} {italy.share:.2%}" == "3.00% 3.09%"


def test_a_call_that_was_both_abandoned_and_connected_counts_as_abandoned() -> None:
    us, _ = book("late", "connected").figures(START + 100)
    assert (us.over, us.under) == (1, 2)


def test_machines_and_calls_that_never_left_are_in_no_denominator() -> None:
    us, _ = book("machine", "not_dialed", "congestion", "connected").figures(START + 100)
    assert (us.over, us.under) == (0, 1)


def test_an_abandoned_call_counts_for_pacing_before_it_ends() -> None:
    running = book(*["connected"] * 50)
    for fact in facts_of("c-late", "abandoned")[:-1]:
        running.hear(fact)
    assert running.figures(START + 100)[0].over == 0
    chosen = running.tightest(START + 100)
    assert chosen is not None
    assert (chosen.over, chosen.budget().abandoned) == (1, 1)


@given(st.permutations(facts_of("c-1", "late")[1:-1]))
def test_facts_of_a_call_may_come_in_any_order(told: list[dict[str, Any]]) -> None:
    first, *_, last = facts_of("c-1", "late")
    made = LedgerBook((US,), START)
    for fact in (first, *told, *told, last, last):
        made.hear(fact)
    (us,) = made.figures(START + 100)
    assert (us.over, us.under) == (1, 1)


@given(
    st.dictionaries(
        st.sampled_from(["fact", "attempt", "at", "outcome"]), st.one_of(st.text(), st.floats(), st.none())
    )
)
def test_facts_of_another_kind_change_nothing(fact: dict[str, Any]) -> None:
    made = book("connected")
    made.hear(fact)
    assert made.figures(START + 100)[0].under == 1


def test_what_no_window_reaches_is_forgotten() -> None:
    made = book("abandoned")
    made.forget(START + 31 * 86_400)
    assert made.figures(START + 100)[0].over == 0
    assert made.figures(START + 100)[1].over == 1
