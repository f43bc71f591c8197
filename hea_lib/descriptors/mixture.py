"""A block of alloys as arrays: the means, spreads and pair sums of which every descriptor is made.

Each quantity is computed once per block however many descriptors ask for it. Arrays are ``(n_elements, n_alloys)``:
an element's fractions lie side by side in memory, which is what makes a million alloys a second possible.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pandas as pd

from .. import elements

GAS_CONSTANT = 8.31446261815324  # [J/(mol K)], exact since the SI of 2019
_BITS = 40  # elements per word when the presence of elements is packed into an integer


class Facts:
    """Elemental properties of the columns of a table; what no source gives is zero here and marked as lacking."""

    def __init__(self, symbols: list[str]):
        self.symbols = symbols
        self._table = elements.table().reindex(symbols)
        self._properties: dict[str, np.ndarray] = {}

    def lacking(self, name: str) -> np.ndarray:
        """Which elements have no value of a property, bool ``(n_elements,)``."""
        return np.isnan(self._raw(name))

    def __getitem__(self, name: str) -> np.ndarray:
        """Values of a property, ``(n_elements,)``."""
        if name not in self._properties:
            self._properties[name] = np.nan_to_num(self._raw(name))
        return self._properties[name]

    @cached_property
    def enthalpy(self) -> np.ndarray:
        """Mixing enthalpy of each pair [kJ/mol], zero where it is lacking."""
        return np.nan_to_num(self._pairs)

    @cached_property
    def lacking_pairs(self) -> np.ndarray:
        """Which pairs have no mixing enthalpy, bool ``(n_elements, n_elements)``."""
        return np.isnan(self._pairs)

    @cached_property
    def _pairs(self) -> np.ndarray:
        return elements.known_mixing_enthalpy(self.symbols)

    def _raw(self, name: str) -> np.ndarray:
        return self._table[name].to_numpy(dtype=float)


class ElementSets:
    """The sets of elements that occur in a table; alloys share few, so what depends on the set is found once a set.

    Attributes:
        codes: number of its set for each alloy, ``(n_alloys,)``.
        present: which elements a set has, bool ``(n_elements, n_sets)``.
    """

    def __init__(self, fractions: np.ndarray, facts: Facts):
        self.facts = facts
        self.codes = np.zeros(len(fractions), dtype=np.int64)
        for start in range(0, fractions.shape[1], _BITS):
            word = self.codes << _BITS
            for bit, column in enumerate(fractions[:, start : start + _BITS].T):
                word |= (column > 0).astype(np.int64) << bit
            self.codes = pd.factorize(word)[0]
        first = np.zeros(self.codes.max(initial=-1) + 1, dtype=np.int64)
        first[self.codes[::-1]] = np.arange(len(self.codes))[::-1]
        self.present = np.ascontiguousarray(fractions[first].T > 0)
        self._found: dict[tuple, np.ndarray] = {}

    def lacking(self, name: str) -> np.ndarray:
        """Which sets hold an element, or for ``mixing_enthalpy`` a pair, without a value, bool ``(n_sets,)``."""
        if name != "mixing_enthalpy":
            return self.present[self.facts.lacking(name)].any(axis=0)
        rows, cols = np.nonzero(np.triu(self.facts.lacking_pairs))
        return (self.present[rows] & self.present[cols]).any(axis=0)

    def size(self) -> np.ndarray:
        """Number of elements of each set."""
        return self._once(("size",), lambda: self.present.sum(axis=0).astype(float))

    def smallest(self, name: str) -> np.ndarray:
        """Smallest value of a property in each set."""
        values = self.facts[name][:, None]
        return self._once(("smallest", name), lambda: np.where(self.present, values, np.inf).min(axis=0))

    def largest(self, name: str) -> np.ndarray:
        """Largest value of a property in each set."""
        values = self.facts[name][:, None]
        return self._once(("largest", name), lambda: np.where(self.present, values, -np.inf).max(axis=0))

    def extreme_pair(self, largest: bool) -> np.ndarray:
        """Highest or lowest mixing enthalpy of a pair in each set [kJ/mol]; zero for a single element."""
        return self._once(("pair", largest), lambda: self._extreme_pair(largest))

    def _extreme_pair(self, largest: bool) -> np.ndarray:
        rows, cols = np.triu_indices(len(self.present), k=1)
        values = self.facts.enthalpy[rows, cols]
        order = np.argsort(-values if largest else values)
        best, left = np.zeros(self.present.shape[1]), np.arange(self.present.shape[1])
        for pair in order:  # from the most extreme pair on: the first that a set has is its answer
            has = self.present[rows[pair], left] & self.present[cols[pair], left]
            best[left[has]] = values[pair]
            left = left[~has]
            if not left.size:
                break
        return best

    def _once(self, key: tuple, find: Callable[[], np.ndarray]) -> np.ndarray:
        if key not in self._found:  # two threads may both compute it, with the same result
            self._found[key] = find()
        return self._found[key]


class Mixture:
    """A block of alloys, ``fractions`` of shape ``(n_elements, n_alloys)``, with its shared quantities."""

    def __init__(self, fractions: np.ndarray, sets: ElementSets, codes: np.ndarray):
        self.fractions, self.facts, self.sets, self.codes = fractions, sets.facts, sets, codes
        self._means: dict[tuple[str, ...], np.ndarray] = {}

    def mean(self, *names: str) -> np.ndarray:
        r"""Mean over the elements of a property, or of the product of several: $\sum_i c_i p_i q_i$."""
        key = tuple(sorted(names))
        if key not in self._means:
            self._means[key] = np.prod([self.facts[name] for name in key], axis=0) @ self.fractions
        return self._means[key]

    def fraction_of(self, symbols: frozenset[str]) -> np.ndarray:
        """Total atomic fraction of a family of elements."""
        return np.array([float(symbol in symbols) for symbol in self.facts.symbols]) @ self.fractions

    def spread(self, name: str) -> np.ndarray:
        r"""Standard deviation over the atoms, $\sqrt{\sum_i c_i (p_i - \bar p)^2}$, never below zero."""
        return np.sqrt(np.maximum(self.mean(name, name) - self.mean(name) ** 2, 0.0))

    def relative_spread(self, name: str) -> np.ndarray:
        r"""$100 \sqrt{\sum_i c_i (1 - p_i / \bar p)^2}$ [%]."""
        return 100.0 * self.spread(name) / self.mean(name)

    @property
    def count(self) -> np.ndarray:
        """Number of elements with a fraction above zero."""
        return self.sets.size()[self.codes]

    @cached_property
    def entropy(self) -> np.ndarray:
        r"""Ideal mixing entropy $-R \sum_i c_i \ln c_i$ [J/(mol K)]."""
        logarithm = np.log(np.maximum(self.fractions, np.finfo(float).tiny))  # c ln c = 0 for an absent element
        return -GAS_CONSTANT * np.einsum("ij,ij->j", self.fractions, logarithm) + 0.0  # no negative zero

    @cached_property
    def enthalpy(self) -> np.ndarray:
        r"""Mixing enthalpy of the liquid, $4 \sum_{i<j} H_{ij} c_i c_j$ [kJ/mol]."""
        return 4.0 * self.pair_sum(self.facts.enthalpy)

    def pair_sum(self, pairs: np.ndarray) -> np.ndarray:
        r"""$\sum_{i<j} M_{ij} c_i c_j$ of a symmetric table with an empty diagonal."""
        return np.einsum("ij,ij->j", self.fractions, (0.5 * pairs) @ self.fractions)

    def smallest(self, name: str) -> np.ndarray:
        """Smallest value of a property among the elements present."""
        return self.sets.smallest(name)[self.codes]

    def largest(self, name: str) -> np.ndarray:
        """Largest value of a property among the elements present."""
        return self.sets.largest(name)[self.codes]

    def extreme_pair(self, largest: bool) -> np.ndarray:
        """Highest or lowest mixing enthalpy among the pairs of elements present [kJ/mol]."""
        return self.sets.extreme_pair(largest)[self.codes]
