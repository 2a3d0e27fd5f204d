"""The embedded switch is set up as the samples in asterisk-conf set a real one up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ami.fake import ManagerUser, dialplan, faults, session

CONF = Path(__file__).parents[3] / "asterisk-conf"


def section(file: str, name: str) -> str:
    text = (CONF / file).read_text()
    found = re.search(rf"^\[{name}\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def setting(text: str, name: str) -> frozenset[str]:
    found = re.search(rf"^{name} = (.*)$", text, re.MULTILINE)
    assert found is not None
    return frozenset(found[1].split(","))


def test_the_manager_user_has_the_same_rights() -> None:
    dialer = section("manager.conf", "dialer")
    assert ManagerUser().read == setting(dialer, "read")
    assert ManagerUser().write == setting(dialer, "write")
    assert ManagerUser().write_timeout_s == int(*setting(dialer, "writetimeout")) / 1000


def test_the_same_events_pass_the_filter() -> None:
    dialer = section("manager.conf", "dialer")
    assert (
        frozenset(re.findall(r"^eventfilter\(action\(include\),name\((\w+)\)\)", dialer, re.MULTILINE))
        == session.EVENTS
    )


def test_the_same_modules_are_loaded() -> None:
    text = (CONF / "modules.conf").read_text()
    assert frozenset(re.findall(r"^load = (\w+)\.so", text, re.MULTILINE)) == faults.MODULES


def test_the_dialplan_has_the_same_contexts() -> None:
    text = (CONF / "extensions.conf").read_text()
    contexts = set(re.findall(r"^\[(dialer-[a-z]+)\]", text, re.MULTILINE))
    assert contexts == set(dialplan.CONTEXTS) | dialplan.SUBROUTINES


def test_the_dialplan_has_the_same_global_variables() -> None:
    found = dict(re.findall(r"^(DIALER_\w+) = (\S+)", section("extensions.conf", "globals"), re.MULTILINE))
    assert found == dict(dialplan.GLOBALS)


@pytest.mark.parametrize(
    ("context", "exten", "there"),
    [
        ("dialer-seat", "anna", True),
        ("dialer-seat", "a1-b", True),
        ("dialer-seat", "7", True),
        ("dialer-seat", "h", False),
        ("dialer-seat", "Anna", False),
        ("dialer-seat", "failed", True),
        ("dialer-call", "s", True),
        ("dialer-call", "failed", False),
        ("dialer-hold", "s", True),
        ("dialer-inbound", "+44123", True),
        ("dialer-inbound", "x", False),
        ("dialer-nothing", "s", False),
    ],
)
def test_extensions_match_as_the_patterns_do(context: str, exten: str, there: bool) -> None:
    assert dialplan.has_extension(context, exten) is there
