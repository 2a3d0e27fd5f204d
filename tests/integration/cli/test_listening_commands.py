"""`dialer agent listen` as an administrator meets it, on a running daemon."""

from __future__ import annotations

import json
from pathlib import Path

import config
from ami.fake import FakeAsterisk
from tests.integration.cli.test_commands import dialer, document, written
from tests.lab.patience import until
from tests.parts.daemons import Daemon


async def test_a_supervisor_is_put_on_the_line_by_command(tmp_path: Path) -> None:
    async with FakeAsterisk() as asterisk:
        file = written(tmp_path, document(asterisk.port))
        daemon = Daemon(config.load(file), file)
        try:
            await daemon.start()
            await daemon.ask("add_user", user="eva", password="a long enough password", role="supervisor")
            await daemon.ask("add_agent", agent="ann", endpoint="PJSIP/101", campaign="spring")
            await daemon.ask("log_in", agent="ann")

            async def in_state(state: str) -> bool:
                (row,) = await daemon.ask("agents")
                return bool(row["state"] == state)

            async def listening() -> bool:
                return [one["state"] for one in await daemon.ask("listeners")] == ["on"]

            await until(lambda: in_state("away"))
            here = ("-c", file)
            status, said = await dialer("agent", "listen", "ann", "--as", "eva", *here, cwd=tmp_path)
            assert (status, "has no phone" in said) == (1, True)
            status, said = await dialer("user", "phone", "eva", "PJSIP/1@carrier", *here, cwd=tmp_path)
            assert (status, "rings over a trunk" in said) == (1, True)
            status, said = await dialer("user", "phone", "eva", "PJSIP/901", *here, cwd=tmp_path)
            assert (status, "listens on PJSIP/901" in said) == (0, True)
            status, said = await dialer("agent", "listen", "ann", "--as", "eva", *here, cwd=tmp_path)
            assert (status, said.strip()) == (0, "eva listens to ann: the phone rings")
            await until(listening)
            asked = ("agent", "listen", "ann", "--as", "eva", "--mode", "whisper", "--json")
            status, said = await dialer(*asked, *here, cwd=tmp_path)
            assert (status, json.loads(said)["mode"]) == (0, "whisper")
            status, said = await dialer("agent", "listeners", *here, cwd=tmp_path)
            assert (status, all(word in said for word in ("eva", "ann", "whisper"))) == (0, True)
            status, said = await dialer("agent", "listen", "--as", "eva", "--stop", *here, cwd=tmp_path)
            assert (status, said.strip()) == (0, "eva: stopped")
            status, said = await dialer("agent", "listen", "--as", "eva", *here, cwd=tmp_path)
            assert (status, "say to whom" in said) == (1, True)
            assert await daemon.terminate() == 0
        finally:
            daemon.close()
