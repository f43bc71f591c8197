"""A quick sieve for large composition spaces: a small network taught by a slow predictor what it thinks of a space.

The predictor is asked about some thousand alloys drawn evenly from the space. A network with one layer learns its
answers from descriptors and fractions, and then says of every alloy of the space whether the predictor is worth asking.
What a sieve loses belongs to it: it is measured on alloys that the network did not learn from.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import descriptors
from ..errors import HeaError
from ..problems import InverseProblem
from . import opinions
from .enumeration import CompositionSpace

_NAMES = ("mixing_entropy", "size_mismatch", "electronegativity_mismatch", "valence_electron_concentration",
          "melting_temperature", "mixing_enthalpy", "mixing_enthalpy_spread", "bulk_modulus")  # fmt: skip
_HELD_OUT = 0.25


@dataclass(frozen=True)
class DistilledSieve:
    """Which alloys of a space a predictor is worth asking about; call it with a block of alloys.

    Attributes:
        error: root mean square difference from the predictor's probability, on alloys that it did not learn from.
        kept: of these, the share of alloys at or above the threshold of the predictor that come through; NaN if none.
        passed: the share of all of these that come through.
    """

    mean: np.ndarray
    spread: np.ndarray
    weights: tuple[np.ndarray, np.ndarray]
    offsets: tuple[np.ndarray, np.ndarray]
    border: float
    error: float
    kept: float
    passed: float

    def __call__(self, designs: pd.DataFrame) -> np.ndarray:
        """Which alloys come through ``(n,)``."""
        return self.estimate(designs) >= self.border

    def estimate(self, designs: pd.DataFrame) -> np.ndarray:
        """What the predictor would say, roughly ``(n,)``."""
        inputs = (_inputs(designs) - self.mean) / self.spread
        hidden = np.maximum(inputs @ self.weights[0] + self.offsets[0], 0)
        return (hidden @ self.weights[1] + self.offsets[1])[:, 0]


def distil(
    problem: InverseProblem,
    predictor,
    space: CompositionSpace,
    target: Mapping[str, float] | None = None,
    threshold: float = 0.5,
    keep: float = 0.98,
    n: int = 8_000,
    width: int = 32,
    seed: int = 0,
) -> DistilledSieve:
    """Teach a small network what a predictor thinks of the alloys of a space, as a sieve for :func:`screen_space`.

    Args:
        threshold: probability of the wanted class from which an alloy must come through.
        keep: share of these alloys that shall come through; the border is set by it on the alloys learned from.
        n: alloys that the predictor is asked about. width: of the layer.

    Raises:
        HeaError: numbers out of range, or no alloy in the sample that reaches the threshold.
        CompositionError, TargetError, UnsupportedError: as for :func:`screen_space`.

    Example:
        >>> from hea_lib import problems
        >>> problem, space = problems.get("single-phase"), CompositionSpace(["Al", "Co", "Cr", "Fe", "Ni"], step=5)
        >>> sieve = distil(problem, problem.forward, space, n=800)
        >>> bool(sieve.kept > 0.8), bool(sieve.passed < 0.8)
        (True, True)
    """
    from sklearn.neural_network import MLPRegressor

    palette = opinions.check_alloys(problem)
    opinions.check_elements(space.elements, palette, "the composition space")
    name, wanted = opinions.single_target(problem, target)
    for label, value, low in [("n", n, 100), ("width", width, 1)]:
        if not isinstance(value, int | np.integer) or value < low:
            raise HeaError(f"{label} is {value!r}; it is a whole number from {low}")
    for label, value in [("threshold", threshold), ("keep", keep)]:
        if not 0 < value <= 1:
            raise HeaError(f"{label} is {value!r}; it is a number above 0 and up to 1")
    table = draw(space, n, np.random.default_rng(seed)).drop_duplicates(ignore_index=True)  # or known ones are held out
    said = opinions.predict(predictor, table.reindex(columns=palette, fill_value=0.0))
    chance = opinions.chance(said, name, wanted)
    inputs = _inputs(table)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread = np.where(spread > 1e-6, spread, 1).astype(np.float32)
    learned = np.arange(len(table)) >= _HELD_OUT * len(table)
    if not (chance[learned] >= threshold).any():
        raise HeaError(
            f"none of {learned.sum()} alloys drawn from this space reaches {threshold:g}; lower the threshold"
        )
    network = MLPRegressor(
        hidden_layer_sizes=(width,), learning_rate_init=0.01, max_iter=60, batch_size=256, random_state=seed
    )
    network.set_params(early_stopping=True, n_iter_no_change=8)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer")  # how good it is when it stops is measured below
        network.fit((inputs[learned] - mean) / spread, chance[learned])
    weights, offsets = (
        tuple(np.asarray(part, np.float32) for part in parts) for parts in (network.coefs_, network.intercepts_)
    )
    rough = DistilledSieve(mean, spread, weights, offsets, 0.0, 0.0, 0.0, 0.0)
    guess = rough.estimate(table)
    border = float(np.quantile(guess[learned & (chance >= threshold)], 1 - keep))
    rest, good = ~learned, ~learned & (chance >= threshold)
    error = float(np.sqrt(np.mean((guess - chance)[rest] ** 2)))
    kept = float((guess[good] >= border).mean()) if good.any() else float("nan")
    return DistilledSieve(mean, spread, weights, offsets, border, error, kept, float((guess[rest] >= border).mean()))


def draw(space: CompositionSpace, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw alloys from a space, each as likely as any other, with replacement ``(n, n_elements)``."""
    few, many = space.size
    ends = np.zeros((many + 2, space.units + 1))
    ends[few : many + 1, space.units] = 1.0
    after = [ends]  # ways to go on with so many elements chosen and so many steps given
    for low, high in reversed(space._limits):
        ways = after[0].copy()
        for amount in range(low, high + 1):
            ways[:-1, : space.units + 1 - amount] += after[0][1:, amount:]
        ways[many + 1] = 0.0
        after.insert(0, ways / ways.max())  # numbers stay small; within an element only ratios count
    chosen, used = np.zeros(n, dtype=int), np.zeros(n, dtype=int)
    amounts = np.zeros((n, len(space.elements)))
    for column, (low, high) in enumerate(space._limits):
        choice = np.concatenate([[0], np.arange(low, high + 1)])
        given = used[:, None] + choice
        count = chosen[:, None] + (choice > 0)
        ways = np.where(given <= space.units, after[column + 1][count, np.minimum(given, space.units)], 0.0)
        at = (ways.cumsum(axis=1) <= rng.random((n, 1)) * ways.sum(axis=1, keepdims=True)).sum(axis=1)
        amounts[:, column] = choice[at]
        used, chosen = used + choice[at], chosen + (at > 0)
    return pd.DataFrame(amounts / space.units, columns=list(space.elements))


def _inputs(designs: pd.DataFrame) -> np.ndarray:
    known = descriptors.compute(designs, _NAMES, threads=1)
    return np.hstack([known.to_numpy(np.float32), designs.to_numpy(np.float32)])
