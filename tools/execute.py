"""Execute every chapter of the table of contents that changed, two at a time: ``python -m tools.execute``.

A chapter is skipped while its stamp is unchanged: its running cells, the library, the data and the lock. The executed
copies lie in ``_build/executed``; the committed notebooks are only read.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tqdm import tqdm

from tools import notebooks, toc

AT_ONCE = 2
GROUND = ("hea_lib", "data", "requirements.lock", "tools/chapter.py")
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def environment() -> dict[str, str]:
    """One thread a chapter, so that times mean the same on every machine; no progress bars and no debugger chatter."""
    quiet = {"TQDM_DISABLE": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return {**os.environ, **quiet, **dict.fromkeys(THREADS, "1")}


def stale(root: Path, executed: Path) -> dict[Path, str]:
    """Chapters whose executed copy is absent or out of date, each with the stamp that it will carry."""
    ground = notebooks.digest(root, GROUND)
    stamps = {path: notebooks.stamp(notebooks.read(root / path), ground) for path in toc.chapters(root)}
    return {path: stamp for path, stamp in stamps.items() if _stamp_of(executed / path) != stamp}


def _stamp_of(path: Path) -> str | None:
    return notebooks.read(path).metadata.get("alloys", {}).get("stamp") if path.is_file() else None


def run(root: Path, executed: Path, path: Path, stamp: str) -> str:
    """Execute one chapter in a process of its own; what went wrong, or nothing."""
    command = [sys.executable, "-m", "tools.chapter", str(root / path), str(executed / path), stamp]
    done = subprocess.run(command, cwd=toc.ROOT, env=environment(), capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stderr.strip() or f"chapter {path.stem} ended with {done.returncode}"


def execute(root: Path = toc.ROOT, executed: Path = toc.EXECUTED) -> dict[Path, str]:
    """Execute what is stale and return the failures; a failure keeps neither its own result nor others from theirs."""
    todo = stale(root, executed)
    failures = {}
    progress = tqdm(total=len(todo), desc="chapters", unit="chapter", file=sys.stderr, disable=not todo)
    with ThreadPoolExecutor(AT_ONCE) as pool, progress as bar:
        running = {pool.submit(run, root, executed, path, stamp): path for path, stamp in todo.items()}
        for future in as_completed(running):
            path = running[future]
            if message := future.result():
                failures[path] = message
                bar.write(f"\n{message}\n", file=sys.stderr)
            bar.set_postfix_str(f"{path.stem} {'failed' if message else 'done'}")
            bar.update()
    return failures


def main() -> int:
    """Execute the book; 1 when a chapter failed."""
    failures = execute()
    if failures:
        print(f"{len(failures)} chapters failed: {', '.join(map(str, failures))}", file=sys.stderr)
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
