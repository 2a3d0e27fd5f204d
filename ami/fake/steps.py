"""What a dialplan thread can wait in: the applications our contexts use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hold:
    """BridgeWait: a holding bridge by name, S(limit_s) where given. Ends with "timeout" or "left"."""

    bridge: str
    limit_s: int | None = None
    music: bool = False


@dataclass(frozen=True, slots=True)
class Play:
    """Playback, or Read and Background where keys are taken. Ends with the key pressed or ""."""

    sound: str
    for_s: float
    keys: bool = False
    application: str = "Playback"


@dataclass(frozen=True, slots=True)
class Pause:
    """Any other application that takes its time (AMD, Wait). Ends with ""."""

    application: str
    for_s: float


@dataclass(frozen=True, slots=True)
class Confer:
    """ConfBridge: a conversation of several, by name. Ends with "left".

    The `marked` keep it going; who `follows` leaves with the last of them.
    """

    conference: str
    marked: bool = False
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Spy:
    """ChanSpy on one channel by its unique id; `mode` is the extension: listen, whisper, barge. Ends with "gone"."""

    heard: str
    mode: str
    options: str


Step = Hold | Play | Pause | Confer | Spy
