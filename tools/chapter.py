"""Execute one chapter: ``python -m tools.chapter SOURCE.ipynb EXECUTED.ipynb STAMP``; a failure leaves nothing."""

import os
import platform
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

import papermill
from papermill.exceptions import PapermillExecutionError

from tools import notebooks

CELL_TIMEOUT = 600  # seconds; a chapter that needs more is broken
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def main(source: Path, target: Path, stamp: str) -> int:
    """Execute ``source`` in an empty folder, so that it cannot lean on files of the repository; 0 when all is well."""
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as elsewhere:
        draft = Path(elsewhere) / source.name
        started = time.perf_counter()
        try:
            papermill.execute_notebook(
                source, draft, kernel_name="python3", cwd=empty, progress_bar=False, execution_timeout=CELL_TIMEOUT
            )
        except PapermillExecutionError as error:
            print(report(source, error), file=sys.stderr)
            return 1
        seconds = time.perf_counter() - started
        executed = notebooks.read(draft)
    if found := notebooks.faults(notebooks.merged(notebooks.read(source), executed)):
        print(f"chapter {source.stem} ran, but", *found, sep="\n  ", file=sys.stderr)
        return 1
    executed.metadata["alloys"] = {"stamp": stamp, "seconds": seconds, "peak_mib": peak_mib(), "machine": machine()}
    notebooks.write(executed, target)
    return 0


def report(source: Path, error: PapermillExecutionError) -> str:
    """What a reader of a log needs to find the fault: chapter, cell, its source, the traceback."""
    traceback = ANSI.sub("", "\n".join(error.traceback))
    head = f"chapter {source.stem}, cell {error.cell_index + 1}: {error.ename}: {error.evalue}"
    return f"{head}\n--- source\n{error.source}\n--- traceback\n{traceback}\n"


def peak_mib() -> float:
    """Largest resident memory [MiB] that the kernel of this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # Darwin counts bytes, Linux kibibytes


def machine() -> str:
    """The machine in words, without its name."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
