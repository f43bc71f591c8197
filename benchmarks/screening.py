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
from hea_lib.design.distillation import draw
from hea_lib.models.vae import DisentangledVAE
from hea_lib.surrogates.experts import LINEAR, LOGARITHMIC

PALETTE = ["Al", "Co", "Cr", "Cu", "Fe", "Mn", "Mo", "Nb", "Ni", "Ta", "Ti", "V", "W", "Zr"]
SPACE = design.CompositionSpace(PALETTE, 5, step=5)
SIEVED = 0.2  # share of the alloys that the sieve lets through
BEST = 1_000
LIKED = 0.8  # probability from which alloys must come through the distilled head
RULES = [*LINEAR, *LOGARITHMIC]
CORES = 2
INPUTS = ("phases.csv", "elements.csv", "mixing-enthalpy.csv", "weights/dvae-single-phase.safetensors",
          "weights/dvae-single-phase.json")  # fmt: skip


def seconds(run, repeats: int = 2) -> float:
    """Least processor time of a call."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def alloys(rows: int) -> pd.DataFrame:
    """Five-component alloys in steps of 5 at%, drawn evenly from all of them."""
    return draw(SPACE, rows, np.random.default_rng(0))


def report(rows: int) -> pd.DataFrame:
    """Rates of the parts, and the loss of the sieve."""
    problem = problems.get("single-phase")
    table = alloys(rows)
    whole = problem.space.check(table)
    model = DisentangledVAE(problem).ready()
    rules = surrogates.ExpertRules().fit(problem.designs, problem.properties["single_phase"].to_numpy())
    problem.forward(whole.iloc[:10])  # the trees grow when they are first asked
    part = whole.iloc[::5]
    runs = {
        "enumeration": (lambda: sum(len(block) for block in SPACE.blocks()), SPACE.count),
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
    lines += distilled(problem, model, rate)
    lines += sieve(model, rules, part, rate)
    return pd.DataFrame(lines, columns=["measure", "value", "unit", "note"])


def distilled(problem, model, rate: dict[str, float]) -> list[tuple]:
    """A small network taught by the model on the space itself, and what is lost by it."""
    start = time.process_time()
    quick = design.distil(problem, model, SPACE, threshold=LIKED)
    learning = time.process_time() - start
    table = draw(SPACE, 200_000, np.random.default_rng(1))
    through = len(table) / seconds(lambda: quick(table))
    part = table.iloc[:20_000]
    chance, passed = model.predict(problem.space.check(part)).iloc[:, 0].to_numpy(), quick(part)
    whole = 1 / (1 / rate["enumeration"] + 1 / through + passed.mean() / rate["descriptors, heads and trees"])
    note = f"taught on 8000 of {SPACE.count} alloys in steps of 5 at%"
    return [
        ("teaching a distilled head", learning, "s", note),
        ("descriptors and distilled head", through, "alloys/s", f"one core; {note}"),
        ("descriptors and distilled head, two cores", CORES * through, "alloys/s", f"an upper bound; {note}"),
        ("difference of the distilled head", quick.error, "probability", f"root mean square; {note}"),
        ("alloys that the distilled head lets through", passed.mean(), "share", note),
        (f"alloys above {LIKED} that it lets through", passed[chance > LIKED].mean(), "share", note),
        ("best 1000 of 20000 that it lets through", passed[np.argsort(-chance)[:BEST]].mean(), "share", note),
        ("enumeration, distilled head, then the model", whole, "alloys/s", f"one core; {note}"),
    ]


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
    record.write("screening.csv", report(parser.parse_args().rows), INPUTS)


if __name__ == "__main__":
    main()
