"""A foreign package called config is found before it does harm."""

from __future__ import annotations

from pathlib import Path

import config


def test_the_packages_imported_here_are_ours() -> None:
    assert config.shadowed_packages() == ()


def test_a_package_found_elsewhere_is_named_with_its_file(tmp_path: Path) -> None:
    (message,) = config.shadowed_packages(["config"], home=tmp_path)
    assert "shadows the dialer's own package config" in message
    assert str(Path(config.__file__)) in message


def test_a_package_that_is_missing_is_said_so() -> None:
    (message,) = config.shadowed_packages(["no_such_package_of_ours"])
    assert "is missing" in message
