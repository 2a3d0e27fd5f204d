"""A sealed recording is read from anywhere by whoever has its key; everything else is refused, and says why."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.recordings.errors import BadKey, Damaged, KeyMissing, RecordingError
from dialer.recordings.seal import CHUNK, Key, Sealed, sealed

ONE, OTHER = Key("k1", b"1" * 32), Key("k2", b"2" * 32)
SIZES = st.sampled_from((0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 7))


def pattern(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def seal(plain: bytes, key: Key = ONE) -> bytes:
    return b"".join(sealed(io.BytesIO(plain), len(plain), key))


def unseal(stored: bytes, key: Key | None = ONE) -> Sealed:
    def key_of(key_id: str) -> Key:
        if key is None or key.key_id != key_id:
            raise KeyMissing(key_id)
        return key

    return Sealed(io.BytesIO(stored), len(stored), key_of)


@settings(max_examples=40)
@given(size=SIZES, data=st.data())
def test_any_stretch_can_be_read(size: int, data: st.DataObject) -> None:
    plain = pattern(size)
    opened = unseal(seal(plain))
    assert (opened.size, opened.key_id) == (size, "k1")
    start = data.draw(st.integers(0, size + 5))
    count = data.draw(st.integers(0, size + 5))
    assert opened.read(start, count) == plain[start : start + count]


@settings(max_examples=60)
@given(data=st.data())
def test_no_byte_can_be_changed_and_none_taken_away_or_added(data: st.DataObject) -> None:
    plain = pattern(CHUNK + 99)
    stored = bytearray(seal(plain))
    at = data.draw(st.integers(0, len(stored) - 1))
    match data.draw(st.sampled_from(("change", "cut", "add", "drop"))):
        case "change":
            stored[at] ^= data.draw(st.integers(1, 255))
        case "cut":
            del stored[at:]
        case "add":
            stored += b"x"
        case "drop":
            del stored[at]
    with pytest.raises(RecordingError):
        unseal(bytes(stored)).read(0, len(plain))


def test_chunks_cannot_change_places_or_files() -> None:
    first, second = seal(pattern(2 * CHUNK)), seal(pattern(2 * CHUNK))
    head = len(first) - 2 * (CHUNK + 16)
    a, b = first[head : head + CHUNK + 16], first[head + CHUNK + 16 :]
    for forged in (first[:head] + b + a, first[: head + CHUNK + 16] + second[head + CHUNK + 16 :]):
        with pytest.raises(Damaged):
            unseal(forged).read(0, 2 * CHUNK)


def test_the_same_sound_never_looks_the_same_and_shows_nothing() -> None:
    plain = b"what they said to each other " * 100
    assert seal(plain)[100:] != seal(plain)[100:]
    assert b"what they said" not in seal(plain)


def test_a_missing_key_and_a_wrong_one_are_told_apart() -> None:
    stored = seal(b"abc")
    with pytest.raises(KeyMissing, match="k1"):
        unseal(stored, OTHER)
    with pytest.raises(KeyMissing, match="not the one it was sealed with"):
        unseal(stored, Key("k1", b"3" * 32))
    assert unseal(seal(b"abc", OTHER), OTHER).read(0, 3) == b"abc"


def test_a_key_file_holds_32_bytes_in_base64_or_says_what_to_do(tmp_path: Path) -> None:
    good = tmp_path / "good"
    good.write_bytes(base64.b64encode(b"1" * 32) + b"\n")
    assert Key.load("k1", str(good)) == ONE
    assert "1111" not in repr(ONE)
    for text in (b"", b"secret", base64.b64encode(b"1" * 16), b"\xff" * 44):
        (tmp_path / "bad").write_bytes(text)
        with pytest.raises(BadKey, match="openssl rand -base64 32"):
            Key.load("k1", str(tmp_path / "bad"))
    with pytest.raises(BadKey, match="cannot be read"):
        Key.load("k1", str(tmp_path / "nowhere"))
