"""Speed, memory and agreement of the descriptors of a million alloys, with matminer measured beside on a sample.

    python benchmarks/descriptors.py [--rows 1000000] [--sample 400]

Prints a table and writes `data/results/descriptors.csv`. matminer runs in an environment of its own
(`benchmarks/matminer-requirements.txt`); without it, its rows are left out and the reason is printed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

PALETTE = ["Al", "Co", "Cr", "Cu", "Fe", "Hf", "Mn", "Mo", "Nb", "Ni", "Ta", "Ti", "V", "W", "Zr"]
SEED, THREADS, REPEATS = 20240501, 2, 10
ROUNDED_GAS_CONSTANT = 8.314  # [J/(mol K)], as matminer has it
MATMINER = Path("_build/matminer-venv/bin/python")


def random_alloys(rows: int) -> pd.DataFrame:
    """Alloys of all fifteen elements, uniform on the simplex."""
    amounts = np.random.default_rng(SEED).exponential(size=(rows, len(PALETTE)))
    amounts /= amounts.sum(axis=1, keepdims=True)  # in place: the peak of memory shall be that of computing
    return pd.DataFrame(amounts, columns=PALETTE)


def measure(rows: int) -> dict[str, float]:
    """Best and median speed and this process's peak memory; to be called in a fresh process."""
    from hea_lib import descriptors

    table = random_alloys(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, busy = [], []
    for _ in range(REPEATS):
        start, used = time.perf_counter(), time.process_time()
        descriptors.compute(table, threads=THREADS)
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - used)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "processor": min(busy) * 1e6 / rows,
        "best": rows / min(seconds), "median": rows / float(np.median(seconds)),
        "peak": peak / 1024, "table": before / 1024,
    }  # fmt: skip


def matminer_side(folder: Path) -> None:
    """Runs in matminer's environment: its alloy featurizer on the sample, fed with our melting temperatures."""
    from matminer.featurizers.composition.alloy import WenAlloys
    from pymatgen.core import Composition

    sample, facts = pd.read_csv(folder / "sample.csv"), pd.read_csv(folder / "facts.csv", index_col=0)
    featurizer = WenAlloys(impute_nan=False)
    for symbol, kelvin in facts.melting_temperature.items():
        featurizer.yss.elem_data.all_elemental_props["MeltingT"][symbol] = kelvin
    compositions = [Composition(row) for row in sample.to_dict("records")]
    start = time.perf_counter()
    rows = [featurizer.featurize(composition) for composition in compositions]
    seconds = time.perf_counter() - start
    pd.DataFrame(rows, columns=featurizer.feature_labels()).to_csv(folder / "matminer.csv", index=False)
    (folder / "matminer.json").write_text(json.dumps({"speed": len(rows) / seconds, "version": version("matminer")}))


def agreement(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Largest relative difference of each quantity that both define, in our units and with one gas constant."""
    from hea_lib.descriptors.mixture import GAS_CONSTANT

    gas = GAS_CONSTANT / ROUNDED_GAS_CONSTANT
    entropy = -1000 * gas * theirs["Configuration entropy"]  # theirs is negative, in kJ
    pairs = {
        "mixing_entropy": entropy,
        "size_mismatch": 100 * theirs["Yang delta"],
        "valence_electron_concentration": theirs["VEC mean"],
        "mixing_enthalpy": theirs["Mixing enthalpy"] * np.sign(ours.mixing_enthalpy),  # theirs has lost its sign
        "omega": gas * theirs["Yang omega"],
        "lambda": entropy / (100 * theirs["Yang delta"]) ** 2,
        "shear_modulus_mismatch": 100 * theirs["Shear modulus delta"],
        "packing_misfit": theirs["Radii gamma"],
    }
    return pd.DataFrame(
        [(name, float(((ours[name] - value).abs() / ours[name].abs()).max())) for name, value in pairs.items()],
        columns=["descriptor", "largest_relative_difference"],
    )


def compare(size: int, folder: Path) -> tuple[dict, pd.DataFrame]:
    """matminer's speed and its agreement with us on the same alloys."""
    from hea_lib import descriptors, elements

    sample = random_alloys(size)
    sample.to_csv(folder / "sample.csv", index=False)
    elements.table().loc[PALETTE, ["melting_temperature"]].to_csv(folder / "facts.csv")
    subprocess.run([MATMINER, __file__, "--matminer-side", folder], check=True, stderr=subprocess.DEVNULL)
    theirs = pd.read_csv(folder / "matminer.csv")
    return json.loads((folder / "matminer.json").read_text()), agreement(descriptors.compute(sample), theirs)


def report(rows: int, size: int) -> pd.DataFrame:
    """All measures as one long table: measure, value, unit, note."""
    fresh = subprocess.run(
        [sys.executable, __file__, "--measure", "--rows", str(rows)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    speed = json.loads(fresh.stdout)
    note = f"{rows} alloys of 15 elements, {THREADS} threads, seed {SEED}"
    lines = [
        ("speed, best of ten", speed["best"], "alloys/s", note),
        ("speed, median of ten", speed["median"], "alloys/s", note),
        ("processor time of a million", speed["processor"], "s", "all threads together; free of what else ran"),
        ("peak memory of the process", speed["peak"], "MiB", "table and result included"),
        ("memory before computing", speed["table"], "MiB", "libraries and table"),
    ]
    if MATMINER.exists():
        with tempfile.TemporaryDirectory() as folder:
            theirs, same = compare(size, Path(folder))
        lines.append(
            (f"matminer {theirs['version']} WenAlloys", theirs["speed"], "alloys/s", f"{size} alloys, 1 process")
        )
        lines += [
            (f"difference from matminer: {name}", value, "relative", "largest of the sample")
            for name, value in same.itertuples(index=False)
        ]
    else:
        print(f"matminer was not measured: {MATMINER} is missing, see benchmarks/matminer-requirements.txt")
    return pd.DataFrame(lines, columns=["measure", "value", "unit", "note"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--matminer-side", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.matminer_side:
        return matminer_side(options.matminer_side)
    if options.measure:
        return print(json.dumps(measure(options.rows)))
    import record  # not on matminer's side, whose environment lacks the library

    record.write("descriptors.csv", report(options.rows, options.sample), ("elements.csv", "mixing-enthalpy.csv"))


if __name__ == "__main__":
    main()
