"""What Asterisk recorded is brought into the store: whole, proven, sealed where asked for, and never lost."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from pathlib import Path

import pytest
import soundfile

import storage
from dialer.recordings import Collector
from dialer.recordings.collector import LOOK_EVERY_S
from tests.parts.desks import person
from tests.parts.stores import Place
from tests.parts.tapes import archive_of, begun_long_ago, kept, raws, recording, talk
from tests.parts.virtual_time import on_virtual_time


@on_virtual_time
async def test_a_conversation_ends_in_the_store_and_its_raw_file_is_gone(
    tmp_path: Path, place: Place
) -> None:
    async with recording(tmp_path, house=place.house, retention={"days": 30}) as desks:
        call = await talk(desks)
        ((listed,)) = await kept(desks)
        one = listed.recording
        await desks.until(lambda: not raws(tmp_path), within_s=600)
        assert (one.attempt_id, one.agent, one.campaign_id) == (call, "a0", "lab")
        assert 19 < one.length_s < 22
        assert one.due_at is not None
        assert (one.due_at - one.started_at).days == 30
        assert place.paths() == [one.path]
        content = place.read(one.path)
        assert hashlib.sha256(content).hexdigest() == one.checksum
        assert len(content) == one.bytes
        sound = soundfile.info(io.BytesIO(content))
        assert (sound.samplerate, sound.channels, sound.duration) == (8000, 2, one.length_s)
        assert desks.control.dialer.troubles == {}


@on_virtual_time
async def test_without_its_key_nothing_is_stored_in_plain_and_nothing_is_lost(
    tmp_path: Path, place: Place
) -> None:
    key = tmp_path / "key"
    house = {**place.house, "keys": {"k1": str(key)}, "key": "k1"}
    async with recording(tmp_path, house=house) as desks:
        troubles = desks.control.dialer.troubles
        await talk(desks)
        await desks.until(lambda: "recordings:kept" in troubles, within_s=600)
        assert str(key) in troubles["recordings:kept"].detail
        assert place.paths() == []
        (raw,) = raws(tmp_path)
        assert (tmp_path / "switch/spool" / raw).stat().st_mode & 0o777 == 0o600
        key.write_bytes(base64.b64encode(b"1" * 32))
        ((listed,)) = await kept(desks)
        await desks.until(lambda: not raws(tmp_path) and not troubles, within_s=600)
        one = listed.recording
        assert one.key_id == "k1"
        assert place.paths() == [one.path]
        assert b"fLaC" not in place.read(one.path)
        played = await archive_of(desks).read(one, 0, one.bytes)
        assert played[:4] == b"fLaC"
        assert hashlib.sha256(played).hexdigest() == one.checksum


@pytest.mark.parametrize(
    ("place", "how"),
    [
        ("folder", "away"),
        ("s3", "away"),
        ("s3", "silent"),
        ("s3", "refuses"),
        ("s3", "no bucket"),
    ],
    indirect=["place"],
)
@on_virtual_time
async def test_a_store_that_fails_is_said_and_tried_again_until_it_is_back(
    tmp_path: Path, place: Place, how: str
) -> None:
    place.fail(how)
    async with recording(tmp_path, (person(1), person(2)), house=place.house) as desks:
        troubles = desks.control.dialer.troubles
        await talk(desks)
        await talk(desks, "a1")
        await desks.until(
            lambda: "2 wait" in getattr(troubles.get("recordings:kept"), "detail", ""), within_s=600
        )
        assert f"the store {place.house['store'][:8]}" in troubles["recordings:kept"].detail
        assert len(raws(tmp_path)) == 2
        place.mend()
        both = await kept(desks, 2)
        await desks.until(lambda: not raws(tmp_path) and not troubles, within_s=600)
        assert place.paths() == sorted(one.recording.path for one in both)


@on_virtual_time
async def test_a_folder_that_this_machine_does_not_see_is_an_alarm(tmp_path: Path) -> None:
    async with recording(tmp_path, mounted_at=str(tmp_path / "not-mounted")) as desks:
        troubles = desks.control.dialer.troubles
        await talk(desks)
        await desks.until(lambda: "recordings:missing" in troubles, within_s=600)
        assert "not-mounted" in troubles["recordings:missing"].detail
        (tmp_path / "switch/spool").rename(tmp_path / "not-mounted")
        await kept(desks)
        await desks.until(lambda: not troubles, within_s=600)


@on_virtual_time
async def test_what_a_crash_left_half_done_is_finished(tmp_path: Path, place: Place) -> None:
    """Killed after the file was stored, after it was indexed, and with a stored file that was spoilt meanwhile."""
    async with recording(tmp_path, house=place.house) as desks:
        db, spool = desks.control.dialer.db, tmp_path / "switch/spool"
        await talk(desks)
        ((first,)) = await kept(desks)
        await desks.until(lambda: not raws(tmp_path), within_s=600)
        one = first.recording
        samples, _ = soundfile.read(io.BytesIO(place.read(one.path)), dtype="int16")
        await asyncio.sleep(2 * LOOK_EVERY_S)
        for spoilt in (False, True):
            if spoilt:
                place.write(one.path, place.read(one.path)[:-9])
            (spool / f"{one.name}.raw").write_bytes(
                samples.tobytes()
            )  # as if its deletion had not come to be
            async with asyncio.timeout(600):
                while raws(tmp_path):
                    await asyncio.sleep(1)
            again = await storage.recordings.by_id(db, one.recording_id)
            assert again is not None
            assert (again.recording.checksum, again.recording.length_s) == (one.checksum, one.length_s)
            await archive_of(desks).prove(again.recording)
        assert len(await kept(desks)) == 1


@on_virtual_time
async def test_files_of_others_and_calls_that_go_on_are_left_alone(tmp_path: Path) -> None:
    async with recording(tmp_path, house={"store": str(tmp_path / "kept")}) as desks:
        call = await desks.talking("a0")
        spool = tmp_path / "switch/spool"
        spool.mkdir(parents=True, exist_ok=True)
        strangers = {f"{call.id}-1790000000.raw", "c-other-1-1-1790000000.raw", "notes.txt"}
        for name in strangers:
            (spool / name).write_bytes(b"\0" * 4000)
        for _ in range(3):
            await asyncio.sleep(LOOK_EVERY_S)
            tally = await Collector(desks.control.dialer, archive_of(desks)).look()
            assert (tally.kept, tally.unknown) == (0, 1)
        assert strangers <= {path.name for path in spool.iterdir()}
        desks.hang_up(call.id)
        await kept(desks, 2)


@on_virtual_time
async def test_the_daemon_deletes_by_itself_what_is_past_its_time(tmp_path: Path, place: Place) -> None:
    house = {**place.house, "sweep_every_s": 60}
    async with recording(tmp_path, house=house, retention={"days": 2}) as desks:
        await talk(desks)
        await kept(desks)
        await asyncio.sleep(130)
        assert len(place.paths()) == 1
        begun_long_ago(tmp_path)
        (one,) = await kept(desks)
        past = {one.recording.recording_id: one.recording.started_at}
        await storage.recording_end.set_due(desks.control.dialer.db, past)
        await desks.until(lambda: not place.paths(), within_s=600)
        proofs = await storage.audit.page(desks.control.dialer.db, actor="retention")
        assert [proof.action for proof in proofs] == ["recordings.delete"]


@on_virtual_time
async def test_only_the_wanted_share_of_conversations_is_recorded(tmp_path: Path) -> None:
    async with recording(tmp_path, house={"store": str(tmp_path / "kept")}, share="0 %") as desks:
        call = await desks.talking("a0")
        assert not call.tape_on
        await desks.control.record("a0", "start")  # by hand it may be recorded all the same
        await asyncio.sleep(10)
        desks.hang_up(call.id)
        ((listed,)) = await kept(desks)
        assert listed.recording.length_s < 12


@on_virtual_time
async def test_a_conversation_that_was_passed_on_is_found_under_both_agents(tmp_path: Path) -> None:
    async with recording(tmp_path) as desks:
        call = await desks.talking("a0")
        await desks.control.ready("a1", skip_interval=True)
        await desks.until_state("a1", "ready")
        await desks.control.transfer("a0", to_agent="a1")
        await desks.until_state("a1", "talking")
        await asyncio.sleep(10)
        desks.hang_up(call.id)
        ((listed,)) = await kept(desks)
        assert listed.recording.agent == "a1"
        db = desks.control.dialer.db
        for agent, hears in (("a0", True), ("a1", True), ("a2", False)):
            found = await storage.recordings.page(db, storage.recordings.Wanted(agent=agent))
            assert bool(found) is hears
            assert await storage.recordings.took_part(db, listed.recording, agent) is hears
