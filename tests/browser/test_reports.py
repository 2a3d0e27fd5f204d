"""The page of reports: choose days, campaign and table, see the plot, take it away as a file."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open, Serve


def test_a_report_is_chosen_looked_at_and_taken_away(serve: Serve, open_page: Open) -> None:
    mock = serve()
    page = open_page(mock.url + "/reports")
    expect(page.locator("[data-link=live]")).to_be_visible()
    expect(page.get_by_role("heading", name="By campaign")).to_be_visible()

    # A table, its plot, and another column drawn.
    page.get_by_role("link", name="Agents by value").click()
    expect(page.locator("tbody tr").first).to_contain_text("gina")
    expect(page.locator(".plot")).to_have_attribute("aria-label", re.compile("Value: the most is .* gina"))
    page.get_by_label("Drawn").select_option("conversions")
    expect(page.locator(".plot")).to_have_attribute("aria-label", re.compile("Conversions: the most is"))
    expect(page.locator(".note")).to_contain_text("The best 2 of 10 agents bring")

    # Other days and one campaign: asked of the server, kept in the address, and the files are of the same.
    page.get_by_role("button", name="7 days").click()
    page.get_by_label("Campaign").select_option("spring")
    expect(page.get_by_role("link", name="XLSX")).to_have_attribute(
        "href", "/api/v1/reports?period=7d&campaign=spring&format=xlsx&lang=en"
    )
    expect(page.get_by_role("link", name="CSV")).to_have_attribute("href", re.compile("table=ranking"))
    page.get_by_role("button", name="From … to").click()
    page.get_by_label("From", exact=True).fill("2026-11-16")
    page.get_by_label("to", exact=True).fill("2026-11-20")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("period=2026-11-16..2026-11-20&campaign=spring"))
    expect(page.locator(".asking .state")).to_contain_text("days of Asia/Shanghai")
    told = [asked for _, path, asked in mock.asked if path == "/reports"]
    assert told[0] == {"period": "today"}
    assert told[-1] == {"period": "2026-11-16..2026-11-20", "campaign": "spring"}


def test_an_agent_is_told_whose_page_it_is(serve: Serve, open_page: Open) -> None:
    mock = serve()
    mock.role = "agent"
    page = open_page(mock.url + "/reports")
    expect(page.locator(".card")).to_contain_text("for supervisors and admins")
