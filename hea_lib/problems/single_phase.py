"""Alloys that are a single phase, judged by trees on alloys and chemical systems of their own."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from .. import alloys, datasets, spaces, surrogates
from ..errors import HeaError, UnknownNameError
from .problem import InverseProblem, Prediction, Target

_TABLES = {"phases": datasets.load_phases, "zeng2024": datasets.load_zeng2024}
_TWINS = 0.02  # atomic fraction within which alloys of two systems must not be on both sides of a judge


def single_phase(judge_half: int | None = 1, table: str = "phases", also: str | None = None) -> InverseProblem:
    """Alloys reported as a single bcc, fcc or hcp phase (``single_phase`` = 1) rather than several (0).

    The judge is made of trees on chemical systems that nothing else here ever sees: the phase table is halved by
    chemical system, one half for models and ``forward``, the other for ``judge``; systems with alloys that agree within
    2 at% stay in one half.

    Args:
        judge_half: which half the judge learns from, 0 or 1; None gives all rows to models and no judge at all.
        table: ``"phases"``, or ``"zeng2024"`` for a comparison with what was published on that table.
        also: a measured property as second target, such as ``"hardness"`` or ``"yield_strength"``, at room temperature
            and as the median of all reports; only alloys that have both are kept.

    Raises:
        HeaError: no such half. UnknownNameError: no such table or property.

    Example:
        >>> [target.column for target in single_phase(also="hardness").targets]
        ['single_phase_probability', 'hardness_HV']
    """
    if judge_half not in (0, 1, None):
        raise HeaError(f"judge_half is 0, 1 or None, not {judge_half!r}")
    if table not in _TABLES:
        raise UnknownNameError.of("table of phases", table, _TABLES)
    known = _TABLES[table]()
    designs, labels = datasets.composition(known), known[["single_phase"]].astype(float)
    targets = [Target("single_phase", "Single phase", "probability", 0.0, 1.0)]
    if also is not None:
        values, unit = _measured(designs, also)
        labels = labels.assign(**{also: values})[values.notna()]
        designs = designs.loc[labels.index]
        targets.append(Target(also, also.replace("_", " ").capitalize(), unit, 0.0, float(2 * values.max())))
    groups = alloys.chemical_system(designs, spaces.PRESENT)
    seen = _halves(designs, groups) != judge_half
    return InverseProblem(
        name="single-phase",
        title="Alloys that are a single phase",
        space=spaces.Simplex(tuple(designs.columns)),
        targets=tuple(targets),
        designs=designs[seen],
        properties=labels[seen],
        groups=groups[seen],
        forward=_trees(designs[seen], labels[seen]),
        judge=_trees(designs[~seen], labels[~seen], seed=1),
        smooth=False,
        learn=_trees,
    )


def _halves(designs: pd.DataFrame, systems: pd.Series) -> np.ndarray:
    """Assign each alloy to half 0 or 1, all of a chemical system and all near twins to the same ``(n,)``."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    system, known = pd.factorize(systems, sort=True)
    twins = KDTree(designs.to_numpy()).query_pairs(_TWINS, p=np.inf, output_type="ndarray")
    links = coo_array((np.ones(len(twins)), system[twins].T), shape=(len(known), len(known)))
    cluster = connected_components(links, directed=False)[1][system]
    half = np.random.default_rng(2024).permutation(cluster.max() + 1) % 2
    return half[cluster]


def _measured(designs: pd.DataFrame, name: str) -> tuple[pd.Series, str]:
    """Median of what was measured at room temperature of each alloy, NaN where nothing was ``(n,)``, and its unit."""
    from scipy.spatial import KDTree

    reports = datasets.load_measurements(name, room_temperature=True)
    column = reports.columns[1]
    fractions = datasets.composition(reports).reindex(columns=designs.columns, fill_value=0.0)
    within = (fractions.sum(axis="columns") > 1 - datasets.ROUNDING).to_numpy()  # no element beyond the palette
    values = reports.loc[within, column].to_numpy()
    near = KDTree(fractions[within].to_numpy()).query_ball_point(designs.to_numpy(), 2 * datasets.ROUNDING, p=np.inf)
    medians = [np.median(values[rows]) if rows else np.nan for rows in near]
    return pd.Series(medians, index=designs.index), column.removeprefix(f"{name}_")


def _trees(designs: pd.DataFrame, labels: pd.DataFrame, seed: int = 0) -> Prediction:
    """Trees that are grown when first asked."""

    @cache
    def grown():
        if designs.empty:
            raise HeaError("this problem kept no rows for a judge; use single_phase(judge_half=0) or 1")
        measured = tuple(name for name in labels if name != "single_phase")
        return surrogates.TreeEnsemble(measured=measured).fit(designs, labels, seed=seed)

    return lambda asked: grown().predict(asked)
