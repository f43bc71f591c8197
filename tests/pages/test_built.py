"""The built pages, without a browser."""

from pathlib import Path

from tools import pages, toc

SPHINX_OWN = {"index.html", "genindex.html", "search.html"}


def test_no_page_has_a_fault(html: Path) -> None:
    assert pages.faults(html) == []


def test_every_entry_of_the_table_of_contents_is_a_page_and_nothing_else_is(html: Path) -> None:
    expected = {path.with_suffix(".html").as_posix() for path in toc.sources()}
    built = {path.relative_to(html).as_posix() for path in html.rglob("*.html")}
    assert built == expected | SPHINX_OWN


def test_every_page_can_be_reached_from_the_landing_page(html: Path) -> None:
    landing = pages.Page(html / "book" / "index.html", html)
    linked = {landing.file_of(tag["href"]) for tag in landing.soup.find_all("a", href=True)}
    assert {(html / path).with_suffix(".html").resolve() for path in toc.sources()} <= linked
