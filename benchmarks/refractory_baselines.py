"""The baselines of the refractory problem over splits and seeds: ``python benchmarks/refractory_baselines.py``.

Writes ``data/results/refractory-baselines.csv``, a row a (split, seed, method), with the figures of :func:`scorecard`:
``mae ...`` and ``r2 ...`` at G = 30, 40 ... 100 GPa; realism and novelty of 1,000 designs whose requests are drawn from
the training alloys; and ``opposing`` and ``opposing K``, the mean absolute errors of G and K_IC for a request
against the correlation of the two: G = 100 GPa and K_IC two standard deviations below the line that the training alloys
follow.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from record import Results
from tqdm import tqdm

from hea_lib import design, evaluation, models, problems
from hea_lib.models.mixture import Rules

SPLITS, SEEDS, DESIGNS = ("random", "grouped"), range(5), 1_000
PARITY = np.linspace(30, 100, 8)
OPPOSING, OPPOSING_DESIGNS = {"shear_modulus": 100.0}, 200
METHODS = {  # method: (model, rounds of delivery; 0 is none, 1 is localisation)
    "neighbours": ("neighbours", 0),
    "swap": ("swap", 0),
    "swap + steered": ("swap", 0),
    "swap + localised": ("swap", 1),
    "swap + delivered": ("swap", 4),
    "random": ("random", 0),
    "gradient": ("gradient", 0),
}


def parity_requests(train: problems.InverseProblem, seed: int, n: int = DESIGNS) -> pd.DataFrame:
    """Requests for G on a grid, with the toughness that goes with it in the training alloys."""
    parts = [train.requests({"shear_modulus": value}, n // len(PARITY), seed=seed) for value in PARITY]
    return pd.concat(parts, ignore_index=True)


def scorecard(
    train: problems.InverseProblem,
    test: problems.InverseProblem,
    make: Callable[[pd.DataFrame], pd.DataFrame],
    seed: int,
) -> dict[str, float]:
    """Every figure of what ``make`` answers to requests, and the seconds that it takes for 1,000 designs."""
    grid = parity_requests(train, seed)
    card = evaluation.errors(make(grid), train, grid)
    against = train.requests(train.opposing_request(OPPOSING), OPPOSING_DESIGNS, seed=seed)
    missed = evaluation.errors(make(against), train, against)
    card |= {"opposing": missed["mae shear_modulus"], "opposing K": missed["mae fracture_toughness"]}
    requests = train.requests_from_data(DESIGNS, seed=seed)
    started = time.perf_counter()
    made = make(requests)
    seconds = time.perf_counter() - started
    card |= evaluation.score(made, train, held_out=test, seed=seed).to_dict()
    return card | {"sample 1000 [s]": seconds}


def steered(train: problems.InverseProblem, model, requests: pd.DataFrame, seed: int) -> pd.DataFrame:
    """What a model answers with the aid that the conditional GAN has: a step along learned lines."""
    rules, asked = Rules.fitted(train, train.target_names), requests.to_numpy()
    moved = rules.steer(train.space, model.sample(requests, seed=seed).to_numpy(), asked, 0.7)
    return pd.DataFrame(moved, index=requests.index, columns=list(train.space.columns))


def measure(train: problems.InverseProblem, test: problems.InverseProblem, method: str, seed: int) -> dict[str, float]:
    """Every figure of one method on one split."""
    name, rounds = METHODS[method]
    started = time.perf_counter()
    model = models.get(name)(train).fit(seed=seed)
    fitted = time.perf_counter() - started

    def make(requests: pd.DataFrame) -> pd.DataFrame:
        if method.endswith("steered"):
            return steered(train, model, requests, seed)
        if rounds:
            return design.deliver(train, model, requests, rounds, seed)
        return model.sample(requests, seed=seed)

    return scorecard(train, test, make, seed) | {"fit [s]": fitted}


def real_alloys(train: problems.InverseProblem, test: problems.InverseProblem, seed: int) -> dict[str, float]:
    """What real alloys score: training alloys drawn with replacement, the floor that the data set."""
    drawn = train.designs.sample(DESIGNS, replace=True, random_state=seed)
    return evaluation.score(drawn, train, held_out=test, seed=seed).to_dict()


def main() -> None:
    """Measure what is not yet measured, then print means and spreads."""
    results = Results(
        "refractory-baselines.csv", key=("split", "seed", "method"), inputs=("refractory.csv", "elements.csv")
    )
    problem = problems.get("refractory")
    cells = [(kind, seed, method) for kind in SPLITS for seed in SEEDS for method in ("real", *METHODS)]
    for kind, seed, method in tqdm(cells):
        if (kind, seed, method) in results:
            continue
        train, test = problem.split(kind, seed=seed)
        figures = real_alloys(train, test, seed) if method == "real" else measure(train, test, method, seed)
        results.add((kind, seed, method), figures)
    print(results.summary(by=["split", "method"]))


if __name__ == "__main__":
    main()
