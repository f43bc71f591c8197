"""The scorecard: does a set of designs hit its requests, look like real alloys, and offer something new?

Each question has its own number, because they pull apart: a lookup hits and looks real but offers nothing new, a
random search hits and is new but looks like nothing that anybody would melt.

Definitions, the same everywhere in the book: fractions below 1 at% are set to zero and the rest is normalised, and an
element is present above 1 at%.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from . import alloys, spaces
from .errors import CompositionError
from .problems import InverseProblem

_COMMON = 0.02  # elements in more than this share of the known alloys enter the pair correlation
_DRAWS, _FOLDS = 5, 5


def score(
    designs: pd.DataFrame,
    problem: InverseProblem,
    target: Mapping[str, float] | pd.DataFrame | None = None,
    held_out: InverseProblem | None = None,
    seed: int = 0,
) -> pd.Series:
    """Score designs under the judge of a problem.

    Args:
        designs: designs to score ``(n, n_columns)``.
        problem: the problem that the model was fitted on; its known designs define what is new.
        target: what was requested, one value a property or a row a design; without it the errors are left out.
        held_out: real designs that the model never saw. Without them the classifier tells designs from the known
            ones, which favours a lookup.

    Returns:
        Named figures. On any problem: ``in space`` (share; 1 for alloys, since a row that is no composition is an
        error), ``mae NAME`` and ``r2 NAME`` (left out where all requests are equal), ``NAME within T`` (share of all
        designs that lie in the space and miss by no more than a tolerance of the target), ``novel`` (share),
        ``diversity`` (mean distance of two designs). On alloys also ``pair r`` and
        ``W1`` against all real alloys, ``C2ST`` against the unseen ones, and ``new systems``, the share of the chemical
        systems found only in ``held_out`` that the designs contain. These four mean something only when the requests
        are spread like the properties of real alloys: alloys of one stiffness are no sample of all alloys.

    References:
        The classifier two-sample test: D. Lopez-Paz, M. Oquab, ICLR 2017, arXiv:1610.06545.
    """
    if not len(designs):
        raise CompositionError("there are no designs to score")
    space = problem.space
    designs = space.check(designs)
    card = {"designs": len(designs), "in space": space.contains(designs).mean()}
    if target is not None:
        card |= errors(designs, problem, target)
    known = problem.designs
    if isinstance(space, spaces.Simplex):
        designs, known = clean(designs), clean(known)
        unseen = known if held_out is None else clean(held_out.designs)
        card |= realism(designs, known, unseen, seed=seed)
        if held_out is not None:
            card["new systems"] = new_systems(designs, known, unseen)
    card["novel"] = (nearest_distance(space, designs, known) > space.novel_distance).mean()
    card["diversity"] = diversity(space, designs, seed=seed)
    return pd.Series(card, name=problem.name, dtype=float)


def clean(table: pd.DataFrame) -> pd.DataFrame:
    """Set fractions below 1 at% to zero and normalise the rest."""
    return alloys.normalize(table.where(table >= spaces.PRESENT, 0.0))


def errors(
    designs: pd.DataFrame, problem: InverseProblem, target: Mapping[str, float] | pd.DataFrame
) -> dict[str, float]:
    """Mean absolute error, R2 and hits of what the judge finds against what was requested, for each requested one."""
    if not isinstance(target, pd.DataFrame):
        target = pd.DataFrame(problem.check_target(target), index=designs.index)
    target = problem.check_requests(target, n=len(designs), complete=False)
    found = problem.judge(problem.space.check(designs))
    figures = {}
    for name in target:
        wanted = target[name].to_numpy()
        miss = found[name].to_numpy() - wanted
        figures[f"mae {name}"] = np.abs(miss).mean()
        if np.ptp(wanted) > 0:
            figures[f"r2 {name}"] = 1 - (miss**2).mean() / wanted.var()
        for tolerance in next(item for item in problem.targets if item.name == name).tolerances:
            hits = (np.abs(miss) <= tolerance) & problem.space.contains(designs)
            figures[f"{name} within {tolerance:g}"] = hits.mean()
    return figures


def realism(designs: pd.DataFrame, known: pd.DataFrame, unseen: pd.DataFrame, seed: int = 0) -> dict[str, float]:
    """Compare designs with real alloys: element correlations, element counts, and a classifier's ability to tell.

    The first two compare with all real alloys, since a small held-out set is too noisy for them; the classifier
    compares with the unseen ones.
    """
    from scipy.stats import wasserstein_distance

    real = known if unseen is known else pd.concat([known, unseen])
    common = known.columns[(known > spaces.PRESENT).mean() > _COMMON]
    counts = [(table > spaces.PRESENT).sum(axis=1) for table in (designs, real)]
    return {
        "pair r": pair_correlation(designs[common], real[common]),
        "W1": wasserstein_distance(*counts),
        "C2ST": two_sample_auc(designs, unseen, seed=seed),
    }


def pair_correlation(designs: pd.DataFrame, real: pd.DataFrame) -> float:
    """Correlate the element-pair correlations of two sets of alloys: 1 when the same elements go together."""
    pairs = np.triu_indices(real.shape[1], k=1)
    left, right = (_correlations(table)[pairs] for table in (designs, real))
    return float(np.corrcoef(left, right)[0, 1])


def _correlations(table: pd.DataFrame) -> np.ndarray:
    """Correlation matrix of the fractions; an element that never varies correlates with nothing."""
    centred = table.to_numpy() - table.to_numpy().mean(axis=0)
    norm = np.linalg.norm(centred, axis=0)
    norms = np.outer(norm, norm)
    return (centred.T @ centred) / np.where(norms > 0, norms, np.inf)


def two_sample_auc(designs: pd.DataFrame, real: pd.DataFrame, seed: int = 0) -> float:
    """AUC with which a random forest tells designs from real alloys: 0.5 when it cannot.

    Repeated rows count once: a copy in both the training and the test fold would be recognised, not judged. As many
    designs as there are real alloys are drawn five times; the AUC is cross-validated. (Its authors use the accuracy
    of the classifier; the AUC does not depend on a threshold.)
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    rng, aucs = np.random.default_rng(seed), []
    tables = [table.round(6).drop_duplicates().to_numpy() for table in (designs, real)]
    size = min(map(len, tables))
    if size < 2 * _FOLDS:
        return float("nan")
    for draw in range(_DRAWS):
        sides = [table[rng.choice(len(table), size, replace=False)] for table in tables]
        labels = np.repeat([0, 1], size)
        forest = RandomForestClassifier(100, min_samples_leaf=2, random_state=seed + draw)
        folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed + draw)
        votes = cross_val_predict(forest, np.vstack(sides), labels, cv=folds, method="predict_proba")
        aucs.append(roc_auc_score(labels, votes[:, 1]))
    return float(np.mean(aucs))


