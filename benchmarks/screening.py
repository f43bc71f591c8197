"""How many alloys a second are enumerated, described and classified, part by part, and what a cheap sieve loses.

    python benchmarks/screening.py [--rows 200000]

Prints a table and writes `data/results/screening.csv`. Times are processor times of this process: what two free cores
would do is twice the rate, if their threads do not wait for one another. The target was a million alloys a second on
two cores through descriptors and a classifier.
"""

import argparse
import time

import numpy as np
import pandas as pd
import record

from hea_lib import descriptors, design, problems, surrogates
from hea_lib.models.vae import DisentangledVAE

PALETTE = ["Al", "Co", "Cr", "Cu", "Fe", "Mn", "Mo", "Nb", "Ni", "Ta", "Ti", "V", "W", "Zr"]
SIEVED = 0.2  # share of the alloys that the sieve lets through
BEST = 1_000
RULES = [*surrogates.experts.LINEAR, *surrogates.experts.LOGARITHMIC]
CORES = 2


def seconds(run, repeats: int = 2) -> float:
    """Least processor time of a call."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def alloys(rows: int) -> pd.DataFrame:
    """Five-component alloys in steps of 5 at%, every so many of an enumerated space, over all sets of elements."""
    space = design.CompositionSpace(PALETTE, 5, step=5)
    every = max(1, space.count // rows)
    return pd.concat([block.iloc[::every] for block in space.blocks()], ignore_index=True).iloc[:rows]


def report(rows: int) -> pd.DataFrame:
    """Rates of the parts, and the loss of the sieve."""
    problem = problems.get("single-phase")
    table = alloys(rows)
    whole = problem.space.check(table)
    model = DisentangledVAE(problem).ready()
    rules = surrogates.ExpertRules().fit(problem.designs, problem.properties["single_phase"].to_numpy())
    problem.forward(whole.iloc[:10])  # the trees grow when they are first asked
    part = whole.iloc[: rows // 5]
    runs = {
        "enumeration": (lambda: sum(len(block) for block in design.CompositionSpace(PALETTE[:6], step=4).blocks()),
                        design.CompositionSpace(PALETTE[:6], step=4).count),
        "descriptors, all": (lambda: descriptors.compute(table, threads=1), rows),
        "descriptors, of the rules": (lambda: descriptors.compute(table, RULES, threads=1), rows),
        "descriptors and expert rules": (lambda: rules.log_odds(table), rows),
        "descriptors and trees": (lambda: problem.forward(part), len(part)),
        "descriptors and heads": (lambda: model.predict_heads(part), len(part)),
        "descriptors, heads and trees": (lambda: model.predict(part), len(part)),
    }  # fmt: skip
    lines = []
    for name, (run, count) in runs.items():
        rate = count / seconds(run)
        print(f"{name}: {rate:,.0f} alloys per second of processor time", flush=True)
        lines.append((name, rate, "alloys/s", "one core"))
        lines.append((f"{name}, two cores", CORES * rate, "alloys/s", "twice one core: an upper bound"))
    rate = {name: value for name, value, *_ in lines}
    lines += sieve(model, rules, part, rate)
    return pd.DataFrame(lines, columns=["measure", "value", "unit", "note"])


def sieve(model, rules, table: pd.DataFrame, rate: dict[str, float]) -> list[tuple]:
    """What is lost when only the alloys that expert rules like best are shown to the model, and what it saves."""
    chance, cheap = model.predict(table).iloc[:, 0].to_numpy(), rules.log_odds(table)
    passed = cheap >= np.quantile(cheap, 1 - SIEVED)
    best = np.argsort(-chance)[:BEST]
    both = 1 / (1 / rate["descriptors and expert rules"] + SIEVED / rate["descriptors, heads and trees"])
    note = f"the rules let {SIEVED:.0%} of {len(table)} alloys through"
    return [
        ("sieve and model", both, "alloys/s", f"one core; {note}"),
        ("sieve and model, two cores", CORES * both, "alloys/s", f"twice one core: an upper bound; {note}"),
        (f"best {BEST} that pass the sieve", passed[best].mean(), "share", note),
        ("alloys above one half that pass the sieve", passed[chance > 0.5].mean(), "share", note),
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    record.write("screening.csv", report(parser.parse_args().rows), ("phases.csv", "elements.csv"))


if __name__ == "__main__":
    main()
