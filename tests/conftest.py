"""Fixtures every tier shares; each real part has its own module in tests/parts."""

from __future__ import annotations

pytest_plugins: tuple[str, ...] = ()
