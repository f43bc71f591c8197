"""What an inverse problem is: known designs, their properties, a space, a forward model and a judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from .. import errors, spaces
from ..errors import CompositionError, TargetError, UnknownNameError

_NEIGHBOURHOOD = 25  # known designs from which a property that was not requested is drawn
Prediction = Callable[[pd.DataFrame], pd.DataFrame]
Slopes = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
Envelope = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Target:
    """A property that can be requested: its name, symbol and unit, and the range that any design can reach.

    Attributes:
        tolerances: misses within which a design counts as a hit on the scorecard, in the unit.
    """

    name: str
    label: str
    unit: str
    lowest: float
    highest: float
    tolerances: tuple[float, ...] = ()

    @property
    def column(self) -> str:
        """The name with the unit, as columns of result files carry it."""
        return f"{self.name}_{self.unit}"

    def nearest(self, value: float) -> str:
        """The feasible value that is nearest to one out of reach, in as few digits as are feasible themselves."""
        limit = min(max(value, self.lowest), self.highest)
        texts = (f"{limit:.{digits}g}" for digits in range(4, 18))
        return next(text for text in texts if self.lowest <= float(text) <= self.highest)


class Split(NamedTuple):
    """Two problems of the same kind with disjoint known designs."""

    train: InverseProblem
    test: InverseProblem


@dataclass(frozen=True, eq=False)
class InverseProblem:
    """Known designs and their properties, the space of all designs, a forward model and a judge.

    Attributes:
        designs: known designs ``(n, n_columns)``.
        properties: what they have ``(n, n_targets)``, columns named as the targets.
        groups: what a grouped split keeps together ``(n,)``: the chemical system, or the strain campaign.
        forward: designs -> properties, free to use while designing.
        judge: designs -> properties, for the scorecard only.
        smooth: whether ``forward`` has slopes that a strategy can follow.
        learn: how ``forward`` is learned from known designs, so that a subset has one that knows only the subset; None
            where it does not depend on them.
        slopes: values of designs ``(n, n_columns)`` -> what ``forward`` says of them ``(n, n_targets)`` and its exact
            derivatives ``(n, n_targets, n_columns)``; None where finite differences must do.
        opinions: designs -> what each member of ``forward`` says of them ``(n_members, n, n_targets)``, of which the
            mean, none taken as less than the lowest value of a target, is ``forward``; the lower, the surer it is of
            the lowest value. None where ``forward`` is no ensemble.
        opinion_slopes: values of designs ``(n, n_columns)`` -> ``opinions`` and their exact derivatives
            ``(n_members, n, n_targets, n_columns)``; None where they are not known.
        images: matrices ``(n_images, n_columns, n_columns)`` that take a design, as half-widths from the middle of its
            box, to one with the same properties, the identity among them; None where no symmetry is known.
        envelope: of a problem with two targets: values of the first ``(n,)`` -> lowest and highest value of the second
            ``(n,)`` that any design can have with it, all between them included; NaN where there is none. None where
            that is not known.
    """

    name: str
    title: str
    space: spaces.Simplex | spaces.Box
    targets: tuple[Target, ...]
    designs: pd.DataFrame = field(repr=False)
    properties: pd.DataFrame = field(repr=False)
    groups: pd.Series = field(repr=False)
    forward: Prediction = field(repr=False)
    judge: Prediction = field(repr=False)
    smooth: bool = True
    learn: Callable[[pd.DataFrame, pd.DataFrame], Prediction] | None = field(default=None, repr=False)
    slopes: Slopes | None = field(default=None, repr=False)
    opinions: Callable[[pd.DataFrame], np.ndarray] | None = field(default=None, repr=False)
    opinion_slopes: Slopes | None = field(default=None, repr=False)
    images: np.ndarray | None = field(default=None, repr=False)
    envelope: Envelope | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.designs)

    @property
    def target_names(self) -> list[str]:
        """Names of the targets, in the order of the columns of ``properties``."""
        return [target.name for target in self.targets]

    @property
    def scale(self) -> np.ndarray:
        """Standard deviation of each property over the known designs ``(n_targets,)``: the unit of distances.

        A property that never varies has the unit 1.
        """
        spread = self.properties.std().fillna(0.0).to_numpy()
        return np.where(spread > 0, spread, 1.0)

    def subset(self, rows: np.ndarray) -> InverseProblem:
        """The same problem with only these known designs (a mask or positions); ``forward`` knows no other either."""
        rows = np.asarray(rows)
        designs, properties, groups = (table.iloc[rows] for table in (self.designs, self.properties, self.groups))
        forward = self.forward if self.learn is None else self.learn(designs, properties)
        return replace(self, designs=designs, properties=properties, groups=groups, forward=forward)

    def split(self, kind: str = "random", seed: int = 0, test_share: float = 0.2) -> Split:
        """Hold out a share of the known designs.

        Args:
            kind: ``"random"`` holds out rows, ``"grouped"`` whole groups, so that no group is on both sides.
        """
        from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit

        splitters = {"random": ShuffleSplit, "grouped": GroupShuffleSplit}
        if kind not in splitters:
            raise UnknownNameError.of("split", kind, splitters)
        splitter = splitters[kind](n_splits=1, test_size=test_share, random_state=seed)
        groups = self.groups if kind == "grouped" else None
        train, test = next(splitter.split(self.designs, groups=groups))
        return Split(self.subset(train), self.subset(test))

    def _target(self, name: str) -> Target:
        for target in self.targets:
            if target.name == name:
                return target
        raise TargetError(str(UnknownNameError.of(f"target of {self.name}", name, self.target_names)))

    def check_target(self, target: Mapping[str, float]) -> dict[str, float]:
        """Return a request as floats, or say what is wrong with it.

        Raises:
            TargetError: nothing requested, an unknown property, not a number, or a value that no design can reach.
        """
        if not target:
            raise TargetError(f"no target given; {self.name} has {', '.join(self.target_names)}")
        for name, value in target.items():
            item = self._target(name)
            if not isinstance(value, int | float | np.number) or not np.isfinite(value):
                raise TargetError(f"target {name} = {value!r} is not a finite number")
            if not item.lowest <= value <= item.highest:
                raise TargetError(
                    f"target {name} = {value:g} {item.unit} is out of reach: "
                    f"every design lies between {item.lowest:.4g} and {item.highest:.4g}; "
                    f"the nearest feasible value is {item.nearest(value)}"
                )
        return {name: float(value) for name, value in target.items()}

    def check_requests(self, requests: pd.DataFrame, n: int | None = None, complete: bool = True) -> pd.DataFrame:
        """Return a table of requests as floats with the columns of the targets, or say what is wrong with it.

        Args:
            n: how many designs they belong to. complete: whether every target must be requested.

        Raises:
            TargetError: no table, a column that is missing or no target, a value that is not a number or that no
            design can reach, or another number of rows than designs.
        """
        if not isinstance(requests, pd.DataFrame):
            raise TargetError(f"requests are a table with a row a design, not {type(requests).__name__}")
        if n is not None and len(requests) != n:
            raise TargetError(f"{len(requests)} requests do not fit {n} designs")
        for name in requests.columns:
            self._target(name)
        missing = [name for name in self.target_names if name not in requests]
        if missing and (complete or len(missing) == len(self.targets)):
            raise TargetError(f"requests have no column {missing[0]!r}; {self.name} has {', '.join(self.target_names)}")
        for target in (target for target in self.targets if target.name in requests):
            values = pd.to_numeric(requests[target.name], errors="coerce").to_numpy(dtype=float)
            slack = 1e-9 * max(1.0, abs(target.highest))
            bad = ~((values >= target.lowest - slack) & (values <= target.highest + slack))
            if bad.any():
                at = int(bad.argmax())
                asked = f"{target.name} = {requests[target.name].iloc[at]} {target.unit}"
                hint = "" if np.isnan(values[at]) else f"; the nearest feasible value is {target.nearest(values[at])}"
                raise TargetError(
                    f"request {requests.index[at]} asks for {asked}; "
                    f"a request is a number between {target.lowest:.4g} and {target.highest:.4g}{hint}"
                )
        return requests[[name for name in self.target_names if name in requests]].astype(float)

    def check_designs(self, designs: pd.DataFrame, **options) -> pd.DataFrame:
        """Return designs with the columns of the space, all of them in it, or say what is wrong with them.

        Args:
            options: of the space, such as by how much a design may stick out of a box.

        Raises:
            CompositionError: wrong columns, numbers that are not finite, or a design outside the space. CellError: what
            is no cell at all.
        """
        designs = self.space.check(designs)
        outside = self.space.outside(designs, **options)
        if outside:
            row = errors.row(designs.index, outside[0])
            raise CompositionError(f"{row} lies outside the space of {self.name}: {outside[1]}")
        return designs

    def requests(self, target: Mapping[str, float], n: int, seed: int = 0) -> pd.DataFrame:
        """Complete a target to ``n`` requests for all properties ``(n, n_targets)``.

        A property that is not requested is drawn from known designs that are near in the requested ones.
        """
        target = self.check_target(target)
        if not isinstance(n, int | np.integer) or n < 1:
            raise TargetError(f"the number of designs is a whole number of one or more, not {n!r}")
        rng = np.random.default_rng(seed)
        scale = pd.Series(self.scale, self.properties.columns)
        scaled = (self.properties[list(target)] - pd.Series(target)) / scale[list(target)]
        nearest = scaled.pow(2).sum(axis=1).to_numpy().argsort(kind="stable")[:_NEIGHBOURHOOD]
        drawn = self.properties.iloc[rng.choice(nearest, size=n)].reset_index(drop=True)
        return drawn.assign(**target)[self.target_names]

    def requests_from_data(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw ``n`` requests from the properties of the known designs ``(n, n_targets)``."""
        rng = np.random.default_rng(seed)
        return self.properties.iloc[rng.integers(len(self), size=n)].reset_index(drop=True)

    def opposing_request(self, target: Mapping[str, float], deviations: float = -2.0) -> dict[str, float]:
        """A request for two properties against their correlation: the second lies off the line that designs follow.

        Args:
            target: the value of one property, ``{"shear_modulus": 100}``.
            deviations: how far the other lies above the straight line fitted to the known designs, in standard
                deviations of their residuals; negative is below.

        Raises:
            TargetError: as :meth:`check_target`; not one property of two; or the other one out of reach.
        """
        asked = self.check_target(target)
        others = [name for name in self.target_names if name not in asked]
        if len(self.targets) != 2 or len(asked) != 1:
            raise TargetError(f"an opposing request names one property of two; {self.name} has {len(self.targets)}")
        ((given, value),), (other,) = asked.items(), others
        line = np.polynomial.Polynomial.fit(self.properties[given], self.properties[other], 1)
        spread = np.std(self.properties[other] - line(self.properties[given]), ddof=2)
        return self.check_target({given: value, other: float(line(value) + deviations * spread)})
