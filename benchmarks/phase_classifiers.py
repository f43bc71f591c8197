"""Classifiers of single-phase alloys over tables, splits and seeds: ``python benchmarks/phase_classifiers.py [SEEDS]``.

Writes ``data/results/phase-classifiers.csv``, a row a (table, split, model, alloys, seed). Splits:

- ``published``: the authors' test rows, all others but these to learn from (their validation and unlabelled rows too,
  with labels); of zeng2024 only.
- ``random`` and ``grouped``: five folds, of alloys and of chemical systems, dealt by the seed; a row scores the
  predictions of all five folds together.
- ``up to YEAR``: learn from alloys reported up to that year and predict those first reported later; alloys without a
  year are left out, and counted in the column ``left_out``; of our own table only.

``alloys`` says which of the predicted alloys are scored: all of them, or those with five elements or more. The seed
also starts every model but the trees of the problem, which always start alike. The classifier of the dVAE shares no
weights with its autoencoder and learns nothing from it, so it is trained alone here, as long as in a whole training,
which takes a tenth of the time. Its settings and those of the trees were chosen on grouped folds of both tables under
the seeds 0 and 1, so these figures are a little kind to both.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from record import Results
from tqdm import tqdm

from hea_lib import calibration, datasets, descriptors, spaces, surrogates
from hea_lib.models.vae import DisentangledVAE
from hea_lib.problems import InverseProblem, single_phase

INPUTS = ("zeng2024.csv", "phases.csv", "elements.csv", "mixing-enthalpy.csv")
SEEDS, FOLDS, MANY, TREES = 5, 5, 5, 300
YEARS = (2012, 2016, 2019)
EIGHT = ("k", "vm", "tm", "vac", "delta", "delta_chi", "delta_s_mix", "delta_h_mix")
Split = tuple[np.ndarray, np.ndarray]


def splits(table: str, split: str, problem: InverseProblem, seed: int) -> Iterator[Split]:
    """Positions of alloys to learn from and of alloys to predict."""
    from sklearn.model_selection import GroupKFold, StratifiedKFold

    known = datasets.load(table)
    labels = problem.properties.iloc[:, 0]
    if split == "published":
        yield np.flatnonzero(known["split"] != "test"), np.flatnonzero(known["split"] == "test")
    elif split == "random":
        yield from StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(labels, labels)
    elif split == "grouped":
        yield from GroupKFold(FOLDS, shuffle=True, random_state=seed).split(labels, groups=problem.groups)
    else:
        year = known["first_year"].astype(float).to_numpy()  # NaN is neither before nor after
        last = int(split.removeprefix("up to "))
        yield np.flatnonzero(year <= last), np.flatnonzero(year > last)


def eight(designs: pd.DataFrame) -> np.ndarray:
    """Zeng's eight features; NaN for a mixing enthalpy that their pairs do not determine."""
    return descriptors.zeng2024(designs, missing="nan")[list(EIGHT)].to_numpy()


def filled(*steps):
    """A classifier that puts the mean of the alloys it learned from in the place of what is missing."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    return make_pipeline(SimpleImputer(), *steps)


def rich(designs: pd.DataFrame) -> np.ndarray:
    """Composition and all our descriptors without the two that can be infinite."""
    names = descriptors.finite_names()
    return np.hstack([designs, descriptors.compute(designs, names, threads=1)])


def predict(train: InverseProblem, asked: pd.DataFrame, seed: int) -> dict[str, np.ndarray]:
    """Probability of a single phase that each model gives to the alloys asked."""
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    labels = train.properties.iloc[:, 0].to_numpy()
    classifiers = {
        "logistic regression, 8": (eight, filled(StandardScaler(), LogisticRegression())),
        "random forest, 8": (eight, filled(RandomForestClassifier(TREES, random_state=seed))),
        "extra trees": (rich, ExtraTreesClassifier(TREES, random_state=seed)),
    }
    found = {
        name: model.fit(inputs(train.designs), labels).predict_proba(inputs(asked))[:, 1]
        for name, (inputs, model) in classifiers.items()
    }
    odds = surrogates.ExpertRules().fit(train.designs, labels).log_odds(asked)
    found["expert rules"] = 1 / (1 + np.exp(-odds))
    found["trees"] = train.forward(asked).iloc[:, 0].to_numpy()
    model = classifier(train, seed)
    found["dvae, heads alone"] = model.predict_heads(asked).mean(axis=0)
    found["dvae"] = model.predict(asked).iloc[:, 0].to_numpy()
    return found


def classifier(
    train: InverseProblem,
    seed: int,
    pool: pd.DataFrame | None = None,
    kind: Callable[..., DisentangledVAE] = DisentangledVAE,
) -> DisentangledVAE:
    """The dVAE, or a kind of it, with trained heads, and all its other networks as they were made."""
    import torch

    model = kind(train, pool=pool)
    learner = model.learner([seed], torch.device("cpu"))
    optimizer = learner.optimizers["heads"]
    for learner.done in range(model.vae.head_steps):
        learner.schedule()
        optimizer.zero_grad()
        sum(learner._classify().values()).sum().backward()
        optimizer.step()
    model.adopt(learner)
    return model


def measure(table: str, split: str, seed: int) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Model, which alloys are scored, and figures."""
    problem = single_phase(judge_half=None, table=table)
    labels = problem.properties.iloc[:, 0].to_numpy()
    votes: dict[str, np.ndarray] = {}
    learned = []
    for known, asked in splits(table, split, problem, seed):
        learned.append(len(known))
        for name, values in predict(problem.subset(known), problem.designs.iloc[asked], seed).items():
            votes.setdefault(name, np.full(len(labels), np.nan))[asked] = values
    many = ((problem.designs > spaces.PRESENT).sum(axis=1) >= MANY).to_numpy()
    left_out = int(datasets.load(table)["first_year"].isna().sum()) if split.startswith("up to") else 0
    for name, values in votes.items():
        for scored, rows in {"all": ~np.isnan(values), f">= {MANY} elements": ~np.isnan(values) & many}.items():
            counts = {"n": rows.sum(), "n_learned": np.mean(learned), "left_out": left_out}
            yield name, scored, figures(labels[rows], values[rows]) | counts


def figures(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """AUC, accuracy, calibration error with what chance alone would give, and Brier score."""
    from sklearn.metrics import roc_auc_score

    return {
        "auc": roc_auc_score(labels, probabilities),
        "accuracy": np.mean((probabilities >= 0.5) == labels),
        "calibration_error": calibration.calibration_error(labels, probabilities),
        "calibration_noise": calibration.calibration_noise(probabilities).mean(),
        "brier": np.mean((probabilities - labels) ** 2),
    }


def main() -> None:
    """Measure what is not yet measured, then print means and spreads over the seeds."""
    results = Results("phase-classifiers.csv", key=("table", "split", "model", "alloys", "seed"), inputs=INPUTS)
    cells = [("zeng2024", "published"), ("zeng2024", "grouped"), ("phases", "grouped"), ("zeng2024", "random"),
             ("phases", "random"), *(("phases", f"up to {year}") for year in YEARS)]  # fmt: skip
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
    for seed, (table, split) in tqdm([(seed, cell) for seed in seeds for cell in cells]):
        if (table, split, "dvae", f">= {MANY} elements", seed) not in results:
            for model, scored, found in measure(table, split, seed):
                results.add((table, split, model, scored, seed), found)
    print(results.summary(by=["table", "split", "alloys", "model"]))


if __name__ == "__main__":
    main()
