"""Recordings as files: valid, of the right length, and small enough for thousands of them."""

from __future__ import annotations

import wave
from pathlib import Path

RATE_HZ = 100
"""So low that a minute is 6 kB; a player plays it all the same."""
_SILENCE = b"\x80"


class Recordings:
    """Files below one folder, which stands for the root of the switch's own file system."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, name: str) -> Path | None:
        """Where a file of the switch is; None for a name that leads out of the folder or is none."""
        parts = Path(name).parts[1 if name.startswith("/") else 0 :]
        if not parts or ".." in parts:
            return None
        return self._root.joinpath(*parts)

    def write(self, name: str, seconds: float) -> None:
        """Writes silence of this length; a name that leads out of the folder is not written."""
        path = self.path(name)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".raw":
            # Both directions apart, 16 bits at 8 kHz. A hole is silence, and takes no room on the disk.
            with path.open("wb") as raw:
                raw.truncate(round(seconds * 8000) * 4)
            return
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(1)
            out.setframerate(RATE_HZ)
            out.writeframes(_SILENCE * max(1, round(seconds * RATE_HZ)))
