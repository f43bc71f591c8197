"""Where designs live: a simplex of elements, or a box of cell parameters.

A space checks designs, draws them at random, moves them and measures distances, so that a strategy in
:mod:`hea_lib.design` is written once and works on alloys and on strained cells alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from typing import ClassVar

import numpy as np
import pandas as pd

from . import alloys, errors
from .errors import CompositionError

_CLOSER = 1e-3  # share of the way to the middle of a box by which a point that is no design is first drawn in
_ROUNDING = 1e-9  # half-widths of a box
PRESENT = 0.01  # an element counts as present above 1 at%


def nearest(space: Simplex | Box, values: np.ndarray, known: np.ndarray, chunk: int = 2_000) -> np.ndarray:
    """Distance from each design ``(n, n_columns)`` to the nearest known one ``(n,)``; infinite where none is known.

    Args:
        chunk: designs that are compared together; bounds the memory.
    """
    parts = (values[first : first + chunk] for first in range(0, len(values), chunk))
    return np.concatenate([np.empty(0), *(space.distance(part, known).min(axis=1, initial=np.inf) for part in parts)])


def draw_sets(weights: np.ndarray, sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw sets of ``sizes`` columns ``(n,)`` without replacement by the Gumbel trick.

    Args:
        weights: logarithms of how eagerly a column is chosen, ``(n_columns,)`` or ``(n, n_columns)``.

    Returns:
        Membership ``(n, n_columns)``, boolean.
    """
    eagerness = weights + rng.gumbel(size=(len(sizes), weights.shape[-1]))
    rank = (-eagerness).argsort(axis=1).argsort(axis=1)
    return rank < np.asarray(sizes)[:, None]


