"""`python -m dialer` is the command `dialer`."""

from __future__ import annotations

from dialer.cli.main import main

main()
