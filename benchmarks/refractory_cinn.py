"""The conditional invertible network and the plain conditional VAE on refractory alloys, beside the GAN.

    python benchmarks/refractory_cinn.py

Writes ``data/results/refractory-cinn.csv``, a row a (split, fold, method): the same splits, requests, judge and figures
as ``refractory-gan.csv``, with one seed for each split. Alloys enter through the coordinates of
:mod:`hea_lib.networks.coordinates`, so that absent elements are exactly absent.
"""

from __future__ import annotations

import time

from record import Results
from refractory_baselines import scorecard
from tqdm import tqdm

from hea_lib import design, models, problems

INPUTS = ("refractory.csv", "elements.csv")
METHODS, SEED = ("cinn", "cvae"), 0


def main() -> None:
    """Each model alone and localised, over three random and three grouped splits."""
    results = Results("refractory-cinn.csv", key=("split", "fold", "method"), inputs=INPUTS)
    cells = [(kind, fold, name) for kind in ("random", "grouped") for fold in range(3) for name in METHODS]
    for kind, fold, name in tqdm(cells):
        if (kind, fold, f"{name} + localised") in results:
            continue
        train, test = problems.get("refractory").split(kind, seed=fold)
        used = time.process_time()
        model = models.get(name, "refractory")(train).fit(seed=SEED)
        seconds = {"fit CPU [s]": time.process_time() - used}
        ways = {
            name: lambda requests, model=model: model.sample(requests, seed=SEED),
            f"{name} + localised": lambda requests, model=model, train=train: design.localize(
                train, requests, model.sample(requests, seed=SEED)
            ),
        }
        for method, make in ways.items():
            results.add((kind, fold, method), scorecard(train, test, make, SEED) | seconds)
    print(results.summary(by=["split", "method"]))


if __name__ == "__main__":
    main()
