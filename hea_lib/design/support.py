"""Say before designing what can be asked: where physics, known designs and a model support a request.

Physics supports a request that some design of the whole space has by the reference formula of the problem; it says
nothing of whether such a material exists. Data support it where known designs are as near as they are to one another
across groups. A model supports it with the share of its designs that have it as sampled.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ..errors import TargetError
from ..problems import InverseProblem

_GRID = 4_001  # values of the first property at which the limits of the second are found: good to 0.001 spreads
_SAMPLES = 5_000  # designs whose properties stand for all where no envelope is known
_NEIGHBOUR = 5  # the known design whose distance counts
_QUANTILE = 0.95  # of held-out designs that data support by definition
_EXACT = 1e-6  # spreads
_ALIKE = 0.05  # spreads between a request and a sampled design that has it
_CELLS = 4_000_000  # of a distance matrix that is held at once
_ASKED_AT_ONCE = 10_000  # designs of a model


def feasibility(
    problem: InverseProblem,
    target: Mapping[str, float] | pd.DataFrame,
    model=None,
    n: int = 100,
    within: float = 0.1,
    seed: int = 0,
) -> pd.DataFrame:
    """Say for each request whether physics, data and a model support it, and what the nearest feasible one is.

    Distances are Euclidean over the requested properties, in spreads of the known designs. Where a problem has no
    envelope, physics is judged by the properties of sampled designs, and ``exact`` is False: a request that none of
    them has may still be feasible.

    Args:
        target: one request, or a table with a row a request; a property may be left open for all.
        model: anything fitted with ``sample(requests, seed=)``; requests must then be complete.
        n: designs that the model samples for each request. within: spreads in every property at which one counts.

    Returns:
        A row a request: ``physics`` (bool) and ``exact`` (bool); ``miss``, the distance to the nearest feasible request
        [spreads], and that request, ``nearest NAME``; ``data`` (bool), ``data distance`` to the fifth nearest known
        design [spreads] and ``known near``, how many known designs lie within :func:`data_reach`; with a model its
        share of ``n`` designs that count, ``model``.

    Raises:
        TargetError: a request that is malformed, or beyond what any design has in a single property.
    """
    requests = _table(problem, target, complete=model is not None)
    nearest, exact = _nearest_feasible(problem, requests)
    scale = _scale(problem, requests)
    miss = np.linalg.norm((nearest - requests.to_numpy()) / scale, axis=1)
    reach = data_reach(problem, list(requests))
    distance, near = _known_near(problem, requests, reach)
    table = pd.DataFrame({"physics": miss <= (_EXACT if exact else _ALIKE), "exact": exact, "miss": miss})
    for column, name in enumerate(requests):
        table[f"nearest {name}"] = nearest[:, column]
    table = table.assign(data=distance <= reach, **{"data distance": distance, "known near": near})
    if model is not None:
        table["model"] = _model_share(problem, requests, model, n, within, seed)
    return table.set_index(requests.index)


def check_feasible(
    problem: InverseProblem, target: Mapping[str, float] | pd.DataFrame, strict: bool = False
) -> dict[str, float] | pd.DataFrame:
    """Warn of a target that no design can have, or refuse it.

    Returns:
        The nearest feasible target, of the kind that was given: the target itself where it is feasible.

    Warns:
        UserWarning: names the first infeasible request and the nearest feasible one.

    Raises:
        TargetError: the same when ``strict``; or a target that is malformed or beyond a single property's range.
    """
    requests = _table(problem, target)
    nearest, exact = _nearest_feasible(problem, requests)
    miss = np.linalg.norm((nearest - requests.to_numpy()) / _scale(problem, requests), axis=1)
    far = miss > (_EXACT if exact else _ALIKE)
    if far.any():
        at = int(far.argmax())
        asked, instead = (_words(problem, list(requests), row[at]) for row in (requests.to_numpy(), nearest))
        whose = "no design has" if exact else f"none of {_SAMPLES} sampled designs has"
        more = f" ({far.sum()} of {len(far)} requests)" if len(far) > 1 else ""
        message = f"{whose} {asked}{more}; the nearest feasible target is {instead}"
        if strict:
            raise TargetError(message)
        warnings.warn(message, UserWarning, stacklevel=2)
    feasible = pd.DataFrame(np.where(far[:, None], nearest, requests), requests.index, requests.columns)
    return feasible if isinstance(target, pd.DataFrame) else feasible.iloc[0].to_dict()


def data_reach(problem: InverseProblem, names: list[str] | None = None) -> float:
    """Distance [spreads] to the fifth nearest known design up to which data support a request.

    Calibrated by holding out: each known design is asked for as if its group (chemical system, campaign) were unknown,
    and 95 % of these requests are within reach.

    Args:
        names: properties that are requested; all unless told.

    Raises:
        TargetError: fewer than five known designs outside of each group, so that nothing can be held out.
    """
    known, codes = _known(problem, names or problem.target_names), pd.factorize(problem.groups)[0]
    distances = []
    for rows in _chunks(len(known), len(known)):
        distance = _distances(known[rows], known)
        distance[codes[rows][:, None] == codes] = np.inf
        distances.append(_fifth(distance))
    reach = np.quantile(np.concatenate(distances), _QUANTILE, method="higher") if len(known) else np.inf
    if not np.isfinite(reach):
        raise TargetError(
            f"{problem.name} has {len(known)} known designs in {codes.max(initial=-1) + 1} groups, "
            f"too few to hold one group out and find {_NEIGHBOUR} others"
        )
    return float(reach)


def _table(problem: InverseProblem, target, complete: bool = False) -> pd.DataFrame:
    if not isinstance(target, pd.DataFrame):
        target = pd.DataFrame([problem.check_target(target)])
    return problem.check_requests(target, complete=complete)


def _scale(problem: InverseProblem, names) -> np.ndarray:
    return pd.Series(problem.scale, problem.target_names)[list(names)].to_numpy()


def _known(problem: InverseProblem, names: list[str]) -> np.ndarray:
    return problem.properties[names].to_numpy() / _scale(problem, names)


def _chunks(n: int, width: int):
    size = max(1, _CELLS // max(1, width))
    return (slice(start, start + size) for start in range(0, n, size))


def _distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import cdist

    return cdist(left, right)


def _fifth(distance: np.ndarray) -> np.ndarray:
    """Distance to the fifth nearest of each row ``(n,)``; infinite where there are fewer."""
    if distance.shape[1] < _NEIGHBOUR:
        return np.full(len(distance), np.inf)
    return np.partition(distance, _NEIGHBOUR - 1, axis=1)[:, _NEIGHBOUR - 1]


def _known_near(problem: InverseProblem, requests: pd.DataFrame, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the fifth nearest known design, and how many are within reach of the data ``(n,)`` each."""
    known, asked = _known(problem, list(requests)), requests.to_numpy() / _scale(problem, requests)
    fifth, near = np.empty(len(asked)), np.empty(len(asked), dtype=int)
    for rows in _chunks(len(asked), len(known)):
        distance = _distances(asked[rows], known)
        fifth[rows], near[rows] = _fifth(distance), (distance <= reach).sum(axis=1)
    return fifth, near


