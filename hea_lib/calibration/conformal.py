"""Sets of classes that hold the true one with a stated probability, whatever the model is worth.

References:
    V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World (2005), doi:10.1007/b106715
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, inf

import numpy as np
import pandas as pd

from ..errors import HeaError
from .checks import checked


@dataclass
class ConformalSets:
    r"""Sets of classes that hold the true one with a stated probability: one class, both where unsure, or none.

    A class $y$ is in the set where $1 - p_y$ is at most the $k$-th smallest of the calibration alloys, with
    $k = \lceil (n + 1) c \rceil$ for a coverage $c$. If a new alloy and the $n$ are exchangeable, the set holds the
    true class with a probability of at least $c$, and of at most $c + 1/(n+1)$ where no two scores are equal, for any
    model. With $k > n$ nothing can be ruled out. The promise is one on average over calibrations and new alloys.

    Args:
        coverage: between 0 and 1.
        by_class: take $k$ and $n$ from the alloys of each class apart (Mondrian), so that the coverage holds for both
            classes and not only on average.

    Raises:
        HeaError: a coverage outside.

    Example:
        >>> sets = ConformalSets(0.75).fit([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.8, 0.9])
        >>> sets([0.05, 0.5, 0.95]).to_numpy().tolist()
        [[True, False], [True, True], [False, True]]
    """

    coverage: float = 0.9
    by_class: bool = True
    thresholds: np.ndarray | None = field(default=None, init=False)

    def __post_init__(self):
        if not 0 < self.coverage < 1:
            raise HeaError(f"coverage is {self.coverage!r}; it must lie between 0 and 1")

    def fit(self, labels: np.ndarray, probabilities: np.ndarray) -> ConformalSets:
        """Calibrate on alloys that the model never learned from.

        Raises:
            HeaError: as :func:`hea_lib.calibration.reliability`.
        """
        labels, probabilities = checked(labels, probabilities)
        scores = np.where(labels == 1, 1 - probabilities, probabilities)
        groups = [scores[labels == y] for y in (0, 1)] if self.by_class else [scores, scores]
        self.thresholds = np.array([self._quantile(group) for group in groups])
        return self

    def _quantile(self, scores: np.ndarray) -> float:
        place = ceil((len(scores) + 1) * self.coverage - 1e-9)  # 10 * 0.9 is 9, whatever its last digit
        return float(np.sort(scores)[place - 1]) if place <= len(scores) else inf

    def __call__(self, probabilities: np.ndarray) -> pd.DataFrame:
        """Which classes cannot be ruled out ``(n, 2)``, columns 0 and 1.

        Raises:
            HeaError: not calibrated, or no probabilities.
        """
        if self.thresholds is None:
            raise HeaError("these ConformalSets are not calibrated yet; call fit() with labels and probabilities")
        _, known = checked(np.zeros(len(probabilities)), probabilities)
        return pd.DataFrame({0: known <= self.thresholds[0], 1: 1 - known <= self.thresholds[1]})


def coverage(labels: np.ndarray, sets: pd.DataFrame) -> pd.Series:
    """How often sets hold the true class: ``all``, class ``0``, class ``1``; and shares of the sets by their size.

    Raises:
        HeaError: as many labels as sets are needed, each 0 or 1.
    """
    if len(labels) != len(sets):
        raise HeaError(f"{len(labels)} labels do not fit {len(sets)} sets")
    labels, _ = checked(labels, np.zeros(len(labels)))
    held = sets.to_numpy()[np.arange(len(sets)), labels.astype(int)]
    sizes = sets.to_numpy().sum(axis=1)
    shares = {f"class {y}": held[labels == y].mean() if (labels == y).any() else np.nan for y in (0, 1)}
    kinds = {name: (sizes == size).mean() for size, name in enumerate(("none", "one", "both"))}
    return pd.Series({"all": held.mean()} | shares | kinds)
