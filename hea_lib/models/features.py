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
        quantiles = np.quantile(known, np.linspace(0, 1, BINS + 1), axis=0).T
        return cls(known.mean(axis=0), np.where(spread > 0, spread, 1.0), tuple(np.unique(row) for row in quantiles))

    def __call__(self, designs: pd.DataFrame) -> np.ndarray:
        """Features of alloys ``(n, n_features)``, in single precision."""
        known, fractions = _described(designs), designs.to_numpy(dtype=float)
        scaled = ((known - self.mean) / self.spread).clip(-FARTHEST, FARTHEST)
        risen = [
            2 * ((column[:, None] - edges[:-1]) / np.diff(edges)).clip(0, 1) - 1
            for column, edges in zip(known.T, self.edges, strict=True)
        ]
        parts = [scaled, *risen, 3 * fractions, 0.5 * (fractions > spaces.PRESENT)]
        return np.hstack(parts).astype(np.float32)


def _described(designs: pd.DataFrame) -> np.ndarray:
    """Descriptors of alloys and statistics of their elements ``(n, n_descriptors)``."""
    described = descriptors.compute(designs, descriptors.finite_names(), threads=1)
    return np.hstack([described, descriptors.element_statistics(designs)])
