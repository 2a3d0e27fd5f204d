"""Finding an Asterisk, and saying in one line what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dialer.lab import install
from dialer.lab.errors import AsteriskMissing


@pytest.mark.parametrize(
    ("version", "number"),
    [
        ("22.10.1~dfsg+~cs6.15.60671435-1", 22),
        ("1:20.6.0~dfsg+~cs6.13.40431414-2build5", 20),
        ("(none)", 0),
        ("", 0),
        ("GIT-master-abc", 0),
    ],
)
def test_the_release_number_of_a_version(version: str, number: int) -> None:
    assert install.major(version) == number


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CADENCE_CACHE", str(tmp_path))
    assert install.cache_dir() == tmp_path


def test_without_an_asterisk_there_is_one_line_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CADENCE_CACHE", str(tmp_path))
    monkeypatch.setattr(install, "_describe", lambda root: None)
    with pytest.raises(AsteriskMissing, match=r"python -m dialer\.lab\.install") as missing:
        install.find()
    assert "\n" not in str(missing.value)


def test_the_installer_needs_nothing_but_the_standard_library() -> None:
    root = Path(__file__).parents[3]
    program = (
        f"import sys; sys.path.insert(0, {str(root)!r}); import dialer.lab.install; "
        "print([m for m in sys.modules if 'pydantic' in m])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
