"""Forward models with uncertainty: from designs to properties, fast enough to be asked millions of times.

All share one small interface, that of :class:`Surrogate`. A surrogate that helps to find designs must never judge
them: :func:`rows` deals the MoS2 calculations to a forward model, a judge and a common hold-out, with no calculation in
two hands.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import pandas as pd

if TYPE_CHECKING:
    from .experts import ExpertRules
    from .mos2 import rows
    from .store import load, names, report
    from .symmetric import SymmetricEnsemble
    from .trees import TreeEnsemble

#: Where each name lives; a module is imported when its name is first used.
_HOMES = {
    "ExpertRules": "experts",
    "SymmetricEnsemble": "symmetric",
    "TreeEnsemble": "trees",
    "load": "store",
    "names": "store",
    "report": "store",
    "rows": "mos2",
}
__all__ = ["ExpertRules", "Surrogate", "SymmetricEnsemble", "TreeEnsemble", "load", "names", "report", "rows"]


class Surrogate(Protocol):
    """What every forward model can do; designs and properties are tables with one row a design."""

    def fit(self, designs: pd.DataFrame, properties: pd.DataFrame, seed: int = 0) -> "Surrogate":
        """Learn from designs with known properties; the same seed gives the same model."""

    def predict(self, designs: pd.DataFrame) -> pd.DataFrame:
        """Mean of each property."""

    def spread(self, designs: pd.DataFrame) -> pd.DataFrame:
        """Standard deviation of each property over the members of the ensemble."""


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