def _nearest_feasible(problem: InverseProblem, requests: pd.DataFrame) -> tuple[np.ndarray, bool]:
    """The feasible request that is nearest to each ``(n, n_requested)``, and whether that is exact."""
    names, asked, scale = list(requests), requests.to_numpy(), _scale(problem, requests)
    if problem.envelope is not None:
        return _nearest_in_envelope(problem, names, asked, scale), True
    sampled = problem.space.sample(_SAMPLES, np.random.default_rng(0), like=problem.designs.to_numpy())
    tables = [problem.designs, pd.DataFrame(sampled, columns=list(problem.space.columns))]
    found = np.concatenate([problem.forward(table)[names].to_numpy() for table in tables])
    if len(names) == 1 and problem.smooth:  # continuous on a connected space: all values between two are taken
        return np.clip(asked, found.min(), found.max()), False
    nearest = np.empty_like(asked)
    for rows in _chunks(len(asked), len(found)):
        nearest[rows] = found[_distances(asked[rows] / scale, found / scale).argmin(axis=1)]
    return nearest, False


def _nearest_in_envelope(problem: InverseProblem, names: list[str], asked: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """On a fine grid of the first property, the second is moved to its limits and the nearest place taken."""
    first, second = problem.targets
    along = np.linspace(first.lowest, first.highest, _GRID)
    lowest, highest = problem.envelope(along)
    if names == [first.name]:
        return np.clip(asked, along[0], along[-1])
    if names == [second.name]:
        return np.clip(asked, np.nanmin(lowest), np.nanmax(highest))
    low, high = problem.envelope(asked[:, 0])
    inside = (asked[:, 1] >= low - _EXACT * scale[1]) & (asked[:, 1] <= high + _EXACT * scale[1])
    nearest, outside = asked.copy(), np.flatnonzero(~inside)
    for rows in _chunks(len(outside), _GRID):
        wanted = asked[outside[rows]]
        clipped = np.clip(wanted[:, [1]], lowest, highest)
        distance = ((along - wanted[:, [0]]) / scale[0]) ** 2 + ((clipped - wanted[:, [1]]) / scale[1]) ** 2
        best = np.nanargmin(distance, axis=1)
        nearest[outside[rows]] = np.column_stack([along[best], clipped[np.arange(len(best)), best]])
    return nearest


def _model_share(
    problem: InverseProblem, requests: pd.DataFrame, model, n: int, within: float, seed: int
) -> np.ndarray:
    """Share of ``n`` designs of a model that have each request as sampled ``(n_requests,)``."""
    if n < 1:
        raise TargetError(f"a model is asked for one design or more a request, not {n}")
    shares, size = [], max(1, _ASKED_AT_ONCE // n)
    for start in range(0, len(requests), size):
        asked = requests.iloc[start : start + size]
        repeated = asked.iloc[np.repeat(np.arange(len(asked)), n)].reset_index(drop=True)
        reached = problem.forward(model.sample(repeated, seed=seed + start))[problem.target_names].to_numpy()
        hit = (np.abs(reached - repeated.to_numpy()) <= within * problem.scale).all(axis=1)
        shares.append(hit.reshape(len(asked), n).mean(axis=1))
    return np.concatenate(shares) if shares else np.empty(0)


def _words(problem: InverseProblem, names: list[str], values: np.ndarray) -> str:
    units = {target.name: target.unit for target in problem.targets}
    return ", ".join(f"{name} = {value:.4g} {units[name]}" for name, value in zip(names, values, strict=True))
