"""The corpus that is kept, and a little that is not, through every target: what once broke stays mended."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz import targets
from tests.fuzz.__main__ import CORPUS, LONGEST

MOST_BYTES = 300_000


@pytest.fixture(autouse=True)
def _closed_loop() -> object:
    yield
    if targets._loop.cache_info().currsize:
        loop: asyncio.AbstractEventLoop = targets._loop()
        loop.close()
        targets._loop.cache_clear()


@pytest.mark.parametrize("name", targets.TARGETS)
def test_nothing_in_the_corpus_breaks_its_target(name: str) -> None:
    kept = sorted((CORPUS / name).iterdir())
    assert len(kept) >= 5
    for path in kept:
        assert path.stat().st_size <= LONGEST[name], path.name
        try:
            targets.TARGETS[name](path.read_bytes())
        except BaseException as error:
            error.add_note(f"input: {path}")
            raise


@pytest.mark.parametrize("name", targets.TARGETS)
def test_what_lies_near_the_corpus_does_not_break_it_either(name: str) -> None:
    kept = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]
    run = targets.TARGETS[name]

    @given(st.sampled_from(kept), st.integers(0, 1 << 16), st.integers(0, 40), st.binary(max_size=8))
    @settings(
        max_examples=60,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def changed(seed: bytes, at: int, gone: int, put: bytes) -> None:
        place = at % (len(seed) + 1)
        run(seed[:place] + put + seed[place + gone :])

    changed()


def test_the_corpus_is_small_enough_to_be_kept() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    assert {path.parent.name for path in files} == set(targets.TARGETS)