def new_systems(designs: pd.DataFrame, known: pd.DataFrame, held_out: pd.DataFrame) -> float:
    """Share of the chemical systems found only in ``held_out`` that the designs contain."""
    made, seen, there = (set(alloys.chemical_system(table, spaces.PRESENT)) for table in (designs, known, held_out))
    only_there = there - seen
    return len(only_there & made) / len(only_there) if only_there else float("nan")


def nearest_distance(space, designs: pd.DataFrame, known: pd.DataFrame, chunk: int = 2_000) -> np.ndarray:
    """Distance from each design to the nearest known one, in the measure of the space ``(n,)``."""
    columns = list(space.columns)
    return spaces.nearest(space, designs[columns].to_numpy(), known[columns].to_numpy(), chunk)


def diversity(space, designs: pd.DataFrame, most: int = 1_000, seed: int = 0) -> float:
    """Mean distance of two designs, over at most ``most`` of them."""
    if len(designs) < 2:
        return 0.0
    kept = designs[list(space.columns)].sample(min(most, len(designs)), random_state=seed).to_numpy()
    return float(space.distance(kept, kept).sum() / (len(kept) * (len(kept) - 1)))


def nearest_rows(space, designs: pd.DataFrame, rows: pd.DataFrame, chunk: int = 2_000) -> pd.DataFrame:
    """The row of a table that is nearest to each design, and how far it is.

    What was measured or calculated near a design is the only evidence about it that is no model.

    Args:
        designs: ``(n, n_columns)``. rows: designs with what is known of them, at least the columns of the space
            ``(m, n_columns + ...)``. chunk: designs that are compared together; bounds the memory.

    Returns:
        The nearest rows with the index of ``designs``, and their ``distance`` in the measure of the space.

    Raises:
        CompositionError: no rows to compare with, or designs without a column of the space.
    """
    if not len(rows):
        raise CompositionError("there are no rows to compare with")
    columns = list(space.columns)
    values, known = space.check(designs).to_numpy(), space.check(rows[columns]).to_numpy()
    parts = (space.distance(values[first : first + chunk], known) for first in range(0, len(values), chunk))
    found = [(part.argmin(axis=1), part.min(axis=1)) for part in parts]
    places, distances = (np.concatenate(side) for side in zip(*found, strict=True))
    return rows.iloc[places].set_axis(designs.index).assign(distance=distances)
