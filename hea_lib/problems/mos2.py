"""Strained MoS2 with a wanted band gap, judged by networks that learned from calculations of their own."""

from __future__ import annotations

from functools import cache

import numpy as np

from .. import datasets, spaces, strain, surrogates
from .problem import InverseProblem, Prediction, Target

_CELL_REACH = 0.2  # of each reference length and angle
_FIELD_REACH = 1.0  # V/angstrom


def mos2_band_gap() -> InverseProblem:
    """Strained MoS2 in an electric field with a wanted band gap [eV].

    Forward model and judge are two ensembles trained on disjoint rows, and the judge's rows are not among the known
    designs. Both learned from one table of calculations, so they share a part of their errors. The forward model is
    shipped: it stays the same in every subset, and knows all known designs but the common hold-out of
    :func:`hea_lib.surrogates.rows`.

    References:
        V. Fung et al., npj Comput. Mater. 7, 200 (2021), doi:10.1038/s41524-021-00670-x
    """
    table = datasets.load_mos2()
    widest = float(table["band_gap"].max())
    table = table[~table["duplicate"] & (surrogates.rows(table) != "judge")]
    columns = [*strain.CELL, strain.FIELD]
    centre = np.array([*strain.REFERENCE.values(), 0.0])
    reach = np.array([*(_CELL_REACH * value for value in strain.REFERENCE.values()), _FIELD_REACH])
    lower = np.minimum(centre - reach, table[columns].min())  # a few published cells stick out by 0.02 %
    upper = np.maximum(centre + reach, table[columns].max())
    space = spaces.Box(tuple(columns), tuple(map(float, lower)), tuple(map(float, upper)))
    return InverseProblem(
        name="mos2",
        title="Strained MoS2 with a wanted band gap",
        space=space,
        targets=(Target("band_gap", "Band gap", "eV", 0.0, widest),),
        designs=table[list(space.columns)],
        properties=table[["band_gap"]],
        groups=table["campaign"],
        forward=_ensemble("mos2-forward"),
        judge=_ensemble("mos2-judge"),
    )


def _ensemble(name: str) -> Prediction:
    """A shipped ensemble that is loaded when first asked."""

    @cache
    def loaded():
        return surrogates.load(name)

    return lambda asked: loaded().predict(asked)
