"""What is fuzzed: each target takes any bytes and raises only where the program under it breaks its word.

The long runs (`make fuzz`) and the replay of the corpus in CI call the same functions.
"""

from __future__ import annotations

import asyncio
import atexit
import gzip
import json
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

import config
from ami import errors as ami_errors
from ami import events
from ami.wire import Decoder, Message, encode_action
from dialer.compliance import numbers
from dialer.leads import LeadFileError
from dialer.leads.convert import Converted, Converter
from dialer.leads.detect import examine
from dialer.leads.rules import rules_of
from dialer.leads.sheet import Reader
from dialer.leads.source import Source
from dialer.mqtt import verbs
from dialer.mqtt.desk import Desk
from dialer.replay import BadRecording, Player, bundle, opened, world
from storage import segments
from tests.parts.campaigns import ALWAYS, campaign
from tests.parts.workbook import write_sheet

SECRET = "canary-secret-4711"


class Broken(AssertionError):
    """A promise was not kept, though nothing was raised."""


def codec(data: bytes) -> None:
    """The manager protocol: the same messages however the bytes are split, and events or nothing of each."""
    if not data:
        return
    step, stream = data[0] + 1, data[1:]
    whole = _messages(Decoder(), [stream])
    if whole != _messages(Decoder(), [stream[at : at + step] for at in range(0, len(stream), step)]):
        raise Broken("a stream read in parts gives other messages")
    for message in [*(whole or ()), *(_messages(Decoder(banner=False), [stream]) or ())]:
        events.parse(message, "pbx", 1.0)
        events.live_channel(message)
        events.flags((name, value) for name, value in message.headers)
        try:
            sent = encode_action((("Action", "Ping"), *message.headers))
        except ami_errors.Unsendable:
            continue
        (back,) = Decoder(banner=False).feed(sent)
        if len(back.headers) != 1 + len(message.headers):
            raise Broken("a value became structure")


def _messages(decoder: Decoder, parts: list[bytes]) -> list[Message] | None:
    """What was read before the stream could no longer be trusted, or None for a stream that is refused."""
    found: list[Message] = []
    try:
        for part in parts:
            found += decoder.feed(part)
    except ami_errors.WireError:
        return None
    return found


def importer(data: bytes) -> None:
    """A list of leads, as CSV or as the sheet of a workbook: each row a lead or a reason, the file read or refused."""
    if not data:
        return
    chosen = _campaigns()[data[0] % 3]
    try:
        source = _workbook(data[1:], chosen[0]) if data[0] & 128 else _csv(data[1:600], chosen[0])
    except LeadFileError:
        return
    try:
        converter = Converter(source.columns, chosen[1], chosen[0].default_region)
        while rows := source.batch(100):
            for row in rows:
                made = converter.convert(row)
                if isinstance(made, Converted):
                    _check_lead(made)
    finally:
        source.close()


def _csv(data: bytes, of: config.Campaign) -> Source:
    path = _folder() / "people.csv"
    path.write_bytes(data)
    return Source.open(path, of)


def _workbook(data: bytes, of: config.Campaign) -> Source:
    """The sheet as the program that reads workbooks has it; only a sheet that ends that program has a new one."""
    path = _folder() / "people.xlsx"
    write_sheet(path, data)
    return Source.of_workbook(path, examine(path), of, iter(list(_reader().rows(path))))


def _check_lead(made: Converted) -> None:
    msgspec.json.encode(made.lead.data)
    for text in (made.lead.name, made.lead.external_id or "", *made.lead.data.values()):
        text.encode()  # half a character would not go into a database
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
            raise Broken("a control character reached a lead")
    if not all(re.fullmatch(r"\+[0-9]{6,15}", one.e164) for one in made.lead.numbers):
        raise Broken("a lead with a number that is none")


def configuration(data: bytes) -> None:
    """A configuration: settings, or mistakes that show no secret."""
    text = data.decode(errors="replace")
    try:
        config.parse(text, folder=_folder(), environment={"S": SECRET})
    except config.ConfigErrors as error:
        if SECRET in str(error) and SECRET not in text:
            raise Broken("a secret is shown in a mistake") from error


