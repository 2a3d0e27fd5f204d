"""A shift with planted secrets and people, and every fault on the way, in a process of its own: what does it say?

Run as `python -m tests.parts.canary_shift FOLDER`: what others may read of it is in FOLDER/said and on the standard
streams; its journal and bug report are in FOLDER.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ami
import config
import storage
from ami.fake import FakeAsterisk, ManagerUser
from dialer.cli import logs
from dialer.lab.people import Kind, Person
from dialer.ops import doctor
from dialer.replay import bundle, source
from tests.parts import websites
from tests.parts.virtual_time import eventually, on_virtual_time

SECRETS = {
    "manager": "canary-manager-1f2e",
    "database": "canary-database-3d4c",
    "broker": "canary-broker-5b6a",
    "webhook": "canary-webhook-" + "7" * 40,
    "password": "canary password 7988",
    "wrong": "canary wrong 9a8b password",
    "token": "cad_canary-token-aaaa-bbbb-cccc",
}
NAME = "Canaria Zebedee"
PEOPLE = tuple(
    Person(kind, n, ring_s=2.0, talk_s=5.0) for n, kind in enumerate([Kind.HUMAN] * 4 + [Kind.BUSY])
)
EVERYWHERE = (
    "/", "/login", "/agent", "/livez", "/readyz", "/metrics", "/static/lib/api.js", "/no/such",
    "/static/%2e%2e/server.py", "/static/..%2fserver.py", "/static//etc/passwd", "/static/lib/%2e%2e/%2e%2e/server.py",
)  # fmt: skip


class Told:
    """What is gathered for the one who looks for canaries."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()

    def keep(self, name: str, text: object) -> None:
        """One thing that was said."""
        with (self._folder / name).open("a") as file:
            file.write(f"{text}\n")


@on_virtual_time
async def play(folder: Path) -> None:
    """The shift, and all that goes wrong in it."""
    told = Told(folder / "said")
    hook = {"url": "http://127.0.0.1:9/hook", "secret": SECRETS["webhook"]}
    house: Mapping[str, Any] = {
        "mqtt": {"host": "127.0.0.1", "port": 1, "username": "canary", "password": SECRETS["broker"]},
        "webhooks": {"crm": hook},
        "metrics": {"port": 0},
        "log": {"level": "debug"},
    }
    async with websites.website(folder, people=PEOPLE, robots=True, house=house) as site:
        control = site.control
        for person in PEOPLE:
            lead = (await storage.leads.by_number(control.dialer.db, f"+{person.number.lstrip('+')}"))[0]
            await control.change_lead(lead.lead_id, {"name": NAME, "data": {"iban": NAME}})
        told.keep("settings", repr(control.dialer.settings))
        told.keep("settings", json.dumps(control.dialer.settings.public(), default=str))
        await sign_in_and_look_round(site, told)
        await eventually(lambda: len(site.asterisk.calls) >= len(PEOPLE))
        await fail(site, told)
        for shown in ("cmdline", "environ"):  # where other programs on the machine may look
            told.keep("process", Path(f"/proc/self/{shown}").read_bytes().replace(b"\0", b" ").decode())
    recording = source.opened(folder / "data")
    bundle.write(recording.records, folder / "report.cadence", program="canary")


async def sign_in_and_look_round(site: websites.Site, told: Told) -> None:
    """Whoever asks: nobody, somebody with wrong words, and an agent whose desk is not the person's."""
    from tests.integration.web.test_who_may import _filled, every_route

    stranger = site.stranger()
    forged = site.stranger(Authorization=f"Bearer {SECRETS['token']}")
    wrong = {"user": "admin", "password": SECRETS["wrong"]}
    told.keep("refused", (await stranger.ask("POST", "/session", wrong)).text)
    told.keep(
        "refused", (await stranger.ask("POST", "/session", {"user": "admin", "pass": SECRETS["wrong"]})).text
    )
    told.keep("refused", (await stranger.ask("POST", f"/session?password={SECRETS['wrong']}", [])).text)
    agent = await site.sign_in("agent", SECRETS["password"])
    for who, client in (("nobody", stranger), ("forged", forged), ("agent", agent)):
        for path in EVERYWHERE:
            answer = await client.http.get(site.address + path)
            told.keep(who, f"{path} {answer.status_code} {answer.headers} {answer.text}")
        for method, path, _ in every_route():
            if method == "GET" and not path.endswith("/events"):
                answer = await client.ask("GET", _filled(path), params={"campaign": "lab"})
                told.keep(who, f"{path} {answer.status_code} {answer.headers} {answer.text}")
    admin = await site.sign_in("admin", SECRETS["password"])
    made = {"user": "bob", "password": SECRETS["password"], "role": "agent"}
    told.keep("changes", (await admin.ask("POST", "/users", made)).text)
    told.keep("changes", (await admin.ask("PATCH", "/users/bob", {"password": SECRETS["wrong"]})).text)
    for path in ("/users", "/tokens", "/audit", "/openapi.json"):
        told.keep("admin", (await admin.ask("GET", path)).text)


async def fail(site: websites.Site, told: Told) -> None:
    """A bug with a number in its mouth, a wrong password everywhere, a database and a broker that are not there."""
    control = site.control

    async def bug(*_: Any) -> Any:
        raise RuntimeError(f"lost +{PEOPLE[0].number.lstrip('+')} somewhere")

    admin = await site.sign_in("admin", SECRETS["password"])
    control.lead = bug  # type: ignore[method-assign,assignment]
    answer = await admin.ask("GET", "/leads/1")
    told.keep("bug", f"{answer.status_code} {answer.text}")
    assert answer.status_code == 500
    del control.lead
    address = ami.NodeAddress("pbx", "127.0.0.1", site.asterisk.node.port, "dialer", SECRETS["wrong"])
    url = f"postgresql://canary:{SECRETS['database']}@127.0.0.1:9/canary"
    told.keep("doctor", address)
    told.keep("doctor", await doctor.examine({address: doctor.Wanted()}, clock=time.time))
    told.keep("doctor", await doctor.examine_database(url))
    for bad in (url, url.replace("postgresql", "mysql"), f"{url}?sslmode={SECRETS['wrong']}"):
        try:
            await storage.Database.open(bad)
        except storage.StorageError as error:
            told.keep("database", f"{error!r} {error}")
    broken = json.dumps(
        {"database": url + " ", "nodes": {"pbx": {"secret": SECRETS["manager"], "prot": 1}}, "x": "\t"}
    )
    for text in (broken, broken.replace("}", "", 1), broken.replace('"nodes"', '"nodez"')):
        try:
            config.parse(text)
        except config.ConfigErrors as errors:
            told.keep("configuration", errors)


def main(folder: Path) -> None:
    """Everything said goes to where an operator would see it."""
    logs.configure(as_json=True, level="DEBUG")
    plain = functools.partial(FakeAsterisk, users=(replace(ManagerUser(), secret=SECRETS["manager"]),))
    websites.FakeAsterisk = plain  # type: ignore[misc,assignment]
    websites.PASSWORD = SECRETS["password"]
    play(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
