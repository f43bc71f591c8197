"""How far a few labels go: ``python benchmarks/few_labels.py [SEEDS]``.

Writes ``data/results/few-labels.csv``, a row a (share, model, seed). To learn from: the 1,160 alloys of zeng2024 that
its authors call labelled or unlabelled, of which a share, drawn by the seed, keeps its labels. To predict: their 213
validation and test alloys, the same for every seed, never used to train or to stop anything. The three networks differ
in one thing, the alloys of which expert rules and trees say what they think: the alloys without a label (``with the
pool``), none (``no pool``), or those that have one already (``advice on labelled rows``), which is the advice without
the pool. Rules and trees are fitted to labelled alloys only, and never to one that they advise; the features have the
scale of all 1,160 alloys in each of the three.
"""

from __future__ import annotations

import sys
from functools import partial

import numpy as np
import pandas as pd
from phase_classifiers import TREES, classifier, eight, figures, filled
from record import Results
from sklearn.model_selection import StratifiedKFold
from tqdm import tqdm

from hea_lib import datasets, surrogates
from hea_lib.models.vae import DisentangledVAE
from hea_lib.problems import InverseProblem, single_phase

INPUTS = ("zeng2024.csv", "elements.csv", "mixing-enthalpy.csv")
SHARES, SEEDS, FOLDS = (0.05, 0.1, 0.2, 0.5, 1.0), 5, 5


class Compared(DisentangledVAE):
    """A dVAE whose features have one scale in every comparison: that of all alloys there are to learn from."""

    def __init__(self, problem: InverseProblem, pool: pd.DataFrame, sight: pd.DataFrame):
        super().__init__(problem, pool=pool)
        self.sight = sight

    def _in_sight(self) -> pd.DataFrame:
        return self.sight


class Control(Compared):
    """Its pool are its own labelled alloys, each advised by rules and trees that have not seen its label."""

    def _advice(self, labels: np.ndarray) -> np.ndarray:
        advice = np.empty(len(labels))
        for learned, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(labels, labels):
            adviser = DisentangledVAE(self.problem.subset(learned), pool=self.pool.iloc[asked])
            advice[asked] = adviser._advice(labels[learned])
        return advice


def measure(share: float, seed: int) -> dict[str, dict[str, float]]:
    """Figures of each model."""
    from sklearn.ensemble import RandomForestClassifier

    problem = single_phase(judge_half=None, table="zeng2024")
    learn = datasets.load_zeng2024()["split"].isin(["labelled", "unlabelled"]).to_numpy()
    drawn = np.random.default_rng(seed).permutation(np.flatnonzero(learn))
    known, pool = np.split(drawn, [round(share * len(drawn))])
    train, asked = problem.subset(known), problem.designs[~learn]
    labels = train.properties.iloc[:, 0].to_numpy()
    forest = filled(RandomForestClassifier(TREES, random_state=seed)).fit(eight(train.designs), labels)
    votes = {
        "random forest, 8": forest.predict_proba(eight(asked))[:, 1],
        "trees": train.forward(asked).iloc[:, 0].to_numpy(),
        "expert rules": 1 / (1 + np.exp(-surrogates.ExpertRules().fit(train.designs, labels).log_odds(asked))),
    }
    advised = {"with the pool": pool, "no pool": pool[:0], "advice on labelled rows": known}
    for name, rows in advised.items():
        if name == "with the pool" and not len(pool):
            continue
        kind = Control if name == "advice on labelled rows" else Compared
        model = classifier(train, seed, problem.designs.iloc[rows], partial(kind, sight=problem.designs[learn]))
        votes[f"heads, {name}"] = model.predict_heads(asked).mean(axis=0)
        votes[f"dvae, {name}"] = model.predict(asked).iloc[:, 0].to_numpy()
    truth = problem.properties[~learn].iloc[:, 0].to_numpy()
    counts = {"n_labels": len(known), "n_pool": len(pool)}
    return {name: figures(truth, values) | counts for name, values in votes.items()}


def main() -> None:
    """Measure what is not yet measured, then print means and spreads over the seeds."""
    results = Results("few-labels.csv", key=("share", "model", "seed"), inputs=INPUTS)
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
    for seed, share in tqdm([(seed, share) for seed in seeds for share in SHARES]):
        if (share, "dvae, advice on labelled rows", seed) not in results:
            for model, found in measure(share, seed).items():
                results.add((share, model, seed), found)
    print(results.summary(by=["share", "model"]))


if __name__ == "__main__":
    main()
