"""What a chapter's notebook may hold: its stamp, its outputs made clean, and its faults by name."""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

MAX_BYTES = 300_000
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_NOTE = (
    "*This panel needs a running Python kernel: open the page in Colab with the launch button above. "
    "The figure below shows the same without one.*"
)
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
# Text that is true on one machine at one moment only, or that a progress bar leaves behind.
UNSTABLE = {
    "a progress bar": re.compile(r"\d+%\|.*\|"),
    "a carriage return": re.compile(r"\r(?!\n)"),
    "a memory address": re.compile(r"\bat 0x[0-9a-f]{6,}"),
    "a path of one machine": re.compile(r"(?<![\w/])/(?:home|root|tmp|work|Users|content)/\w"),
}


class ChapterError(ValueError):
    """A chapter whose outputs do not belong on a page."""


def read(path: Path) -> NotebookNode:
    """Read a notebook in format 4."""
    return nbformat.read(path, as_version=4)


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook with the line ends and the indent of every other one, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    partial.replace(path)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: NotebookNode) -> list[str]:
    """Tags of a cell in a fixed order."""
    return sorted(cell.metadata.get("tags", []))


def digest(root: Path, paths: Iterable[str]) -> str:
    """SHA-256 over names and bytes of files, and of all files below folders; caches do not count."""
    total = hashlib.sha256()
    for path in paths:
        top = root / path
        files = [top] if top.is_file() else sorted(file for file in top.rglob("*") if file.is_file())
        for file in files:
            if "__pycache__" not in file.parts:
                total.update(f"{file.relative_to(root).as_posix()}\0{file.stat().st_size}\0".encode())
                total.update(file.read_bytes())
    return total.hexdigest()


def stamp(notebook: NotebookNode, ground: str) -> str:
    """What the outputs of a chapter depend on: its running cells and the ``ground`` (library, data, lock) they use."""
    cells = [[cell.source, tags(cell)] for cell in code_cells(notebook)]
    return hashlib.sha256(json.dumps([ground, cells]).encode()).hexdigest()


def merged(source: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """The text of ``source`` with the outputs of ``executed``, normalised; prose may change without a new execution."""
    notebook = nbformat.from_dict(source)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell, done in zip(code_cells(notebook), code_cells(executed), strict=True):
        cell.execution_count = None
        cell.outputs = [clean for output in done.outputs if (clean := _clean(output))]
    for cell in notebook.cells:
        for key in ("execution", "papermill", "ExecuteTime"):
            cell.metadata.pop(key, None)
    return notebook


def _clean(output: NotebookNode) -> NotebookNode | None:
    """An output without counts; a live widget becomes a note, because its state does not survive in a page."""
    output = nbformat.from_dict(output)
    if "execution_count" in output:
        output.execution_count = None
    if WIDGET_VIEW in output.get("data", {}):
        return nbformat.v4.new_output("display_data", data={"text/markdown": WIDGET_NOTE})
    return output


def faults(notebook: NotebookNode) -> list[str]:
    """Why the outputs of an executed chapter must not be published; empty when they may."""
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            text = _text(output)
            where = f"cell {number}: {text.strip()[:200]!r}"
            if output.get("name") == "stderr":
                found.append(f"wrote to stderr, {where}")
            found += [f"printed {what}, {where}" for what, pattern in UNSTABLE.items() if pattern.search(text)]
    size = len(nbformat.writes(notebook).encode())
    if size > MAX_BYTES:
        found.append(f"weighs {size / 1000:.0f} kB, more than {MAX_BYTES / 1000:.0f} kB: smaller or fewer figures")
    return found


def _text(output: NotebookNode) -> str:
    """Everything readable in an output: streams, plain text and tables, not images."""
    data = output.get("data", {})
    return output.get("text", "") + "".join(data.get(kind, "") for kind in ("text/plain", "text/html", "text/markdown"))


def title(notebook: NotebookNode) -> str:
    """The first heading of a chapter."""
    headings = (line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return next(line[2:].strip() for line in headings if line.startswith("# "))
