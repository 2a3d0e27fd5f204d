"""The page about leads names every code a row can be rejected with."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import config
from dialer.compliance import numbers
from dialer.leads import convert

DOCS = Path(__file__).parents[3] / "docs"


def test_every_code_of_rejection_is_explained() -> None:
    page = (DOCS / "leads.md").read_text(encoding="utf-8")
    codes = set(re.findall(r'BadNumber\("(\w+)"', inspect.getsource(numbers)))
    codes |= set(re.findall(r'_Bad\(\s*"(\w+)"', inspect.getsource(convert)))
    codes |= {"number_rounded", "duplicate"}
    assert len(codes) > 15
    assert {code for code in codes if f"`{code}`" not in page} == set()


def test_every_shipped_profile_is_named() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert {name for name in config.shipped() if f"`{name}`" not in page} == set()
