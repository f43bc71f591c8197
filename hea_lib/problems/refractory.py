"""Refractory alloys with a wanted stiffness and toughness, both computed from reference values of the elements."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from .. import alloys, datasets, mechanics, spaces
from .problem import InverseProblem, Target


def refractory(films: bool = False) -> InverseProblem:
    """Refractory high-entropy alloys with a wanted shear modulus [GPa] and fracture toughness [MPa sqrt(m)].

    Both are reference properties of the elements, mixed linearly. What is called fracture toughness after the source
    is the stress intensity at which a crack emits a dislocation; :mod:`hea_lib.mechanics` says why more is not tougher.

    References:
        A. Debnath et al., J. Mater. Inf. 1, 3 (2021), doi:10.20517/jmi.2021.05
    """
    designs = datasets.composition(datasets.load_refractory(films=films))
    pure = pd.DataFrame(np.eye(designs.shape[1]), columns=designs.columns)
    shear = mechanics.shear_modulus(pure)
    targets = (
        Target("shear_modulus", "Shear modulus G", "GPa", float(shear.min()), float(shear.max())),
        Target("fracture_toughness", "Stress intensity K_IC", "MPa_sqrt_m", *_toughness_range(pure)),
    )
    return InverseProblem(
        name="refractory",
        title="Refractory alloys with a wanted stiffness and toughness",
        space=spaces.Simplex(tuple(designs.columns)),
        targets=targets,
        designs=designs,
        properties=_reference_mechanics(designs),
        groups=alloys.chemical_system(designs, spaces.PRESENT),
        forward=_reference_mechanics,
        judge=_reference_mechanics,
        slopes=partial(mechanics.slopes, symbols=tuple(designs.columns)),
        envelope=partial(mechanics.toughness_limits, symbols=tuple(designs.columns)),
    )


def _reference_mechanics(designs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "shear_modulus": mechanics.shear_modulus(designs),
            "fracture_toughness": mechanics.fracture_toughness(designs),
        },
        index=designs.index,
    )


def _toughness_range(pure: pd.DataFrame) -> tuple[float, float]:
    """Bounds that hold for every mixture: K^2 = 2 G E / (1 - nu) grows with each of three linear mixtures."""
    parts = [
        mechanics.shear_modulus(pure),
        mechanics.unstable_stacking_fault_energy(pure),
        1 / (1 - mechanics.poisson_ratio(pure)),
    ]
    return tuple(
        float(mechanics.MPA_ROOT_METRE * np.sqrt(2 * np.prod([extreme(part) for part in parts])))
        for extreme in (np.min, np.max)
    )
