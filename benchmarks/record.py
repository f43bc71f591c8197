"""Results as data: a CSV of ``data/results`` that grows row by row, says what made it, and is taken up after a stop."""

from __future__ import annotations

import hashlib
import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd

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


def write(name: str, measures: pd.DataFrame, inputs: tuple[str, ...]) -> None:
    """Print a table of measures and write it to ``data/results`` with what made it."""
    print(measures.to_string(index=False))
    _resources.write_csv(measures.assign(**provenance(inputs)), f"results/{name}")


class Results:
    """Rows of one results file, each found by its key.

    A finished row is on disk before the next one starts, so a benchmark that was stopped goes on where it was. Rows
    that were measured on other data are said and measured anew.

    Args:
        name: of the file. key: columns that tell rows apart. inputs: the data files that the benchmark reads.
    """

    def __init__(self, name: str, key: tuple[str, ...], inputs: tuple[str, ...]):
        self.name, self.key, self.stamp = f"results/{name}", key, provenance(inputs)
        self.rows: dict[tuple[str, ...], dict[str, str]] = {}
        if (_resources.folder() / self.name).exists():
            found = _resources.read_csv(self.name, dtype=str, keep_default_na=False).to_dict("records")
            same = [row for row in found if row["data"] == self.stamp["data"]]
            self.rows = {tuple(row[part] for part in key): row for row in same}
            if len(same) < len(found):
                print(f"{name}: {len(found) - len(same)} rows were measured on other data and are measured anew")

    def __contains__(self, key: tuple) -> bool:
        return tuple(map(str, key)) in self.rows

    def add(self, key: tuple, figures: dict[str, float]) -> None:
        """Add one finished row, in the place of one with the same key, and write the file whole."""
        named = dict(zip(self.key, map(str, key), strict=True))
        written = {name: f"{value:.6g}" for name, value in figures.items()}
        self.rows[tuple(named.values())] = named | written | self.stamp
        _resources.write_csv(pd.DataFrame(self.rows.values()), self.name)

    def summary(self, by: list[str], digits: int = 3) -> str:
        """Mean and standard deviation of every figure over what is not in ``by``, as text."""
        table = pd.DataFrame(self.rows.values()).drop(columns=[*self.stamp, *(set(self.key) - set(by))])
        figures = table.set_index(by).apply(pd.to_numeric)
        return figures.groupby(by).agg(["mean", "std"]).round(digits).stack(0).unstack(-2).to_string()
