"""The two ensembles for strained MoS2: which rows each may see, how they are trained, how good they are.

``python -m hea_lib.surrogates mos2`` makes ``data/weights/mos2-forward`` and ``data/weights/mos2-judge`` again.
"""

import hashlib
import sys

import numpy as np
import pandas as pd

from .. import _resources, datasets, strain
from . import store
from .symmetric import SymmetricEnsemble

DESIGN = (*strain.CELL, strain.FIELD)
GAP = "band_gap"
#: Share of the distinct calculations that each part gets.
SHARES = {"forward": 0.45, "judge": 0.45, "holdout": 0.10}
SEEDS = {"forward": 1, "judge": 2}
#: A gap below this counts as zero [eV]; it is the smallest published one that is not.
METAL = 0.02


def rows(table: pd.DataFrame, seed: int = 0) -> pd.Series:
    """Part of each calculation: ``forward``, ``judge`` or ``holdout``; copies of a cell are always in one part.

    Cells are ordered by a hash of what they are, not of where they stand, so that adding or shuffling rows moves no
    cell from one part to another.

    Example:
        >>> cells = pd.DataFrame([strain.REFERENCE | {"field": f} for f in (0.1, 0.2, 0.1)])
        >>> parts = rows(cells)
        >>> parts[0] == parts[2]
        True
    """
    cells = strain.select(table, DESIGN) + 0.0  # -0.0 and 0.0 are one field
    digests = (hashlib.sha256(b"%d" % seed + cell.tobytes()).digest() for cell in cells)
    draws = np.array([int.from_bytes(digest[:8], "big") for digest in digests], dtype=float) / 2**64
    borders = np.cumsum(list(SHARES.values()))[:-1]
    return pd.Series(np.array(list(SHARES))[np.searchsorted(borders, draws, side="right")], table.index, name="part")


def metrics(known: pd.Series, predicted: pd.Series) -> dict[str, float]:
    """Errors of predicted gaps [eV], over all rows and over those with a gap, and how often metals are recognised."""
    error = (predicted - known).abs()
    return {
        "mae_eV": float(error.mean()),
        "mae_gapped_eV": float(error[known > 0].mean()),
        "rmse_eV": float((error**2).mean() ** 0.5),
        "metal_accuracy": float(((predicted < METAL) == (known < METAL)).mean()),
    }


def train(seeds: dict[str, int] = SEEDS, log=sys.stderr) -> dict[str, SymmetricEnsemble]:
    """Train forward model and judge on their parts of the shipped table."""
    table = distinct()
    part = rows(table)
    models = {}
    for name, seed in seeds.items():
        seen = table[part == name]

        def progress(epoch: int, loss: float, name: str = name) -> None:
            if log and epoch % 10 == 0:
                print(f"{name}: epoch {epoch}, loss {loss:.3g}", file=log, flush=True)

        models[name] = SymmetricEnsemble().fit(seen[list(DESIGN)], seen[[GAP]], seed=seed, progress=progress)
    return models


def write(models: dict[str, SymmetricEnsemble]) -> None:
    """Ship the ensembles with what they were made from and how well they do on the common hold-out."""
    table = distinct()
    part = rows(table)
    shared = agreement(models["forward"], models["judge"], table[part == "holdout"])
    for name, model in models.items():
        seen, unseen = table[part == name], table[part == "holdout"]
        notes = {
            "seed": SEEDS[name],
            "data": {"file": "mos2.csv", "sha256": _resources.checksum(_resources.read_bytes("mos2.csv"))},
            "rows": {"part": name, "n": len(seen), "sha256": fingerprint(seen)},
            "holdout": {"n": len(unseen)} | _rounded(metrics(unseen[GAP], model.predict(unseen)[GAP])),
            "forward_and_judge": _rounded(shared),
            "command": "python -m hea_lib.surrogates mos2",
        }
        store.ship(model, f"mos2-{name}", notes)


def agreement(forward: SymmetricEnsemble, judge: SymmetricEnsemble, unseen: pd.DataFrame) -> dict[str, float]:
    """How far two models share their errors on rows that neither saw, where both can err: at gaps above zero.

    Correlations of 1 would make the judge a copy of the forward model; what they share is noise of the data and the
    cells that any network finds hard.
    """
    errors = [model.predict(unseen)[GAP] - unseen[GAP] for model in (forward, judge)]
    gapped = unseen[GAP] > 0
    first, second = (error[gapped] for error in errors)
    return {
        "residual_correlation": float(first.corr(second)),
        "residual_rank_correlation": float(first.rank().corr(second.rank())),
        "mean_difference_eV": float((errors[0] - errors[1]).abs().mean()),
    }


def distinct() -> pd.DataFrame:
    """The shipped calculations without their doubles."""
    table = datasets.load_mos2()
    return table[~table["duplicate"]]


def fingerprint(table: pd.DataFrame) -> str:
    """SHA-256 of the positions of the rows in the shipped table."""
    return hashlib.sha256(",".join(map(str, table.index)).encode()).hexdigest()


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
