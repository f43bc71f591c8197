"""Mending probabilities that say too much or too little, so that they are right on average."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..errors import HeaError, UnknownNameError
from .checks import checked

#: Votes of trees can be exactly 0 or 1, whose log-odds are infinite; they are taken as this far from it.
MARGIN = 1e-3


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
            HeaError: as :func:`hea_lib.calibration.reliability`; labels of one class; or probabilities that fall where
                labels rise.
        """
        from sklearn.isotonic import IsotonicRegression
        from sklearn.linear_model import LogisticRegression

        labels, probabilities = checked(labels, probabilities)
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
        _, known = checked(np.zeros(len(probabilities)), probabilities)
        if self.method == "isotonic":
            return self.model.predict(known)
        return self.model.predict_proba(_log_odds(known)[:, None])[:, 1]


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    known = probabilities.clip(MARGIN, 1 - MARGIN)
    return np.log(known) - np.log1p(-known)
