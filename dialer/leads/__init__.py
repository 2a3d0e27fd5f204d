"""Leads: import and export of files, the rules they are judged by, and the verdict when they are claimed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dialer.leads import risk
from dialer.leads.errors import LeadFileError
from dialer.leads.evidence import export_evidence, keep_a_day, load_book
from dialer.leads.judging import Judge
from dialer.leads.keys import key_of, lanes_of, next_opening, open_keys, skills_of, with_skills
from dialer.leads.reviews import by_ring, doubtful_rings, reviewed
from dialer.leads.rules import ledgers_of, rules_of

if TYPE_CHECKING:
    from dialer.leads.exporting import export_file
    from dialer.leads.importing import import_file
    from dialer.leads.preview import Preview, preview_file
    from dialer.leads.report import ImportReport, Progress

_OF_FILES = {
    "ImportReport": "report",
    "Preview": "preview",
    "Progress": "report",
    "export_file": "exporting",
    "import_file": "importing",
    "preview_file": "preview",
}
"""What reads and writes files is loaded when it is asked for: a daemon that was killed has to dial again first."""

__all__ = [
    "ImportReport",
    "Judge",
    "LeadFileError",
    "Preview",
    "Progress",
    "by_ring",
    "doubtful_rings",
    "export_evidence",
    "export_file",
    "import_file",
    "keep_a_day",
    "key_of",
    "lanes_of",
    "ledgers_of",
    "load_book",
    "next_opening",
    "open_keys",
    "preview_file",
    "reviewed",
    "risk",
    "rules_of",
    "skills_of",
    "with_skills",
]


def __getattr__(name: str) -> Any:
    if name not in _OF_FILES:
        raise AttributeError(name)
    return getattr(import_module(f"dialer.leads.{_OF_FILES[name]}"), name)
