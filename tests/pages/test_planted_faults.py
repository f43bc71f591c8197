"""Every check of the pages finds the fault that is planted for it, and nothing in a page without fault."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tools import browser, pages

GOOD = """<!doctype html><html><head><title>t</title><link rel="stylesheet" href="_static/a.css">
<link rel="canonical" href="https://example.org/"></head>
<body style="color: #222; background: #fff"><article><h1 id="top">T</h1>
<p><a href="other.html#there">o</a> <a href="#top">up</a> <a href="https://example.org/x">outside</a></p>
<p><code>{cite:p}`key`</code></p><img src="_images/f.png" alt="Scatter of two properties">
EXTRA</article></body></html>"""


@pytest.fixture
def built(tmp_path: Path) -> Callable[[str], list[str]]:
    """Two pages without fault; the returned function adds markup to the first and lists the faults found."""
    for folder in ("_static", "_images"):
        (tmp_path / folder).mkdir()
    (tmp_path / "_static/a.css").write_text("body { color: #222 }")
    (tmp_path / "_images/f.png").write_bytes(b"0" * 1000)
    (tmp_path / "other.html").write_text("<html><body><article><p id='there'>x</p></article></body></html>")

    def check(extra: str = "") -> list[str]:
        (tmp_path / "page.html").write_text(GOOD.replace("EXTRA", extra))
        return pages.faults(tmp_path)

    assert check() == []
    return check


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ('<a href="gone.html">x</a>', "'gone.html' leads to no file"),
        ('<a href="other.html#gone">x</a>', "'other.html#gone' leads to no anchor"),
        ('<a href="#gone">x</a>', "'#gone' leads to no anchor"),
        ('<img src="_images/gone.png" alt="A real description here">', "'_images/gone.png' leads to no file"),
        ('<img src="_images/f.png">', "has alternative text ''"),
        ('<img src="_images/f.png" alt="../_images/f.png">', "has alternative text '../_images/f.png'"),
        ('<img src="_images/f.png" alt="Figure 3">', "has alternative text 'Figure 3'"),
        ('<script src="https://cdn.example.org/x.js"></script>', "loads 'https://cdn.example.org/x.js' from outside"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "loads '//example.org/x.css' from outside"),
        ('<link rel="preload" as="font" href="https://example.org/x.woff2">', "loads 'https://example.org/x.woff2'"),
        ('<img src="https://example.org/x.png" alt="A real description here">', "loads 'https://example.org/x.png'"),
        ('<iframe src="https://example.org/"></iframe>', "loads 'https://example.org/' from outside"),
        ("<style>@import 'https://example.org/x.css';</style>", "loads 'https://example.org/x.css' from outside"),
        (
            '<p style="background: url(https://example.org/x.png)">x</p>',
            "loads 'https://example.org/x.png' from outside",
        ),
        ("<p>as shown by {cite:p}`borg2020`</p>", "shows raw markup"),
        ("<p>```{figure} x.png</p>", "shows raw markup"),
        ("<p>:::{note}</p>", "shows raw markup"),
        ("<p>" + "x" * pages.PAGE_BYTES + "</p>", "weighs 1.50 MB"),
    ],
)
def test_planted_fault_is_found(built: Callable, markup: str, fault: str) -> None:
    found = built(markup)
    assert len(found) == 1, found
    assert found[0].startswith("page.html: ")
    assert fault in found[0]


def test_outside_fonts_heavy_images_and_heavy_assets_are_found(built: Callable, tmp_path: Path) -> None:
    sheet = tmp_path / "_static/a.css"
    sheet.write_text("@font-face { src: url('https://fonts.example.org/a.woff2') }")
    assert built() == ["_static/a.css: loads 'https://fonts.example.org/a.woff2' from outside"]
    sheet.write_bytes(b" " * (pages.SHARED_BYTES + 1))
    assert built() == ["_static: 4.00 MiB, more than 4 MiB"]
    sheet.write_text("")
    (tmp_path / "_images/f.png").write_bytes(b"0" * pages.PAGE_BYTES)
    assert built() == ["page.html: weighs 1.50 MB, more than 1.5 MB"]


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    assert pages.faults(tmp_path) == [f"no page in {tmp_path.name}/: build the book first"]


@pytest.fixture
def page(chromium: Browser) -> Page:
    with chromium.new_context(viewport={"width": 375, "height": 800}) as context:
        yield context.new_page()


def article(inner: str) -> str:
    return f"<body style='margin: 0; background: #fff; color: #222'><article>{inner}</article></body>"


PIXEL = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='100' height='50'/>"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (
            browser.sideways,
            "<div style='overflow-x: auto'><table style='width: 900px'><td>x</td></table></div>",
            "<table style='width: 900px'><td>x</td></table>",
        ),
        (
            browser.unseen_figures,
            f'<img src="{PIXEL}" style="background: #fff">',
            f'<img src="{PIXEL}" style="background: #222">',
        ),
        (browser.unseen_figures, f'<img src="{PIXEL}" style="background: #fff">', f'<img src="{PIXEL}">'),
        (browser.unseen_figures, "<p>none</p>", '<img src="data:image/png;base64,AAAA" style="background: #fff">'),
        (
            browser.unseen_figures,
            f'<img src="{PIXEL}" style="background: #fff">',
            f'<img src="{PIXEL}" style="background: #fff; display: none">',
        ),
        (browser.faint_text, "<p>readable</p>", "<p style='color: #bbb'>faint</p>"),
        (
            browser.broken_equations,
            "<span class='math'><mjx-container></mjx-container></span>",
            "<span class='math'>x</span>",
        ),
        (browser.broken_equations, "<p>x</p>", "<mjx-merror>Undefined control sequence</mjx-merror>"),
    ],
)
def test_planted_fault_is_seen_in_the_browser(page: Page, check: Callable, good: str, bad: str) -> None:
    page.set_content(article(good))
    assert check(page) == []
    page.set_content(article(bad))
    assert check(page) != []


@pytest.mark.parametrize(
    ("markup", "trouble"),
    [
        ("<script>console.error('oh')</script>", "console: oh"),
        ("<script>throw new Error('oh')</script>", "error: oh"),
        ('<script src="https://example.org/x.js"></script>', "failed: https://example.org/x.js"),
    ],
)
def test_troubles_of_a_page_are_noticed(page: Page, markup: str, trouble: str) -> None:
    troubles = browser.watch(page)
    page.set_content(article("<p>fine</p>"))
    assert troubles == []
    page.set_content(article(markup))
    page.wait_for_load_state("load")
    assert trouble in troubles


BLACK, GREY, WHITE = "rgb(0, 0, 0)", "rgb(119, 119, 119)", "rgb(255, 255, 255)"


@pytest.mark.parametrize(("ink", "ground", "value"), [(BLACK, WHITE, 21.0), (GREY, WHITE, 4.48), (GREY, GREY, 1.0)])
def test_contrast_is_that_of_wcag(ink: str, ground: str, value: float) -> None:
    assert browser.contrast(ink, ground) == pytest.approx(value, abs=0.01)
    assert browser.contrast(ground, ink) == pytest.approx(value, abs=0.01)
