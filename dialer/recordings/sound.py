"""Raw samples become a file that every player knows, with an outline of how loud either side is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import soundfile

RATE_HZ = 8000
CHANNELS = 2
FRAME_BYTES = 2 * CHANNELS
MOST_PEAKS = 800
"""Moments of an outline: about as many as a screen has room for."""

_BLOCK = RATE_HZ * 30
MEDIA_TYPES = {"flac": "audio/flac", "wav": "audio/wav"}


@dataclass(frozen=True, slots=True)
class Sound:
    """How long it is, and for each moment the loudest sample of the person and of the agent, in turn, 0..255."""

    length_s: float
    peaks: bytes


def convert(raw: BinaryIO, size: int, out: BinaryIO, kind: str) -> Sound:
    """Write the `size` bytes of 16-bit samples in `raw` (person left, agent right) as `kind`: flac or wav.

    Both keep every sample. A half frame at the end, left by a switch that died, is not sound and is left out.
    """
    frames = size // FRAME_BYTES
    outline = np.zeros((min(MOST_PEAKS, max(1, frames)), CHANNELS), dtype=np.int32)
    done = 0
    with soundfile.SoundFile(
        out, "w", samplerate=RATE_HZ, channels=CHANNELS, format=kind.upper(), subtype="PCM_16"
    ) as file:
        while done < frames:
            piece = raw.read(min(_BLOCK, frames - done) * FRAME_BYTES)
            block = np.frombuffer(piece[: len(piece) // FRAME_BYTES * FRAME_BYTES], dtype="<i2")
            if not block.size:
                raise OSError("the file became shorter while it was read")
            block = block.reshape(-1, CHANNELS)
            file.write(block)
            _raise_to(outline, block, done, frames)
            done += len(block)
    return Sound(frames / RATE_HZ, np.minimum(outline // 128, 255).astype(np.uint8).tobytes())


def _raise_to(outline: np.ndarray, block: np.ndarray, first: int, frames: int) -> None:
    """Lift the outline to the loudest of a block that begins at the frame `first`."""
    moments = np.arange(first, first + len(block), dtype=np.int64) * len(outline) // frames
    starts = np.flatnonzero(np.diff(moments, prepend=-1))
    loudest = np.maximum.reduceat(np.abs(block.astype(np.int32)), starts, axis=0)
    np.maximum.at(outline, moments[starts], loudest)
