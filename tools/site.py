"""Assemble what Sphinx reads in ``_build/site`` and render it into ``_build/html``: ``python -m tools.site``."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import notebooks, toc

ASSETS = ("_config.yml", "_toc.yml", "CHANGELOG.md", "book/references.bib", "book/_static")
IMAGES = (".svg", ".png")
RENDERER = ("tools/site.py", "requirements.lock")


def assemble(root: Path = toc.ROOT, executed: Path = toc.EXECUTED, site: Path = toc.SITE) -> None:
    """Write the sources of the pages afresh: texts, notebooks with their outputs, assets and generated tables."""
    shutil.rmtree(site, ignore_errors=True)
    for path in toc.sources(root):
        if path.suffix == ".ipynb":
            notebooks.write(published(root, executed, path), site / path)
        else:
            _copy(root / path, site / path)
    pictures = [p.relative_to(root) for p in (root / "book").rglob("*") if p.suffix in IMAGES]
    for path in [*map(Path, ASSETS), *pictures]:
        if (root / path).exists():
            _copy(root / path, site / path)
    _write(site / "book/_generated/statistics.md", statistics(root, executed))
    _write(site / "book/_generated/data-cards.md", cards(root / "data/cards"))
    _write(site / "book/_generated/model-cards.md", cards(root / "data/cards/models"))


def published(root: Path, executed: Path, path: Path) -> notebooks.NotebookNode:
    """A chapter's text with the outputs of its last execution."""
    return notebooks.merged(notebooks.read(root / path), notebooks.read(executed / path))


def statistics(root: Path, executed: Path) -> str:
    """Seconds and peak memory of every chapter as a table."""
    rows = ["| chapter | time [s] | peak memory [MiB] |", "|---|--:|--:|"]
    machines, seconds = set(), 0.0
    for path in toc.chapters(root):
        facts = notebooks.read(executed / path).metadata["alloys"]
        title = notebooks.title(notebooks.read(root / path))
        rows.append(f"| [{title}](/{path.as_posix()}) | {facts['seconds']:.1f} | {facts['peak_mib']:.0f} |")
        machines.add(facts["machine"])
        seconds += facts["seconds"]
    if not machines:
        return "No chapter has been executed yet.\n"
    where = f"Together {seconds:.0f} s of one thread. Machine: {'; '.join(sorted(machines))}."
    return "\n".join(rows) + f"\n\n{where}\n"


def cards(folder: Path) -> str:
    """All cards of a folder in one text, each a section."""
    texts = [card.read_text(encoding="utf-8") for card in sorted(folder.glob("*.md"))]
    return "\n\n".join(map(demoted, texts)) or "No card yet.\n"


def demoted(text: str) -> str:
    """Markdown with every heading one level lower; fenced code stays as it is."""
    parts = re.split(r"(^```.*?^```)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(
        part if part.startswith("```") else re.sub(r"^(#+ )", r"#\1", part, flags=re.MULTILINE) for part in parts
    )


def render(site: Path = toc.SITE, build: Path = toc.BUILD) -> bool:
    """Render the pages unless they are up to date; False when Sphinx found a fault (a warning is one).

    Always from scratch: Sphinx forgets the warnings of pages that it does not read again.
    """
    seal, now = build / "html" / ".sources", notebooks.digest(site, ["."]) + notebooks.digest(toc.ROOT, RENDERER)
    if seal.is_file() and seal.read_text() == now:
        return True
    for leftover in ("html", ".doctrees"):
        shutil.rmtree(build / leftover, ignore_errors=True)
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", "-n", "-W", "--keep-going", "-q", str(site)]
    done = subprocess.run([*command, "--path-output", str(build.parent)])
    if done.returncode == 0:
        prune(build / "html" / "_static")
        seal.write_text(now)
    return done.returncode == 0


def prune(static: Path) -> None:
    """Remove what no browser asks for: source maps, other languages, templates, the older twin of each font."""
    shutil.rmtree(static / "locales", ignore_errors=True)
    for leftover in (file for kind in ("*.map", "*.ttf", "*.html") for file in [*static.rglob(kind)]):
        leftover.unlink()
    for sheet in static.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        sheet.write_text(re.sub(r",\s*url\([^)]*\.ttf\)\s*format\([^)]*\)", "", text), encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
