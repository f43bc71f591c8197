"""Speed of reading formulas as the literature writes them, beside pymatgen, and what each refuses or reads differently.

    python benchmarks/formulas.py [--formulas 5000]

Reads the formulas of `data/reports.csv` as written there; prints a table and writes `data/results/formulas.csv`.
"""

import argparse
import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
import pandas as pd
import record
from pymatgen.core import Composition

from hea_lib import alloys, datasets
from hea_lib.errors import FormulaError

SEED, REPEATS, TOLERANCE = 0, 5, 1e-6


def ours(text: str) -> dict[str, float]:
    """Atomic fractions by this library."""
    amounts = alloys.parse_formula(text)
    total = sum(amounts.values())
    return {symbol: amount / total for symbol, amount in amounts.items()}


def theirs(text: str) -> dict[str, float]:
    """Atomic fractions by pymatgen."""
    return dict(Composition(text).fractional_composition.get_el_amt_dict())


def read(reader: Callable[[str], dict], texts: list[str], refusal: type[Exception]) -> tuple[list, float]:
    """Composition of each text, None where the reader refuses it; and the best seconds of several runs."""
    seconds = []
    for _ in range(REPEATS):
        found, start = [], time.perf_counter()
        for text in texts:
            try:
                found.append(reader(text))
            except refusal:
                found.append(None)
        seconds.append(time.perf_counter() - start)
    return found, min(seconds)


def same(one: dict, other: dict) -> bool:
    """Whether two compositions agree in every element."""
    return all(abs(one.get(symbol, 0) - other.get(symbol, 0)) < TOLERANCE for symbol in {*one, *other})


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--formulas", type=int, default=5000)
    count = parser.parse_args().formulas
    written = datasets.load_reports().formula.to_numpy()
    texts = list(np.random.default_rng(SEED).choice(written, count, replace=count > len(written)))
    mine, my_seconds = read(ours, texts, FormulaError)
    other, other_seconds = read(theirs, texts, Exception)
    both = [(a, b) for a, b in zip(mine, other, strict=True) if a and b]
    note = f"{count} formulas as written, {len(set(texts))} different, seed {SEED}"
    rows = [
        ("parse_formula", count / my_seconds, "formulas/s", note),
        ("parse_formula refuses", mine.count(None), "formulas", "each with a reason"),
        (f"pymatgen {version('pymatgen')} Composition", count / other_seconds, "formulas/s", note),
        ("pymatgen refuses", other.count(None), "formulas", ""),
        (
            "read differently",
            sum(not same(a, b) for a, b in both),
            "formulas",
            "brackets whose outer amounts are shares",
        ),
    ]
    measures = pd.DataFrame(rows, columns=["measure", "value", "unit", "note"])
    record.write("formulas.csv", measures, inputs=("reports.csv",))


if __name__ == "__main__":
    main()
