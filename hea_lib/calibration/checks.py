"""What every measure and repair asks of labels and probabilities."""

from __future__ import annotations

import numpy as np

from ..errors import HeaError


def checked(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as numbers ``(n,)``, or an error that names the first that is none of 0 and 1, or no probability."""
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
