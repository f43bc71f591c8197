"""``make book`` and ``make refresh``: execute what changed, render the pages, check them."""

import argparse
import base64
import sys
from pathlib import Path

from tools import execute, notebooks, pages, site, toc

PICTURE = Path("book/start-here.ipynb"), Path("book/_static/known-alloys.png")


def build() -> int:
    """The whole way from the table of contents to checked pages; the exit status."""
    if failures := execute.execute():
        print(f"not built, failed chapters: {', '.join(map(str, failures))}", file=sys.stderr)
        return 1
    site.assemble()
    if not site.render():
        print("Sphinx found faults in the pages, see above", file=sys.stderr)
        return 1
    if found := pages.faults(toc.HTML):
        print(*found, sep="\n", file=sys.stderr)
        return 1
    print(f"{len(toc.sources())} pages are ready: open {toc.HTML.relative_to(toc.ROOT)}/index.html")
    return 0


def picture(root: Path) -> bytes | None:
    """The README's picture: the first figure of its chapter, if that is in the book."""
    if PICTURE[0] not in toc.chapters(root):
        return None
    outputs = (o for cell in notebooks.code_cells(notebooks.read(root / PICTURE[0])) for o in cell.outputs)
    return next((base64.b64decode(o.data["image/png"]) for o in outputs if "image/png" in o.get("data", {})), None)


def refresh(root: Path = toc.ROOT, executed: Path = toc.EXECUTED) -> int:
    """Write the outputs of this execution into the committed notebooks; the exit status."""
    if execute.execute(root, executed):
        return 1
    for path in toc.chapters(root):
        notebooks.write(site.published(root, executed, path), root / path)
    if image := picture(root):
        (root / PICTURE[1]).write_bytes(image)
    return 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refresh", action="store_true", help="rewrite the outputs of the committed notebooks")
    return refresh() if parser.parse_args().refresh else build()


if __name__ == "__main__":
    sys.exit(main())
