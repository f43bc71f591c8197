"""Ask again until every design has what was requested.

Localisation keeps the elements of a design, and some sets of elements cannot reach a request whatever their amounts.
What is wrong with such a design is the choice of its elements, which is the model's part, so the model is asked again.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from ..errors import HeaError
from ..problems import InverseProblem
from .localisation import arrival, localize

_AT_ONCE = 10_000  # requests that are answered together; bounds the memory


class Sampler(Protocol):
    """What :func:`deliver` asks of a model."""

    def sample(self, requests: pd.DataFrame, *, seed: int) -> pd.DataFrame:
        """One design a request, others under another seed."""


def deliver(
    problem: InverseProblem, model: Sampler, requests: pd.DataFrame, rounds: int = 4, seed: int = 0
) -> pd.DataFrame:
    """Sample a design for each request and localise it; draw those that did not arrive again, under another seed.

    A request that no design answers within the rounds keeps the nearest attempt; :func:`arrival` finds them.

    Args:
        model: any fitted inverse model. requests: wanted properties ``(n, n_targets)``.
        rounds: draws for each request, at most; one round is sampling and :func:`localize`.
        seed: of the first round, from which those of the others follow.

    Returns:
        Designs ``(n, n_columns)`` with the index of ``requests``.

    Raises:
        HeaError: fewer rounds than one. UnsupportedError: the forward model has no slopes to follow. TargetError:
        requests that are incomplete or out of reach.

    Example:
        >>> from hea_lib import models, problems
        >>> problem = problems.get("refractory")
        >>> requests = problem.requests({"shear_modulus": 60.0}, 50, seed=0)
        >>> designs = deliver(problem, models.get("swap")(problem).fit(), requests)
        >>> int(arrival(problem, requests, designs)["arrived"].sum())
        50
    """
    if rounds < 1:
        raise HeaError(f"rounds is {rounds!r}; a design is drawn in one round or more")
    requests = problem.check_requests(requests)
    values = np.empty((len(requests), len(problem.space.columns)))
    for part, first in enumerate(range(0, len(requests), _AT_ONCE)):
        asked = requests.iloc[first : first + _AT_ONCE].reset_index(drop=True)
        values[first : first + _AT_ONCE] = _delivered(problem, model, asked, rounds, seed, part)
    return pd.DataFrame(values, index=requests.index, columns=list(problem.space.columns))


def _delivered(problem, model, requests: pd.DataFrame, rounds: int, seed: int, part: int) -> np.ndarray:
    """The nearest of up to ``rounds`` localised designs for each request ``(n, n_columns)``."""
    best = np.empty((len(requests), len(problem.space.columns)))
    miss, open_rows = np.full(len(requests), np.inf), np.arange(len(requests))
    for number in range(rounds):
        asked = requests.iloc[open_rows].reset_index(drop=True)
        moved = localize(problem, asked, model.sample(asked, seed=_seed(seed, part, number)))
        found = arrival(problem, asked, moved)
        nearer = found["miss"].to_numpy() < miss[open_rows]
        rows = open_rows[nearer]
        best[rows], miss[rows] = moved.to_numpy()[nearer], found["miss"].to_numpy()[nearer]
        open_rows = open_rows[~found["arrived"].to_numpy()]
        if not len(open_rows):
            break
    return best


def _seed(seed: int, part: int, number: int) -> int:
    """The seed itself for the first round of the first requests, so that one round is what sampling gives."""
    return seed if part == number == 0 else int(np.random.default_rng([seed, part, number]).integers(2**31))
