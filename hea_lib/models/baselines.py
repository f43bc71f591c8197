"""What a practitioner would try first, and what every generative model has to beat.

None of them learns a distribution: they look up, vary and search, and the forward model picks what fits.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import design, spaces
from . import register
from .base import InverseModel


class _Search(InverseModel):
    def _table(self, values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, columns=list(self.problem.space.columns))


@register
class RandomSearch(_Search):
    """Draw many random designs and give each request the nearest one that is left.

    Random alloys take after the known ones in how many elements they have and how common each element is.

    Args:
        candidates: designs to draw for every 1,000 requests, or for fewer.
    """

    name = "random"
    title = "random designs, filtered"

    def __init__(self, problem, candidates: int = 20_000):
        super().__init__(problem)
        self.candidates = candidates

    def _sample(self, requests, rng):
        count = max(self.candidates, self.candidates * len(requests) // 1_000)
        pool = self.problem.space.sample(count, rng, like=self.problem.designs.to_numpy())
        return pool[design.screen(self.problem, requests, self._table(pool))]


@register
class Neighbours(_Search):
    """Return one of the known designs that come nearest to the request: the lookup in a table."""

    name = "neighbours"
    title = "known designs near the target"

    def __init__(self, problem, neighbours: int = 10):
        super().__init__(problem)
        self.neighbours = neighbours

    def _nearest(self, requests: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """Positions of one near known design a request ``(n,)``, by the properties that were measured for it."""
        from scipy.spatial import KDTree

        tree = KDTree(self.problem.properties.to_numpy() / self.problem.scale)
        count = min(self.neighbours, len(self.problem))
        _, nearest = tree.query(requests.to_numpy() / self.problem.scale, k=np.arange(1, count + 1))
        return nearest[np.arange(len(nearest)), rng.integers(count, size=len(nearest))]

    def _sample(self, requests, rng):
        return self.problem.designs.to_numpy()[self._nearest(requests, rng)]


@register
class SwapAndJitter(Neighbours):
    """Vary a near known design several times -- exchange an element, jitter the amounts -- and keep the best."""

    name = "swap"
    title = "known designs near the target, varied"

    def __init__(self, problem, neighbours: int = 10, swap: float = 0.5, jitter: float = 0.15, trials: int = 5):
        super().__init__(problem, neighbours)
        self.swap, self.jitter, self.trials = swap, jitter, trials

    def _sample(self, requests, rng):
        best, least = None, None
        for _ in range(self.trials):
            values = self.problem.designs.to_numpy()[self._nearest(requests, rng)]
            if isinstance(self.problem.space, spaces.Simplex):
                values = self._exchange_elements(values, rng)
            values = self.problem.space.jitter(values, self.jitter, rng)
            reached = self.problem.forward(self._table(values))[self.problem.target_names].to_numpy()
            error = (((reached - requests.to_numpy()) / self.problem.scale) ** 2).sum(axis=1)
            if best is None:
                best, least = values, error
            better = error < least
            best[better], least[better] = values[better], error[better]
        return best

    def _exchange_elements(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """In a share ``swap`` of the rows, give the amount of one element to an absent one, a common one sooner."""
        values, rows = values.copy(), np.flatnonzero(rng.random(len(values)) < self.swap)
        present = values[rows] > 0
        frequency = (self.problem.designs.to_numpy() > 0).mean(axis=0) + 1e-9
        leaving = (rng.random(present.shape) * present).argmax(axis=1)
        entering = spaces.draw_sets(np.log(frequency) - 1e9 * present, np.ones(len(rows)), rng).argmax(axis=1)
        values[rows, entering] = values[rows, leaving]
        values[rows, leaving] = 0.0
        return values


@register
class GradientSearch(_Search):
    """Start from a random design and follow the slopes of the forward model to the target."""

    name = "gradient"
    title = "gradient descent from random designs"
    problems = ("refractory", "mos2")

    def _sample(self, requests, rng):
        start = self._table(self.problem.space.sample(len(requests), rng))
        return design.localize(self.problem, requests.reset_index(drop=True), start).to_numpy()
