"""Stored text is text: a name, a note or a reason that holds markup is shown as it was written, and never runs."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import scene
from tests.browser.conftest import Open, Serve

EVIL = '<img src=x onerror="window.__ran=1"><script>window.__ran=1</script><b>x</b>'


def poisoned(value: Any, keep: tuple[str, ...]) -> Any:
    """Every text in a document with the poison at its end, but those the pages take as codes."""
    if isinstance(value, dict):
        return {key: one if key in keep else poisoned(one, keep) for key, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, keep) for one in value]
    return value + EVIL if isinstance(value, str) else value


def harmless(page: Page) -> None:
    """Nothing of the poison became an element, and nothing ran."""
    assert page.evaluate("window.__ran") is None
    assert page.locator("img, #page script, #page b b").count() == 0
    assert "<img src=x" in page.locator("body").inner_text()


def test_a_poisoned_floor_is_shown_as_text(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    mock.board = poisoned(mock.board, ("state", "campaign", "mode", "level"))
    for one in mock.board["campaigns"].values():
        one["list"]["not_callable_why"] = EVIL
    for path in ("/#/return-visits", "/#/survey", "/"):
        page = open_page(mock.url + path)
        page.wait_for_selector("[data-link=live]")
        expect(page.locator(".alarm").first).to_contain_text("<script>")
        harmless(page)
        if page.locator(".tile").count():
            page.locator(".tile").first.click()
            expect(page.get_by_role("dialog")).to_be_visible()
            harmless(page)


def test_a_poisoned_person_is_shown_as_text(serve: Serve, open_page: Open) -> None:
    mock = serve()
    page = open_page(mock.url + "/agent")
    page.wait_for_selector("[data-link=live]")
    call = poisoned(scene.call(time.time()), ("zone", "id", "direction"))
    call["lead"]["data"][EVIL] = EVIL
    mock.tell(
        agent=mock.agent("talking"),
        call=call,
        **poisoned({"dispositions": mock.desk["dispositions"]}, ("key", "code")),
    )
    expect(page.locator(".script")).to_contain_text("<script>")
    harmless(page)
    mock.tell(
        agent=mock.agent("away", reason=EVIL), call=None, callbacks=poisoned(mock.desk["callbacks"], ())
    )
    expect(page.locator(".topbar")).to_contain_text("<img")
    harmless(page)


def test_a_poisoned_refusal_is_shown_as_text(serve: Serve, open_page: Open) -> None:
    mock = serve(moving=False)
    mock.refuse = {"id": "x" + EVIL, "message": EVIL}
    page = open_page(mock.url + "/#/return-visits")
    page.get_by_role("button", name="Pause dialing").click()
    expect(page.locator(".notice")).to_contain_text("<script>")
    harmless(page)


def test_a_patch_cannot_reach_the_prototype(serve: Serve, open_page: Open) -> None:
    page = open_page(serve(moving=False).url + "/login")
    patch = '{"__proto__": {"evil": 1}, "a": {"__proto__": {"evil": 1}, "b": null, "c": 1}}'
    found = page.evaluate(
        """async (patch) => {
          const { merge } = await import('/static/lib/patch.js');
          const done = merge({ a: { b: 1 } }, JSON.parse(patch));
          return [done, ({}).evil, done.evil, done.a.evil];
        }""",
        patch,
    )
    assert found == [{"a": {"c": 1}}, None, None, None]
