"""A browser for the tests of the pages, or a loud word that there is none."""

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tools import browser, toc


@pytest.fixture(scope="session")
def html() -> Path:
    """The built book."""
    if not (toc.HTML / "index.html").is_file():
        pytest.fail("there is no built book: run `make book` first")
    return toc.HTML


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A Chromium that knows no outside; without one the tests are skipped, but fail where CI is set."""
    with sync_playwright() as playwright:
        program = browser.executable(playwright)
        if program is None:
            report = pytest.fail if os.environ.get("CI", "").lower() in ("1", "true") else pytest.skip
            report("no Chromium or Chrome on this machine: install one, or name it in CHROMIUM")
        with browser.launch(playwright, program) as running:
            yield running


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing for a request that went well."""


@pytest.fixture(scope="session")
def address(html: Path) -> Iterator[str]:
    """The built book on a port of this machine."""
    server = http.server.ThreadingHTTPServer((browser.LOCAL, 0), functools.partial(_Silent, directory=html))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{browser.LOCAL}:{server.server_port}"
    server.shutdown()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every page test that did not run: silence would look like success."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("PAGES NOT TESTED IN A BROWSER", sep="!", yellow=True, bold=True)
        for report in skipped:
            terminalreporter.line(f"not run: {report.nodeid}", yellow=True)
