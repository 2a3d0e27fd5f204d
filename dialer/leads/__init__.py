"""Leads: import and export of files, the rules they are judged by, and the verdict when they are claimed."""

from __future__ import annotations

from dialer.leads import risk
from dialer.leads.errors import LeadFileError
from dialer.leads.evidence import export_evidence, load_book
from dialer.leads.exporting import export_file
from dialer.leads.importing import import_file
from dialer.leads.judging import Judge
from dialer.leads.keys import key_of, next_opening, open_keys
from dialer.leads.preview import Preview, preview_file
from dialer.leads.report import ImportReport, Progress
from dialer.leads.rules import ledgers_of, rules_of

__all__ = [
    "ImportReport",
    "Judge",
    "LeadFileError",
    "Preview",
    "Progress",
    "export_evidence",
    "export_file",
    "import_file",
    "key_of",
    "ledgers_of",
    "load_book",
    "next_opening",
    "open_keys",
    "preview_file",
    "risk",
    "rules_of",
]
