r"""Every alloy of a composition space, counted before it is made, made in blocks, and asked about one block at a time.

A composition space is all ways to share out the atoms among elements in whole steps. Its size is found by adding up
elements one at a time: with $W_j(k, u)$ ways to give $u$ steps to $k$ of the first $j$ elements,

$$W_j(k, u) = W_{j-1}(k, u) + \sum_{v=l_j}^{h_j} W_{j-1}(k-1, u-v),$$

so the count is exact however large it is, and no alloy needs to be made for it. Blocks keep the memory bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import combinations

import numpy as np
import pandas as pd

from .. import elements as facts
from ..errors import CompositionError, HeaError
from ..problems import InverseProblem
from . import opinions

MOST = 100_000_000  # alloys that are screened without being asked for by limit=: a few minutes to an hour
_BLOCK = 50_000  # alloys
_EXACT = 1e-6  # of a number of steps that should be whole

Sieve = Callable[[pd.DataFrame], np.ndarray]


@dataclass(frozen=True)
class CompositionSpace:
    """All alloys of some elements in whole steps of at%.

    Args:
        elements: to choose from.
        size: how many of them an alloy has, a number or a lowest and a highest one; all unless told.
        step: of the amounts [at%]; 100 is a whole number of steps.
        bounds: lowest and highest amount of an element that is present [at%], one pair for all or by element; whole
            numbers of steps. One step to everything unless told.

    Raises:
        CompositionError: what is no element, or twice; a size, step or bound that does not fit; or no alloy at all.

    Example:
        >>> space = CompositionSpace(["Al", "Co", "Cr", "Fe", "Ni"], step=5, bounds=(5, 35))
        >>> len(space), sum(len(block) for block in space.blocks(1_000))
        (1451, 1451)
    """

    elements: Sequence[str]
    size: int | tuple[int, int] | None = None
    step: float = 5.0
    bounds: tuple[float, float] | Mapping[str, tuple[float, float]] | None = None
    units: int = field(init=False, repr=False)
    _limits: tuple[tuple[int, int], ...] = field(init=False, repr=False)

    def __post_init__(self):
        symbols = tuple(opinions.check_elements(self.elements, facts.SYMBOLS, "elements"))
        if not symbols:
            raise CompositionError("a composition space needs one element or more")
        if not 0 < self.step <= 100 or abs(100 / self.step - round(100 / self.step)) > _EXACT:
            raise CompositionError(f"step is {self.step!r} at%; 100 at% must be a whole number of steps")
        object.__setattr__(self, "elements", symbols)
        object.__setattr__(self, "units", round(100 / self.step))
        object.__setattr__(self, "size", self._sizes(len(symbols)))
        object.__setattr__(self, "_limits", tuple(self._limit(symbol) for symbol in symbols))
        if not len(self):
            raise CompositionError(f"no alloy of {', '.join(symbols)} keeps to these bounds in steps of {self.step:g}")

    def _sizes(self, most: int) -> tuple[int, int]:
        asked = (most, most) if self.size is None else self.size
        asked = asked if isinstance(asked, tuple) else (asked, asked)
        whole = len(asked) == 2 and all(isinstance(item, int | np.integer) for item in asked)
        if not whole or not 1 <= asked[0] <= asked[1] <= most:
            raise CompositionError(f"size is {self.size!r}; an alloy has 1 to {most} of these elements")
        return asked

    def _limit(self, symbol: str) -> tuple[int, int]:
        """Lowest and highest number of steps of an element that is present."""
        given = self.bounds
        if isinstance(given, Mapping):
            opinions.check_elements(given, self.elements, "bounds")
            given = given.get(symbol)
        pair = (self.step, 100.0) if given is None else given
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise CompositionError(f"bounds of {symbol} are {given!r}; give a lowest and a highest amount [at%]")
        low, high = pair
        steps = [bound / self.step for bound in (low, high)]
        if any(abs(number - round(number)) > _EXACT for number in steps) or not 0 < low <= high <= 100:
            raise CompositionError(
                f"bounds of {symbol} are {low:g} to {high:g} at%; they are whole steps of {self.step:g} at% above 0 "
                "and up to 100"
            )
        return round(steps[0]), round(steps[1])

    @cached_property
    def count(self) -> int:
        """Exact number of alloys, of any size."""
        ways = {(0, 0): 1}
        for low, high in self._limits:
            more = dict(ways)
            for (chosen, used), number in ways.items():
                if chosen == self.size[1]:
                    continue
                for amount in range(low, min(high, self.units - used) + 1):
                    key = (chosen + 1, used + amount)
                    more[key] = more.get(key, 0) + number
            ways = more
        return sum(ways.get((size, self.units), 0) for size in range(self.size[0], self.size[1] + 1))

    def __len__(self) -> int:
        return min(self.count, 2**63 - 1)  # what Python allows a length to be; count is exact

    def blocks(self, rows: int = _BLOCK) -> Iterator[pd.DataFrame]:
        """Atomic fractions ``(rows or fewer, n_elements)``, each alloy once, fewest elements first."""
        if rows < 1:
            raise HeaError(f"rows is {rows!r}; a block holds one alloy or more")
        waiting, held = [], 0
        for part in self._parts(rows):
            while len(part):
                taken, part = part[: rows - held], part[rows - held :]
                waiting.append(taken)
                held += len(taken)
                if held == rows:
                    yield self._table(waiting)
                    waiting, held = [], 0
        if held:
            yield self._table(waiting)

    def _table(self, parts: list[np.ndarray]) -> pd.DataFrame:
        return pd.DataFrame(np.concatenate(parts) / self.units, columns=list(self.elements))

    def _parts(self, rows: int) -> Iterator[np.ndarray]:
        """Numbers of steps ``(n, n_elements)``, a set of elements after the other."""
        kind = np.int16 if self.units < 2**15 else np.int32
        same, shared = len(set(self._limits)) == 1, {}
        for size in range(self.size[0], self.size[1] + 1):
            for chosen in combinations(range(len(self.elements)), size):
                limits = tuple(self._limits[at] for at in chosen)
                if same and size in shared:
                    found = [shared[size]]
                else:
                    found = self._amounts(limits, self.units, np.zeros((1, 0), kind), _ways(limits, self.units), rows)
                for amounts in found:
                    if same and len(amounts) == _ways(limits, self.units)[0][self.units]:
                        shared[size] = amounts  # other sets of so many elements share out the atoms in the same ways
                    part = np.zeros((len(amounts), len(self.elements)), kind)
                    part[:, chosen] = amounts
                    yield part

    def _amounts(self, limits, left: int, head: np.ndarray, ways, rows: int) -> Iterator[np.ndarray]:
        """Ways to share out ``left`` steps among the elements that ``head`` lacks, in parts of about ``rows``."""
        done = head.shape[1]
        if ways[done][left] == 0:
            return
        if ways[done][left] <= rows:
            yield _expanded(limits[done:], left, head, ways[done:])
            return
        low, high = limits[done]
        for amount in range(low, min(high, left) + 1):
            grown = np.hstack([head, np.full((1, 1), amount, head.dtype)])
            yield from self._amounts(limits, left - amount, grown, ways, rows)


@lru_cache(maxsize=64)  # sets of elements with the same limits, which are most, share them
def _ways(limits: tuple[tuple[int, int], ...], units: int) -> list[list[int]]:
    """How many ways there are to give ``u`` steps to the elements from ``j`` on, as ``ways[j][u]``."""
    ways = [[1] + [0] * units]
    for low, high in reversed(limits):
        after = ways[0]
        ways.insert(0, [sum(after[max(0, u - high) : u - low + 1]) if u >= low else 0 for u in range(units + 1)])
    return ways


def _expanded(limits, left: int, head: np.ndarray, ways) -> np.ndarray:
    """All ways at once: each row is repeated for each amount of the next element from which the rest can be filled."""
    rows, rest = head, np.array([left])
    for (low, high), after in zip(limits, ways[1:], strict=True):
        possible = np.array([number > 0 for number in after])
        amounts = np.arange(low, high + 1)
        remaining = rest[:, None] - amounts
        keep = (remaining >= 0) & possible[np.maximum(remaining, 0)]
        row, column = np.nonzero(keep)
        rows = np.hstack([rows[row], amounts[column, None].astype(head.dtype)])
        rest = remaining[row, column]
    return rows


@dataclass(frozen=True)
class Screened:
    """What a screening found.

    Attributes:
        designs: the best alloys, best first ``(n, n_elements)``. probability: of the wanted class of each ``(n,)``.
        asked: alloys of the space. passed: how many of them came through the sieve. above: how many of these reach the
            threshold.
    """

    designs: pd.DataFrame
    probability: pd.Series
    asked: int
    passed: int
    above: int


def screen_space(
    problem: InverseProblem,
    predictor,
    space: CompositionSpace,
    target: Mapping[str, float] | None = None,
    best: int = 1_000,
    threshold: float = 0.5,
    sieve: Sieve | None = None,
    limit: int = MOST,
    rows: int = _BLOCK,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Screened:
    """Ask a predictor about every alloy of a composition space and keep the best.

    Args:
        predictor: a model with ``predict``, a function such as ``problem.forward``, or a list of these to average.
        target: the wanted class, such as ``{"single_phase": 1}``, which is also what None means.
        best: alloys to keep; the first of equals. threshold: probability of the wanted class from which alloys count.
        sieve: alloys ``(n, n_elements)`` -> which to ask about ``(n,)``, bool; cheap where the predictor is not.
        limit: alloys that a space may have.
        rows: alloys of a block. threads: blocks at once. progress: called with the size of each block that is done.

    Raises:
        CompositionError: elements that the problem does not know.
        HeaError: more alloys than ``limit``; their number is named. Or numbers out of range.
        UnsupportedError, TargetError: as for :func:`nudge`.

    Example:
        >>> from hea_lib import problems
        >>> problem = problems.get("single-phase")
        >>> found = screen_space(problem, problem.forward, CompositionSpace(["Co", "Cr", "Ni"], step=10), best=3)
        >>> found.asked, found.designs.shape, found.above <= found.passed == 36
        (36, (3, 30), True)
    """
    palette = opinions.check_alloys(problem)
    opinions.check_elements(space.elements, palette, "the composition space")
    name, wanted = opinions.single_target(problem, target)
    opinions.predictors(predictor)
    for label, value in [("best", best), ("limit", limit), ("rows", rows), ("threads", threads)]:
        if not isinstance(value, int | np.integer) or value < 1:
            raise HeaError(f"{label} is {value!r}; it is a whole number from 1")
    if not 0 <= threshold <= 1:
        raise HeaError(f"threshold is {threshold!r}; a probability is a number from 0 to 1")
    if space.count > limit:
        raise HeaError(
            f"this composition space has {space.count:,} alloys, more than the {limit:,} that are screened at once: "
            "take larger steps, fewer elements or closer bounds, or raise the limit"
        )

    def look(block: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray, int, int, int]:
        asked = len(block)
        if sieve is not None:
            block = block[np.asarray(sieve(block), dtype=bool)]
        if not len(block):
            return block, np.empty(0), asked, 0, 0
        said = opinions.predict(predictor, block.reindex(columns=palette, fill_value=0.0))
        chance = opinions.chance(said, name, wanted)
        kept = np.argsort(-chance, kind="stable")[:best]
        return block.iloc[kept], chance[kept], asked, len(block), int((chance >= threshold).sum())

    tables, chances, counts = [], [], np.zeros(3, dtype=int)
    with ThreadPoolExecutor(threads) as pool:
        for group in _groups(space.blocks(rows), threads):
            for block, chance, *numbers in pool.map(look, group):
                tables, chances = _merged([*tables, block], [*chances, chance], best)
                counts += numbers
                if progress is not None:
                    progress(numbers[0])
    designs, chance = tables[0].reset_index(drop=True), chances[0]
    designs = designs.reindex(columns=palette, fill_value=0.0)
    return Screened(designs, pd.Series(chance, name=name), *(int(number) for number in counts))


def _groups(blocks: Iterable[pd.DataFrame], size: int) -> Iterator[list[pd.DataFrame]]:
    """Some blocks at a time, since a pool would make all of them before it asks about the first."""
    group = []
    for block in blocks:
        group.append(block)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def _merged(tables: list[pd.DataFrame], chances: list[np.ndarray], best: int):
    """The best of several tables as one, best first."""
    chance = np.concatenate(chances)
    order = np.argsort(-chance, kind="stable")[:best]
    return [pd.concat(tables, ignore_index=True).iloc[order]], [chance[order]]
