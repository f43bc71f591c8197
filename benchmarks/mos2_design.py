"""Cells of strained MoS2 for wanted gaps, by every model and strategy: ``python benchmarks/mos2_design.py [SEEDS]``.

Writes ``data/results/mos2-design.csv``, a row a (model, strategy, target, seed): 1,000 designs for each target, all of
them counted under the judge, a cell outside the box as a miss. Strategies: the generator ``alone``; ``selected``, the
5 % with most doubt drawn anew; ``localised``, moved to the request; ``selected and localised``, moved, and the 5 % with
most doubt left drawn anew; and this with ``agreement``, moved also to where the members of the forward model agree.
``kept`` is the share of first draws. Rows on ``calculated rows only`` learned from no variations. Baselines and the
known rows themselves stand beside.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
from record import Results
from tqdm import tqdm

from hea_lib import design, evaluation, models, problems

INPUTS = ("mos2.csv", "weights/mos2-forward.safetensors", "weights/mos2-judge.safetensors")
TARGETS, DRAWN, SEEDS = (0.0, 0.5, 1.0), 1_000, 5
REDRAWN, AGREEMENT, CLOSE, NEAR = 0.05, 3.0, 1e-3, 0.05
AFFINE = {"blocks": "affine", "last_width": 96, "couplings": 10, "steps": 1_500}
MODELS = {
    "cinn": ("cinn", {}),
    "cinn, affine couplings": ("cinn", AFFINE),
    "cinn, spline couplings": ("cinn", AFFINE | {"blocks": "spline", "bins": 8}),
    "cinn, calculated rows only": ("cinn", {"variations": 0}),
    "cinn, affine, calculated rows only": ("cinn", AFFINE | {"variations": 0}),
    "inn": ("inn", {}),
    "inn, calculated rows only": ("inn", {"variations": 0}),
    "mdn": ("mdn", {}),
    "cvae": ("cvae", {}),
    "neighbours": ("neighbours", {}),
    "gradient": ("gradient", {}),
}
MOVED = ("cinn", "cinn, affine couplings", "cinn, calculated rows only", "inn", "mdn", "cvae")


def strategies(problem, model, moved: bool) -> dict:
    """Functions from requests and a seed to designs, and the share of first draws that each keeps."""

    def localise(requests: pd.DataFrame, seed: int, agreement: float = 0.0) -> pd.DataFrame:
        return design.localize(problem, requests, model.sample(requests, seed=seed), agreement=agreement, close=CLOSE)

    known = {"alone": (lambda requests, seed: model.sample(requests, seed=seed), 1.0)}
    if moved:
        select = partial(design.select, problem, model, redrawn=REDRAWN)
        known |= {
            "selected": (lambda requests, seed: select(requests, seed=seed), 1 - REDRAWN),
            "localised": (localise, 1.0),
            "localised, agreement": (partial(localise, agreement=AGREEMENT), 1.0),
            "selected and localised": (lambda requests, seed: select(requests, localized=True, seed=seed), 1 - REDRAWN),
        }
    return known


def figures(problem, designs: pd.DataFrame, target: float) -> dict[str, float]:
    """The scorecard under the judge, and how often the forward model itself says that the target is hit."""
    card = evaluation.score(designs, problem, {"band_gap": target})
    said = problem.forward(designs)["band_gap"]
    return {
        "mae": card["mae band_gap"],
        **{f"within {tolerance}": card[f"band_gap within {tolerance}"] for tolerance in ("0.1", "0.05", "0.02")},
        "forward within 0.05": float((np.abs(said - target) <= NEAR).mean()),
        **{name: card[name] for name in ("in space", "diversity", "novel")},
    }


def measure(problem, label: str, seed: int) -> Iterator[tuple[str, float, dict[str, float]]]:
    """Strategy, target and figures of one training."""
    name, settings = MODELS[label]
    started = time.process_time()
    model = models.get(name, problem.name)(problem, **settings).fit(seed=seed)
    fitted = time.process_time() - started
    for target in TARGETS:
        requests = problem.requests({"band_gap": target}, DRAWN, seed=seed)
        for strategy, (draw, kept) in strategies(problem, model, label in MOVED).items():
            started = time.process_time()
            designs = draw(requests, seed)
            times = {"kept": kept, "fit CPU [s]": fitted, "sample CPU [s]": time.process_time() - started}
            yield strategy, target, figures(problem, designs, target) | times


def rows_near(problem, target: float) -> pd.DataFrame:
    """Calculated cells whose gap is near the target."""
    gap = problem.properties["band_gap"]
    return problem.designs[(gap - target).abs() <= (NEAR if target else 0.0)]


def main() -> None:
    """Measure what is not yet measured, then print means over the seeds."""
    problem = problems.get("mos2")
    results = Results("mos2-design.csv", key=("model", "strategy", "target_eV", "seed"), inputs=INPUTS)
    for target in TARGETS:
        if ("calculated rows near the target", "alone", target, 0) not in results:
            results.add(("calculated rows near the target", "alone", target, 0),
                        figures(problem, rows_near(problem, target), target))  # fmt: skip
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
    for seed, label in tqdm([(seed, label) for seed in seeds for label in MODELS]):
        last = "selected and localised" if label in MOVED else "alone"
        if (label, last, TARGETS[-1], seed) not in results:
            for strategy, target, found in measure(problem, label, seed):
                results.add((label, strategy, target, seed), found)
    print(results.summary(by=["target_eV", "model", "strategy"]))


if __name__ == "__main__":
    main()
