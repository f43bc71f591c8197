"""Inverse problems: known designs, the properties they have, and a judge that says what a design really has.

A model sees ``designs``, ``properties`` and may ask ``forward`` while it designs. Only the scorecard asks ``judge``.
For refractory alloys both are the same published formula; for phases and band gaps both are learned, on disjoint rows.

>>> problem = get("refractory")
>>> [target.column for target in problem.targets]
['shear_modulus_GPa', 'fracture_toughness_MPa_sqrt_m']
>>> train, test = problem.split("grouped", seed=0)
>>> set(train.groups) & set(test.groups)
set()
"""

from __future__ import annotations

from ..errors import UnknownNameError
from .mos2 import mos2_band_gap
from .problem import InverseProblem, Prediction, Split, Target
from .refractory import refractory
from .single_phase import single_phase

__all__ = [
    "InverseProblem",
    "Prediction",
    "Split",
    "Target",
    "get",
    "mos2_band_gap",
    "names",
    "refractory",
    "single_phase",
]

_PROBLEMS = {"refractory": refractory, "single-phase": single_phase, "mos2": mos2_band_gap}


def names() -> list[str]:
    """Names of the problems, as the command line knows them."""
    return list(_PROBLEMS)


def get(name: str, **options) -> InverseProblem:
    """The problem of that name; ``options`` go to the function that makes it.

    Raises:
        UnknownNameError: no such problem; the near matches are named.
    """
    if name not in _PROBLEMS:
        raise UnknownNameError.of("problem", name, _PROBLEMS)
    return _PROBLEMS[name](**options)
