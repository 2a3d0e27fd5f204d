"""Health, figures and reload on the pages' own address: each for those it is for."""

from __future__ import annotations

from pathlib import Path

from fastapi.routing import APIRoute

from dialer.web import watch
from dialer.web.guard import Needs
from tests.parts.virtual_time import eventually, on_virtual_time
from tests.parts.websites import website


def test_every_route_here_says_whom_it_serves() -> None:
    for route in watch.routes.routes:
        assert isinstance(route, APIRoute)
        assert [one for one in route.dependant.dependencies if isinstance(one.call, Needs)], route.path


@on_virtual_time
async def test_health_is_for_anybody_figures_for_a_key_and_reload_for_an_admin(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        stranger = site.stranger().http
        assert (await stranger.get("/livez")).json() == {"ok": True}
        ready = await stranger.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["parts"].keys() == {"node pbx", "database", "journal", "config", "dialing"}
        assert (await stranger.get("/metrics")).status_code == 401
        assert (await stranger.post("/-/reload")).status_code == 401

        people = await site.each_role()
        assert (await people["agent"].http.get("/metrics")).status_code == 403
        assert (
            await people["supervisor"].http.post("/-/reload", headers=csrf(people["supervisor"].csrf))
        ).status_code == 403
        assert (await people["admin"].http.post("/-/reload")).status_code == 403, (
            "a cookie alone is not enough"
        )
        body = {"name": "prometheus", "role": "supervisor", "scopes": ["system:read"]}
        made = await people["admin"].post("/tokens", body, status=201)
        program = site.stranger(Authorization=f"Bearer {made['token']}").http
        figures = await program.get("/metrics")
        assert figures.status_code == 200
        assert figures.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "dialer_build_info" in figures.text
        assert (await program.post("/-/reload")).status_code == 403
        reloaded = await people["admin"].http.post("/-/reload", headers=csrf(people["admin"].csrf))
        assert reloaded.status_code == 200
        assert [one["setting"] for one in reloaded.json()["waiting_for_restart"]] == ["web"]
        assert "/-/reload" in (await people["admin"].ask("GET", "/audit")).text

        await site.asterisk.kill()
        await eventually(lambda: not site.control.dialer.nodes["pbx"].up)
        ready = await stranger.get("/readyz")
        assert (ready.status_code, ready.json()["parts"]["node pbx"]) == (503, False)
        await site.asterisk.start()


def csrf(value: str) -> dict[str, str]:
    return {"X-CSRF": value}
