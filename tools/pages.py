"""Checks of the built pages that need no browser: ``python -m tools.pages``; each fault names its page.

Links and anchors resolve, images have a real alternative text, nothing is loaded from outside, pages are light, and no
directive or role was left as raw text.
"""

import re
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from tools import toc

PAGE_BYTES = 1_500_000  # a page's own HTML and images
SHARED_BYTES = 4 * 2**20  # theme, MathJax and search index, loaded once
LOADERS = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "source": ("src", "srcset"),
    "audio": ("src",),
    "video": ("src", "poster"),
}
PASSIVE_LINKS = {"canonical", "author", "license", "index", "search", "next", "prev", "edit"}  # name, but load nothing
CSS_LOAD = re.compile(r"(?:url\(\s*|@import\s+)['\"]?((?:https?:)?//[^'\")\s]+)")
OUTSIDE = re.compile(r"^(?:https?:)?//")
RAW_MARKUP = re.compile(r"\{[a-z][\w:+.-]*\}`|`{3,}\s*\{|:{3,}\s*\{|\{[a-z][\w:+-]*\}\s*\n|^:{3,}\s*$", re.MULTILINE)
POOR_ALT = re.compile(
    r"\.(?:png|svg|jpe?g|gif|webp)$|^(?:image|figure|picture|plot|output|untitled)?\W*\d*$", re.IGNORECASE
)


class Page:
    """One built page."""

    def __init__(self, path: Path, html: Path) -> None:
        self.path, self.html = path, html
        self.name = path.relative_to(html).as_posix()
        self.soup = BeautifulSoup(path.read_bytes(), "lxml")

    @cached_property
    def anchors(self) -> set[str]:
        """Every fragment that a link may point to."""
        return {tag["id"] for tag in self.soup.find_all(id=True)} | {
            tag["name"] for tag in self.soup.find_all("a", {"name": True})
        }

    def file_of(self, address: str) -> Path:
        """The file that a relative address of this page means."""
        path = unquote(urlsplit(address).path)
        return (self.path.parent / path).resolve() if path else self.path

    def loads(self) -> Iterator[str]:
        """Addresses that a browser fetches when it shows the page."""
        for name, attributes in LOADERS.items():
            for tag in self.soup.find_all(name):
                if name == "link" and PASSIVE_LINKS & set(tag.get("rel", [])):
                    continue
                yield from (tag[attribute].split()[0] for attribute in attributes if tag.get(attribute))


def faults(html: Path) -> list[str]:
    """Everything wrong with the pages below ``html``; empty when all is well."""
    pages = {path.resolve(): Page(path.resolve(), html.resolve()) for path in sorted(html.rglob("*.html"))}
    if not pages:
        return [f"no page in {html.name}/: build the book first"]
    found = [fault for page in pages.values() for check in PER_PAGE for fault in check(page, pages)]
    return found + outside_styles(html) + shared_weight(html)


def broken_links(page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """Internal addresses without a file, and fragments without an element."""
    links = {tag["href"] for tag in page.soup.find_all("a", href=True)} | set(page.loads())
    for address in sorted(links):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        file = page.file_of(address)
        if not file.is_file():
            yield f"{page.name}: {address!r} leads to no file"
        elif parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].anchors:
            yield f"{page.name}: {address!r} leads to no anchor"


def poor_alt_texts(page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """Images that a reader who cannot see them is not told about; in the article an alternative text is a phrase."""
    for image in page.soup.find_all("img"):
        alt = (image.get("alt") or "").strip()
        if POOR_ALT.search(alt) or (image.find_parent("article") and len(alt.split()) < 3):
            yield f"{page.name}: image {image.get('src', '')[:80]!r} has alternative text {alt!r}, not a description"


def outside_loads(page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """Scripts, styles, fonts, images and frames from elsewhere."""
    styles = " ".join(tag.get_text() for tag in page.soup.find_all("style"))
    styles += " ".join(tag["style"] for tag in page.soup.find_all(style=True))
    for address in [*page.loads(), *CSS_LOAD.findall(styles)]:
        if OUTSIDE.match(address):
            yield f"{page.name}: loads {address!r} from outside"


def heavy_page(page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """A page whose HTML and own images are over the budget."""
    images = {
        page.file_of(tag["src"]) for tag in page.soup.find_all("img", src=True) if not urlsplit(tag["src"]).scheme
    }
    own = [path for path in images if path.is_file() and "_static" not in path.parts]
    size = page.path.stat().st_size + sum(path.stat().st_size for path in own)
    if size > PAGE_BYTES:
        yield f"{page.name}: weighs {size / 1e6:.2f} MB, more than {PAGE_BYTES / 1e6} MB"


def raw_markup(page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """Directives and roles that nobody interpreted."""
    article = page.soup.find("article") or page.soup.body
    for node in article.find_all(string=RAW_MARKUP) if article else ():
        formula = node.find_parent(class_="math")  # where {split} belongs to TeX
        if not formula and not node.find_parent(["pre", "code", "script", "style"]):
            yield f"{page.name}: shows raw markup {node.strip()[:80]!r}"


def outside_styles(html: Path) -> list[str]:
    """Style sheets that load fonts, images or other sheets from elsewhere."""
    sheets = sorted(html.rglob("*.css"))
    hits = [(sheet, address) for sheet in sheets for address in CSS_LOAD.findall(sheet.read_text(encoding="utf-8"))]
    return [f"{sheet.relative_to(html).as_posix()}: loads {address!r} from outside" for sheet, address in hits]


def shared_weight(html: Path) -> list[str]:
    """Assets of all pages together over their budget."""
    size = sum(path.stat().st_size for path in (html / "_static").rglob("*") if path.is_file())
    return [f"_static: {size / 2**20:.2f} MiB, more than {SHARED_BYTES / 2**20:.0f} MiB"] if size > SHARED_BYTES else []


PER_PAGE = (broken_links, poor_alt_texts, outside_loads, heavy_page, raw_markup)


def main() -> int:
    """Check the pages of the last build; 1 when something is wrong."""
    found = faults(toc.HTML)
    print(*found, sep="\n", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
