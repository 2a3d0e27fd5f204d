"""Which version this is."""

from __future__ import annotations

from importlib import metadata

try:
    VERSION = metadata.version("cadence-dialer")
except metadata.PackageNotFoundError:  # run from a source tree that was never installed
    VERSION = "unknown"
