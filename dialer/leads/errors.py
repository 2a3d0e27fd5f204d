"""What keeps a whole file of leads from being read; errors of single rows go to the rejects file instead."""

from __future__ import annotations


class LeadFileError(Exception):
    """The file can not be imported; the message says why and what to do. Nothing of it was taken."""
