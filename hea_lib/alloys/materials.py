"""Which material an alloy is: its formula, a key for joins, near-duplicates, its chemical system."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import CompositionError
from .tables import validate


def formula(table: pd.DataFrame, digits: int = 4) -> pd.Series:
    """Write each alloy as a formula in at%, elements in alphabetical order; equal amounts are left out.

    Amounts are rounded to ``digits`` places, and an element that rounds to zero is left out: reading the text back
    agrees with the table to that precision.

    >>> from hea_lib.alloys import fractions
    >>> formula(fractions(["NiCoCr", "Ti3Al"])).tolist()
    ['CoCrNi', 'Al25Ti75']
    >>> formula(fractions("Mo20Ti79.6W0.4"), digits=0).tolist()
    ['Mo20Ti80']
    """
    symbols = sorted(validate(table).columns)
    percent = (table[symbols].to_numpy() * 100).round(digits)

    def write(row: np.ndarray) -> str:
        amounts = {symbol: amount for symbol, amount in zip(symbols, row, strict=True) if amount}
        if len(set(amounts.values())) == 1:
            return "".join(amounts)
        return "".join(symbol + np.format_float_positional(amount, trim="-") for symbol, amount in amounts.items())

    return pd.Series([write(row) for row in percent], index=table.index, name="formula", dtype=object)


def identity(table: pd.DataFrame, tolerance: float = 0.001) -> pd.Series:
    """Name each material by its fractions on a grid of ``tolerance``: a key for joins between tables.

    The key does not depend on the order of columns, on absent elements or on noise well below the tolerance. No key
    can bring together *every* pair within a tolerance (values on two sides of a grid line differ); where that matters,
    use :func:`group`.

    Raises:
        CompositionError: as :func:`validate`, or a tolerance that is not positive.

    >>> from hea_lib.alloys import fractions
    >>> identity(fractions(["TiZrNb", "Nb33.33 Ti33.33 Zr33.34"])).nunique()
    1
    """
    if not tolerance > 0:
        raise CompositionError(f"tolerance = {tolerance!r}; the grid of an identity has steps above zero")
    symbols = sorted(validate(table).columns)
    steps = np.rint(table[symbols].to_numpy() / tolerance).astype(int)
    keys = ["-".join(f"{s}{n}" for s, n in zip(symbols, row, strict=True) if n) for row in steps.tolist()]
    return pd.Series(keys, index=table.index, name="identity", dtype=object)


def group(table: pd.DataFrame, tolerance: float = 0.01) -> np.ndarray:
    """Number the materials ``(n_alloys,)`` so that near-duplicates share a number.

    Rows are visited in order of composition, so the result does not depend on their order in the table: each joins
    the first leader from which no fraction differs by more than ``tolerance``, else it leads a new group. (Chains of
    small steps would merge a whole series of alloys into one; leaders do not.)

    Each row is compared with every leader, so the time grows with their product: 5,000 different alloys take a
    fraction of a second, 20,000 about three seconds.

    Raises:
        CompositionError: as :func:`validate`, or a tolerance below zero.
    """
    if not tolerance >= 0:
        raise CompositionError(f"tolerance = {tolerance!r}; a largest difference is zero or more")
    symbols = sorted(validate(table).columns)
    values = table[symbols].to_numpy(dtype=float)
    numbers = np.empty(len(values), dtype=int)
    leaders = np.empty_like(values)
    count = 0
    for row in np.lexsort(values.round(9).T[::-1]):
        near = np.abs(leaders[:count] - values[row]).max(axis=1, initial=0.0) <= tolerance + 1e-9
        if near.any():
            numbers[row] = int(near.argmax())
        else:
            leaders[count], numbers[row] = values[row], count
            count += 1
    return numbers


def chemical_system(table: pd.DataFrame, threshold: float = 0.0) -> pd.Series:
    """The set of elements above ``threshold``, as text in alphabetical order.

    >>> from hea_lib.alloys import fractions
    >>> chemical_system(fractions("Nb40Mo59.5Al0.5"), threshold=0.01).tolist()
    ['Mo-Nb']
    """
    symbols = np.array(sorted(table.columns))
    present = table[symbols].to_numpy() > threshold
    names = ["-".join(symbols[row]) for row in present]
    return pd.Series(names, index=table.index, name="chemical_system", dtype=object)
