"""A finished recording plays every sample that was recorded, either side on its own channel."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from dialer.recordings.sound import MOST_PEAKS, RATE_HZ, convert


@given(
    samples=st.lists(st.integers(-32768, 32767), min_size=2, max_size=400).map(
        lambda all_: all_[: len(all_) // 2 * 2]
    ),
    odd=st.integers(0, 3),
    kind=st.sampled_from(("flac", "wav")),
)
def test_every_sample_comes_back(samples: list[int], odd: int, kind: str) -> None:
    raw = np.array(samples, dtype="<i2").tobytes() + b"\x01" * odd
    out = io.BytesIO()
    sound = convert(io.BytesIO(raw), len(raw), out, kind)
    out.seek(0)
    played, rate = soundfile.read(out, dtype="int16", always_2d=True)
    assert rate == RATE_HZ
    assert played.reshape(-1).tolist() == samples
    assert sound.length_s == pytest.approx(len(samples) / 2 / RATE_HZ)


def test_the_outline_shows_who_spoke_when() -> None:
    """A minute: the person in the first half, the agent half as loud in the second."""
    tone = (16000 * np.sin(np.arange(RATE_HZ * 60) * 0.8)).astype("<i2")
    half = len(tone) // 2
    both = np.zeros((len(tone), 2), dtype="<i2")
    both[:half, 0], both[half:, 1] = tone[:half], tone[half:] // 2
    sound = convert(io.BytesIO(both.tobytes()), both.nbytes, io.BytesIO(), "flac")
    outline = np.frombuffer(sound.peaks, np.uint8).reshape(-1, 2)
    assert outline.shape == (MOST_PEAKS, 2)
    middle = MOST_PEAKS // 2
    assert set(outline[: middle - 1, 0]) <= {124, 125}
    assert not outline[middle + 1 :, 0].any()
    assert not outline[: middle - 1, 1].any()
    assert set(outline[middle + 1 :, 1]) <= {61, 62, 63}


def test_a_file_that_shrinks_meanwhile_is_an_error() -> None:
    with pytest.raises(OSError, match="shorter"):
        convert(io.BytesIO(b"\0" * 400), 800, io.BytesIO(), "wav")
