"""Inverse problems: known designs, the properties they have, and a judge that says what a design really has.

A model sees ``designs``, ``properties`` and may ask ``forward`` while it designs. Only the scorecard asks ``judge``.
For refractory alloys both are the same published formula; for phases and band gaps both are learned, on disjoint rows.

>>> problem = get("refractory")
>>> [target.column for target in problem.targets]
['shear_modulus_GPa', 'fracture_toughness_MPa_sqrt_m']
>>> train, test = problem.split("grouped", seed=0)
>>> set(train.groups) & set(test.groups)
set()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from . import alloys, datasets, mechanics, spaces, strain
from .errors import CompositionError, TargetError, UnknownNameError

_NEIGHBOURHOOD = 25  # known designs from which a property that was not requested is drawn
Forward = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Target:
    """A property that can be requested: its name, symbol and unit, and the range that any design can reach."""

    name: str
    label: str
    unit: str
    lowest: float
    highest: float

    @property
    def column(self) -> str:
        """The name with the unit, as columns of result files carry it."""
        return f"{self.name}_{self.unit}"


class Split(NamedTuple):
    """Two problems of the same kind with disjoint known designs."""

    train: InverseProblem
    test: InverseProblem


@dataclass(frozen=True)
class InverseProblem:
    """Known designs and their properties, the space of all designs, a forward model and a judge.

    Attributes:
        designs: known designs ``(n, n_columns)``.
        properties: what they have ``(n, n_targets)``, columns named as the targets.
        groups: what a grouped split keeps together ``(n,)``: the chemical system, or the strain campaign.
        forward: designs -> properties, free to use while designing.
        judge: designs -> properties, for the scorecard only.
        smooth: whether ``forward`` has slopes that a strategy can follow.
    """

    name: str
    title: str
    space: spaces.Simplex | spaces.Box
    targets: tuple[Target, ...]
    designs: pd.DataFrame = field(repr=False)
    properties: pd.DataFrame = field(repr=False)
    groups: pd.Series = field(repr=False)
    forward: Forward = field(repr=False)
    judge: Forward = field(repr=False)
    smooth: bool = True

    def __len__(self) -> int:
        return len(self.designs)

    @property
    def target_names(self) -> list[str]:
        """Names of the targets, in the order of the columns of ``properties``."""
        return [target.name for target in self.targets]

    @property
    def scale(self) -> np.ndarray:
        """Standard deviation of each property over the known designs ``(n_targets,)``: the unit of distances."""
        return self.properties.std().to_numpy()

    def subset(self, rows: np.ndarray) -> InverseProblem:
        """The same problem with only these known designs (a mask or positions)."""
        designs, properties, groups = (table.iloc[rows] for table in (self.designs, self.properties, self.groups))
        return replace(self, designs=designs, properties=properties, groups=groups)

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

    def check_target(self, target: Mapping[str, float]) -> dict[str, float]:
        """Return a request as floats, or say what is wrong with it.

        Raises:
            TargetError: nothing requested, an unknown property, not a number, or a value that no design can reach.
        """
        if not target:
            raise TargetError(f"no target given; {self.name} has {', '.join(self.target_names)}")
        known = {item.name: item for item in self.targets}
        for name, value in target.items():
            if name not in known:
                raise TargetError(str(UnknownNameError.of(f"target of {self.name}", name, known)))
            item = known[name]
            if not isinstance(value, int | float | np.number) or not np.isfinite(value):
                raise TargetError(f"target {name} = {value!r} is not a finite number")
            if not item.lowest <= value <= item.highest:
                raise TargetError(
                    f"target {name} = {value:g} {item.unit} is out of reach: "
                    f"every design lies between {item.lowest:.4g} and {item.highest:.4g}"
                )
        return {name: float(value) for name, value in target.items()}

    def requests(self, target: Mapping[str, float], n: int, seed: int = 0) -> pd.DataFrame:
        """Complete a target to ``n`` requests for all properties ``(n, n_targets)``.

        A property that is not requested is drawn from known designs that are near in the requested ones.
        """
        target = self.check_target(target)
        rng = np.random.default_rng(seed)
        scaled = (self.properties[list(target)] - pd.Series(target)) / self.properties[list(target)].std()
        nearest = scaled.pow(2).sum(axis=1).to_numpy().argsort(kind="stable")[:_NEIGHBOURHOOD]
        drawn = self.properties.iloc[rng.choice(nearest, size=n)].reset_index(drop=True)
        return drawn.assign(**target)[self.target_names]

    def requests_from_data(self, n: int, seed: int = 0) -> pd.DataFrame:
        """Draw ``n`` requests from the properties of the known designs ``(n, n_targets)``."""
        rng = np.random.default_rng(seed)
        return self.properties.iloc[rng.integers(len(self), size=n)].reset_index(drop=True)


def refractory(films: bool = False) -> InverseProblem:
    """Refractory high-entropy alloys with a wanted shear modulus [GPa] and fracture toughness [MPa sqrt(m)].

    Both are reference properties of the elements, mixed linearly. What is called fracture toughness after the source
    is the stress intensity at which a crack emits a dislocation; :mod:`hea_lib.mechanics` says why more is not tougher.

    References:
        A. Debnath et al., J. Mater. Inf. 1, 3 (2021), doi:10.20517/jmi.2021.05
    """
    designs = datasets.composition(datasets.load_refractory(films=films))
    pure = pd.DataFrame(np.eye(designs.shape[1]), columns=designs.columns)
    shear = mechanics.shear_modulus(pure)
    targets = (
        Target("shear_modulus", "Shear modulus G", "GPa", float(shear.min()), float(shear.max())),
        Target("fracture_toughness", "Fracture toughness K_IC", "MPa_sqrt_m", *_toughness_range(pure)),
    )
    return InverseProblem(
        name="refractory",
        title="Refractory alloys with a wanted stiffness and toughness",
        space=spaces.Simplex(tuple(designs.columns)),
        targets=targets,
        designs=designs,
        properties=_reference_mechanics(designs),
        groups=alloys.chemical_system(designs, spaces.PRESENT),
        forward=_reference_mechanics,
        judge=_reference_mechanics,
    )


def _reference_mechanics(designs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "shear_modulus": mechanics.shear_modulus(designs),
            "fracture_toughness": mechanics.fracture_toughness(designs),
        },
        index=designs.index,
    )


def _toughness_range(pure: pd.DataFrame) -> tuple[float, float]:
    """Bounds that hold for every mixture: K^2 = 2 G E / (1 - nu) grows with each of three linear mixtures."""
    parts = [
        mechanics.shear_modulus(pure),
        mechanics.unstable_stacking_fault_energy(pure),
        1 / (1 - mechanics.poisson_ratio(pure)),
    ]
    return tuple(
        float(mechanics.MPA_ROOT_METRE * np.sqrt(2 * np.prod([extreme(part) for part in parts])))
        for extreme in (np.min, np.max)
    )


def single_phase(judge_half: int | None = 1) -> InverseProblem:
    """Alloys reported as a single bcc, fcc or hcp phase (``single_phase`` = 1) rather than several (0).

    The judge is made of trees on chemical systems that nothing else here ever sees: the phase table is halved by
    chemical system, one half for models and ``forward``, the other for ``judge``.

    Args:
        judge_half: which half the judge learns from, 0 or 1; None gives all rows to models and no judge at all.
    """
    if judge_half not in (0, 1, None):
        raise CompositionError(f"judge_half is 0, 1 or None, not {judge_half!r}")
    table = datasets.load_phases()
    designs, labels = datasets.composition(table), table[["single_phase"]].astype(float)
    groups = alloys.chemical_system(designs, spaces.PRESENT)
    halves = _halves(groups)
    seen = halves != judge_half
    return InverseProblem(
        name="single-phase",
        title="Alloys that are a single phase",
        space=spaces.Simplex(tuple(designs.columns)),
        targets=(Target("single_phase", "Single phase", "probability", 0.0, 1.0),),
        designs=designs[seen],
        properties=labels[seen],
        groups=groups[seen],
        forward=_trees(designs[seen], labels[seen], seed=0),
        judge=_trees(designs[~seen], labels[~seen], seed=1),
        smooth=False,
    )


def _halves(groups: pd.Series) -> np.ndarray:
    """Assign each chemical system to half 0 or 1, the same on every machine ``(n,)``."""
    systems = np.unique(groups.to_numpy(dtype=str))
    half = np.random.default_rng(2024).permutation(len(systems)) % 2
    return half[np.searchsorted(systems, groups.to_numpy(dtype=str))]


def _trees(designs: pd.DataFrame, labels: pd.DataFrame, seed: int) -> Forward:
    """Trees that are grown when first asked."""

    @cache
    def grown():
        from . import surrogates

        if designs.empty:
            raise CompositionError("this problem kept no rows for a judge; use single_phase(judge_half=0) or 1")
        return surrogates.TreeEnsemble().fit(designs, labels, seed=seed)

    return lambda asked: grown().predict(asked)


def mos2_band_gap() -> InverseProblem:
    """Strained MoS2 in an electric field with a wanted band gap [eV].

    Forward model and judge are two ensembles trained on disjoint rows, and the judge's rows are not among the known
    designs. Both learned from one table of calculations, so they share a part of their errors.

    References:
        V. Fung et al., npj Comput. Mater. 7, 200 (2021), doi:10.1038/s41524-021-00670-x
    """
    from . import surrogates

    table = datasets.load_mos2()
    table = table[~table["duplicate"] & (surrogates.rows(table) != "judge")]
    centre = np.array([*strain.REFERENCE.values(), 0.0])
    reach = np.array([*(_CELL_REACH * value for value in strain.REFERENCE.values()), _FIELD_REACH])
    space = spaces.Box((*strain.CELL, strain.FIELD), tuple(centre - reach), tuple(centre + reach))
    return InverseProblem(
        name="mos2",
        title="Strained MoS2 with a wanted band gap",
        space=space,
        targets=(Target("band_gap", "Band gap", "eV", 0.0, float(table["band_gap"].max())),),
        designs=table[list(space.columns)],
        properties=table[["band_gap"]],
        groups=table["campaign"],
        forward=_ensemble("mos2-forward"),
        judge=_ensemble("mos2-judge"),
    )


_CELL_REACH = 0.2  # of each reference length and angle
_FIELD_REACH = 1.0  # V/angstrom


def _ensemble(name: str) -> Forward:
    """A shipped ensemble that is loaded when first asked."""

    @cache
    def loaded():
        from . import surrogates

        return surrogates.load(name)

    return lambda asked: loaded().predict(asked)


_PROBLEMS = {"refractory": refractory, "single-phase": single_phase, "mos2": mos2_band_gap}


def names() -> list[str]:
    """Names of the problems, as the command line knows them."""
    return list(_PROBLEMS)


def get(name: str, **options) -> InverseProblem:
    """The problem of that name; ``options`` go to the function that makes it.

    Raises:
        UnknownNameError: no such problem; the near matches are named.
    """
    if name not in _PROBLEMS:
        raise UnknownNameError.of("problem", name, _PROBLEMS)
    return _PROBLEMS[name](**options)
