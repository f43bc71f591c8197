r"""Nudge alloys from one class into another: small exchanges of atoms, within a budget, the path kept.

Trees have no slopes to follow, so this is a search. From each alloy some exchanges are tried, each moving a few at%
from one element to another; those that the predictor believes in most are tried further from, until no budget is left
or the predictor is sure enough. How far an alloy has moved is its total variation from where it started,
$\tfrac{1}{2}\sum_i |c_i - c_i^0|$: the share of atoms to exchange.

A search finds what the predictor overrates as surely as what is good. Three things help: going on to a place of which
the predictor is certain rather than stopping at the border; asking several predictors; and asking a judge afterwards.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import errors
from ..errors import HeaError
from ..problems import InverseProblem
from . import opinions
from .exchanges import BeamSearch, Worth, walk

_AT_ONCE = 200  # alloys that are nudged together; bounds the memory
_BORDER = 0.5  # probability of the wanted class above which an alloy has arrived


@dataclass(frozen=True)
class Nudges:
    """What became of alloys that were nudged.

    Attributes:
        designs: where each alloy ended ``(n, n_elements)``.
        table: a row an alloy: ``before`` and ``after``, the probability of the wanted class; ``distance``, the share of
            atoms exchanged; ``crossing``, the same where the probability first passed one half, NaN if never;
            ``steps``; ``arrived``.
        paths: a row a step: ``design``, its label; ``step``, from 0; ``exchange``, such as ``Al to Ni``; ``distance``;
            ``probability``; and the atomic fractions.
    """

    designs: pd.DataFrame
    table: pd.DataFrame
    paths: pd.DataFrame

    def path(self, label=None) -> pd.DataFrame:
        """The steps of one alloy, of the first unless a label is given.

        Raises:
            HeaError: no alloy of that label.
        """
        label = self.table.index[0] if label is None else label
        if label not in self.table.index:
            raise HeaError(f"no alloy {label!r} was nudged; the first is {self.table.index[0]!r}")
        return self.paths[self.paths["design"] == label].drop(columns="design").set_index("step")


def nudge(
    problem: InverseProblem,
    predictor,
    designs: pd.DataFrame,
    target: Mapping[str, float] | None = None,
    budget: float = 0.20,
    step: float = 0.02,
    fixed: Iterable[str] = (),
    add: bool | Iterable[str] = True,
    drop: bool = True,
    enough: float = 1.0,
    caution: float = 0.5,
    entry: float = 0.1,
    rounds: int = 8,
    tries: int = 48,
    beam: int = 3,
    strict: bool = False,
    seed: int = 0,
) -> Nudges:
    """Move alloys into the wanted class by small exchanges of atoms.

    Args:
        predictor: a model with ``predict``, a function such as ``problem.forward``, or a list of these to average.
        designs: alloys to begin with ``(n, n_elements)``.
        target: the wanted class, such as ``{"single_phase": 1}``, which is also what None means.
        budget: share of atoms that may be exchanged at most, a total variation in atomic fraction.
        step: atomic fraction of one step of a path; exchanges are multiples of it, or all there is of an element.
        fixed: elements whose amounts may not change.
        add: whether elements may enter that an alloy lacks, or which ones.
        drop: whether an element may leave.
        enough: probability, less caution, at which an alloy moves no further; 1 spends the budget on certainty.
        caution: by how many standard deviations of the predictor's heads its probability is lowered.
        entry: by how much the probability is lowered for each element that enters, because known alloys say little
            about elements far from home, and a search would make use of what a predictor only imagines there.
        rounds: exchanges one after the other, at most. tries: of each in a round. beam: places that are gone on from.
        strict: whether an alloy that does not arrive is an error and not a warning.

    Raises:
        CompositionError: designs that are no alloys of the problem, or elements that it does not know.
        UnsupportedError: a problem without alloys, or a target that is no class. TargetError: an unknown one.
        HeaError: numbers out of range; an alloy of which nothing may change; or, when ``strict``, one that does not
        arrive, with how close it came.

    Warns:
        UserWarning: how many alloys did not arrive within the budget, and how close the nearest of them came.

    Example:
        >>> from hea_lib import alloys, problems
        >>> problem = problems.get("single-phase")
        >>> found = nudge(problem, problem.forward, alloys.fractions("AlCoCrFeNi"), fixed=["Cr"], tries=12)
        >>> bool(found.table["distance"].iloc[0] < 0.2001), round(float(found.designs["Cr"].iloc[0]), 6)
        (True, 0.2)
    """
    palette = opinions.check_alloys(problem)
    name, wanted = opinions.single_target(problem, target)
    _check_numbers(budget, step, enough, caution, entry, rounds, tries, beam)
    start = problem.space.check(designs)
    fixed = opinions.check_elements(fixed, palette, "fixed")
    allowed = (palette if add else ()) if isinstance(add, bool) else opinions.check_elements(add, palette, "add")
    free, addable = ~np.isin(palette, fixed), np.isin(palette, list(allowed))
    _check_movable(start, free, addable)

    def ask(values: np.ndarray) -> np.ndarray:
        said = opinions.predict(predictor, pd.DataFrame(values, columns=list(palette)))
        return opinions.chance(said, name, wanted)

    def worth(values: np.ndarray) -> np.ndarray:
        doubt = opinions.spread(predictor, pd.DataFrame(values, columns=list(palette))) if caution else 0.0
        return ask(values) - caution * doubt

    opinions.predictors(predictor)
    search = BeamSearch(worth, free, addable, budget, step, enough, entry, drop, rounds, tries, beam)
    values, ends = start.to_numpy(), np.empty(start.shape)
    for part, first in enumerate(range(0, len(start), _AT_ONCE)):
        rows = slice(first, first + _AT_ONCE)
        ends[rows] = search(values[rows], np.random.default_rng([seed, part]))
    nudges = _told(start, ends, ask, step)
    _complain(nudges.table, name, wanted, budget, strict)
    return nudges


def _told(start: pd.DataFrame, ends: np.ndarray, ask: Worth, step: float) -> Nudges:
    """The shortest path to each end, in steps, and what is said on the way."""
    symbols, values = list(start.columns), start.to_numpy()
    order, exchanges, places = walk(values, ends, ask, step, symbols)
    paths = pd.DataFrame({"design": start.index[order], "step": pd.Series(order).groupby(order).cumcount()})
    paths["exchange"] = exchanges
    paths["distance"] = np.abs(places - values[order]).sum(axis=1) / 2
    paths["probability"] = ask(places) if len(places) else 0.0
    by_alloy = paths.groupby(order, sort=True)
    crossed = paths[paths["probability"] > _BORDER].groupby(order[paths["probability"] > _BORDER])["distance"].first()
    table = pd.DataFrame(
        {
            "before": by_alloy["probability"].first().to_numpy(),
            "after": by_alloy["probability"].last().to_numpy(),
            "distance": by_alloy["distance"].last().to_numpy(),
            "crossing": crossed.reindex(range(len(start))).to_numpy(),
            "steps": by_alloy["step"].last().to_numpy(),
        },
        index=start.index,
    )
    table["arrived"] = table["after"] > _BORDER
    designs = pd.DataFrame(ends, start.index, symbols)
    return Nudges(designs, table, pd.concat([paths, pd.DataFrame(places, columns=symbols)], axis=1))


def _complain(table: pd.DataFrame, name: str, wanted: float, budget: float, strict: bool) -> None:
    """Say which alloys did not arrive, and how close they came."""
    missed = table[~table["arrived"]]
    if missed.empty:
        return
    at = int(missed["after"].to_numpy().argmax())
    message = (
        f"{len(missed)} of {len(table)} alloys did not reach {name} = {wanted:g} within {100 * budget:g} at%; the one "
        f"that came closest, {errors.row(missed.index, at)}, has a probability of {missed['after'].iloc[at]:.2f} after "
        f"{100 * missed['distance'].iloc[at]:.3g} at%"
    )
    if strict:
        raise HeaError(message)
    warnings.warn(message, UserWarning, stacklevel=3)


def _check_movable(start: pd.DataFrame, free: np.ndarray, addable: np.ndarray) -> None:
    """Every alloy has an element to give and another to take."""
    present = start.to_numpy() > 0
    giving = (present & free).sum(axis=1)
    stuck = (giving == 0) | ((giving == 1) & ~(~present & free & addable).any(axis=1))
    if stuck.any():
        raise HeaError(
            f"{errors.row(start.index, int(stuck.argmax()))} cannot change: of its elements "
            f"{int(giving[stuck.argmax()])} may, and none may be added that would take its place"
        )


def _check_numbers(budget, step, enough, caution, entry, rounds, tries, beam) -> None:
    for label, value, low, high in [
        ("budget", budget, 0, 1), ("step", step, 0, budget), ("enough", enough, 0, 1),
    ]:  # fmt: skip
        if not low < value <= high:
            raise HeaError(f"{label} is {value!r}; it is a number above {low} and up to {high:g}")
    for label, value, what in [("caution", caution, "standard deviations"), ("entry", entry, "probability")]:
        if not 0 <= value < np.inf:
            raise HeaError(f"{label} is {value!r}; it is a number of {what} from 0")
    for label, value in [("rounds", rounds), ("tries", tries), ("beam", beam)]:
        if not isinstance(value, int | np.integer) or value < 1:
            raise HeaError(f"{label} is {value!r}; it is a whole number from 1")
