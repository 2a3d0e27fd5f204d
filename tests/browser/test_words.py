"""Every word the pages say is in both languages, and every word in the catalogue is said somewhere."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from dialer.board import alarms
from dialer.reports import page
from dialer.web.pages import PAGES, shell
from tests.browser.mock import STATIC

CATALOGUES = {
    name: json.loads((STATIC / "i18n" / f"{name}.json").read_text("utf-8")) for name in ("en", "zh")
}
SOURCES = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
SERVERS = sorted(Path(page.__file__).parent.glob("*.py"))
"""What the daemon writes in the pages' words: reports."""

TEXT = "\n".join(path.read_text("utf-8") for path in (*SOURCES, *SERVERS))

WHOLE = re.compile(r"""\b(?:t|tool|words)\(\s*["']([\w.]+)["']""")
STARTS = re.compile(r"""\b(?:t|tool)\(\s*`([\w.]*)\$\{""")
QUOTED = re.compile(r"""["'`]([a-z_]+(?:\.[\w.]+)+)["'`]""")
WORD_PREFIXES = (
    "error.",
    "field.",
    "limit.",
    *(f"{name}." for name in re.findall(r"""\bword\("([\w.]+)\"""", TEXT)),
)
"""Keys made of a code the server sends."""


def test_both_catalogues_have_the_same_keys_in_the_same_order() -> None:
    assert list(CATALOGUES["en"]) == list(CATALOGUES["zh"])


@pytest.mark.parametrize("key", CATALOGUES["en"])
def test_a_text_has_the_same_places_in_both_languages(key: str) -> None:
    places = [set(re.findall(r"\{(\w+)\}", CATALOGUES[name][key])) for name in ("en", "zh")]
    plural = key.endswith(".one")
    assert places[0] == places[1] or plural


def test_every_key_the_pages_ask_for_is_there() -> None:
    asked = set(WHOLE.findall(TEXT))
    assert asked
    assert not asked - set(CATALOGUES["en"])


def test_every_key_made_of_parts_has_at_least_one_text() -> None:
    starts = set(STARTS.findall(TEXT)) - {""}
    for start in starts:
        assert any(key.startswith(start) for key in CATALOGUES["en"]), start


def test_no_text_is_left_that_nobody_says() -> None:
    asked = set(WHOLE.findall(TEXT)) | set(QUOTED.findall(TEXT))
    starts = tuple(set(STARTS.findall(TEXT)) - {""}) + WORD_PREFIXES
    ends = tuple(re.findall(r"\}(\.[\w.]+)`", TEXT))
    left = [
        key
        for key in CATALOGUES["en"]
        if key.removesuffix(".one") not in asked and not key.startswith(starts) and not key.endswith(ends)
    ]
    assert not left


def test_no_page_writes_words_of_its_own() -> None:
    """Text between tags comes from the catalogue: letters there would stay English in Chinese."""
    own = re.compile(r">\s*([A-Za-z]{3,}[^<>${}`]*)<")
    found = []
    for path in SOURCES:
        for literal in re.findall(r"html`(.*?)`", path.read_text("utf-8"), re.S):
            bare = re.sub(r"\$\{[^}]*\}", "", literal)
            found += [f"{path.name}: {text}" for text in own.findall(bare) if text.strip() != "Cadence"]
    assert not found


def test_every_sentence_of_an_alarm_is_said_in_the_other_language() -> None:
    package = Path(alarms.__file__).parents[1]
    nodes = [node for file in package.rglob("*.py") for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    made = [node for node in calls if ast.unparse(node.func) == "Alarm"]
    troubles = [node for node in calls if ast.unparse(node.func) == "Trouble"]
    known = [_bare(text) for text in json.loads((STATIC / "i18n" / "said.zh.json").read_text("utf-8"))]
    said = [
        argument.value if isinstance(argument, ast.Constant) else ast.unparse(argument)[2:-1]
        for arguments in [*(call.args[2:6] for call in made), *(call.args[:4] for call in troubles)]
        for argument in arguments
        if isinstance(argument, ast.Constant | ast.JoinedStr)
    ]
    assert len(made) >= 7
    assert len(troubles) >= 4
    assert not [text for text in said if _bare(text) not in known]


def _bare(template: str) -> str:
    """A sentence without the names of its places."""
    return re.sub(r"\{[^}]*\}", "{}", template)


def test_nothing_is_fetched_from_elsewhere() -> None:
    for path in STATIC.rglob("*"):
        if path.suffix in {".js", ".css", ".html"} and "vendor" not in path.parts:
            assert not re.search(r"https?://(?!www\.w3\.org)", path.read_text("utf-8")), path


@pytest.mark.parametrize("path", list(PAGES))
def test_pages_hold_no_script_or_style_of_their_own(path: str) -> None:
    text = shell(PAGES[path])
    assert PAGES[path].module in text
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "<style" not in text
    assert not re.search(r"\s(on\w+|style)=", text)
    for name in re.findall(r'(?:src|href)="/static/([^"]+)"', text):
        assert (STATIC / name).is_file(), name


def test_modules_import_only_what_is_there() -> None:
    for path in SOURCES:
        for name in re.findall(r'from "(\.[^"]+)"', path.read_text("utf-8")):
            assert (path.parent / name).resolve().is_file(), f"{path}: {name}"


def test_modules_stay_small() -> None:
    long = {path.name: n for path in SOURCES if (n := len(path.read_text("utf-8").splitlines())) > 200}
    assert not long
