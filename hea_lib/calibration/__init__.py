"""When to trust a probability: is it right on average, which classes can be ruled out, and how far from known alloys?

A probability of 0.8 is calibrated if, of all alloys that get it, eight in ten are a single phase. AUC cannot see that:
it asks only for the order. :func:`reliability`, :func:`calibration_error` with its :func:`calibration_noise`,
:func:`brier` and :func:`by_distance` measure it; :class:`Recalibrator` mends it; and :class:`ConformalSets` are sets of
classes that hold the true one with a stated probability, whatever the model is worth, which :func:`coverage` counts.
"""

from .conformal import ConformalSets, coverage
from .measures import brier, by_distance, calibration_error, calibration_noise, reliability
from .repair import MARGIN, Recalibrator

__all__ = [
    "MARGIN",
    "ConformalSets",
    "Recalibrator",
    "brier",
    "by_distance",
    "calibration_error",
    "calibration_noise",
    "coverage",
    "reliability",
]
