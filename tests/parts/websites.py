"""A daemon with its website on the embedded switch, and people who use it over real sockets on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

import config
import storage
from ami.fake import Behaviour, FakeAsterisk, Sounds
from dialer import access, app
from dialer.control import Control
from dialer.lab import shift
from dialer.lab.people import Kind, Person
from dialer.lab.robots import Robots
from dialer.web import Website
from tests.parts.embedded import CAMPAIGN, LENGTHS_S, Place
from tests.parts.twins import lab_callee, lab_phone

PASSWORD = "a long enough password"
PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=5.0) for n in range(4))
ROLES = ("agent", "supervisor", "admin")


@dataclass
class Client:
    """A browser that signed in as somebody, or a stranger's."""

    http: httpx.AsyncClient
    csrf: str = ""

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {"X-CSRF": self.csrf} if self.csrf else {}
        headers |= more.pop("headers", {})
        return await self.http.request(method, f"/api/v1{path}", json=body, headers=headers, **more)

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self.ask("POST", path, {} if body is None else body)
        assert answer.status_code == status, answer.text
        return answer.json()


@dataclass
class Site:
    """The running daemon and those who are signed in."""

    control: Control
    asterisk: FakeAsterisk
    address: str
    pages: Website
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def stranger(self, **headers: str) -> Client:
        """A browser that has not signed in."""
        http = httpx.AsyncClient(base_url=self.address, timeout=None, headers=headers, trust_env=False)
        self.clients.append(http)
        return Client(http)

    async def sign_in(self, user: str, password: str = PASSWORD) -> Client:
        """A browser signed in as `user`."""
        client = self.stranger()
        answer = await client.ask("POST", "/session", {"user": user, "password": password})
        assert answer.status_code == 201, answer.text
        client.csrf = answer.json()["csrf"]
        return client

    async def each_role(self) -> dict[str, Client]:
        """One browser for each role."""
        return {role: await self.sign_in(role) for role in ROLES}


@asynccontextmanager
async def website(
    folder: Path,
    *,
    people: tuple[Person, ...] = PEOPLE,
    agents: int = 2,
    robots: bool = False,
    users: bool = True,
    web: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
    recordings: Path | None = None,
    **plan: Any,
) -> AsyncIterator[Site]:
    """A daemon with a list, users `agent` (desk of a0), `supervisor` and `admin`; with `robots` at work."""
    async with FakeAsterisk(
        behaviour=Behaviour(lab_callee, lambda endpoint: lab_phone(endpoint, {})),
        sounds=Sounds(LENGTHS_S),
        recordings=recordings,
    ) as asterisk:
        wanted = shift.Plan(people, agents=agents, more=more or {}, **plan)
        place: Any = Place(replace(asterisk.node, name="pbx"))
        settings = shift.settings_of(place, wanted, folder)
        settings = settings.model_copy(update={"web": config.Web.model_validate({"port": 0, **(web or {})})})
        Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
        crew = Robots(lambda: wanted.wrap_s, lambda: "done")
        async with app.running(settings, listener=crew.hear if robots else None, durable=False) as control:
            crew.control = control
            if users:
                await add_people(control)
            await shift.load_leads(
                control.dialer.db, settings.campaigns[CAMPAIGN], people, folder, wanted.asks
            )
            async with asyncio.timeout(120):
                while not all(node.up for node in control.dialer.nodes.values()):
                    await asyncio.sleep(0.05)
            if robots:
                await shift.open_floor(control, agents)
                await control.set_run_state(CAMPAIGN, "running")
            site = Site(control, asterisk, control.web_address, _pages_of(control))
            try:
                yield site
            finally:
                for client in site.clients:
                    await client.aclose()
                for row in await control.agents():
                    if row["state"] != "out":
                        await control.log_out(row["id"])
                await crew.close()


def _pages_of(control: Control) -> Website:
    """The running website, found through its link to the first admin."""
    assert control.setup_link is not None
    owner = getattr(control.setup_link, "__self__")  # noqa: B009 - the bound method's website
    assert isinstance(owner, Website)
    return owner


async def add_people(control: Control) -> None:
    """One user of each role; hashed once, as hashing is slow on purpose."""
    kept = await access.hashed(PASSWORD)
    for role in ROLES:
        await storage.users.add(
            control.dialer.db,
            role,
            role=role,
            password_hash=kept,
            agent_id="a0" if role == "agent" else None,
            now=control.dialer.clock.utc(),
        )


class Desk:
    """An agent's page: what it was last told, and wishes that wait for their answers."""

    def __init__(self, line: ClientConnection) -> None:
        self.line = line
        self.shown: dict[str, Any] = {}
        self.pops: list[tuple[float, dict[str, Any]]] = []
        self._count = 0

    async def wish(self, verb: str, **more: Any) -> dict[str, Any]:
        """Ask, and wait for the answer; what the desk is told meanwhile is taken in."""
        self._count += 1
        await self.line.send(json.dumps({"n": self._count, "do": verb, **more}))
        while True:
            message = await self.hear()
            if message["type"] in ("done", "error") and message["re"] == self._count:
                return message

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(await self.line.recv())
        if message["type"] == "desk":
            if message["call"] and not self.shown.get("call"):
                self.pops.append((asyncio.get_running_loop().time(), message["call"]))
            self.shown = message
        return message

    async def until(self, true: Callable[[dict[str, Any]], bool], within_s: float = 600) -> dict[str, Any]:
        """Listen until what is shown fulfils this."""
        async with asyncio.timeout(within_s):
            while not self.shown or not true(self.shown):
                await self.hear()
        return self.shown

    async def end(self) -> int:
        """The code with which the server ends the line."""
        try:
            while True:
                await self.hear()
        except ConnectionClosed as closed:
            return 0 if closed.rcvd is None else closed.rcvd.code

    async def in_state(self, state: str) -> dict[str, Any]:
        """Listen until the agent is in this state."""
        return await self.until(lambda shown: bool(shown["agent"]["state"] == state))


@asynccontextmanager
async def desk_of(site: Site, client: Client, **headers: str) -> AsyncIterator[Desk]:
    """The desk of whoever signed in with this browser."""
    cookie = "; ".join(f"{name}={value}" for name, value in client.http.cookies.items())
    sent = {"Cookie": cookie, **headers}
    url = site.address.replace("http", "ws") + "/api/v1/desk"
    async with connect(
        url,
        origin=headers.pop("Origin", site.address),
        additional_headers=sent,
        proxy=None,
        ping_interval=None,
    ) as line:
        yield Desk(line)
