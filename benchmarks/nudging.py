"""How often a judge agrees that a multi-phase alloy was nudged into a single phase within 20 at%.

    python benchmarks/nudging.py

Resumable; writes `data/results/nudging.csv`, a row for each judge half, way and seed. Counted are known multi-phase
alloys that the judge itself refuses before. The trees lead the way, because they need no training; `any` is the share
of alloys for which the judge accepts any of 500 exchanges at random, a ceiling for what could be chosen among these.
"""

import argparse
import warnings

import numpy as np
import pandas as pd
import record

from hea_lib import design, problems
from hea_lib.design.exchanges import BeamSearch
from hea_lib.models.vae import DisentangledVAE

WAYS = {
    "trees": {},
    "trees, stop at 0.5": {"enough": 0.5},
    "trees, elements enter freely": {"entry": 0.0},
    "trees, no element may enter": {"add": False},
    "trees, no element may leave": {"drop": False},
    "dvae": {},
    "dvae and trees": {},
}
MOST = 150  # alloys of a half
ANY = 500  # exchanges at random
BUDGET = 0.20
INPUTS = ("phases.csv", "elements.csv", "mixing-enthalpy.csv", "weights/dvae-single-phase.safetensors",
          "weights/dvae-single-phase.json")  # fmt: skip


def starts(problem, seed: int) -> pd.DataFrame:
    """Known multi-phase alloys that the judge refuses."""
    multi = problem.designs[problem.properties["single_phase"] == 0]
    refused = multi[problem.judge(multi)["single_phase"] <= 0.5]
    return refused.sample(min(MOST, len(refused)), random_state=seed)


def ceiling(problem, alloys: pd.DataFrame, seed: int) -> float:
    """Share of the alloys for which the judge accepts any of many random exchanges within the budget."""
    everything = np.ones(alloys.shape[1], dtype=bool)
    search = BeamSearch(None, everything, everything, BUDGET, 0.02, 1.0, 0.0, True, 1, 1, 1)
    rng, start = np.random.default_rng(seed), alloys.to_numpy()
    places = np.repeat(start[:, None], ANY, axis=1)
    exchanges = rng.integers(1, 5, size=places.shape[:2])
    for turn in range(exchanges.max()):
        tried, _ = search._exchange(places, rng)
        inside = np.abs(tried - start[:, None]).sum(-1) / 2 <= BUDGET + 1e-9
        places = np.where((inside & (turn < exchanges))[..., None], tried, places)
    flat = pd.DataFrame(places.reshape(-1, alloys.shape[1]), columns=alloys.columns)
    return float((problem.judge(flat)["single_phase"].to_numpy() > 0.5).reshape(len(alloys), ANY).any(axis=1).mean())


def measure(problem, model, way: str, seed: int) -> dict[str, float]:
    """Shares and means of one way."""
    alloys = starts(problem, seed)
    led = {"dvae": model, "dvae and trees": [model, problem.forward]}.get(way, problem.forward)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* did not reach", UserWarning)
        found = design.nudge(problem, led, alloys, budget=BUDGET, seed=seed, **WAYS[way])
    card = design.verify(problem, found.designs)
    return {
        "alloys": len(alloys), "predictor": found.table["arrived"].mean(), "judge": card["accepted"],
        "corrected": card["corrected"], "judge AUC": card["judge AUC"], "distance": found.table["distance"].mean(),
        "elements before": (alloys > 0.01).sum(axis="columns").mean(),
        "elements after": (found.designs > 0.01).sum(axis="columns").mean(),
        "any": ceiling(problem, alloys, seed),
    }  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    options = parser.parse_args()
    results = record.Results("nudging.csv", ("half", "way", "seed"), INPUTS)
    for half in (1, 0):
        problem, model = problems.single_phase(judge_half=half), None
        for way in options.ways:
            for seed in range(options.seeds):
                if (half, way, seed) in results:
                    continue
                if model is None and way.startswith("dvae"):
                    model = DisentangledVAE(problem).ready()
                results.add((half, way, seed), measure(problem, model, way, seed))
    print(results.summary(["way"]))


if __name__ == "__main__":
    main()
