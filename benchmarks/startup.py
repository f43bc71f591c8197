"""How long a reader waits for the library: ``python benchmarks/startup.py`` writes ``data/results/startup.csv``.

Each measure is a fresh interpreter, timed from outside, less the time of an interpreter that does nothing.
"""

from __future__ import annotations

import subprocess
import sys
import time

import pandas as pd
import record

RUNS = 7
MEASURES = {
    "import hea_lib": "import hea_lib",
    "a refractory problem": "import hea_lib as hea; hea.problems.get('refractory')",
    "hea --help": "from hea_lib.cli import main; main(['--help'])",
}


def seconds(code: str) -> pd.Series:
    """Wall times of fresh interpreters that run a line of code [s]."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    return pd.Series(times)


def main() -> None:
    """Measure, print and write."""
    bare = seconds("pass").median()
    rows = []
    for name, code in MEASURES.items():
        times = seconds(code) - bare
        rows.append((name, times.median(), times.min(), times.max()))
    record.write(
        "startup.csv", pd.DataFrame(rows, columns=["measure", "median_s", "min_s", "max_s"]), ("refractory.csv",)
    )


if __name__ == "__main__":
    main()
