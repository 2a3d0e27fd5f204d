"""A person's data as a file to hand over: JSON for programs, a page for people, and their recordings."""

from __future__ import annotations

import json
import os
import secrets
import zipfile
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

TITLES = {
    "leads": "You in our lists",
    "lead_numbers": "Your numbers",
    "notes": "Notes about you",
    "lead_notes": "What became of your entry",
    "holds": "Legal holds",
    "attempts": "Calls to you and from you",
    "dispositions": "What our agents said came of them",
    "dnc": "Do-not-call lists with your number",
    "audit": "Changes by our people that name you",
    "recordings": "Recordings",
    "raw_recordings": "Recordings not yet finished",
    "files_that_name_them": "Files that name you",
    "never_called_again": "Numbers that are never called again",
}

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em}"
    "table{border-collapse:collapse;margin:.5em 0 1.5em}td,th{border:1px solid #bbb;padding:.2em .6em;"
    "text-align:left;vertical-align:top}th{background:#f2f2f2}.wide{overflow-x:auto}"
)


def write_zip(held: Mapping[str, Any], file: Path, recordings: Iterable[Path] = ()) -> Path:
    """Write everything into a zip file that only its owner may read, in one step; returns it. Raises OSError."""
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("person.json", json.dumps(held, indent=2, ensure_ascii=False, default=str))
            archive.writestr("person.html", page(held))
            for recording in recordings:
                archive.write(recording, f"recordings/{recording.name}")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file


def page(held: Mapping[str, Any]) -> str:
    """The same as a page for people; whatever others wrote is only text in it."""
    numbers = ", ".join(held["numbers"])
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(numbers)}</title>",
        f"<style>{_STYLE}</style><h1>What we hold on {escape(numbers)}</h1>",
        f"<p>Made at {escape(str(held['made_at']))}. {escape(str(held['journal']))}</p>",
    ]
    for key, title in TITLES.items():
        parts.append(f"<h2>{escape(title)}</h2>{_section(held.get(key) or [])}")
    return "\n".join(parts) + "\n"


def _section(rows: list[Any]) -> str:
    if not rows:
        return "<p>Nothing.</p>"
    if not isinstance(rows[0], Mapping):
        return "<ul>" + "".join(f"<li>{escape(str(row))}</li>" for row in rows) + "</ul>"
    columns = [name for name in rows[0] if any(row[name] not in (None, "") for row in rows)]
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_text(row[name]))}</td>" for name in columns) + "</tr>" for row in rows
    )
    return f"<div class=wide><table><tr>{head}</tr>{body}</table></div>"


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    return "" if value is None else str(value)
