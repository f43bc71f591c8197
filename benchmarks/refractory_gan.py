"""The conditional GAN on the refractory problem: ``python benchmarks/refractory_gan.py [scorecards|ablation]``.

``data/results/refractory-gan.csv``: trained on three random and three grouped splits under three seeds each, the same
judge and the same figures as ``refractory-baselines.csv``, and how the network alone, the model, and its localised and
delivered designs score. ``data/results/gan-ablation.csv``: one choice changed at a time, five splits with a seed each,
fewer steps.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pandas as pd
from record import Results
from refractory_baselines import scorecard
from tqdm import tqdm

from hea_lib import design, fit, problems
from hea_lib.models.gan import PUBLISHED, ConditionalGAN

INPUTS = ("refractory.csv", "elements.csv")
SEEDS, ABLATION_SEEDS, ABLATION_STEPS = range(3), range(5), 1_500
VARIANTS = {
    "reference": {},
    "softmax": {"head": "softmax"},
    "sparsemax": {"head": "sparsemax"},
    "entmax": {"head": "entmax"},
    "weight clipping": {"regularisation": "clip"},
    "unrolled critic": {"unroll": 3},
    "leak": {"leak": 0.5},
    "as published": PUBLISHED,
}
Make = Callable[[pd.DataFrame], pd.DataFrame]


def strategies(model: ConditionalGAN, seed: int) -> dict[str, Make]:
    """Ways to answer requests with one trained model."""
    train = model.problem

    def alone(requests: pd.DataFrame) -> pd.DataFrame:
        proposals, steer = model.proposals, model.steer
        model.proposals, model.steer = 1, 0.0
        try:
            return model.sample(requests, seed=seed)
        finally:
            model.proposals, model.steer = proposals, steer

    return {
        "network alone": alone,
        "cgan": lambda requests: model.sample(requests, seed=seed),
        "cgan + localised": lambda requests: design.localize(train, requests, model.sample(requests, seed=seed)),
        "cgan + delivered": lambda requests: design.deliver(train, model, requests, seed=seed),
    }


def scorecards() -> None:
    """All strategies over splits and seeds; the seeds of a split are trained in one go."""
    results = Results("refractory-gan.csv", key=("split", "fold", "seed", "method"), inputs=INPUTS)
    for kind, fold in tqdm([(kind, fold) for kind in ("random", "grouped") for fold in range(3)]):
        train, test = problems.get("refractory").split(kind, seed=fold)
        ensemble = ConditionalGAN(train)
        if all((kind, fold, seed, "cgan + delivered") in results for seed in SEEDS):
            continue
        used = time.process_time()
        fit(ensemble, seeds=SEEDS, progress=False)
        seconds = {"fit CPU of all seeds [s]": time.process_time() - used}
        for seed, model in zip(SEEDS, ensemble.members(), strict=True):
            for method, make in strategies(model, seed).items():
                if (kind, fold, seed, method) not in results:
                    results.add((kind, fold, seed, method), scorecard(train, test, make, seed) | seconds)
    print(results.summary(by=["split", "method"]))


def ablation() -> None:
    """One choice changed at a time; the network alone, since steering would hide what it has learned."""
    results = Results("gan-ablation.csv", key=("variant", "seed"), inputs=INPUTS)
    for variant, seed in tqdm([(variant, seed) for seed in ABLATION_SEEDS for variant in VARIANTS]):
        if (variant, seed) in results:
            continue
        train, test = problems.get("refractory").split("random", seed=seed)
        started = time.perf_counter()
        model = ConditionalGAN(train, **VARIANTS[variant], steps=ABLATION_STEPS).fit(seed=seed)
        figures = {"steps": ABLATION_STEPS, "fit [s]": time.perf_counter() - started}
        make = strategies(model, seed)["network alone"]
        results.add((variant, seed), scorecard(train, test, make, seed) | figures)
    print(results.summary(by=["variant"]))


if __name__ == "__main__":
    asked = sys.argv[1:] or ["scorecards", "ablation"]
    for name in asked:
        {"scorecards": scorecards, "ablation": ablation}[name]()
