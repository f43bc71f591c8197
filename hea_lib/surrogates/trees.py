"""The probability that an alloy is a single phase, or its hardness, from trees.

They read its composition, its descriptors, and statistics of its elements. The error of a forest on alloys of another
chemical system is not in the scatter of its trees, which only says how close the vote was. So several forests are
grown, each on its own four fifths of the alloys, and compared.

References:
    P. Geurts, D. Ernst, L. Wehenkel, Mach. Learn. 63, 3 (2006), doi:10.1007/s10994-006-6226-1 (extra trees).
    D. N. Politis, J. P. Romano, Ann. Stat. 22, 2031 (1994), doi:10.1214/aos/1176325770 (subsampling).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .. import alloys, descriptors, errors
from ..errors import SurrogateError
from .checks import check_fitted, check_properties
from .ensemble import Ensemble

#: Alloys in one pass of a prediction.
_BATCH = 20_000
#: Share of the alloys that each forest learns from: large, because every alloy counts, and not all, to see a scatter.
_SHARE = 0.8
#: Share of the inputs that a branch chooses from, for classes and for measured numbers; found on grouped folds.
_TRIED = {False: 0.15, True: 0.3}


@dataclass
class TreeEnsemble(Ensemble):
    """Forests of extra trees for properties that are 0 or 1, or measured; nothing to ship, a fit takes seconds.

    Args:
        measured: names of the properties that are measured numbers; all others are 0 or 1.
        members: forests, each on its own random four fifths of the alloys.
        trees: trees of each forest.
        min_leaf: alloys that a leaf holds at least.
        n_jobs: threads.

    Example:
        >>> table = alloys.fractions(["MoNbTaW", "TiZrHfNb", "AlCoCrFeNi", "AlNiTi"])
        >>> labels = pd.DataFrame({"single_phase": [1, 1, 0, 0]})
        >>> model = TreeEnsemble(members=4, trees=20, min_leaf=1).fit(table, labels)
        >>> model.predict(table)["single_phase"].between(0, 1).all().item()
        True
    """

    measured: tuple[str, ...] = ()
    members: int = 10
    trees: int = 30
    min_leaf: int = 1
    n_jobs: int = 1
    elements: tuple[str, ...] = field(default=(), init=False)
    properties: tuple[str, ...] = field(default=(), init=False)
    forests: "list[list] | None" = field(default=None, init=False, repr=False)

    def fit(self, designs: pd.DataFrame, properties: pd.DataFrame, seed: int = 0) -> "TreeEnsemble":
        """Learn from alloys (atomic fractions) and properties that are 0 or 1, or measured.

        Raises:
            CompositionError: as :func:`hea_lib.alloys.validate`.
            MissingPropertyError: an element that lacks a property; it is named.
            SurrogateError: properties other than 0 and 1 that are not measured, or that do not match the alloys.
        """
        known = check_properties(designs, properties)
        measured = np.isin(list(properties.columns), self.measured)
        wrong = ~np.isin(known, (0, 1)) & ~measured
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            name = properties.columns[column]
            where = errors.row(properties.index, row)
            raise SurrogateError(f"{where}: {name} = {known[row, column]:g}; it must be 0 or 1")
        designs = alloys.validate(designs)
        self.elements, self.properties = tuple(designs.columns), tuple(map(str, properties.columns))
        inputs, random = self._inputs(designs), np.random.default_rng(seed)
        self.forests = [
            [self._forest(inputs, values, random, number) for _ in range(self.members)]
            for values, number in zip(known.T, measured, strict=True)
        ]
        return self

    def predict_members(self, designs: pd.DataFrame) -> np.ndarray:
        """What each forest says of each property ``(members, n_alloys, n_properties)``: a value, or how likely 1 is.

        Raises:
            CompositionError: wrong fractions, or an element that no training alloy had a column for.
            SurrogateError: the ensemble has not been fitted.
        """
        check_fitted(self.forests, "TreeEnsemble")
        designs = alloys.restrict(alloys.validate(designs), self.elements)
        parts = [np.empty((self.members, 0, len(self.properties)))]
        for start in range(0, len(designs), _BATCH):
            inputs = self._inputs(designs.iloc[start : start + _BATCH])
            votes = [[_answer(forest, inputs) for forest in forests] for forests in self.forests]
            parts.append(np.moveaxis(np.array(votes), 0, 2))
        return np.concatenate(parts, axis=1)

    def _inputs(self, designs: pd.DataFrame) -> np.ndarray:
        """Fractions, descriptors and statistics of the elements side by side ``(n_alloys, n_inputs)``."""
        described = descriptors.compute(designs, descriptors.finite_names(), threads=self.n_jobs)
        return np.hstack([designs, described, descriptors.element_statistics(designs)])

    def _forest(self, inputs: np.ndarray, values: np.ndarray, random: np.random.Generator, measured: bool):
        """One forest on its share of the alloys."""
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        drawn = random.permutation(len(values))[: int(np.ceil(_SHARE * len(values)))]
        options = {
            "min_samples_leaf": self.min_leaf,
            "max_features": _TRIED[measured],
            "n_jobs": self.n_jobs,
            "random_state": int(random.integers(2**31)),
        }
        kind = ExtraTreesRegressor if measured else ExtraTreesClassifier
        return kind(self.trees, **options).fit(inputs[drawn], values[drawn])


def _answer(forest, inputs: np.ndarray) -> np.ndarray:
    """A value, or the probability of 1; a share may hold one class only, and then there is no second column."""
    return forest.predict_proba(inputs) @ forest.classes_ if hasattr(forest, "classes_") else forest.predict(inputs)