@dataclass(frozen=True)
class Simplex:
    """Alloys of a palette of elements: atomic fractions ``(n, n_elements)``, zero or more, that sum to one."""

    columns: tuple[str, ...]
    novel_distance: ClassVar[float] = 0.02  # beyond it from every known design, a design is new
    probe_size: ClassVar[float] = 1e-5  # of finite differences
    fixed_sum: ClassVar[float | None] = 1.0  # of the coordinates, before and after a move

    def check(self, designs: pd.DataFrame) -> pd.DataFrame:
        """Return the designs with the columns of this space, or raise what is wrong with them."""
        return alloys.restrict(alloys.validate(designs), self.columns)

    def outside(self, designs: pd.DataFrame, slack: float = 0.0) -> None:
        """Nothing: what :meth:`check` lets pass is a composition of the palette."""

    def contains(self, designs: pd.DataFrame) -> np.ndarray:
        """Which designs are compositions of the palette ``(n,)``."""
        values = designs.reindex(columns=self.columns).to_numpy(dtype=float)
        return (values >= 0).all(axis=1) & (np.abs(values.sum(axis=1) - 1) <= alloys.SUM_TOLERANCE)

    def sample(self, n: int, rng: np.random.Generator, like: np.ndarray | None = None) -> np.ndarray:
        """Draw designs at random ``(n, n_elements)``.

        Args:
            like: alloys ``(m, n_elements)`` to take after in how many elements an alloy has and how often each element
                is chosen; amounts are then uniform on the simplex of the chosen set. None: uniform on the simplex
                of all elements.
        """
        amounts = rng.exponential(size=(n, len(self.columns)))  # exponentials over their sum: uniform on the simplex
        if like is not None:
            present = like > PRESENT
            if not len(like) or not present.any(axis=1).all():
                raise CompositionError("alloys to take after need an element above 1 at% each")
            size = rng.choice(present.sum(axis=1), size=n)
            amounts *= draw_sets(np.log(present.mean(axis=0) + 1e-9), size, rng)
        return amounts / amounts.sum(axis=1, keepdims=True)

    def probe(self, values: np.ndarray, column: int, size: float) -> np.ndarray:
        """Step from each design a little towards the pure element ``column`` ``(n, n_elements)``."""
        towards = values.copy()
        towards[:, column] += size
        return towards / (1 + size)

    @property
    def unit(self) -> np.ndarray:
        """Size of a step of one in each coordinate ``(n_elements,)``."""
        return np.ones(len(self.columns))

    def limits(self, values: np.ndarray, keep: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Bounds within which a design is moved, a lower and an upper ``(n, n_elements)``.

        An element that is present stays so, unless ``keep`` is false; one below 1 at% is no part of the alloy and keeps
        its amount.
        """
        present, floor = values > PRESENT, np.minimum(values, PRESENT * 1.001) if keep else 0.0
        return np.where(present, floor, values), np.where(present, np.inf, values)

    def mobility(self, values: np.ndarray) -> np.ndarray:
        """How easily each fraction changes ``(n, n_elements)``: all alike, so that moves count by least squares."""
        return np.ones_like(values)

    def rises(self, slopes: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How straight lines through designs rise when :meth:`shift` moves them.

        Fractions sum to one, so an element counts by how its slope differs from that of the alloy; and it counts by
        its fraction, so that an absent one counts for nothing.

        Args:
            slopes: of the lines ``(n_lines, n_elements)``.

        Returns:
            Slopes as seen from each design ``(n, n_lines, n_elements)`` and weights of the moves ``(n, n_elements)``;
            their product is what the lines gain by small moves.
        """
        return slopes - (values @ slopes.T)[:, :, None], values

    def shift(self, values: np.ndarray, moves: np.ndarray) -> np.ndarray:
        """Multiply fractions by ``exp(moves)``, at most by e at once, and normalise; none becomes negative."""
        grown = values * np.exp(np.clip(moves, -1.0, 1.0))
        return grown / grown.sum(axis=1, keepdims=True)

    def settle(self, values: np.ndarray) -> np.ndarray:
        """Every point of the simplex is an alloy, and stays ``(n, n_elements)``."""
        return values

    def jitter(self, values: np.ndarray, strength: float | np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Multiply the fractions by log-normal noise of relative size ``strength``, one or ``(n, 1)``."""
        return self.shift(values, strength * rng.standard_normal(values.shape))

    def distance(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Total variation, half the sum of absolute differences: the share of atoms to exchange ``(n, m)``."""
        from scipy.spatial.distance import cdist

        return cdist(left, right, "cityblock") / 2


@dataclass(frozen=True)
class Box:
    """Designs between a lower and an upper bound in every coordinate ``(n, n_columns)``.

    Args:
        valid: which points between the walls are designs at all, ``(n, n_columns)`` to ``(n,)``; the middle of the box
            must be one, and so must all on the way to it from one that is. A move that ends at a point that is none
            is shortened towards the middle.
        read: raises what makes a table of designs unreadable, such as angles in radians.
    """

    columns: tuple[str, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    valid: Callable[[np.ndarray], np.ndarray] | None = field(default=None, compare=False, repr=False)
    read: Callable[[pd.DataFrame], object] | None = field(default=None, compare=False, repr=False)
    novel_distance: ClassVar[float] = 0.1
    probe_size: ClassVar[float] = 1e-3  # larger than for alloys, because networks compute in single precision
    fixed_sum: ClassVar[float | None] = None

    @property
    def half_width(self) -> np.ndarray:
        """Half the distance between the walls in each coordinate ``(n_columns,)``: the unit of moves."""
        return (np.array(self.upper) - np.array(self.lower)) / 2

    def check(self, designs: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of this space, or raise which is missing or holds no finite number; walls do not count."""
        if not isinstance(designs, pd.DataFrame):
            kind = type(designs).__name__
            raise CompositionError(f"designs are a table with the columns {', '.join(self.columns)}, not {kind}")
        for column in self.columns:
            if list(designs.columns).count(column) != 1:
                problem = "is missing" if column not in designs else "appears more than once"
                raise CompositionError(f"column {column!r} {problem}; a design has {', '.join(self.columns)}")
            if not pd.api.types.is_numeric_dtype(designs[column]):
                raise CompositionError(f"column {column!r} holds {designs[column].dtype}, not numbers")
        kept = designs[list(self.columns)]
        bad = ~np.isfinite(kept.to_numpy(dtype=float))
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise CompositionError(f"{errors.row(kept.index, row)} has no finite {self.columns[column]}")
        if self.read:
            self.read(kept)
        return kept.astype(float)

    def contains(self, designs: pd.DataFrame, slack: float = _ROUNDING) -> np.ndarray:
        """Which designs lie in the box ``(n,)``, or stick out by no more than ``slack`` half-widths."""
        return self._holds(designs[list(self.columns)].to_numpy(dtype=float), slack)

    def _holds(self, values: np.ndarray, slack: float = _ROUNDING) -> np.ndarray:
        inside = ~self._beyond(values, slack).any(axis=1)
        return inside & self.valid(values) if self.valid else inside

    def _beyond(self, values: np.ndarray, slack: float = _ROUNDING) -> np.ndarray:
        """Which coordinates lie behind a wall ``(n, n_columns)``."""
        spare = slack * self.half_width
        return (values < np.array(self.lower) - spare) | (values > np.array(self.upper) + spare)

    def outside(self, designs: pd.DataFrame, slack: float = _ROUNDING) -> tuple[int, str] | None:
        """Position of the first design that lies outside, and why it does; None where all lie in the box."""
        out = ~self.contains(designs, slack)
        if not out.any():
            return None
        first = int(out.argmax())
        values = designs[list(self.columns)].to_numpy(dtype=float)[first]
        behind = self._beyond(values[None], slack)[0]
        if not behind.any():
            return first, "it is between the walls, but no design"
        at = behind.argmax()
        walls = f"from {self.lower[at]:.4g} to {self.upper[at]:.4g}"
        return first, f"{self.columns[at]} = {values[at]:g} is not {walls}{self._exchanged(values)}"

    def _exchanged(self, values: np.ndarray) -> str:
        """A hint if the numbers of a design outside lie in the box when two columns are exchanged."""
        for one, other in combinations(range(len(values)), 2):
            swapped = values.copy()
            swapped[[one, other]] = values[[other, one]]
            if self._holds(swapped[None])[0]:
                return f"; with {self.columns[one]} and {self.columns[other]} exchanged it would fit"
        return ""

    def sample(self, n: int, rng: np.random.Generator, like: np.ndarray | None = None) -> np.ndarray:
        """Draw uniformly from the box ``(n, n_columns)``, whatever ``like``."""
        return self.settle(rng.uniform(self.lower, self.upper, size=(n, len(self.columns))))

    def probe(self, values: np.ndarray, column: int, size: float) -> np.ndarray:
        """Step from each design by ``size`` half-widths in one coordinate ``(n, n_columns)``."""
        displaced = values.copy()
        displaced[:, column] += size * self.half_width[column]
        return displaced

    @property
    def unit(self) -> np.ndarray:
        """Size of a step of one in each coordinate: half the box ``(n_columns,)``."""
        return self.half_width

    def limits(self, values: np.ndarray, keep: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """The walls, a lower and an upper bound for each design ``(n, n_columns)``, whatever ``keep``."""
        return np.broadcast_to(self.lower, values.shape), np.broadcast_to(self.upper, values.shape)

    def mobility(self, values: np.ndarray) -> np.ndarray:
        """How easily each coordinate changes: all alike in half-widths ``(n, n_columns)``."""
        return np.broadcast_to(self.half_width**2, values.shape)

    def rises(self, slopes: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How straight lines through designs rise when :meth:`shift` moves them, alike everywhere.

        Args:
            slopes: of the lines ``(n_lines, n_columns)``.

        Returns:
            Slopes for a move of half a width ``(n, n_lines, n_columns)`` and weights of the moves, one each
            ``(n, n_columns)``; their product is what the lines gain by small moves.
        """
        return np.broadcast_to(slopes * self.unit, (len(values), *slopes.shape)), np.ones_like(values)

    def shift(self, values: np.ndarray, moves: np.ndarray) -> np.ndarray:
        """Move by ``moves`` half-widths, and no further than the walls of the box."""
        return self.settle(np.clip(values + moves * self.half_width, self.lower, self.upper))

    def settle(self, values: np.ndarray) -> np.ndarray:
        """Draw points that are no designs towards the middle until they are; the others stay ``(n, n_columns)``."""
        middle, share = (np.array(self.lower) + np.array(self.upper)) / 2, _CLOSER
        drawn = values
        while self.valid and not (good := self.valid(drawn)).all():
            drawn = np.where(good[:, None], drawn, middle + (1 - share) * (values - middle))
            share = min(2 * share, 1.0)
        return drawn

    def jitter(self, values: np.ndarray, strength: float | np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Add normal noise of ``strength`` half-widths, one or ``(n, n_columns)``; walls are mirrors."""
        lower, width = np.array(self.lower), 2 * self.half_width
        beyond = (values + strength * self.half_width * rng.standard_normal(values.shape) - lower) % (2 * width)
        return self.settle(lower + np.minimum(beyond, 2 * width - beyond))

    def distance(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Euclidean distance with the box scaled to [-1, 1] in every coordinate ``(n, m)``."""
        from scipy.spatial.distance import cdist

        return cdist(left / self.half_width, right / self.half_width)