def mqtt(data: bytes) -> None:
    """A request by message: one answer for each, valid JSON under the caller's own transaction."""
    if len(data) > 1:
        _loop().run_until_complete(_asked(data[0], retained=bool(data[1] & 1), payload=data[2:]))


async def _asked(which: int, *, retained: bool, payload: bytes) -> None:
    answers: list[dict[str, Any]] = []
    served = _verbs()
    desk = Desk(served, lambda _verb, said: answers.append(json.loads(said)), max_bytes=4096)
    verb = [*served, "no_such_verb"][which % (len(served) + 1)]
    try:
        desk.take(verb, payload, retained=retained)
        for _ in range(5):
            await asyncio.sleep(0)
    finally:
        await desk.close()
    if [one["status"] in ("ok", "error") for one in answers] != [True]:
        raise Broken(f"{len(answers)} answers to one request")


def journal(data: bytes) -> None:
    """A recording from somebody else, as a journal or a bug report: played, or refused as none."""
    if not data:
        return
    path = _recording(data[0], data[1:].split(b"\n"))
    try:
        recording = opened(path)
        records = list(recording.records())
        world.world_of(records, None)
    except BadRecording:
        records = []
        try:
            records = list(opened(path).records())
        except BadRecording:
            return
    player = Player()
    try:
        named = bundle.Pseudonyms(records)
        for seq, record in records:
            msgspec.json.encode(named.record(record))
            if player.take(seq, record) is not None:
                return
    except BadRecording:
        return


def _recording(kind: int, lines: list[bytes]) -> Path:
    """A journal whose check sums are right, so that the fuzzer gets past them; one as it lies; a bug report."""
    if kind % 4 == 0:
        path = _folder() / "raw.journal"
        path.write_bytes(b"\n".join(lines))
    elif kind % 4 == 1:
        path = _folder() / "report.cadence"
        about = msgspec.json.encode({"kind": bundle.KIND})
        path.write_bytes(gzip.compress(b"\n".join([about, *lines]), 1))
    else:
        path = _folder() / "good.journal"
        path.write_bytes(b"".join(segments.encode(seq, line) for seq, line in enumerate(lines, 1)))
    return path


def number(data: bytes) -> None:
    """A phone number as somebody wrote it: understood in one form, or refused with a reason."""
    if not data:
        return
    region = (None, "GB", "US", "DE", "IT", "CN", "BR", "AU")[data[0] % 8]
    read = numbers.read(data[1:].decode(errors="surrogateescape"), region)
    if isinstance(read, numbers.BadNumber):
        return
    again = numbers.read_e164(read.e164)
    if isinstance(again, numbers.BadNumber) or again.e164 != read.e164:
        raise Broken(f"{read.e164} is not read back")
    if read.e164[5:-3] and read.e164 in numbers.mask(read.e164):
        raise Broken("a mask that hides nothing")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "codec": codec,
    "importer": importer,
    "config": configuration,
    "mqtt": mqtt,
    "journal": journal,
    "number": number,
}


@cache
def _folder() -> Path:
    """Where files go; in memory where the machine has such a place. It is one folder of a few small files."""
    memory = Path("/dev/shm")
    made = tempfile.TemporaryDirectory(prefix="cadence-fuzz-", dir=memory if memory.is_dir() else None)
    _kept.append(made)
    return Path(made.name)


@cache
def _campaigns() -> tuple[Any, ...]:
    found = (
        campaign(windows=ALWAYS, leads={"encoding": "utf-8"}),
        campaign(windows=ALWAYS),
        campaign(
            windows=ALWAYS, countries=["DE", "GB"], leads={"encoding": "cp1252", "default_region": "DE"}
        ),
    )
    return tuple((one, rules_of(one)) for one in found)


@cache
def _verbs() -> dict[str, verbs.Verb]:
    """Every verb served, granted by nobody: its request comes back."""

    async def grant(**given: Any) -> Any:
        return given

    return {
        name: verbs.Verb(name, kind, "", msgspec.json.Decoder(kind).decode, grant)
        for name, kind in verbs.request_types().items()
    }


@cache
def _reader() -> Reader:
    made = Reader()
    atexit.register(made.close)
    return made


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


_kept: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends."""
