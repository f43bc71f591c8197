"""The table of contents as a list of source files, and the folders that the machinery works in."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
EXECUTED = BUILD / "executed"  # chapters as papermill left them, with stamp, seconds and memory
SITE = BUILD / "site"  # what Sphinx reads
HTML = BUILD / "html"  # what a reader opens


class TocError(ValueError):
    """The table of contents names a file that does not exist."""


def sources(root: Path = ROOT) -> list[Path]:
    """Files of the table of contents in reading order, relative to ``root``."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [_source(root, name) for name in _names(toc)]


def chapters(root: Path = ROOT) -> list[Path]:
    """Notebooks of the table of contents in reading order, relative to ``root``."""
    return [path for path in sources(root) if path.suffix == ".ipynb"]


def _names(node: dict | list) -> list[str]:
    """Document names in the order in which they are written, at any depth."""
    if isinstance(node, list):
        return [name for item in node for name in _names(item)]
    own = [node[key] for key in ("root", "file") if key in node]
    nested = [name for key in ("parts", "chapters", "sections") for name in _names(node.get(key, []))]
    return own + nested


def _source(root: Path, name: str) -> Path:
    """The one file that a document name stands for."""
    for suffix in (".ipynb", ".md"):
        if (path := Path(name + suffix)) and (root / path).is_file():
            return path
    raise TocError(f"_toc.yml names {name!r}, but there is neither {name}.ipynb nor {name}.md")
