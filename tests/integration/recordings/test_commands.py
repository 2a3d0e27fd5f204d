"""`dialer recordings` beside a daemon that is not running: what is there, whether it stands, and out with it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import soundfile
from typer.testing import CliRunner

from ami.fake import virtual
from dialer.cli.main import app
from tests.parts.desks import person
from tests.parts.stores import Place
from tests.parts.tapes import begun_long_ago, kept, raws, recording, talk

AT_ONCE = {"WIDTH": "200"}


def dialer(folder: Path, *words: str, status: int = 0) -> Any:
    """The command's answer, read as JSON where it succeeds."""
    config = ("--config", str(folder / "dialer.yaml"), "--json")
    done = CliRunner().invoke(app, ["recordings", *words, *config], env=AT_ONCE)
    assert done.exit_code == status, done.output
    return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.output


def two_calls(folder: Path, place: Place, **campaign: Any) -> None:
    """A daemon's day: two conversations recorded and sealed."""
    (folder / "key").write_bytes(base64.b64encode(b"1" * 32))
    house = {**place.house, "keys": {"k1": str(folder / "key")}, "key": "k1"}

    async def day() -> None:
        async with recording(folder, (person(1), person(2)), house=house, **campaign) as desks:
            await talk(desks)
            await talk(desks, "a1", 30)
            await kept(desks, 2)
            await desks.until(lambda: not raws(folder), within_s=600)

    virtual.run(day())


def test_recordings_are_listed_shown_exported_and_verified(tmp_path: Path, place: Place) -> None:
    two_calls(tmp_path, place, retention={"days": 30})
    late, early = dialer(tmp_path, "list", "--campaign", "lab")
    assert (late["agent"], early["agent"], early["disposition"]) == ("a1", "a0", "none")
    assert dialer(tmp_path, "list", "--agent", "a1") == [late]
    assert dialer(tmp_path, "list", "--since", "2999-01-01") == []
    number = str(early["id"])
    assert dialer(tmp_path, "show", number) == early

    sound = tmp_path / "call.flac"
    done = dialer(tmp_path, "export", number, str(sound))
    assert (done["bytes"], done["checksum"]) == (early["bytes"], early["checksum"])
    assert soundfile.info(str(sound)).duration == early["length_s"]
    assert sound.stat().st_mode & 0o777 == 0o600
    assert "name another file" in dialer(tmp_path, "export", number, str(sound), status=1)
    assert "no recording 99" in dialer(tmp_path, "show", "99", status=1)

    assert dialer(tmp_path, "verify") == {"good": 2, "wrong": {}}
    first, second = place.paths()
    place.write(first, place.read(first)[:-1] + b"?")
    place.lose(second)
    wrong = dialer(tmp_path, "verify", status=1)["wrong"]
    assert len(wrong) == 2
    assert all("backup" in why for why in wrong.values())

    (tmp_path / "key").write_bytes(base64.b64encode(b"2" * 32))
    assert any("not the one" in why for why in dialer(tmp_path, "verify", status=1)["wrong"].values())


def test_a_sweep_deletes_what_is_due_but_not_what_is_held(tmp_path: Path, place: Place) -> None:
    two_calls(tmp_path, place, retention={"days": 30})
    late, early = dialer(tmp_path, "list")
    begun_long_ago(tmp_path)
    lead = str(early["lead"])
    dialer(tmp_path, "hold", "lead", lead, "--reason", "court file 12/26")
    (held,) = dialer(tmp_path, "holds")
    assert (held["kind"], held["target"], held["reason"]) == ("lead", lead, "court file 12/26")
    assert "no recording 99" in dialer(tmp_path, "hold", "recording", "99", "--reason", "x", status=1)

    swept = dialer(tmp_path, "sweep", "--dry-run")
    assert (swept["deleted"], swept["held"]) == ([late["name"]], [early["name"]])
    assert len(place.paths()) == 2
    assert dialer(tmp_path, "sweep")["deleted"] == [late["name"]]
    assert [Path(path).name for path in place.paths()] == [f"{early['name']}.flac.sealed"]
    assert [one["id"] for one in dialer(tmp_path, "list", "--deleted")] == [late["id"]]
    assert "was deleted" in dialer(tmp_path, "export", str(late["id"]), str(tmp_path / "x"), status=1)

    assert dialer(tmp_path, "release", "lead", lead)["was_held"]
    assert dialer(tmp_path, "sweep")["deleted"] == [early["name"]]
    assert place.paths() == []
