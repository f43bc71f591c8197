"""What is the smallest change that flips an answer? Every exchange of two elements is tried, so the smallest is exact.

References:
    S. Wachter, B. Mittelstadt, C. Russell, Harv. J. Law Technol. 31, 841 (2018), arXiv:1711.00399 (counterfactuals)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from .. import errors
from ..errors import HeaError


def exchanges(
    predict: Callable[[pd.DataFrame], np.ndarray],
    alloy: pd.DataFrame,
    fixed: Sequence[str] = (),
    step: float = 0.01,
    most: float = 0.2,
    threshold: float = 0.5,
) -> pd.DataFrame:
    """Replace atoms of one element by another, little by little, until the probability crosses the threshold.

    Args:
        predict: alloys ``(m, n_elements)`` -> probability ``(m,)``.
        alloy: a table of one row, with a column for each element that may be added.
        fixed: elements that must not change. step: atomic fraction that is exchanged at a time. most: at all.

    Returns:
        A row a pair ``from``, ``to``: ``amount``, the smallest atomic fraction that flips the answer, and the
        ``probability`` there. Pairs that do not flip follow, with no amount and the probability that came nearest.

    Raises:
        HeaError: not one alloy, fixed elements without a column, nothing to exchange, a step that is not between 0 and
            ``most``, or a function that does not give one finite number a row.
    """
    if len(alloy) != 1:
        raise HeaError(f"{len(alloy)} alloys are given; explain one at a time")
    unknown = [symbol for symbol in fixed if symbol not in alloy]
    if unknown:
        raise HeaError(f"fixed element {unknown[0]!r} is no column of the alloy; it has {', '.join(alloy.columns)}")
    if not 0 < step <= most <= 1:
        raise HeaError(f"step is {step:g} and most {most:g}; it must be 0 < step <= most <= 1")
    values, columns = alloy.to_numpy(dtype=float)[0], list(alloy.columns)
    free = [place for place, symbol in enumerate(columns) if symbol not in fixed]
    steps = step * np.arange(1, int(most / step + 1e-9) + 1)
    moves = [
        (here, there, amount)
        for here in free
        for there in free
        if here != there
        for amount in _amounts(steps, values[here], most)
    ]
    if not moves:
        raise HeaError("no element may be exchanged for another; leave at least two columns free, one of them present")
    source, target, amount = (np.array(part) for part in zip(*moves, strict=True))
    changed = np.tile(values, (len(moves), 1))
    changed[np.arange(len(moves)), source] -= amount
    changed[np.arange(len(moves)), target] += amount
    changed = np.maximum(changed, 0.0)  # a fraction taken away whole leaves a rounding error of 1e-17
    answers = _asked(predict, pd.DataFrame(np.vstack([values, changed]), columns=columns))
    flipped = (answers[1:] > threshold) != (answers[0] > threshold)
    table = pd.DataFrame({
        "from": np.array(columns)[source], "to": np.array(columns)[target], "amount": np.where(flipped, amount, np.nan),
        "probability": answers[1:], "away": np.where(flipped, 0.0, np.abs(answers[1:] - threshold)),
    })  # fmt: skip
    table = table.sort_values(["amount", "away"], kind="stable", na_position="last")
    best = table.drop_duplicates(["from", "to"])
    return best.drop(columns="away").reset_index(drop=True)


def _amounts(steps: np.ndarray, there: float, most: float) -> list[float]:
    """Steps that an element can give, and all of it where that is less than allowed."""
    inside = [amount for amount in steps if amount < there - 1e-9]
    return [*inside, there] if 0 < there <= most else inside


def _asked(predict, table: pd.DataFrame) -> np.ndarray:
    answers = np.asarray(predict(table), dtype=float)
    if answers.shape != (len(table),):
        raise HeaError(f"the function must give {len(table)} numbers, one a row, not shape {answers.shape}")
    errors.check_finite(answers[:, None], table.index, ["the answer"], HeaError)
    return answers
