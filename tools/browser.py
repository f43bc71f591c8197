"""Pages in a real Chromium without a network, and what a reader would stumble over in them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Response

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LOCAL = "127.0.0.1"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOCAL}",
]
SIDEWAYS = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width && document.body.scrollWidth <= width) return [];
  const boxed = e => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX)) return true; return false; };
  const over = e => e.getBoundingClientRect().right > width + 1 && !boxed(e);
  const wide = [...document.body.querySelectorAll('*')].filter(over);
  return wide.length ? wide.slice(0, 5).map(e => e.outerHTML.slice(0, 120)) : ['the page itself'];
}"""
PICTURES = """() => Promise.all([...document.images].map(e => {
  e.loading = 'eager';
  return e.decode().catch(() => 0); }))"""
FIGURES = """() => [...document.querySelectorAll('article img')].map(e => {
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  return {source: e.getAttribute('src').slice(-80), shown: e.checkVisibility(), natural: e.naturalWidth,
    width: box.width, height: box.height, card: style.backgroundColor, filter: style.filter}; })"""
TEXTS = [
    "article p, article li",
    "article h1",
    "article p a",
    "article td",
    "article .caption-text",
    "article pre span",
]
COLOURS = """texts => texts.flatMap(
  selector => { const e = document.querySelector(selector); if (!e) return []; let p = e, ground = 'rgba(0, 0, 0, 0)';
    while (p && /, 0\\)$/.test(ground)) { ground = getComputedStyle(p).backgroundColor; p = p.parentElement; }
    return [[selector, getComputedStyle(e).color, /, 0\\)$/.test(ground) ? 'rgb(255, 255, 255)' : ground]]; })"""


def executable(playwright: Playwright, fetch: bool = True) -> str | None:
    """A Chromium or Chrome of this machine, or Playwright's own, fetched where the network allows; otherwise None."""
    own = Path(playwright.chromium.executable_path)
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found and not own.is_file() and fetch:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], timeout=300, capture_output=True)
    return found or (str(own) if own.is_file() else None)


def launch(playwright: Playwright, program: str) -> Browser:
    """A headless browser that knows no address but this machine's."""
    return playwright.chromium.launch(executable_path=program, args=ARGUMENTS)


def watch(page: Page) -> list[str]:
    """A list that fills with whatever goes wrong on a page from now on: errors, failed and refused requests."""
    troubles: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            troubles.append(f"console: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 400:
            troubles.append(f"{response.status}: {response.url}")

    page.on("console", on_console)
    page.on("response", on_response)
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
    page.on("requestfailed", lambda request: troubles.append(f"failed: {request.url}"))
    return troubles


def settle(page: Page) -> None:
    """Wait until scripts, equations and pictures are done."""
    page.wait_for_load_state("load")
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.evaluate(PICTURES)


def sideways(page: Page) -> list[str]:
    """Elements that make the whole page scroll sideways."""
    return page.evaluate(SIDEWAYS)


def unseen_figures(page: Page) -> list[str]:
    """Figures that are not there, are tiny, or whose dark ink lies on a dark card or under a filter."""
    found = []
    for figure in page.evaluate(FIGURES):
        if not (figure["shown"] and figure["natural"] > 0 and figure["width"] > 40 and figure["height"] > 20):
            found.append(f"{figure['source']} is not visible")
        elif contrast(figure["card"], "rgb(20, 20, 20)") < 12 or figure["filter"] != "none":
            found.append(f"{figure['source']} lies on {figure['card']} with filter {figure['filter']}")
    return found


def faint_text(page: Page, least: float = 4.5) -> list[str]:
    """Kinds of text whose contrast with their ground is below the accessible ``least`` of WCAG 2.1 AA."""
    measured = [(name, contrast(ink, ground)) for name, ink, ground in page.evaluate(COLOURS, TEXTS)]
    return [f"{name}: contrast {value:.1f}" for name, value in measured if value < least]


def broken_equations(page: Page) -> list[str]:
    """Equations that MathJax could not read or did not reach."""
    errors = page.locator("mjx-merror").all_text_contents()
    waiting = page.locator("article .math:not(:has(mjx-container))").all_text_contents()
    return [f"equation {text.strip()[:80]!r}" for text in errors + waiting]


def contrast(ink: str, ground: str) -> float:
    """Contrast of two CSS colours `rgb(r, g, b)`, 1 to 21 (WCAG 2.1); a see-through ground counts as black."""
    light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    values = [float(value) / 255 for value in re.findall(r"[\d.]+", colour)[:3]]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
