"""What is shipped to run the daemon with fits together, and fits the daemon."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import config
from tests.parts.ports import free_port

DEPLOY = Path(__file__).parents[3] / "deploy"
UNIT = DEPLOY / "systemd" / "dialer.service"
COMPOSE: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose.yaml")
SERVICES: dict[str, Any] = COMPOSE["services"]
SECRETS = {"DIALER_AMI_SECRET": "x", "DIALER_DATABASE": "postgresql://cadence:x@postgres/cadence"}


def analyzer() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        assert os.environ.get("CI") != "true", "needs systemd-analyze (Debian package systemd)"
        pytest.skip("needs systemd-analyze (Debian package systemd)")
    return found


def installed_unit(folder: Path) -> Path:
    """The unit with a program that exists here; everything else as shipped."""
    unit = folder / "dialer.service"
    text = UNIT.read_text().replace("/opt/cadence/bin/dialer", f"{sys.executable} -m dialer")
    unit.write_text(text.replace("User=dialer\nGroup=dialer", "User=daemon\nGroup=daemon"))
    return unit


def analyzed(*arguments: str) -> str:
    done = subprocess.run(
        [analyzer(), *arguments], capture_output=True, text=True, timeout=60, check=False, env={**os.environ}
    )
    return f"{done.returncode}\n{done.stdout}{done.stderr}"


def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    said = analyzed("verify", "--man=no", "--recursive-errors=no", str(installed_unit(tmp_path)))
    assert "dialer.service" not in said.partition("\n")[2], said


def test_the_unit_is_hardened(tmp_path: Path) -> None:
    said = analyzed(
        "security", "--offline=yes", "--threshold=15", "--no-pager", str(installed_unit(tmp_path))
    )
    assert said.startswith("0\n"), said


def test_the_unit_leaves_a_hand_over_its_time_and_feeds_the_watchdog() -> None:
    from dialer.app import HAND_OVER_TIMEOUT_S

    unit = UNIT.read_text()
    stop = re.search(r"^TimeoutStopSec=(\d+)min$", unit, re.M)
    assert stop is not None
    assert int(stop[1]) * 60 > HAND_OVER_TIMEOUT_S
    assert "Type=notify" in unit
    assert re.search(r"^WatchdogSec=\d+$", unit, re.M)


def test_the_container_may_do_nothing_but_its_work() -> None:
    service = SERVICES["dialer"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "network_mode", "user"} & service.keys()
    assert all(mount.endswith(":ro") or not mount.startswith(".") for mount in service["volumes"])
    image = (DEPLOY / "docker" / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    user = re.search(r"^USER (\S+)$", image, re.M)
    assert user is not None
    assert user[1] not in ("root", "0")
    assert "useradd --uid 10001 --gid 10001" in image
    assert "chown" not in image  # what it runs belongs to root, so it cannot change itself


def test_what_the_unit_keeps_is_its_own() -> None:
    unit = UNIT.read_text()
    assert re.search(r"^UMask=0077$", unit, re.M)
    assert re.search(r"^StateDirectoryMode=0700$", unit, re.M)
    assert re.search(r"^CapabilityBoundingSet=$", unit, re.M)
    command = re.search(r"^ExecStart=(.*)$", unit, re.M)
    assert command is not None
    assert not re.search(r"secret|password|token|://", command[1])  # every process may read it


def test_every_file_compose_mounts_is_there_and_every_volume_declared() -> None:
    for name, service in SERVICES.items():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists(), (name, source)
            else:
                assert source in COMPOSE["volumes"], (name, source)
        for other in service.get("depends_on", ()):
            assert other in SERVICES, (name, other)


def test_every_service_listens_on_loopback_only() -> None:
    for name, service in SERVICES.items():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), (name, port)


def test_every_variable_compose_wants_is_in_the_example() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    offered = set(re.findall(r"^(\w+)=", (DEPLOY / "docker" / "environment.example").read_text(), re.M))
    assert wanted == offered


def test_the_build_of_compose_leads_to_the_dockerfile_and_its_scripts() -> None:
    build = SERVICES["dialer"]["build"]
    root = (DEPLOY / build["context"]).resolve()
    text = (root / build["dockerfile"]).read_text()
    script = re.search(r"^RUN (deploy/\S+) (\S+)$", text, re.M)
    assert script is not None
    assert os.access(root / script[1], os.X_OK)
    assert f"COPY --from=build {script[2]} {script[2]}" in text
    assert f"PATH={script[2]}/bin:" in text


def test_the_configuration_of_compose_is_good_and_names_the_services() -> None:
    settings = config.load(DEPLOY / "docker" / "dialer.yaml", environment=SECRETS)
    assert settings.campaigns
    assert settings.mqtt is not None
    assert settings.mqtt.host in SERVICES
    assert settings.metrics is not None
    assert settings.web is not None
    assert SERVICES["dialer"]["ports"] == [f"127.0.0.1:{settings.web.port}:{settings.web.port}"]
    assert SECRETS.keys() <= SERVICES["dialer"]["environment"].keys()
    volumes = [mount for mount in SERVICES["dialer"]["volumes"] if mount.endswith(str(settings.data_dir))]
    assert volumes == [f"dialer:{settings.data_dir}"]
    jobs = YAML(typ="safe").load(DEPLOY / "prometheus" / "prometheus.yml")["scrape_configs"]
    assert jobs[0]["static_configs"][0]["targets"] == [f"dialer:{settings.metrics.port}"]


def test_grafana_finds_its_source_and_its_dashboards() -> None:
    provisioned = DEPLOY / "grafana" / "provisioning"
    source = YAML(typ="safe").load(provisioned / "datasources" / "prometheus.yml")["datasources"][0]
    assert source["url"].removeprefix("http://").split(":")[0] in SERVICES
    provider = YAML(typ="safe").load(provisioned / "dashboards" / "dialer.yml")["providers"][0]
    mounts = [mount.split(":") for mount in SERVICES["grafana"]["volumes"]]
    (folder,) = [source for source, target, *_ in mounts if target == provider["options"]["path"]]
    assert (DEPLOY / folder / "dialer.json").is_file()


def test_mosquitto_starts_with_the_shipped_settings(tmp_path: Path) -> None:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        assert os.environ.get("CI") != "true", "needs Mosquitto (Debian package mosquitto)"
        pytest.skip("needs Mosquitto (Debian package mosquitto)")
    port = free_port()
    shipped = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
    file = tmp_path / "mosquitto.conf"
    file.write_text(shipped.replace("listener 1883", f"listener {port} 127.0.0.1") + "user root\n")
    with subprocess.Popen([program, "-c", str(file)], stderr=subprocess.PIPE, text=True) as broker:
        try:
            while broker.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
            assert broker.poll() is None
        finally:
            broker.kill()
        _, said = broker.communicate(timeout=30)
        assert "Error" not in said
