"""What predictors say of designs that are made for a target: how far they miss it, and how sure they are.

A predictor is a model with ``predict`` (and ``predict_heads`` where it has several minds), a function such as
``problem.forward``, or several of these, whose mean counts. A judge is none: it is asked after designing, not while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from .. import spaces
from ..errors import CompositionError, HeaError, UnsupportedError
from ..problems import InverseProblem

Predict = Callable[[pd.DataFrame], pd.DataFrame]


def predictors(given) -> list:
    """One predictor or several as a list.

    Raises:
        HeaError: none, or something that predicts nothing.
    """
    found = list(given) if isinstance(given, Sequence) else [given]
    for one in found:
        if not callable(one) and not hasattr(one, "predict"):
            raise HeaError(f"{one!r:.60} is no predictor: give a model with predict(designs), or problem.forward")
    if not found:
        raise HeaError("no predictor is given: a model with predict(designs), problem.forward, or several of these")
    return found


def predict(given, designs: pd.DataFrame) -> pd.DataFrame:
    """Mean of what one or several predictors say of designs ``(n, n_targets)``."""
    said = [one.predict(designs) if hasattr(one, "predict") else one(designs) for one in predictors(given)]
    return sum(said[1:], said[0]) / len(said)


def spread(given, designs: pd.DataFrame) -> np.ndarray:
    """Standard deviation over the heads of those predictors that have some ``(n,)``; zero where none has."""
    minds = [one.predict_heads(designs).std(axis=0) for one in predictors(given) if hasattr(one, "predict_heads")]
    return np.mean(minds, axis=0) if minds else np.zeros(len(designs))


def check_alloys(problem: InverseProblem) -> tuple[str, ...]:
    """The palette of a problem of alloys.

    Raises:
        UnsupportedError: designs that are no compositions.
    """
    if not isinstance(problem.space, spaces.Simplex):
        raise UnsupportedError(f"designs of {problem.name} are no alloys; this strategy exchanges or chooses elements")
    return problem.space.columns


def check_elements(named: Iterable[str] | str, palette: Sequence[str], what: str) -> list[str]:
    """Elements that are named, each one of the palette and once.

    Raises:
        CompositionError: another element, or one named twice.
    """
    symbols = [named] if isinstance(named, str) else list(named)
    for symbol in symbols:
        if symbol not in palette:
            raise CompositionError(f"{what} names {symbol!r}, which is not among {', '.join(palette)}")
        if symbols.count(symbol) > 1:
            raise CompositionError(f"{what} names {symbol!r} twice")
    return symbols


def single_target(problem: InverseProblem, target: Mapping[str, float] | None) -> tuple[str, float]:
    """The name and the value of a request for one property that is a probability, 0 or 1; None asks a single phase.

    Raises:
        TargetError: as ``problem.check_target``. UnsupportedError: another kind of request.
    """
    asked = problem.check_target({"single_phase": 1.0} if target is None else target)
    kinds = {item.name: item.unit for item in problem.targets}
    ((name, value), *others) = asked.items()
    if others or kinds[name] != "probability" or value not in (0.0, 1.0):
        raise UnsupportedError(
            f"{', '.join(f'{key} = {number:g}' for key, number in asked.items())}: this strategy asks for one class, "
            "a property that is a probability with the value 0 or 1"
        )
    return name, value


def chance(said: pd.DataFrame, name: str, wanted: float) -> np.ndarray:
    """Probability of the wanted class ``(n,)``, from what a predictor or the judge said of the property."""
    one = said[name].to_numpy()
    return one if wanted == 1 else 1 - one
