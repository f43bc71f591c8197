"""The built pages in a real Chromium that cannot reach the network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tools import browser, toc

PAGES = [path.with_suffix(".html").as_posix() for path in toc.sources()]
every_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator:
    """Open a page of the book in a window of its own; returns the page and the list of its troubles."""
    contexts = []

    def open_page(name: str, width: int = 1280) -> tuple[Page, list[str]]:
        contexts.append(chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="light"))
        page = contexts[-1].new_page()
        troubles = browser.watch(page)
        page.goto(f"{address}/{name}")
        browser.settle(page)
        return page, troubles

    yield open_page
    for context in contexts:
        context.close()


@every_page
def test_page_loads_cleanly_and_is_readable_in_light_and_dark(visit, name: str) -> None:
    page, troubles = visit(name)
    assert browser.broken_equations(page) == []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme, timeout=5_000)
        assert browser.unseen_figures(page) == [], theme
        assert browser.faint_text(page) == [], theme
    assert troubles == []


@every_page
def test_nothing_scrolls_sideways_on_a_phone(visit, name: str) -> None:
    page, troubles = visit(name, width=375)
    assert browser.sideways(page) == []
    assert troubles == []


def test_search_finds_a_page(visit) -> None:
    page, troubles = visit("search.html?q=alloy")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    assert page.locator("#search-results li a").count() > 0
    assert troubles == []


def test_search_says_when_it_finds_nothing(visit) -> None:
    page, _ = visit("search.html?q=xyzzyplugh")
    page.wait_for_function(
        "document.querySelector('#search-results').innerText.includes('did not match')", timeout=10_000
    )
    assert page.locator("#search-results li a").count() == 0


def test_book_opens_from_a_folder_without_a_server(chromium: Browser, html: Path) -> None:
    page = chromium.new_page()
    troubles = browser.watch(page)
    page.goto((html / "index.html").resolve().as_uri())
    page.wait_for_url("**/book/index.html")
    browser.settle(page)
    assert "Alloys on Demand" in page.title()
    assert troubles == []
    page.close()
