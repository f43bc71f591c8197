"""``make test``: unit tests, every chapter alone against the installed wheel, and the built pages.

All suites run even when one fails; the last lines repeat pytest's summary of each.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from tools import book, execute, notebooks, toc

WHEEL_SITE = toc.BUILD / "wheel-site"
CELL_TIMEOUT = 600  # seconds
GUARD = """import pathlib, hea_lib
assert pathlib.Path({site!r}) in pathlib.Path(hea_lib.__file__).parents, f'not the wheel: {{hea_lib.__file__}}'
assert sorted(p.name for p in pathlib.Path().iterdir()) == [{name!r}], 'the folder is not empty'"""
SUMMARY = re.compile(
    r"^=* ?(\d+ (?:passed|failed|error|skipped).*? in [\d.]+s.*?|no tests ran.*?)(?: =+)?$", re.MULTILINE
)


def install_wheel(target: Path = WHEEL_SITE) -> None:
    """Build the wheel of this checkout and install it alone into a folder of its own."""
    shutil.rmtree(target, ignore_errors=True)
    pip = [sys.executable, "-m", "pip"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, str(toc.ROOT)], check=True
        )
        wheel = next(Path(folder).glob("hea_lib-*.whl"))
        subprocess.run(
            [*pip, "install", "-q", "--no-deps", "--no-index", "--target", str(target), str(wheel)], check=True
        )


def run(arguments: list[str], show: bool = True, **options) -> tuple[bool, str]:
    """Run pytest, print its output as it comes, and return whether it passed and its summary line."""
    command = [sys.executable, "-m", "pytest", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if show:
            print(line, end="", flush=True)
    passed, text = process.wait() == 0, "".join(lines)
    if not show and not passed:
        print(text, flush=True)
    summaries = SUMMARY.findall(text)
    return passed, summaries[-1] if summaries else f"pytest ended with {process.returncode} and no summary"


def alone(path: Path, site: Path = WHEEL_SITE) -> tuple[bool, str]:
    """Run one notebook through nbval in an empty folder where ``hea_lib`` can only come from the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / path.name
        notebook = notebooks.read(path)
        guard = GUARD.format(site=str(site.resolve()), name=path.name)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(guard, id="guard-of-the-wheel"))
        for number, cell in enumerate(notebooks.code_cells(notebook), start=1):
            cell.execution_count = number  # nbval takes outputs without a count for a mistake
        nbformat.write(notebook, copy)
        options = ["--nbval-lax", f"--nbval-cell-timeout={CELL_TIMEOUT}", "-c", os.devnull, f"--rootdir={folder}", "-q"]
        environment = {**execute.environment(), "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
        options += ["-p", "no:cacheprovider", "--no-header", "-p", "no:hypothesispytest"]
        return run([*options, copy.name], show=False, cwd=folder, env=environment)


def chapters_alone() -> list[tuple[str, bool, str]]:
    """Every chapter of the table of contents, as many at once as ``make book`` runs."""
    paths = toc.chapters()
    with ThreadPoolExecutor(execute.AT_ONCE) as pool:
        results = pool.map(alone, [toc.ROOT / path for path in paths])
        return [(path.as_posix(), *result) for path, result in zip(paths, results, strict=True)]


def main() -> int:
    """Run all suites; 1 when one failed."""
    outcome = [("unit tests", *run([], cwd=toc.ROOT))]
    install_wheel()
    outcome += chapters_alone()
    built = book.build() == 0
    outcome.append(("book", built, "built" if built else "not built"))
    outcome.append(("pages", *run(["tests/pages"], cwd=toc.ROOT)))
    print("\n--- summary of all suites")
    for name, passed, summary in outcome:
        print(f"{'passed' if passed else 'FAILED'}  {name}: {summary}")
    return not all(passed for _, passed, _ in outcome)


if __name__ == "__main__":
    sys.exit(main())
