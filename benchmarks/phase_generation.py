"""The disentangled VAE as an autoencoder and as a generator: ``python benchmarks/phase_generation.py``.

``data/results/phase-autoencoder.csv``: on held-out alloys, how well they are given back, and how well the class can be
read from what should not hold it; on the published split of zeng2024 and on random splits of our phase table.
``data/results/phase-generation.csv``: single-phase alloys of five and more elements, verified by a judge that learned
from other chemical systems, before and after a filter by the model's own classifier; beside them known single-phase
alloys with jittered amounts, after the same filter. The judge's own quality is its AUC on the alloys of the models.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from record import Results
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.neural_network import MLPClassifier
from tqdm import tqdm

from hea_lib import alloys, datasets, problems, spaces
from hea_lib.evaluation import diversity, nearest_distance
from hea_lib.models.vae import DisentangledVAE

INPUTS = ("phases.csv", "zeng2024.csv", "elements.csv", "mixing-enthalpy.csv")
TABLES, SEEDS, DRAWN, FEWEST, NOVEL = ("zeng2024", "phases"), range(5), 5_000, 5, 0.05
JITTER = 0.5  # of the reference: strength that makes nine of ten jittered alloys novel
FILTERS = {"raw": None, "filtered at .5": 0.5, "filtered at .8": 0.8}


def held_out(table: str, seed: int) -> problems.Split:
    """The published split, the same for every seed, or a random one."""
    problem = problems.single_phase(judge_half=None, table=table)
    if table == "phases":
        return problem.split("random", seed=seed)
    test = (datasets.load_zeng2024()["split"] == "test").to_numpy()
    return problems.Split(problem.subset(~test), problem.subset(test))


def leak(latents: pd.DataFrame, classes: np.ndarray, seed: int) -> float:
    """The best AUC with which one of three kinds of classifier reads the class from latent vectors.

    They differ from those of :func:`hea_lib.interpretation.probe`: here is a network in place of nearest neighbours.
    """
    kinds = [
        LogisticRegression(max_iter=1_000),
        RandomForestClassifier(200, random_state=seed),
        MLPClassifier((64,), max_iter=500, early_stopping=True, random_state=seed),
    ]
    values = latents.to_numpy()
    guesses = (cross_val_predict(kind, values, classes, cv=5, method="predict_proba")[:, 1] for kind in kinds)
    return max(roc_auc_score(classes, guess) for guess in guesses)


def autoencoder(table: str, seed: int) -> dict[str, float]:
    """Reconstruction and disentanglement on alloys that the model has not seen."""
    train, test = held_out(table, seed)
    used = time.process_time()
    model = DisentangledVAE(train).fit(seed=seed)
    figures = {"fit CPU [s]": time.process_time() - used}
    known, classes = test.designs, test.properties["single_phase"].to_numpy()
    drawn, mean = (model.encode(known, test.properties, seed=chance) for chance in (seed, None))
    for name, latents in {"": mean, " of a draw": drawn}.items():
        again = model.decode(latents, test.properties).to_numpy()
        figures |= {
            f"composition error{name}": np.abs(again - known.to_numpy()).sum(axis=1).mean() / 2,
            f"exact elements{name}": ((again > 0) == (known.to_numpy() > spaces.PRESENT)).all(axis=1).mean(),
        }
    return figures | {
        "probe of draws": leak(drawn, classes, seed),
        "probe of means": leak(mean, classes, seed),
        "probe of whole alloys": leak(model.embed(known, seed=seed), classes, seed),
        "AUC of the heads": roc_auc_score(classes, model.predict_heads(known).mean(axis=0)),
        "AUC with trees": roc_auc_score(classes, model.predict(known)),
    }


def verified(problem: problems.InverseProblem, designs: pd.DataFrame, seed: int) -> dict[str, float]:
    """Share that the judge accepts, that is new, and both; and how many have elements that no known alloy combines."""
    accepted = problem.judge(designs)["single_phase"].to_numpy() > 0.5
    novel = nearest_distance(problem.space, designs, problem.designs) > NOVEL
    known_system = alloys.chemical_system(designs, spaces.PRESENT).isin(problem.groups).to_numpy()
    figures = {
        "judged": accepted.mean(),
        "novel": novel.mean(),
        "judged and novel": (accepted & novel).mean(),
        "judged of the novel": accepted[novel].mean(),
        "new system": 1 - known_system.mean(),
        "diversity": diversity(problem.space, designs, seed=seed),
    }
    return figures if known_system.all() else figures | {"judged of new systems": accepted[~known_system].mean()}


def jittered(problem: problems.InverseProblem, seed: int) -> pd.DataFrame:
    """Known single-phase alloys with other amounts of the same elements."""
    single = problem.designs[problem.properties["single_phase"] == 1].sample(DRAWN, replace=True, random_state=seed)
    values = problem.space.jitter(single.to_numpy(), JITTER, np.random.default_rng(seed))
    return pd.DataFrame(values, columns=single.columns)


def generation(results: Results, table: str, seed: int) -> None:
    """Generated and jittered alloys, raw and filtered."""
    problem = problems.single_phase(judge_half=seed % 2, table=table)
    model = DisentangledVAE(problem).fit(seed=seed)
    quality = roc_auc_score(problem.properties, problem.judge(problem.designs))
    made = {"jittered known alloys": jittered(problem, seed)}
    for temperature in (1.0, 0.8, 0.6):
        model.temperature = temperature
        made[f"dvae at temperature {temperature}"] = model.sample({"single_phase": 1.0}, DRAWN, seed=seed)
    for method, designs in made.items():
        large = designs[(designs > spaces.PRESENT).sum(axis="columns") >= FEWEST]
        belief = model.predict(large)["single_phase"].to_numpy()
        for name, lowest in FILTERS.items():
            kept = np.ones(len(large), dtype=bool) if lowest is None else belief >= lowest
            figures = {"of five elements": len(large) / DRAWN, "kept": kept.mean(), "AUC of the judge": quality}
            results.add((table, seed, method, name), figures | verified(problem, large[kept], seed))


def main() -> None:
    """Measure what is not yet measured, then print means and spreads."""
    encoded = Results("phase-autoencoder.csv", key=("table", "seed"), inputs=INPUTS)
    for table, seed in tqdm([(table, seed) for seed in SEEDS for table in TABLES]):
        if (table, seed) not in encoded:
            encoded.add((table, seed), autoencoder(table, seed))
    print(encoded.summary(by=["table"]))
    made = Results("phase-generation.csv", key=("table", "seed", "method", "filter"), inputs=INPUTS)
    for table, seed in tqdm([(table, seed) for seed in SEEDS for table in TABLES]):
        if (table, seed, "dvae at temperature 0.6", "filtered at .8") not in made:
            generation(made, table, seed)
    print(made.summary(by=["table", "method", "filter"]))


if __name__ == "__main__":
    main()
