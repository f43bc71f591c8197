"""Strained MoS2 with a wanted band gap, judged by networks that learned from calculations of their own."""

from __future__ import annotations

from functools import cache

import numpy as np

from .. import datasets, spaces, strain, surrogates
from .problem import InverseProblem, Target

_CELL_REACH = 0.2  # of each reference length and angle
_TOLERANCES = (0.1, 0.05, 0.02)  # the last one is what counts as no gap
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
    space = spaces.Box(tuple(columns), tuple(map(float, lower)), tuple(map(float, upper)), _closes, strain.lattice)
    return InverseProblem(
        name="mos2",
        title="Strained MoS2 with a wanted band gap",
        space=space,
        targets=(Target("band_gap", "Band gap", "eV", 0.0, widest, _TOLERANCES),),
        designs=table[list(space.columns)],
        properties=table[["band_gap"]],
        groups=table["campaign"],
        forward=lambda asked: _ensemble("mos2-forward").predict(asked),
        judge=lambda asked: _ensemble("mos2-judge").predict(asked),
        opinions=lambda asked: _ensemble("mos2-forward").predict_uncensored(asked),
        opinion_slopes=lambda values: _ensemble("mos2-forward").member_slopes(values),
        images=_images(),
        slopes=lambda values: _ensemble("mos2-forward").slopes(values),
    )


def _closes(values: np.ndarray) -> np.ndarray:
    """Which points of the box are cells ``(n,)``; three angles of 360 degrees together, in one corner, are flat."""
    return strain.closes(values[:, 3:6])


def _images() -> np.ndarray:
    """The symmetries of the layer that take cells of the box to cells of the box ``(4, 7, 7)``.

    Of the twelve of :func:`hea_lib.strain.point_group` these are the ones that leave the two lattice vectors within the
    layer where they are, or exchange them; the others change lengths and leave the box. The layer's own mirror takes
    alpha and beta to 180 degrees less themselves and the field to its opposite. An upright mirror exchanges a with b,
    and alpha with 180 degrees less beta.
    """
    mirror = np.diag([1.0, 1, 1, -1, -1, 1, -1])
    upright = np.eye(7)[[1, 0, 2, 4, 3, 5, 6]] * [1, 1, 1, -1, -1, 1, 1]
    return np.array([np.eye(7), upright, mirror, upright @ mirror])


@cache
def _ensemble(name: str):
    """A shipped ensemble, loaded when first asked."""
    return surrogates.load(name)
