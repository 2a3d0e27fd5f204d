"""Stand-in sounds, each a tone of its own, so that a recording tells what was heard.

An operator records a spoken message of his own: who called, why, a number to ring, which key opts out.
`python -m dialer.lab.sounds DIR` writes the stand-ins a PBX needs into DIR.
"""

from __future__ import annotations

import math
import struct
import sys
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

RATE: Final = 8000
BLOCK_S: Final = 0.02
QUIET: Final = 300.0  # of 32767, root mean square

# Hz; no two near each other or near a DTMF pair, so that one Goertzel filter tells them apart.
MESSAGE_HZ: Final = 540
OPTED_OUT_HZ: Final = 1120
TONE200_HZ: Final = 1800
MUSIC_HZ: Final = 310
AGENT_HZ: Final = 1040
CALLEE_HZ: Final = 2200
SUPERVISOR_HZ: Final = 2700
SPEECH_HZ: Final = 420

# (hertz, seconds); 0 Hz is silence.
Score = Sequence[tuple[float, float]]

_WORD: Final = ((SPEECH_HZ, 0.35), (0, 0.15))
PBX_SOUNDS: Final[dict[str, Score]] = {
    "abandoned": ((MESSAGE_HZ, 0.7), (0, 0.1)) * 2,
    "opted-out": ((OPTED_OUT_HZ, 0.6),),
    "tone200": ((TONE200_HZ, 0.2),),
}
MUSIC: Final[Score] = ((MUSIC_HZ, 2.0), (0, 0.2)) * 4
CARRIER_SOUNDS: Final[dict[str, Score]] = {
    "hello": ((SPEECH_HZ, 0.35), (0, 0.08), (SPEECH_HZ, 0.37)),
    "greeting": (*(_WORD * 8), (1400, 0.3)),  # eight words in 4 s, then the beep
    "quiet": ((0, 4.0),),  # packets that say nothing: what a detector of machines listens for
    "voice-agent": ((AGENT_HZ, 5.0),),
    "voice-callee": ((CALLEE_HZ, 5.0),),
    "voice-super": ((SUPERVISOR_HZ, 5.0),),
}


def render(score: Score, level: float = 0.25) -> bytes:
    """The score as 16-bit samples at 8 kHz; each note fades in and out over 5 ms."""
    samples: list[int] = []
    fade = RATE // 200
    for hertz, seconds in score:
        count = round(seconds * RATE)
        step = 2 * math.pi * hertz / RATE
        for i in range(count):
            edge = min(1.0, i / fade, (count - 1 - i) / fade)
            samples.append(round(32767 * level * edge * math.sin(step * i)))
    return struct.pack(f"<{len(samples)}h", *samples)


def write(directory: Path, sounds: dict[str, Score]) -> None:
    """Write each sound as `<name>.wav` into `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, score in sounds.items():
        with wave.open(str(directory / f"{name}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(render(score))


def loudness(samples: Sequence[int], hertz: float) -> float:
    """The share of the samples' power that is at `hertz`, 0..1 (Goertzel 1958)."""
    power = sum(s * s for s in samples)
    if not samples or power == 0:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * hertz / RATE)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    at_hertz = last * last + before * before - coefficient * last * before
    return min(1.0, 2 * at_hertz / (power * len(samples)))


def seconds_of(path: Path, hertz: float, share: float = 0.6) -> float:
    """For how many seconds of a recording the tone of `hertz` is what is heard.

    Where several tones sound at once, a smaller `share` of the power is asked for.
    """
    return sum(loudness(block, hertz) > share for block in _voiced(path)) * BLOCK_S


def voiced_s(path: Path) -> float:
    """For how many seconds of a recording anything is heard."""
    return sum(1 for _ in _voiced(path)) * BLOCK_S


def _voiced(path: Path) -> Iterator[Sequence[int]]:
    """The blocks of a recording that are not silence."""
    with wave.open(str(path), "rb") as tape:
        raw = tape.readframes(tape.getnframes())
    samples = struct.unpack(f"<{len(raw) // 2}h", raw[: len(raw) // 2 * 2])
    size = round(BLOCK_S * RATE)
    for start in range(0, len(samples) - size + 1, size):
        block = samples[start : start + size]
        if sum(s * s for s in block) > size * QUIET * QUIET:
            yield block


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "dialer"), PBX_SOUNDS)
