r"""When to trust a probability: is it right on average, which classes can be ruled out, and how far from known alloys?

A probability of 0.8 is calibrated if, of all alloys that get it, eight in ten are a single phase. AUC cannot see that:
it asks only for the order. Here are the measures of it, the repairs, and sets of classes that hold the true one with a
stated probability, whatever the model is worth.

References:
    Reliability and its error: C. Guo et al., ICML 2017, arXiv:1706.04599
    Parts of the Brier score: A. H. Murphy, J. Appl. Meteorol. 12, 595 (1973), exact for bins of unequal probabilities
    by D. B. Stephenson et al., Weather Forecast. 23, 752 (2008), doi:10.1175/2007WAF2006116.1
    Conformal sets: V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World (2005),
    doi:10.1007/b106715
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, inf

import numpy as np
import pandas as pd

from .errors import HeaError, UnknownNameError

_BINS = 10
#: Votes of trees can be exactly 0 or 1, whose log-odds are infinite; they are taken as this far from it.
MARGIN = 1e-3


# How far off? --------------------------------------------------------------------------------------------------------


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
    labels, probabilities = _checked(labels, probabilities)
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
    _, known = _checked(np.zeros(len(probabilities)), probabilities)
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
    labels, probabilities = _checked(labels, probabilities)
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


# Repairs -------------------------------------------------------------------------------------------------------------


@dataclass
class Recalibrator:
    """Turns probabilities into calibrated ones, learned from alloys that the model itself never learned from.

    Args:
        method: ``"temperature"`` divides the log-odds by one number; ``"platt"`` also shifts them; ``"isotonic"``
            learns any rising step function, and needs hundreds of alloys. The first keeps the order of alloys and the
            side of one half, the second the order, the third both only up to ties.

    Raises:
        UnknownNameError: no such method.

    References:
        Temperature: C. Guo et al., ICML 2017, arXiv:1706.04599. Platt: J. Platt, Adv. Large Margin Classif. (1999).
        Isotonic: B. Zadrozny, C. Elkan, KDD 2002, doi:10.1145/775047.775151

    Example:
        >>> bold = np.array([0.01, 0.02, 0.03, 0.97, 0.98, 0.99])
        >>> calm = Recalibrator().fit([0, 1, 0, 1, 0, 1], bold)(bold)
        >>> bool((abs(calm - 0.5) < abs(bold - 0.5)).all())
        True
    """

    method: str = "temperature"
    model: object = field(default=None, init=False, repr=False)

    def __post_init__(self):
        if self.method not in (known := ("temperature", "platt", "isotonic")):
            raise UnknownNameError.of("recalibration", self.method, known)

    def fit(self, labels: np.ndarray, probabilities: np.ndarray) -> Recalibrator:
        """Learn from labels ``(n,)`` and probabilities ``(n,)``.

        Raises:
            HeaError: as :func:`reliability`; labels of one class; or probabilities that fall where labels rise.
        """
        from sklearn.isotonic import IsotonicRegression
        from sklearn.linear_model import LogisticRegression

        labels, probabilities = _checked(labels, probabilities)
        if labels.min() == labels.max():
            raise HeaError(f"all {len(labels)} labels are {labels[0]:g}; a recalibration needs both classes")
        if self.method == "isotonic":
            model = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(probabilities, labels)
        else:
            model = LogisticRegression(C=1e6, fit_intercept=self.method == "platt").fit(
                _log_odds(probabilities)[:, None], labels
            )
            if model.coef_[0, 0] <= 0:
                raise HeaError("the probabilities fall where the labels rise; a recalibration cannot mend their order")
        self.model = model
        return self

    def __call__(self, probabilities: np.ndarray) -> np.ndarray:
        """Calibrated probabilities ``(n,)``.

        Raises:
            HeaError: not fitted, or no probabilities.
        """
        if self.model is None:
            raise HeaError("this Recalibrator has learned nothing yet; call fit() with labels and probabilities")
        _, known = _checked(np.zeros(len(probabilities)), probabilities)
        if self.method == "isotonic":
            return self.model.predict(known)
        return self.model.predict_proba(_log_odds(known)[:, None])[:, 1]


# Sets that hold the true class ---------------------------------------------------------------------------------------


@dataclass
class ConformalSets:
    r"""Sets of classes that hold the true one with a stated probability: one class, both where unsure, or none.

    A class $y$ is in the set where $1 - p_y$ is at most the $k$-th smallest of the calibration alloys, with
    $k = \lceil (n + 1) c \rceil$ for a coverage $c$. If a new alloy and the $n$ are exchangeable, the set holds the
    true class with a probability of at least $c$, and of at most $c + 1/(n+1)$ where no two scores are equal, for any
    model. With $k > n$ nothing can be ruled out. The promise is one on average over calibrations and new alloys.

    Args:
        coverage: between 0 and 1.
        by_class: take $k$ and $n$ from the alloys of each class apart (Mondrian), so that the coverage holds for both
            classes and not only on average.

    Raises:
        HeaError: a coverage outside.

    Example:
        >>> sets = ConformalSets(0.75).fit([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.8, 0.9])
        >>> sets([0.05, 0.5, 0.95]).to_numpy().tolist()
        [[True, False], [True, True], [False, True]]
    """

    coverage: float = 0.9
    by_class: bool = True
    thresholds: np.ndarray | None = field(default=None, init=False)

    def __post_init__(self):
        if not 0 < self.coverage < 1:
            raise HeaError(f"coverage is {self.coverage!r}; it must lie between 0 and 1")

    def fit(self, labels: np.ndarray, probabilities: np.ndarray) -> ConformalSets:
        """Calibrate on alloys that the model never learned from.

        Raises:
            HeaError: as :func:`reliability`.
        """
        labels, probabilities = _checked(labels, probabilities)
        scores = np.where(labels == 1, 1 - probabilities, probabilities)
        groups = [scores[labels == y] for y in (0, 1)] if self.by_class else [scores, scores]
        self.thresholds = np.array([self._quantile(group) for group in groups])
        return self

    def _quantile(self, scores: np.ndarray) -> float:
        place = ceil((len(scores) + 1) * self.coverage - 1e-9)  # 10 * 0.9 is 9, whatever its last digit
        return float(np.sort(scores)[place - 1]) if place <= len(scores) else inf

    def __call__(self, probabilities: np.ndarray) -> pd.DataFrame:
        """Which classes cannot be ruled out ``(n, 2)``, columns 0 and 1.

        Raises:
            HeaError: not calibrated, or no probabilities.
        """
        if self.thresholds is None:
            raise HeaError("these ConformalSets are not calibrated yet; call fit() with labels and probabilities")
        _, known = _checked(np.zeros(len(probabilities)), probabilities)
        return pd.DataFrame({0: known <= self.thresholds[0], 1: 1 - known <= self.thresholds[1]})


def coverage(labels: np.ndarray, sets: pd.DataFrame) -> pd.Series:
    """How often sets hold the true class: ``all``, class ``0``, class ``1``; and shares of the sets by their size.

    Raises:
        HeaError: as many labels as sets are needed, each 0 or 1.
    """
    if len(labels) != len(sets):
        raise HeaError(f"{len(labels)} labels do not fit {len(sets)} sets")
    labels, _ = _checked(labels, np.zeros(len(labels)))
    held = sets.to_numpy()[np.arange(len(sets)), labels.astype(int)]
    sizes = sets.to_numpy().sum(axis=1)
    shares = {f"class {y}": held[labels == y].mean() if (labels == y).any() else np.nan for y in (0, 1)}
    kinds = {name: (sizes == size).mean() for size, name in enumerate(("none", "one", "both"))}
    return pd.Series({"all": held.mean()} | shares | kinds)


# How far from what is known? -----------------------------------------------------------------------------------------


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
    labels, probabilities = _checked(labels, probabilities)
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


# -- what the functions share -----------------------------------------------------------------------------------------


def _checked(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels, probabilities = np.asarray(labels, dtype=float), np.asarray(probabilities, dtype=float)
    if labels.ndim != 1 or labels.shape != probabilities.shape or not len(labels):
        raise HeaError(f"labels {labels.shape} and probabilities {probabilities.shape} must be as many, one an alloy")
    if not np.isin(labels, (0, 1)).all():
        at = int((~np.isin(labels, (0, 1))).argmax())
        raise HeaError(f"label {at} is {labels[at]:g}; it must be 0 or 1")
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        at = int((~((probabilities >= 0) & (probabilities <= 1))).argmax())
        raise HeaError(f"probability {at} is {probabilities[at]:g}; it must lie between 0 and 1")
    return labels, probabilities


def _binned(values: np.ndarray, bins: int) -> list[np.ndarray]:
    """Positions of the values, by rising value, in bins of equal size up to one."""
    if not isinstance(bins, int | np.integer) or not 1 <= bins <= len(values):
        raise HeaError(f"{len(values)} alloys do not fill {bins!r} bins")
    return np.array_split(np.argsort(values, kind="stable"), bins)


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    known = probabilities.clip(MARGIN, 1 - MARGIN)
    return np.log(known) - np.log1p(-known)
