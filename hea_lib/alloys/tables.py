"""Alloy tables: made from formulas and amounts, checked, normalised on request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real

import numpy as np
import pandas as pd

from .. import elements, errors
from ..errors import CompositionError, UnknownElementError
from . import formulas

SUM_TOLERANCE = 1e-6  # of atomic fractions that should sum to one
PERCENT_TOLERANCE = 0.5  # of at% and wt% that should sum to 100, as printed in papers with rounded digits
_SYMBOLS = frozenset(elements.SYMBOLS)
_UNITS = ("auto", "ratio", "fraction", "at%", "wt%")


def fractions(source, unit: str = "auto", normalize: bool = False) -> pd.DataFrame:
    """Turn formulas, dicts, pymatgen compositions or a table of amounts into an alloy table.

    Args:
        source: a formula, a mapping ``{symbol: amount}``, a pymatgen ``Composition``, an iterable or ``Series`` of
            these (its index is kept), or a ``DataFrame`` with element columns (an empty cell is an absent element).
        unit: what the amounts are. ``"ratio"``: any scale, as in a formula; ``"fraction"``: sum to one; ``"at%"`` or
            ``"wt%"``: sum to 100. ``"auto"``: what the text states, else ratio for formulas and compositions and
            fraction for mappings and tables.
        normalize: accept amounts whose sum is off, and divide by it. Without it they are an error, because a sum of
            106 at% is a misprint more often than a convention.

    Returns:
        Atomic fractions ``(n_alloys, n_elements)``, elements in order of first appearance.

    Raises:
        FormulaError: a formula that cannot be read. CompositionError: amounts that are no numbers, negative, not
        finite, or of the wrong sum; the message names the row.

    >>> fractions({"Ti": 90, "Al": 6, "V": 4}, unit="wt%").round(3).to_dict("records")
    [{'Ti': 0.862, 'Al': 0.102, 'V': 0.036}]
    """
    if unit not in _UNITS:
        raise CompositionError(f"unknown unit {unit!r}; one of {', '.join(map(repr, _UNITS))}")
    if isinstance(source, pd.DataFrame):
        _check_columns(source)
        amounts, units = source.fillna(0), np.full(len(source), "fraction" if unit == "auto" else unit)
    else:
        items, index = _items(source)
        read = [_amounts(item) for item in items]
        rows, own_units = [amounts for amounts, _ in read], [own for _, own in read]
        symbols = list(dict.fromkeys(symbol for row in rows for symbol in row))
        values = np.array([[row.get(symbol, 0.0) for symbol in symbols] for row in rows], dtype=float)
        amounts = pd.DataFrame(values.reshape(len(rows), len(symbols)), index=index, columns=symbols)
        units = np.array(own_units if unit == "auto" else [unit] * len(rows))
        _check_columns(amounts)
    _check_values(amounts)
    return _from_amounts(amounts.astype(float), units, normalize)


def _items(source) -> tuple[list, pd.Index | None]:
    """One source or many, as a list with an index."""
    if isinstance(source, pd.Series) and pd.api.types.is_numeric_dtype(source):
        _refuse_repeated(source.index, "element")
        return [source.to_dict()], None
    if isinstance(source, pd.Series):
        return source.tolist(), source.index
    if isinstance(source, str | Mapping) or hasattr(source, "get_el_amt_dict"):
        return [source], None
    if isinstance(source, Iterable):
        return list(source), None
    raise CompositionError(f"cannot read compositions from {type(source).__name__}: {source!r:.80}")


def _amounts(item) -> tuple[dict[str, float], str]:
    """Amounts and their own unit for one formula, pymatgen composition or mapping."""
    if hasattr(item, "get_el_amt_dict"):
        return dict(item.get_el_amt_dict()), "ratio"
    if isinstance(item, Mapping):
        for symbol, amount in item.items():
            if not isinstance(amount, Real) or isinstance(amount, bool):
                raise CompositionError(f"the amount of {symbol!r} is {amount!r}, not a number, in {item!r:.80}")
        return dict(item), "fraction"
    amounts, stated = formulas.read(item)
    return amounts, stated or "ratio"


def _from_amounts(amounts: pd.DataFrame, units: np.ndarray, normalize: bool) -> pd.DataFrame:
    values = amounts.to_numpy(dtype=float, copy=True)
    total = values.sum(axis=1)
    empty = total <= 0
    _refuse(amounts, empty, "contains nothing: its amounts sum to zero")
    expected = np.where(units == "fraction", 1.0, 100.0)
    tolerance = np.where(units == "fraction", SUM_TOLERANCE, PERCENT_TOLERANCE)
    off = (np.abs(total - expected) > tolerance) & (units != "ratio")
    if not normalize and off.any():
        at = int(np.flatnonzero(off)[0])
        raise CompositionError(
            f"{errors.row(amounts.index, at)} sums to {total[at]:.6g}, not {expected[at]:g} ({units[at]}); "
            f"{int(off.sum())} of {len(off)} rows are off; pass normalize=True to rescale them"
        )
    by_weight = units == "wt%"
    if by_weight.any():
        values[by_weight] /= elements.values(amounts.columns, "atomic_mass")
    values /= values.sum(axis=1, keepdims=True)
    return pd.DataFrame(values, index=amounts.index, columns=amounts.columns)


def _check_columns(table: pd.DataFrame) -> None:
    """Element columns, each once, of real numbers."""
    unknown = [column for column in table.columns if column not in _SYMBOLS]
    if unknown:
        raise UnknownElementError(f"column {unknown[0]!r} is no element; an alloy table has only element columns")
    _refuse_repeated(table.columns, "column")
    for column, dtype in table.dtypes.items():
        if not (pd.api.types.is_float_dtype(dtype) or pd.api.types.is_integer_dtype(dtype)):
            raise CompositionError(f"column {column!r} holds {dtype}, not real numbers")


def _check_values(table: pd.DataFrame) -> None:
    """No fraction is missing, infinite or negative."""
    values = table.to_numpy(dtype=float, na_value=np.nan)
    if (values.size and not values.min() >= 0) or not np.isfinite(values.sum()):
        row, column = np.argwhere(~(np.isfinite(values) & (values >= 0)))[0]
        raise CompositionError(
            f"{errors.row(table.index, row)} has {table.columns[column]} = {values[row, column]:g}; "
            "an atomic fraction is a finite number of zero or more"
        )


def _refuse(table: pd.DataFrame, bad: np.ndarray, what: str) -> None:
    if bad.any():
        rows = f" ({int(bad.sum())} of {len(bad)} rows)" if len(bad) > 1 else ""
        raise CompositionError(f"{errors.row(table.index, int(np.flatnonzero(bad)[0]))} {what}{rows}")


def _refuse_repeated(labels: pd.Index, kind: str) -> None:
    if labels.has_duplicates:
        raise CompositionError(f"{kind} {labels[labels.duplicated()][0]!r} appears more than once")


def validate(table: pd.DataFrame, tolerance: float = SUM_TOLERANCE) -> pd.DataFrame:
    """Return the table itself if it is an alloy table, else say what is wrong and where.

    Raises:
        CompositionError: not a table, wrong columns, negative, missing or infinite fractions, or a row whose sum is
        further than ``tolerance`` from one. UnknownElementError: a column that is no element.
    """
    if not isinstance(table, pd.DataFrame):
        raise CompositionError(f"an alloy table is a pandas DataFrame, not {type(table).__name__}; use fractions()")
    _check_columns(table)
    _check_values(table)
    total = table.to_numpy(dtype=float) @ np.ones(table.shape[1])
    bad = np.abs(total - 1.0) > tolerance
    if bad.any():
        _refuse(table, bad, f"sums to {total[bad][0]:.6g}, not one; use normalize() if that is meant")
    return table


def normalize(table: pd.DataFrame) -> pd.DataFrame:
    """Divide each row by its sum, on request only.

    Raises:
        CompositionError: cells that are negative or not finite, or a row of zeros.
    """
    return fractions(table, unit="ratio")


def restrict(table: pd.DataFrame, symbols: Iterable[str]) -> pd.DataFrame:
    """Put the columns in the order of ``symbols``; absent elements become zero.

    Raises:
        CompositionError: an alloy that contains another element; both are named. Or an element named twice.
    """
    symbols = list(symbols)
    _refuse_repeated(pd.Index(symbols), "element")
    outside = table[[column for column in table.columns if column not in symbols]]
    present = ~(outside == 0).to_numpy(dtype=bool, na_value=False)  # a missing amount may be any amount
    if present.any():
        row = int(present.any(axis=1).argmax())
        found = ", ".join(outside.columns[present[row]])
        raise CompositionError(f"{errors.row(table.index, row)} contains {found}, not among {', '.join(symbols)}")
    return table.reindex(columns=symbols, fill_value=0.0)
