"""TLS to a real PostgreSQL: what the address asks for is held to, or the database is not spoken to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import storage
from tests.parts import postgres
from tests.parts.certificates import Authority

pytestmark = pytest.mark.postgres


async def encrypted(url: str) -> bool:
    """Whether the line of this address is."""
    db = await storage.Database.open(url)
    try:
        async with db.read() as connection:
            found = await connection.exec_driver_sql(
                "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            )
            return bool(found.scalar())
    finally:
        await db.close()


@pytest.mark.usefixtures("postgres_server")  # skips where there is none
async def test_the_address_decides_whom_we_believe(tmp_path: Path) -> None:
    ours, others = Authority(tmp_path), Authority(tmp_path, "others")
    shown = ours.signs("localhost")
    with postgres.running() as server:
        data = server.folder / "data"
        for path, name in ((shown.chain, "server.crt"), (shown.key, "server.key")):
            shutil.copy(path, data / name)
            shutil.chown(data / name, data.owner(), data.group())
            (data / name).chmod(0o600)
        server.sql("ALTER SYSTEM SET ssl = on")
        server.run("pg_ctl", "-D", str(data), "-w", "-l", str(server.folder / "log"), "restart")
        plain = server.url("postgres")
        named = plain.replace("127.0.0.1", "localhost")
        assert await encrypted(f"{named}?sslmode=verify-full&sslrootcert={ours.file}")
        assert await encrypted(f"{plain}?sslmode=verify-ca&sslrootcert={ours.file}")
        assert await encrypted(f"{plain}?sslmode=require")
        assert not await encrypted(f"{plain}?sslmode=disable")
        for bad in (
            f"{plain}?sslmode=verify-full&sslrootcert={ours.file}",  # the certificate names localhost only
            f"{named}?sslmode=verify-full&sslrootcert={others.file}",
            f"{named}?sslmode=verify-full",
        ):
            with pytest.raises(storage.StorageError, match="certificate"):
                await storage.Database.open(bad)
        server.sql("ALTER SYSTEM SET ssl = off")
        server.run("pg_ctl", "-D", str(data), "-w", "-l", str(server.folder / "log"), "restart")
        with pytest.raises(storage.StorageError, match="SSL"):
            await storage.Database.open(f"{named}?sslmode=verify-full&sslrootcert={ours.file}")


@pytest.mark.parametrize(
    ("words", "said"), [("sslmode=verify", "sslmode is one of"), ("sslrootcert=/no/such.pem", "No such file")]
)
async def test_words_that_mean_nothing_are_told(words: str, said: str) -> None:
    with pytest.raises(storage.BadUrl, match=said):
        await storage.Database.open(f"postgresql://u@localhost/x?{words}")
