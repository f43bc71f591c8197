"""Results as data: a CSV of ``data/results`` that grows row by row, says what made it, and is taken up after a stop."""

from __future__ import annotations

import csv
import hashlib
import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path

from hea_lib import _resources

_PACKAGES = ("numpy", "pandas", "scikit-learn", "torch")


def provenance(inputs: tuple[str, ...]) -> dict[str, str]:
    """Versions, the data files that were read (one hash over all), machine and date behind a figure."""
    packages = " ".join(f"{name}={version(name).split('+')[0]}" for name in ("hea-lib", *_PACKAGES))
    content = b"".join(_resources.read_bytes(name) for name in inputs)
    return {
        "versions": f"python={platform.python_version()} {packages}",
        "data": hashlib.sha256(content).hexdigest()[:12],
        "machine": machine(),
        "date": str(date.today()),
    }


def machine() -> str:
    """The processor and how many cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {cores} cores"


class Results:
    """Rows of one results file, each found by its key.

    A finished row is on disk before the next one starts, so a benchmark that was stopped goes on where it was. Rows
    that were measured on other data are said and measured anew.

    Args:
        name: of the file. key: columns that tell rows apart. inputs: the data files that the benchmark reads.
    """

    def __init__(self, name: str, key: tuple[str, ...], inputs: tuple[str, ...]):
        self.path, self.key, self.stamp = _resources.folder() / "results" / name, key, provenance(inputs)
        self.rows: list[dict[str, str]] = []
        if self.path.exists():
            with self.path.open(newline="") as file:
                found = list(csv.DictReader(file))
            self.rows = [row for row in found if row["data"] == self.stamp["data"]]
            if len(self.rows) < len(found):
                print(f"{name}: {len(found) - len(self.rows)} rows were measured on other data and are measured anew")

    def __contains__(self, key: tuple) -> bool:
        return any(tuple(row[name] for name in self.key) == tuple(map(str, key)) for row in self.rows)

    def add(self, key: tuple, figures: dict[str, float]) -> None:
        """Add one finished row and write the file whole."""
        row = (
            dict(zip(self.key, key, strict=True))
            | {name: f"{value:.6g}" for name, value in figures.items()}
            | self.stamp
        )
        self.rows.append({name: str(value) for name, value in row.items()})
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        self.path.parent.mkdir(exist_ok=True)
        partial = self.path.with_suffix(".partial")
        with partial.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n", restval="")
            writer.writeheader()
            writer.writerows(self.rows)
        partial.replace(self.path)
