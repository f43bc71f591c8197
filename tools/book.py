"""``make book`` and ``make refresh``: execute what changed, render the pages, check them."""

import argparse
import sys
from pathlib import Path

from tools import execute, notebooks, pages, site, toc


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


def refresh(root: Path = toc.ROOT, executed: Path = toc.EXECUTED) -> int:
    """Write the outputs of this execution into the committed notebooks; the exit status."""
    if execute.execute(root, executed):
        return 1
    for path in toc.chapters(root):
        notebooks.write(site.published(root, executed, path), root / path)
    return 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refresh", action="store_true", help="rewrite the outputs of the committed notebooks")
    return refresh() if parser.parse_args().refresh else build()


if __name__ == "__main__":
    sys.exit(main())
