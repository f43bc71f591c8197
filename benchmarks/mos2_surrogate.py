"""Forward models of the MoS2 band gap over splits and seeds: ``python benchmarks/mos2_surrogate.py``.

Writes ``data/results/mos2-surrogate.csv``, a row a (method, seed). The seed deals the distinct cells to the parts of
`hea_lib.surrogates.rows` and starts the model; errors are those on the 10 % that no model of that seed sees. The two
rows called ``published split`` use the authors' split instead, once with and once without the test rows that leak.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from record import Results
from tqdm import tqdm

from hea_lib import datasets, strain
from hea_lib.surrogates import SymmetricEnsemble, mos2

SEEDS = range(3)
DESIGN, GAP = list(mos2.DESIGN), mos2.GAP
Model = Callable[[pd.DataFrame, pd.DataFrame], np.ndarray]


def nearest(train: pd.DataFrame, test: pd.DataFrame, seed: int = 0) -> np.ndarray:
    """Gap of the nearest known cell, every coordinate in units of its spread."""
    from sklearn.neighbors import KNeighborsRegressor

    scale = train[DESIGN].std()
    return KNeighborsRegressor(1).fit(train[DESIGN] / scale, train[GAP]).predict(test[DESIGN] / scale)


def trees_on_cells(train: pd.DataFrame, test: pd.DataFrame, seed: int = 0) -> np.ndarray:
    """Gradient boosting on lengths, angles and field as they are in the files."""
    return boosted(train[DESIGN].to_numpy(), train[GAP].to_numpy(), [test[DESIGN].to_numpy()], seed)


def trees_on_strain(train: pd.DataFrame, test: pd.DataFrame, seed: int = 0) -> np.ndarray:
    """Gradient boosting on Green strain and field."""
    return boosted(strain_and_field(train), train[GAP].to_numpy(), [strain_and_field(test)], seed)


def trees_on_images(train: pd.DataFrame, test: pd.DataFrame, seed: int = 0) -> np.ndarray:
    """The same, taught the twelve images of each cell and averaged over those of the cell in question."""
    images = strain.symmetry_action()
    known = strain_and_field(train)
    taught = np.vstack([known @ image.T for image in images])
    asked = [strain_and_field(test) @ image.T for image in images]
    return boosted(taught, np.tile(train[GAP], len(images)), asked, seed)


def boosted(inputs: np.ndarray, known: np.ndarray, asked: list[np.ndarray], seed: int) -> np.ndarray:
    """Gradient boosting, averaged over several tables that ask about the same cells."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(max_iter=500, random_state=seed).fit(inputs, known)
    return np.mean([model.predict(table) for table in asked], axis=0)


def strain_and_field(table: pd.DataFrame) -> np.ndarray:
    """Strain components and field ``(n, 7)``."""
    return np.hstack([strain.green(table), table[[strain.FIELD]]])


def network(**settings) -> Callable[[pd.DataFrame, pd.DataFrame, int], np.ndarray]:
    """A way to train and ask networks with these settings."""

    def ask(train: pd.DataFrame, test: pd.DataFrame, seed: int = 0) -> np.ndarray:
        model = SymmetricEnsemble(**settings).fit(train[DESIGN], train[[GAP]], seed=seed)
        return model.predict(test)[GAP].to_numpy()

    return ask


METHODS = {  # on 90 % of the distinct rows
    "nearest cell": nearest,
    "trees on cells": trees_on_cells,
    "trees on strain": trees_on_strain,
    "trees on strain, twelve images": trees_on_images,
    "one network, no symmetry": network(members=1, symmetric=False),
    "one symmetric network": network(members=1),
}
ON_PUBLISHED_SPLIT = {"nearest cell": nearest, "trees on cells": trees_on_cells}


def published_split(seed: int) -> dict[str, dict[str, float]]:
    """Errors on the authors' test rows: all of them, and those without a copy among the training rows."""
    table = datasets.load_mos2()
    train, test = (table[table["published_split"] == name] for name in ("train", "test"))
    copied = pd.MultiIndex.from_frame(test[DESIGN]).isin(pd.MultiIndex.from_frame(train[DESIGN]))
    figures = {}
    for name, ask in ON_PUBLISHED_SPLIT.items():
        predicted = pd.Series(ask(train, test, seed), test.index)
        for label, rows in {"": np.ones(len(test), dtype=bool), " without leaks": ~copied}.items():
            figures[f"{name}, published split{label}"] = mos2.metrics(test[GAP][rows], predicted[rows])
    return figures


def halves(seed: int) -> dict[str, float]:
    """Forward model and judge of a fresh deal, each on its 45 %, and how far they share their errors."""
    table = mos2.distinct()
    part = mos2.rows(table, seed)
    unseen = table[part == "holdout"]
    models = {}
    for offset, name in enumerate(("forward", "judge")):
        seen = table[part == name]
        models[name] = SymmetricEnsemble(members=1).fit(seen[DESIGN], seen[[GAP]], seed=2 * seed + offset)
    both = [mos2.metrics(unseen[GAP], model.predict(unseen)[GAP]) for model in models.values()]
    mean = {name: float(np.mean([figures[name] for figures in both])) for name in both[0]}
    return mean | mos2.agreement(*models.values(), unseen)


def measure(method: str, seed: int) -> dict[str, float]:
    """Errors of one method on the hold-out of one deal, and the seconds it took."""
    started = time.perf_counter()
    if method == "one symmetric network, half the rows":
        figures = halves(seed)
    else:
        table = mos2.distinct()
        unseen = mos2.rows(table, seed) == "holdout"
        predicted = METHODS[method](table[~unseen], table[unseen], seed)
        figures = mos2.metrics(table[GAP][unseen], pd.Series(predicted, table.index[unseen]))
    return figures | {"seconds": time.perf_counter() - started}


def main() -> None:
    """Measure what is not yet measured, then print means and spreads over the seeds."""
    results = Results("mos2-surrogate.csv", key=("method", "seed"), inputs=("mos2.csv",))
    for seed in SEEDS:
        if (f"{next(iter(ON_PUBLISHED_SPLIT))}, published split", seed) not in results:
            for name, figures in published_split(seed).items():
                results.add((name, seed), figures)
    cells = [(method, seed) for method in (*METHODS, "one symmetric network, half the rows") for seed in SEEDS]
    for method, seed in tqdm(cells):
        if (method, seed) not in results:
            results.add((method, seed), measure(method, seed))
    print(results.summary(by=["method"], digits=4))


if __name__ == "__main__":
    main()
