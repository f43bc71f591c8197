r"""What a network is told of an alloy: descriptors, facts of its elements, and the composition.

A dense network takes a threshold badly, and the physics of phases is full of thresholds. So each descriptor is also
given bin by bin, as how far it has risen through each bin between the quantiles of the known alloys. Statistics of the
elements help with those that few known alloys have.

References:
    Piecewise-linear encoding: Y. Gorishniy et al., NeurIPS 2022, arXiv:2203.05556
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import descriptors, spaces
from .encoding import quantile_edges, risen

BINS = 8
FARTHEST = 4.0  # spreads beyond which a descriptor counts no further


@dataclass(frozen=True)
class AlloyFeatures:
    """Means, spreads and quantiles of the descriptors of known alloys.

    Attributes:
        mean, spread: ``(n_descriptors,)``. edges: of the bins of each descriptor, equal ones once.

    Example:
        >>> from hea_lib import datasets
        >>> known = datasets.composition(datasets.load_phases())
        >>> AlloyFeatures.fitted(known)(known).shape[0] == len(known)
        True
    """

    mean: np.ndarray
    spread: np.ndarray
    edges: tuple[np.ndarray, ...]

    @classmethod
    def fitted(cls, designs: pd.DataFrame) -> AlloyFeatures:
        """Learn the scale of each descriptor from known alloys."""
        known = _described(designs)
        spread = known.std(axis=0)
        return cls(known.mean(axis=0), np.where(spread > 0, spread, 1.0), quantile_edges(known, BINS))

    def __call__(self, designs: pd.DataFrame) -> np.ndarray:
        """Features of alloys ``(n, n_features)``, in single precision."""
        known, fractions = _described(designs), designs.to_numpy(dtype=float)
        scaled = ((known - self.mean) / self.spread).clip(-FARTHEST, FARTHEST)
        parts = [scaled, risen(known, self.edges), 3 * fractions, 0.5 * (fractions > spaces.PRESENT)]
        return np.hstack(parts).astype(np.float32)


def _described(designs: pd.DataFrame) -> np.ndarray:
    """Descriptors of alloys and statistics of their elements ``(n, n_descriptors)``."""
    described = descriptors.compute(designs, descriptors.finite_names(), threads=1)
    return np.hstack([described, descriptors.element_statistics(designs)])
