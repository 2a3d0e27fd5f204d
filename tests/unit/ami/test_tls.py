"""TLS to a manager port: only a certificate we can check is talked to, and never a plain line instead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ami import tls
from ami.address import NodeAddress
from ami.client import Connection
from ami.errors import ConnectFailed
from tests.parts.certificates import Authority
from tests.parts.manager_peer import SECRET, manager_peer


async def opened(address: NodeAddress, timeout_s: float = 20) -> None:
    line = Connection(address, lambda *_: None, clock=lambda: 1.0)
    try:
        await line.open(connect_timeout_s=timeout_s, boot_timeout_s=20)
    finally:
        await line.close()


def at(address: NodeAddress, **changes: object) -> NodeAddress:
    return replace(address, **{"host": "localhost", "secret": SECRET, "tls": True, **changes})  # type: ignore[arg-type]


async def test_a_line_whose_certificate_is_good_is_used(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    async with manager_peer(tls=ours.signs("localhost", "127.0.0.1").server()) as peer:
        for host in ("localhost", "127.0.0.1"):
            await opened(at(peer.address, host=host, tls_ca_file=str(ours.file)))


async def test_each_bad_certificate_is_refused_with_its_own_remedy_and_nothing_is_said_to_its_owner(
    tmp_path: Path,
) -> None:
    ours, others = Authority(tmp_path), Authority(tmp_path, "others")
    for certificate, remedy in (
        (others.signs("localhost"), "set tls_ca_file"),
        (ours.signs("pbx.example.com"), "write in `host` a name that is in the certificate"),
        (ours.signs("localhost", expired=True), "renew Asterisk's certificate"),
    ):
        async with manager_peer(tls=certificate.server()) as peer:
            with pytest.raises(ConnectFailed) as refused:
                await opened(at(peer.address, tls_ca_file=str(ours.file)))
            assert remedy in str(refused.value)
            assert peer.actions == []
            await opened(at(peer.address, tls_verify=False))  # asked for by name, and only then


async def test_an_address_that_is_not_in_the_certificate_is_refused(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    async with manager_peer(tls=ours.signs("localhost").server()) as peer:
        with pytest.raises(ConnectFailed, match="for another address"):
            await opened(at(peer.address, host="127.0.0.1", tls_ca_file=str(ours.file)))


async def test_a_plain_port_is_never_spoken_to_in_the_clear_where_tls_is_wanted(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    async with manager_peer() as peer:
        with pytest.raises(ConnectFailed, match=r"does not speak it .* see that tlsenable = yes"):
            await opened(at(peer.address, tls_ca_file=str(ours.file)))
        with pytest.raises(ConnectFailed):
            await opened(at(peer.address, tls_verify=False))
        assert peer.actions == []


async def test_a_plain_line_to_a_tls_port_is_told_what_to_set(tmp_path: Path) -> None:
    async with manager_peer(tls=Authority(tmp_path).signs("localhost").server()) as peer:
        with pytest.raises(ConnectFailed, match="set tls: true"):
            await opened(at(peer.address, tls=False), 0.3)


async def test_an_authority_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConnectFailed, match=r"/no/such\.pem: No such file"):
        await opened(NodeAddress("peer", "localhost", 1, tls=True, tls_ca_file="/no/such.pem"))
    (tmp_path / "empty.pem").touch()
    with pytest.raises(ConnectFailed, match=r"empty\.pem: "):
        await opened(NodeAddress("peer", "localhost", 1, tls=True, tls_ca_file=str(tmp_path / "empty.pem")))


def test_a_name_that_only_begins_like_this_machine_is_another() -> None:
    assert all(map(tls.is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost")))
    others = ("127.evil.example", "localhost.evil.example", "10.0.0.1", "::2", "0.0.0.0", "")
    assert not any(map(tls.is_loopback, others))
