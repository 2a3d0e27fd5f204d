"""`dialer doctor` on the store of recordings: it tries what the daemon will do there, and leaves nothing behind."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import config
from dialer.ops.findings import Level
from dialer.ops.store import examine_store
from tests.parts.stores import Bucket, Place


def settings(folder: Path, recordings: dict[str, Any]) -> config.Settings:
    node = {"host": "127.0.0.1", "username": "dialer", "secret": "secret"}
    return config.parse(json.dumps({"nodes": {"pbx": node}, "recordings": recordings}), folder=folder)


def test_a_good_store_is_found_good_and_empty_as_before(tmp_path: Path, place: Place) -> None:
    (tmp_path / "key").write_bytes(base64.b64encode(b"1" * 32))
    house = {**place.house, "keys": {"k1": str(tmp_path / "key")}, "key": "k1"}
    found = examine_store(settings(tmp_path, house))
    assert (found.level, place.paths()) == (Level.OK, [])
    (tmp_path / "key").unlink()
    assert examine_store(settings(tmp_path, house)).level is Level.FAIL


def test_a_store_that_refuses_is_named_with_its_reason(tmp_path: Path, s3: Bucket) -> None:
    s3.fail("refuses")
    found = examine_store(settings(tmp_path, s3.house))
    assert found.level is Level.FAIL
    assert "Access Key" in found.said
