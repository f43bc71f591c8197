"""More designs to learn from than have been calculated: known ones, varied, and labelled by the forward model.

A forward model that learned from the known designs may label others, but it is not equally right everywhere. Where its
members agree it deserves trust, and a variation is kept the sooner the more they do. What a generator learns from
these, it owes to the forward model and hence to the same calculations; the judge has no part in it.
"""

import numpy as np
import pandas as pd

from .. import spaces
from ..errors import HeaError, UnsupportedError
from ..problems import InverseProblem

_FREE, _FREEST = 4.0, 10.0  # times less slope than most have, from which a coordinate is free, and most it is freed
_AT_ONCE = 20_000  # variations that are labelled together; bounds the memory
_SURE = 0.1  # by how much below the lowest value all members must be, to agree that it is reached [of a target's unit]


def vary(
    problem: InverseProblem, n: int, strength: float = 0.5, trust: float = 0.02, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Try ``n`` variations of known designs, and keep those of which the forward model is sure.

    Every value of the first property is varied about equally often, however rare it is.

    Args:
        n: variations to try. strength: of the noise, in half-widths of a box or relative to a fraction; each variation
            draws its own from zero to this, so that near and far ones are there. A coordinate of a box that hardly
            changes the properties is varied more, in inverse proportion to the slopes where these are known.
        trust: standard deviation of what the members say [units of the targets] at which a variation is kept with
            chance 1/e; the chance is exp(-(deviation/trust)^2).

    Returns:
        Designs ``(m, n_columns)`` and their properties by the forward model ``(m, n_targets)``, m at most n.

    Raises:
        HeaError: a strength or a trust out of range. UnsupportedError: the forward model is no ensemble whose members
            could agree.
    """
    if problem.opinions is None:
        raise UnsupportedError(f"the forward model of {problem.name} is no ensemble, so nothing says where it is sure")
    if not (strength >= 0 and trust > 0):
        raise HeaError(f"strength is {strength!r} and trust {trust!r}; they must be numbers from 0, and trust above it")
    rng = np.random.default_rng(seed)
    chances = even(problem.properties.iloc[:, 0].to_numpy(dtype=float), power=1.0)
    rows = rng.choice(len(problem), size=n, p=chances)
    lowest = np.array([target.lowest for target in problem.targets])
    freedom = _freedom(problem)
    designs, properties = [], []
    known = problem.designs.to_numpy(dtype=float)
    for start in range(0, n, _AT_ONCE):
        values = known[rows[start : start + _AT_ONCE]]
        values = problem.space.jitter(values, strength * rng.random((len(values), 1)) * freedom, rng)
        table = pd.DataFrame(values, columns=list(problem.space.columns))
        said = np.maximum(problem.opinions(table), lowest - _SURE)
        kept = rng.random(len(table)) < np.exp(-((said.std(axis=0) / trust) ** 2)).min(axis=-1)
        designs.append(table[kept])
        labels = np.maximum(said, lowest).mean(axis=0)[kept]
        properties.append(pd.DataFrame(labels, columns=problem.target_names))
    return tuple(pd.concat(parts, ignore_index=True) for parts in (designs, properties))


def _freedom(problem: InverseProblem) -> np.ndarray:
    """How much more than most each coordinate may be varied, 1 or more ``(n_columns,)``."""
    if problem.slopes is None or not isinstance(problem.space, spaces.Box):
        return np.ones(len(problem.space.columns))
    steep = np.abs(problem.slopes(problem.designs.to_numpy(dtype=float))[1] / problem.scale[:, None])
    change = steep.mean(axis=(0, 1)) * problem.space.half_width
    freedom = np.median(change) / np.maximum(change, 1e-9)
    return np.where(freedom > _FREE, freedom.clip(max=_FREEST), 1.0)


def even(values: np.ndarray, power: float = 0.5, bins: int = 24) -> np.ndarray:
    """Chances of drawing each of ``(n,)`` values so that rare ones come more often ``(n,)``; they sum to one.

    Values of which there are many alike, such as gaps of exactly zero, are a bin of their own.

    Args:
        power: 0 leaves the values as rare as they are, 1 makes every bin equally frequent.
    """
    low, high = values.min(), values.max()
    edges = np.linspace(low, high, bins + 1)[1:-1]
    place = np.where(values == low, -1, np.searchsorted(edges, values)) + 1
    counts = np.bincount(place, minlength=bins + 1)
    chances = 1.0 / counts[place].astype(float) ** power
    return chances / chances.sum()
