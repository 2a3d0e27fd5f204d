"""No phone number gets out, and nothing else is spoiled."""

from __future__ import annotations

import pytest

from dialer.ops.masking import mask_all, mask_text


@pytest.mark.parametrize(
    "text",
    [
        "+447400100001",
        "07400100001",
        "PJSIP/+447400100001@carrier",
        "+44 7400 100 001",
        "(0740) 010-0001",
        "tel:+447400100001;x",
    ],
)
def test_a_number_is_masked_however_it_is_written(text: str) -> None:
    shown = mask_text(f"calling {text} now")
    assert "7400" not in shown
    assert "••••" in shown


@pytest.mark.parametrize(
    "text",
    [
        "c-main-86fh0o0-12345678",
        "2026-11-22T17:06:28.123456+00:00",
        "127.0.0.1:54321",
        "Placing 12 of 300 wanted",
        "v1.2.3",
        "PJSIP/101",
        "0.123456789",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    assert mask_text(text) == text


def test_lists_and_sections_are_looked_into() -> None:
    shown = mask_all({"a": ["+447400100001"], "b": {"+447400100002": 1}, "n": 447400100001})
    assert "100001" not in str(shown["a"])
    assert "100002" not in str(shown["b"])
