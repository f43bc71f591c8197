"""How far off are probabilities, on average, and far from known alloys?

References:
    Reliability and its error: C. Guo et al., ICML 2017, arXiv:1706.04599
    Parts of the Brier score: A. H. Murphy, J. Appl. Meteorol. 12, 595 (1973), exact for bins of unequal probabilities
    by D. B. Stephenson et al., Weather Forecast. 23, 752 (2008), doi:10.1175/2007WAF2006116.1
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import HeaError
from .checks import checked

_BINS = 10
#: Seed that deals equal probabilities to bins; none that labels are drawn with, or bins and labels would go together.
_DEAL = (2005, 1973)


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = _BINS) -> pd.DataFrame:
    """What was predicted and what was observed, in bins of equally many alloys.

    Args:
        labels: 0 or 1 ``(n,)``. probabilities: of 1 ``(n,)``. bins: their number; sizes differ by one at most.

    Returns:
        A row a bin, by rising probability: ``predicted``, the mean probability; ``observed``, the share of 1; ``n``.

    Raises:
        HeaError: labels other than 0 and 1, no probabilities, or fewer alloys than bins.

    Example:
        >>> reliability([0, 0, 1, 1], [0.1, 0.3, 0.6, 0.8], bins=2).to_numpy().tolist()
        [[0.2, 0.0, 2.0], [0.7, 1.0, 2.0]]
    """
    labels, probabilities = checked(labels, probabilities)
    rows = [
        {"predicted": probabilities[part].mean(), "observed": labels[part].mean(), "n": len(part)}
        for part in _binned(probabilities, bins)
    ]
    return pd.DataFrame(rows)


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = _BINS) -> float:
    r"""Expected calibration error: $\sum_b (n_b / n) |o_b - p_b|$ over bins $b$ of equally many alloys.

    $p_b$ is the mean probability of a bin and $o_b$ its share of 1. An absolute value cannot average out, so chance
    alone makes the figure positive: a perfect model with $n$ alloys in $B$ bins gets about
    $\sqrt{2 B p (1 - p) / (\pi n)}$, which is 0.07 for 150 alloys at probabilities of one half.
    :func:`calibration_noise` gives that floor for the probabilities at hand.

    Raises:
        HeaError: as :func:`reliability`.
    """
    table = reliability(labels, probabilities, bins)
    return float(np.average((table["observed"] - table["predicted"]).abs(), weights=table["n"]))


def calibration_noise(probabilities: np.ndarray, bins: int = _BINS, draws: int = 500, seed: int = 0) -> np.ndarray:
    """Calibration errors that chance alone gives a perfect model with these probabilities ``(draws,)``.

    The labels are drawn as the probabilities say, so every probability is right. Alloys of one chemical system are not
    drawn independently of one another, so with real labels chance does more than this.

    Raises:
        HeaError: as :func:`reliability`.
    """
    _, known = checked(np.zeros(len(probabilities)), probabilities)
    rng, parts = np.random.default_rng(seed), _binned(known, bins)
    excess = (rng.random((draws, len(known))) < known) - known
    return sum(np.abs(excess[:, part].sum(axis=1)) for part in parts) / len(known)


def brier(labels: np.ndarray, probabilities: np.ndarray, bins: int = _BINS) -> pd.Series:
    r"""Mean squared error of probabilities and its parts, in bins of equally many alloys.

    Returns:
        ``score`` = ``reliability`` - ``resolution`` + ``uncertainty`` + ``within``, exactly. Reliability is the mean
        squared gap of a bin, 0 if calibrated; resolution, how far the bins' shares of 1 lie apart, is what a model is
        worth; uncertainty is that of the labels themselves; ``within`` is what the bins hide, the variance of the
        probabilities in a bin less twice their covariance with the labels.

    Raises:
        HeaError: as :func:`reliability`.
    """
    labels, probabilities = checked(labels, probabilities)
    table, base = reliability(labels, probabilities, bins), labels.mean()
    variances, covariances = np.transpose([
        (probabilities[part].var(), np.mean((probabilities[part] - probabilities[part].mean()) * labels[part]))
        for part in _binned(probabilities, bins)
    ])  # fmt: skip
    parts = {
        "reliability": (table["predicted"] - table["observed"]) ** 2,
        "resolution": (table["observed"] - base) ** 2,
        "within": variances - 2 * covariances,
    }
    means = {name: float(np.average(values, weights=table["n"])) for name, values in parts.items()}
    return pd.Series({
        "score": float(np.mean((probabilities - labels) ** 2)),
        "reliability": means["reliability"],
        "resolution": means["resolution"],
        "uncertainty": float(base * (1 - base)),
        "within": means["within"],
    })  # fmt: skip


def by_distance(labels: np.ndarray, probabilities: np.ndarray, distances: np.ndarray, bins: int = 5) -> pd.DataFrame:
    """How wrong predictions are by the distance of an alloy from the nearest one the model learned from.

    Args:
        distances: ``(n,)``, as :func:`hea_lib.evaluation.nearest_distance` gives them. bins: of equally many alloys.

    Returns:
        A row a bin, nearest first: mean ``distance``, share ``wrong`` at a threshold of one half, mean ``brier`` score,
        what the model says of itself, ``expected wrong``, and ``n``.

    Raises:
        HeaError: as :func:`reliability`; or distances that are no finite numbers, one an alloy.
    """
    labels, probabilities = checked(labels, probabilities)
    distances = np.asarray(distances, dtype=float)
    if distances.shape != labels.shape or not np.isfinite(distances).all():
        raise HeaError(f"distances {distances.shape} must be {len(labels)} finite numbers, one an alloy")
    measures = {
        "distance": distances,
        "wrong": (probabilities >= 0.5) != labels,
        "expected wrong": np.minimum(probabilities, 1 - probabilities),
        "brier": (probabilities - labels) ** 2,
    }
    rows = [{name: values[part].mean() for name, values in measures.items()} | {"n": len(part)}
            for part in _binned(distances, bins)]  # fmt: skip
    return pd.DataFrame(rows)


def _binned(values: np.ndarray, bins: int) -> list[np.ndarray]:
    """Positions of the values, by rising value, in bins of equal size up to one.

    Equal values, such as the votes of few trees, are dealt at random: a table is often sorted by class, and in its
    order they would fill one bin with zeros and the next with ones.
    """
    if not isinstance(bins, int | np.integer) or not 1 <= bins <= len(values):
        raise HeaError(f"{len(values)} alloys do not fill {bins!r} bins")
    chance = np.random.default_rng(_DEAL).random(len(values))
    return np.array_split(np.lexsort((chance, values)), bins)
