"""What a callee does is in its number, and the number is one a dialer may dial."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.lab import people, shift
from dialer.lab.people import LONGEST_RING_S, LONGEST_TALK_S, SERIALS, Kind, Person


def persons() -> st.SearchStrategy[Person]:
    plain = st.builds(
        Person,
        st.sampled_from(Kind),
        st.integers(0, SERIALS - 1),
        st.integers(0, 99).map(lambda n: round(n * people.RING_UNIT_S, 1)),
        st.none() | st.integers(0, 98).map(lambda n: n * people.TALK_UNIT_S),
    )
    taped = st.sampled_from([kind for kind in Kind if kind.answers]).map(
        lambda kind: Person(kind, taped=True)
    )
    return plain | taped


@given(persons())
def test_a_number_reads_back_as_the_same_person(person: Person) -> None:
    assert people.read(person.number) == person
    assert people.read(person.number.removeprefix("+")) == person


@given(persons())
def test_every_number_is_a_valid_british_mobile(person: Person) -> None:
    number = phonenumbers.parse(person.number)
    assert phonenumbers.is_valid_number(number)
    assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    assert phonenumbers.region_code_for_number(number) == "GB"


@given(st.text(max_size=20))
def test_any_other_text_is_nobody_or_a_number_of_the_lab(text: str) -> None:
    person = people.read(text)
    assert person is None or person.number.removeprefix("+") == text.removeprefix("+")


@pytest.mark.parametrize(
    "person",
    [
        Person(Kind.HUMAN, SERIALS),
        Person(Kind.HUMAN, -1),
        Person(Kind.HUMAN, ring_s=LONGEST_RING_S + 0.2),
        Person(Kind.HUMAN, talk_s=LONGEST_TALK_S + 0.5),
        Person(Kind.HUMAN, ring_s=-1),
        Person(Kind.BUSY, taped=True),
    ],
)
def test_what_no_number_can_say_is_refused(person: Person) -> None:
    with pytest.raises(ValueError, match=r".+"):
        _ = person.number


def test_only_people_are_people() -> None:
    assert Kind.HUMAN.is_person
    assert not Kind.MACHINE.is_person
    assert not Kind.PICKY.answers
    assert not Kind.FORBIDDEN.answers


@pytest.mark.parametrize("count", [1, 120, 5000])
def test_a_list_has_as_many_different_numbers_as_people(count: int) -> None:
    mixed = shift.mixed(count, no_answer=count // 6, machines=count // 5)
    assert len({person.number for person in mixed}) == count
