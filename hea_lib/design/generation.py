"""Targeted generation: designs of a wanted class that also keep to conditions, and what it cost to find them.

A model samples for the target, everywhere or from a region of its latent space with the class held fixed, and what
keeps to the conditions stays. The share that stays belongs to the result: a condition that keeps one in a thousand
says that the model was asked for something that it hardly knows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import alloys, spaces
from ..errors import HeaError, UnsupportedError
from ..problems import InverseProblem
from . import opinions

_AT_ONCE = 5_000  # designs that are made together, at most
_FEWEST = 200  # designs in a round: fewer say nothing of how rare a condition is
_SPARE = 1.2  # how many more are made than the keep rate so far asks for

Condition = Callable[[pd.DataFrame], np.ndarray]


@dataclass(frozen=True)
class Generated:
    """Designs that keep to all conditions, and what was made for them.

    Attributes:
        designs: ``(n, n_elements)``.
        report: a row a condition, in the order in which they were asked: ``came``, designs that came to it; ``kept``;
            ``share``. The last row, ``all``, is of everything that was made.
    """

    designs: pd.DataFrame
    report: pd.DataFrame

    @property
    def keep_rate(self) -> float:
        """Share of all designs made that keep to all conditions."""
        return float(self.report.loc["all", "share"])


def generate(
    problem: InverseProblem,
    model,
    target: Mapping[str, float],
    n: int,
    elements: int | tuple[int, int] | Iterable[str] | None = None,
    contains: Iterable[str] | str = (),
    without: Iterable[str] | str = (),
    at_least: float | None = None,
    novel: float | None = None,
    region: tuple[pd.DataFrame, float] | None = None,
    rounds: int = 20,
    seed: int = 0,
) -> Generated:
    """Make alloys for a target that keep to conditions.

    The conditions are asked one after the other: ``elements``, ``contains``, ``without``, ``novel``, and last
    ``at_least``, which costs most. An element counts as present above 1 at%; smaller amounts are taken out before
    anything is asked.

    Args:
        model: fitted, with ``sample(target, n, seed=)``.
        elements: how many elements an alloy has, a number or a lowest and a highest one; or the only elements allowed.
        contains: elements that every alloy has. without: elements that none has.
        at_least: probability of the wanted class by the model's own ``predict``, or ``problem.forward`` for a model
            that has none.
        novel: total variation from the nearest known alloy, which must be larger.
        region: a point of the latent space (a table of one row, as ``model.encode`` gives) and a radius around it from
            which alloys are decoded with the class fixed, evenly over the ball, and further properties of the problem
            drawn as ``problem.requests`` does; the model needs ``encode`` and ``decode``.
        rounds: calls of the model, at most.

    Raises:
        CompositionError: elements that the problem does not know. TargetError: as ``problem.check_target``.
        UnsupportedError: a problem without alloys; a model without latent space; a target that is no class where
        ``at_least`` or ``region`` needs one.
        HeaError: numbers out of range, conditions that contradict, or too few designs found: the condition that kept
        least is named.

    Warns:
        UserWarning: no known alloy of the wanted class lies in the region.

    Example:
        >>> from hea_lib import models, problems
        >>> problem = problems.get("single-phase")
        >>> swap = models.get("swap")(problem).fit()
        >>> found = generate(problem, swap, {"single_phase": 1}, 10, elements=4, without=["Al"], at_least=0.6)
        >>> (found.designs > 0).sum(axis=1).unique().tolist(), bool((found.designs["Al"] == 0).all())
        ([4], True)
    """
    palette = opinions.check_alloys(problem)
    target = problem.check_target(target)
    for label, number in [("n", n), ("rounds", rounds)]:
        if not isinstance(number, int | np.integer) or number < 1:
            raise HeaError(f"{label} is {number!r}; it is a whole number from 1")
    conditions = _compositional(palette, elements, contains, without)
    if novel is not None:
        conditions[f"farther than {novel:g} from known alloys"] = _novel(problem, novel)
    if at_least is not None:
        conditions[f"probability at least {at_least:g}"] = _probable(problem, model, target, at_least)
    make = _anywhere(model, target) if region is None else _within(problem, model, target, *region)
    came, kept = np.zeros(len(conditions), dtype=int), np.zeros(len(conditions), dtype=int)
    parts, made, found = [], 0, 0
    for number in range(rounds):
        rate = max(found, 1) / max(made, 1)
        size = int(np.clip(_SPARE * (n - found) / rate if made else n, _FEWEST, _AT_ONCE))
        designs = make(size, np.random.default_rng([seed, number]))
        designs = alloys.normalize(designs.where(designs > spaces.PRESENT, 0.0))
        made += size
        for at, condition in enumerate(conditions.values()):
            came[at] += len(designs)
            designs = designs[condition(designs)] if len(designs) else designs
            kept[at] += len(designs)
        parts.append(designs)
        found += len(designs)
        if found >= n:
            break
    came, kept = [*came, made], [*kept, found]
    report = pd.DataFrame({"came": came, "kept": kept}, index=pd.Index([*conditions, "all"], name="condition"))
    report["share"] = report["kept"] / report["came"].clip(lower=1)
    if found < n:
        raise HeaError(_too_few(report, n, rounds))
    return Generated(pd.concat(parts, ignore_index=True).iloc[:n], report)


def _compositional(palette, elements, contains, without) -> dict[str, Condition]:
    """Conditions on which elements an alloy has, by their names."""
    contains = opinions.check_elements(contains, palette, "contains")
    without = opinions.check_elements(without, palette, "without")
    if both := sorted(set(contains) & set(without)):
        raise HeaError(f"{both[0]} is wanted by contains and refused by without")
    conditions: dict[str, Condition] = {}
    if isinstance(elements, int | np.integer) or (
        isinstance(elements, tuple) and elements and all(isinstance(item, int | np.integer) for item in elements)
    ):
        bounds = elements if isinstance(elements, tuple) else (elements, elements)
        few, many = bounds[0], bounds[-1]
        if len(bounds) != 2 or not 1 <= few <= many <= len(palette):
            raise HeaError(f"elements is {elements!r}; an alloy of this palette has 1 to {len(palette)} elements")
        if len(contains) > many:
            raise HeaError(f"contains names {len(contains)} elements, and an alloy may have {many}")
        label = f"{few} elements" if few == many else f"{few} to {many} elements"
        conditions[label] = lambda designs: (designs > 0).sum(axis=1).between(few, many).to_numpy()
    elif elements is not None:
        allowed = opinions.check_elements(elements, palette, "elements")
        if outside := [symbol for symbol in contains if symbol not in allowed]:
            raise HeaError(f"contains names {outside[0]}, which is not among the elements allowed")
        others = [symbol for symbol in palette if symbol not in allowed]
        conditions[f"only {', '.join(allowed)}"] = lambda designs: ~(designs[others] > 0).any(axis=1).to_numpy()
    if contains:
        conditions[f"contains {', '.join(contains)}"] = lambda designs: (designs[contains] > 0).all(axis=1).to_numpy()
    if without:
        conditions[f"without {', '.join(without)}"] = lambda designs: ~(designs[without] > 0).any(axis=1).to_numpy()
    return conditions


def nearest_known(problem: InverseProblem, designs: pd.DataFrame) -> np.ndarray:
    """Total variation from each alloy to the nearest known one ``(n,)``; infinite where none is known."""
    return spaces.nearest(problem.space, designs.to_numpy(), problem.designs.to_numpy())


def _novel(problem: InverseProblem, distance: float) -> Condition:
    if not 0 <= distance < 1:
        raise HeaError(f"novel is {distance!r}; a total variation is a number from 0 to below 1")
    return lambda designs: nearest_known(problem, designs) > distance


def _probable(problem: InverseProblem, model, target: Mapping[str, float], at_least: float) -> Condition:
    name, wanted = opinions.single_target(problem, target)
    if not 0 < at_least <= 1:
        raise HeaError(f"at_least is {at_least!r}; a probability is a number above 0 and up to 1")
    judge_of_own = model if hasattr(model, "predict") else problem.forward

    def keep(designs: pd.DataFrame) -> np.ndarray:
        return opinions.chance(opinions.predict(judge_of_own, designs), name, wanted) >= at_least

    return keep


def _anywhere(model, target: Mapping[str, float]):
    def make(size: int, rng: np.random.Generator) -> pd.DataFrame:
        return model.sample(target, size, seed=int(rng.integers(2**31)))

    return make


def _within(problem: InverseProblem, model, target: Mapping[str, float], centre: pd.DataFrame, radius: float):
    """Decode points drawn evenly from a ball of the latent space, with the class fixed."""
    name, wanted = opinions.single_target(problem, target)
    if not (hasattr(model, "encode") and hasattr(model, "decode")):
        raise UnsupportedError(f"{type(model).__name__} has no latent space to choose a region of")
    names = list(model.latent_names)
    fits = isinstance(centre, pd.DataFrame) and len(centre) == 1 and set(names) <= set(centre.columns)
    if not fits or not np.isfinite(centre[names].to_numpy(dtype=float)).all():
        raise HeaError(f"the centre of a region is a table of one row with finite numbers {names[0]} to {names[-1]}")
    if not 0 < radius < np.inf:
        raise HeaError(f"the radius of a region is {radius!r}; it is a finite number above 0")
    middle = centre[names].to_numpy(dtype=float)
    of_class = (problem.properties[name] == wanted).to_numpy()
    known = model.encode(problem.designs[of_class], problem.properties[of_class])[names].to_numpy()
    distance = np.linalg.norm(known - middle, axis=1)
    if not (distance <= radius).any():
        warnings.warn(
            f"no known alloy with {name} = {wanted:g} lies within {radius:g} of this point of the latent space, the "
            f"nearest is {distance.min(initial=np.inf):.3g} away; what is decoded here rests on no data",
            UserWarning,
            stacklevel=3,
        )

    def make(size: int, rng: np.random.Generator) -> pd.DataFrame:
        away = rng.standard_normal((size, len(names)))
        away *= radius * rng.random((size, 1)) ** (1 / len(names)) / np.linalg.norm(away, axis=1, keepdims=True)
        properties = problem.requests(target, size, seed=int(rng.integers(2**31)))
        return model.decode(pd.DataFrame(middle + away, columns=names), properties)

    return make


def _too_few(report: pd.DataFrame, n: int, rounds: int) -> str:
    made, found = (int(report.loc["all", column]) for column in ("came", "kept"))
    asked = report.drop(index="all")
    asked = asked[asked["came"] > 0]
    found = f"{found} of {n} designs were found among {made} made in {rounds} rounds; "
    if asked.empty:
        return found + "there is no condition, so more rounds would give more"
    rarest = asked.loc[asked["share"].idxmin()]
    return found + f"rarest is {rarest.name!r}, which kept {int(rarest['kept'])} of {int(rarest['came'])}"
