"""TLS to a real Asterisk: the sample's four lines work, and whatever is not who it should be is not talked to."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import ami
from ami.client import Connection
from dialer.lab.lab import Lab, conf_dir
from dialer.ops import doctor
from dialer.ops.findings import Level
from tests.parts.certificates import Authority, Certificate

pytestmark = pytest.mark.asterisk


def with_tls(lab: Lab, port: int) -> str:
    """The operator's manager.conf with the comments taken off the four lines."""
    text = (conf_dir() / "manager.conf").read_text()
    for name, value in (
        ("tlsenable", "yes"),
        ("tlsbindaddr", f"127.0.0.1:{port}"),
        ("tlscertfile", f"{lab.pbx.home}/etc/manager.crt"),
        ("tlsprivatekey", f"{lab.pbx.home}/etc/manager.key"),
    ):
        line = next(one for one in text.splitlines() if one.startswith(f";{name} ="))
        text = text.replace(line, f"{name} = {value}")
    return text


def show(lab: Lab, certificate: Certificate) -> None:
    """What Asterisk shows from its next start on."""
    etc = lab.pbx.outside / "etc"
    etc.mkdir(parents=True, exist_ok=True)
    shutil.copy(certificate.chain, etc / "manager.crt")
    shutil.copy(certificate.key, etc / "manager.key")
    lab.pbx.own()


async def refused(address: ami.NodeAddress) -> str:
    line = Connection(address, lambda *_: None, clock=time.time)
    try:
        with pytest.raises(ami.ConnectFailed) as error:
            await line.open(connect_timeout_s=10, boot_timeout_s=10)
    finally:
        await line.close()
    return str(error.value)


async def test_only_the_right_certificate_is_talked_to(make_lab: Callable[..., Lab], tmp_path: Path) -> None:
    ours, others = Authority(tmp_path), Authority(tmp_path, "others")
    samples: dict[str, str] = {}
    lab = make_lab(samples=samples)
    port = lab.node.port + 7
    lab._samples["manager.conf"] = with_tls(lab, port)
    show(lab, ours.signs("localhost"))
    await lab.start()
    node = lab.node
    address = ami.NodeAddress(
        "pbx", "localhost", port, node.username, node.secret, tls=True, tls_ca_file=str(ours.file)
    )

    found = await doctor.examine({address: doctor.Wanted(("carrier",))}, clock=time.time)
    assert [one for one in found if one.level is not Level.OK] == []
    assert "over TLS" in found[0].said

    assert "set tls_ca_file" in await refused(replace(address, tls_ca_file=str(others.file)))
    assert "for another address" in await refused(replace(address, host="127.0.0.1"))
    assert "does not speak it" in await refused(replace(address, port=node.port))
    for certificate, remedy in (
        (others.signs("localhost"), "set tls_ca_file"),
        (ours.signs("pbx.example.com"), "for another name"),
        (ours.signs("localhost", expired=True), "has expired"),
    ):
        lab.pbx.kill()
        show(lab, certificate)
        await lab.pbx.start()
        assert remedy in await refused(address)
    (finding,) = await doctor.examine({address: doctor.Wanted()}, clock=time.time)
    assert (finding.check, finding.level) == ("line", Level.FAIL)
    assert "renew Asterisk's certificate" in finding.said
