"""The lab's tones can be told apart in a recording."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

import pytest

from dialer.lab import sounds

TONES = {
    name: value for name, value in vars(sounds).items() if name.endswith("_HZ") and isinstance(value, int)
}


@pytest.mark.parametrize("name", TONES)
def test_a_tone_is_heard_as_itself_and_as_no_other(tmp_path: Path, name: str) -> None:
    sounds.write(tmp_path, {"tone": ((0, 0.5), (TONES[name], 1.0), (0, 0.5))})
    tape = tmp_path / "tone.wav"
    assert sounds.seconds_of(tape, TONES[name]) == pytest.approx(1.0, abs=0.1)
    others = {value for other, value in TONES.items() if other != name}
    assert [sounds.seconds_of(tape, hertz) for hertz in others] == [0.0] * len(others)
    assert sounds.voiced_s(tape) == pytest.approx(1.0, abs=0.1)


def test_silence_is_heard_as_nothing(tmp_path: Path) -> None:
    sounds.write(tmp_path, {"quiet": ((0, 1.0),)})
    assert sounds.voiced_s(tmp_path / "quiet.wav") == 0
    assert sounds.loudness([0] * 160, 500) == 0
    assert sounds.loudness([], 500) == 0


def test_no_tone_is_a_dtmf_frequency() -> None:
    keys = (697, 770, 852, 941, 1209, 1336, 1477, 1633)
    assert all(abs(tone - key) > 50 for tone, key in itertools.product(TONES.values(), keys))


def test_what_a_pbx_needs_is_written(tmp_path: Path) -> None:
    sounds.write(tmp_path, sounds.PBX_SOUNDS)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["abandoned", "opted-out", "tone200"]
    assert (tmp_path / "tone200.wav").stat().st_size == 44 + 2 * 1600


def test_samples_stay_within_sixteen_bits() -> None:
    raw = sounds.render(((440, 0.1),), level=1.0)
    assert max(abs(s) for s in struct.unpack(f"<{len(raw) // 2}h", raw)) <= 32767
