"""The files an operator starts from work as they stand."""

from __future__ import annotations

from pathlib import Path

import config

EXAMPLES = Path(config.__file__).parent / "examples"


def test_the_example_loads_without_a_complaint() -> None:
    settings = config.load(EXAMPLES / "dialer.yaml", environment={})
    assert set(settings.campaigns) == {"spring"}
    assert settings.campaigns["spring"].node in settings.nodes
    assert settings.database == f"sqlite:///{EXAMPLES / 'data' / 'dialer.db'}"


def test_a_shown_configuration_holds_no_secret() -> None:
    settings = config.load(EXAMPLES / "dialer.yaml", environment={})
    assert "change-me" not in repr(settings)
    assert "change-me" not in str(settings.public())
