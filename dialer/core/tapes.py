"""The recording of a conversation: begun, paused and ended as the campaign allows."""

from __future__ import annotations

import hashlib
import zlib

from msgspec.structs import replace

from dialer.core import commands as do
from dialer.core import facts, legs
from dialer.core import wishes as wi
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.core.settings import FloorSettings


def on_record(floor: Floor, event: wi.RecordAsked) -> None:
    """Start, stop, pause or resume, as the campaign allows."""
    found = legs.of(floor, event.agent_id)
    mode = floor.settings.recording
    if found is None or mode == "off":
        return
    call = found[1]
    match event.what:
        case wi.Tape.START if not call.tape_on:
            call = replace(call, tape=tape_name(call, event.at), tape_on=True, tape_muted=False)
            floor.emit(do.StartRecording(call.id, call.tape))
            floor.record(facts.recording("recording_started", call, event.at))
        case wi.Tape.STOP if call.tape_on and mode != "always":
            floor.emit(do.StopRecording(call.id))
            floor.record(facts.recording("recording_stopped", call, event.at))
            call = replace(call, tape_on=False, tape_muted=False)
        case wi.Tape.PAUSE | wi.Tape.RESUME if call.tape_on:
            muted = event.what is wi.Tape.PAUSE
            if muted == call.tape_muted:
                return
            call = replace(call, tape_muted=muted)
            floor.emit(do.MuteRecording(call.id, muted))
            floor.record(
                facts.recording("recording_paused" if muted else "recording_resumed", call, event.at)
            )
        case _:
            return
    floor.calls[call.id] = call


def on_found(floor: Floor, event: wi.TapeFound) -> None:
    """Take over what is being recorded; what began since stands."""
    call = floor.calls.get(event.call_id)
    if call is not None and not call.tape:
        floor.calls[call.id] = replace(call, tape=event.file, tape_on=True, tape_muted=event.muted)


def tape_name(call: Call, at: float) -> str:
    """The file of a recording that begins now: the attempt's id, and the second, which no later one shares."""
    return f"{call.id}-{int(at)}.raw"


def picked(call_id: str, share: float) -> bool:
    """Whether this call is one of the share that is recorded: by chance, and the same after a restart."""
    return zlib.crc32(call_id.encode()) < share * 2**32


def clip_name(call_id: str, at: float) -> str:
    """The file of what the detection hears of a call that is dialed now."""
    return f"{call_id}-{int(at)}-amd.raw"


def sampled(call_id: str, settings: FloorSettings) -> bool:
    """Whether what the detection hears of this call is recorded for people to check.

    Each call by itself with the campaign's chance, whatever its hour, ring or verdict: the sample stands for them all.
    """
    digest = hashlib.sha256(f"amd {call_id}".encode()).digest()
    return int.from_bytes(digest[:8]) < settings.machine_clips * 2**64
