"""Every route, by enumeration: strangers, lower roles, keys without the scope, pages without CSRF are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from dialer.access.identity import RANK
from dialer.web import watch
from dialer.web.application import application
from dialer.web.guard import SCOPES, Needs
from dialer.web.routes import routers
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import ROLES, Client, website

OPEN = {("POST", "/api/v1/session"), ("POST", "/api/v1/setup")}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def every_route(*more: APIRouter) -> Iterator[tuple[str, str, list[Needs]]]:
    """Method, path and what it needs, of all that is served under /api."""
    for router in (*routers(), *more):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods:
                yield method, route.path_format, list(_needs(route.dependant))


def _needs(dependant: Dependant) -> Iterator[Needs]:
    if isinstance(dependant.call, Needs):
        yield dependant.call
    for one in dependant.dependencies:
        yield from _needs(one)


def _filled(path: str) -> str:
    return (
        re.sub(r"\{[a-z_]+\}", "1", path)
        .removeprefix("/api/v1")
        .replace("/campaigns/1/1", "/campaigns/1/start")
    )


def _id(answer: Any) -> str:
    return str(answer.json()["error"]["id"])


def test_every_route_says_whom_it_serves() -> None:
    found = list(every_route(watch.routes))
    assert len(found) > 40
    for method, path, needs in found:
        assert (method, path) in OPEN or len(needs) == 1, f"{method} {path} needs nothing"
        for need in needs:
            assert need.role in ROLES
            assert need.scope in SCOPES
            assert method not in UNSAFE or need.scope.endswith(":write") or path.endswith("/session")


def test_nothing_is_served_beside_the_enumerated_routes() -> None:
    document = application().openapi()
    served = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert served == {(method, path) for method, path, _ in every_route()}


@on_virtual_time
async def test_strangers_and_lower_roles_are_refused_everywhere(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        people = await site.each_role()
        stranger = site.stranger()
        for method, path, needs in every_route():
            if not needs:
                continue
            where = _filled(path)
            refused = await stranger.ask(method, where)
            assert (refused.status_code, _id(refused)) == (401, "not_signed_in"), f"{method} {path}"
            for role, client in people.items():
                if RANK[role] < RANK[needs[0].role]:
                    refused = await client.ask(method, where)
                    assert (refused.status_code, _id(refused)) == (403, "forbidden"), (
                        f"{role}: {method} {path}"
                    )


@on_virtual_time
async def test_a_cookie_alone_changes_nothing(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        admin = await site.sign_in("admin")
        for method, path, needs in every_route():
            if needs and method in UNSAFE:
                for given in ("", "0" * 40):
                    refused = await Client(admin.http, given).ask(method, _filled(path))
                    assert (refused.status_code, _id(refused)) == (403, "csrf"), f"{method} {path}"


@on_virtual_time
async def test_a_key_does_only_what_its_scopes_say(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        admin = await site.sign_in("admin")
        for method, path, needs in every_route():
            if not needs:
                continue
            others = [
                scope for scope in SCOPES if scope.partition(":")[0] != needs[0].scope.partition(":")[0]
            ]
            made = await admin.post("/tokens", {"name": "t", "role": "admin", "scopes": others}, status=201)
            program = site.stranger(Authorization=f"Bearer {made['token']}")
            refused = await program.ask(method, _filled(path))
            assert (refused.status_code, _id(refused)) == (403, "scope"), f"{method} {path}"
            await program.http.aclose()


@on_virtual_time
async def test_an_agent_acts_for_nobody_else(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        agent = await site.sign_in("agent")
        assert (await agent.post("/agents/a0/login"))["id"] == "a0"
        for verb in ("login", "logout", "ready", "pause"):
            refused = await agent.ask("POST", f"/agents/a1/{verb}", {})
            assert (refused.status_code, _id(refused)) == (403, "forbidden")
        assert (await agent.ask("GET", "/agents/a1")).status_code == 403
