"""Does a second property help the class, or cost it: ``python benchmarks/two_targets.py [SEEDS]``.

Writes ``data/results/two-targets.csv``, a row a (model, seed). The alloys of our phase table with a measured hardness,
in five folds of chemical systems, dealt by the seed; a row scores the predictions of all five folds together. ``both``
is the classifier of the dVAE with the hardness as its second target, ``class alone`` the same without it, and
``hardness alone`` the same with a class that says nothing, one half for every alloy. ``heads`` are the networks,
``dvae`` adds the share of trees; these grow for each property apart and so neither gain nor lose by a second one.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import pandas as pd
from phase_classifiers import classifier, splits
from record import Results
from tqdm import tqdm

from hea_lib.models.vae import DisentangledVAE
from hea_lib.problems import InverseProblem, single_phase

INPUTS = ("phases.csv", "measurements.csv", "elements.csv", "mixing-enthalpy.csv")
SEEDS, SECOND = 3, "hardness"


class Indifferent(DisentangledVAE):
    """The dVAE where the class of every alloy is one half, so that its heads learn the second property alone."""

    def learner(self, seeds, device):
        """The training of this model under some seeds."""
        learner = super().learner(seeds, device)
        learner.alloys = replace(learner.alloys, classes=0 * learner.alloys.classes + 0.5)
        return learner


def predict(train: InverseProblem, asked: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """What each model says of the alloys asked, a column a property that it learned."""
    first = train.target_names[:1]
    alone = replace(train, targets=train.targets[:1], properties=train.properties[first])
    ways = {
        "both": (train, DisentangledVAE, train.target_names),
        "class alone": (alone, DisentangledVAE, first),
        "hardness alone": (train, Indifferent, [SECOND]),
    }
    found = {"trees": train.forward(asked)}
    for name, (problem, kind, learned) in ways.items():
        model = classifier(problem, seed, kind=kind)
        share, model.trees = model.trees, 0.0
        heads = model.predict(asked)[learned]
        mixed = (1 - share) * heads + share * found["trees"][learned]
        found |= {f"heads, {name}": heads, f"dvae, {name}": mixed}
    return found


def measure(problem: InverseProblem, seed: int) -> dict[str, dict[str, float]]:
    """Figures of each model over all folds."""
    from sklearn.metrics import mean_absolute_error, r2_score, roc_auc_score

    parts: dict[str, list[pd.DataFrame]] = {}
    for known, asked in splits("phases", "grouped", problem, seed):
        for name, said in predict(problem.subset(known), problem.designs.iloc[asked], seed).items():
            parts.setdefault(name, []).append(said)
    found = {}
    for name, said in ((name, pd.concat(folds)) for name, folds in parts.items()):
        truth = problem.properties.loc[said.index]
        found[name] = {"n": len(said)}
        if "single_phase" in said:
            found[name]["auc"] = roc_auc_score(truth["single_phase"], said["single_phase"])
        if SECOND in said:
            found[name]["r2"] = r2_score(truth[SECOND], said[SECOND])
            found[name]["mae_HV"] = mean_absolute_error(truth[SECOND], said[SECOND])
    return found


def main() -> None:
    """Measure what is not yet measured, then print means and spreads over the seeds."""
    problem = single_phase(judge_half=None, also=SECOND)
    results = Results("two-targets.csv", key=("model", "seed"), inputs=INPUTS)
    for seed in tqdm(range(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)):
        if ("dvae, hardness alone", seed) not in results:
            for name, figures in measure(problem, seed).items():
                results.add((name, seed), figures)
    print(results.summary(by=["model"]))


if __name__ == "__main__":
    main()
