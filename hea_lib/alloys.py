"""Compositions: formula <-> atomic fractions, validation, and the identity of a material.

An alloy table is a pandas ``DataFrame``: one row an alloy, one ``float64`` column an element symbol, atomic
fractions that sum to one. Everything public in this library takes and returns such tables.

>>> table = fractions(["Al0.25MoNbTiV", "(CoCrFe)90Al10"])
>>> table.loc[1, ["Co", "Al"]].round(3).tolist()
[0.3, 0.1]
>>> formula(table).tolist()
['Al5.8824Mo23.5294Nb23.5294Ti23.5294V23.5294', 'Al10Co30Cr30Fe30']
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from numbers import Real

import numpy as np
import pandas as pd

from . import elements, errors
from .errors import CompositionError, FormulaError, UnknownElementError

SUM_TOLERANCE = 1e-6  # of atomic fractions that should sum to one
PERCENT_TOLERANCE = 0.5  # of at% and wt% that should sum to 100, as printed in papers with rounded digits

_SYMBOLS = frozenset(elements.SYMBOLS)
_TOKEN = re.compile(r"([A-Z][a-z]?)|([(\[{])|([)\]}])|(\d+\.?\d*|\.\d+)|\s+")
_UNIT = re.compile(r"\s*[(\[]?\s*(at|wt)\.?\s*%\s*[)\]]?\s*$")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_MOST_CHARACTERS, _MOST_BRACKETS = 500, 10
_UNITS = ("auto", "ratio", "fraction", "at%", "wt%")


def parse_formula(text: str) -> dict[str, float]:
    """Read a formula as the literature writes it and return the amount of each element, as written.

    Blanks, missing amounts (1), brackets, subscript digits and repeated elements are understood. A bracket is plain
    stoichiometry, ``(TaC)0.8`` = 0.8 Ta + 0.8 C, unless the outermost amounts sum to 1 or 100: then they are shares
    of the whole, and ``(CoCrFe)90Al10`` is 90 % of an equimolar CoCrFe. The amounts are not normalised.

    Raises:
        FormulaError: text that is empty or malformed; the message gives the position.
        UnknownElementError: a symbol that is no element.

    >>> parse_formula("Al0.25MoNb")
    {'Al': 0.25, 'Mo': 1.0, 'Nb': 1.0}
    >>> parse_formula("(TiZrNbTa)24.75 O1")
    {'Ti': 24.75, 'Zr': 24.75, 'Nb': 24.75, 'Ta': 24.75, 'O': 1.0}
    """
    return _parse(text)[0]


def _parse(text: str) -> tuple[dict[str, float], str | None]:
    """Amounts, and the unit where the text itself states one (``Ti90Al10 (at%)``)."""
    if not isinstance(text, str):
        raise FormulaError(f"a formula is a text, not {type(text).__name__}: {text!r:.80}")
    if len(text) > _MOST_CHARACTERS:
        raise FormulaError(f"{text[:30]!r}... has {len(text)} characters; a formula has at most {_MOST_CHARACTERS}")
    stated = _UNIT.search(text)
    body = (text[: stated.start()] if stated else text).translate(_SUBSCRIPTS)
    if not body.strip():
        raise FormulaError(f"{text!r} is an empty formula")
    amounts = _merge(_terms(body, text), outermost=True)
    if not all(map(math.isfinite, amounts.values())):
        raise FormulaError(f"{text!r} has an amount too large to be a number")
    if not sum(amounts.values()) > 0:
        raise FormulaError(f"{text!r} contains nothing: its amounts sum to zero")
    return amounts, f"{stated.group(1)}%" if stated else None


def _terms(body: str, text: str) -> list:
    """Split into ``[content, amount]`` pairs, where content is a symbol or, for a bracket, a list of such pairs."""
    levels, closers, position, may_take_amount = [[]], [], 0, False
    while position < len(body):
        token = _TOKEN.match(body, position)
        if token is None:
            raise FormulaError(f"{text!r} cannot be read at position {position + 1}: {_complaint(body, position)}")
        symbol, opening, closing, amount = token.groups()
        where = f"at position {position + 1}"
        if symbol:
            if symbol not in _SYMBOLS:
                raise UnknownElementError(f"{text!r} has no element {symbol!r} {where}")
            levels[-1].append([symbol, 1.0])
        elif opening:
            if len(closers) == _MOST_BRACKETS:
                raise FormulaError(f"{text!r} nests more than {_MOST_BRACKETS} brackets {where}")
            levels.append([])
            closers.append(_CLOSING[opening])
        elif closing:
            if not closers or closers.pop() != closing:
                raise FormulaError(f"{text!r} closes a bracket {where} that was not opened")
            content = levels.pop()
            if not content:
                raise FormulaError(f"{text!r} has an empty bracket {where}")
            levels[-1].append([content, 1.0])
        elif amount:
            if not may_take_amount:
                raise FormulaError(f"{text!r} has an amount {amount!r} without an element before it {where}")
            levels[-1][-1][1] = float(amount)
        if symbol or opening or closing or amount:  # blanks between an element and its amount change nothing
            may_take_amount = bool(symbol or closing)
        position = token.end()
    if closers:
        raise FormulaError(f"{text!r} ends before {closers[-1]!r}")
    return levels[0]


def _complaint(body: str, position: int) -> str:
    character = body[position]
    if character in "xyz" and position and body[position - 1].isalpha():
        return f"the amount {character!r} is a variable; put a number in its place"
    if character in "+-–":
        return "amounts follow their element and have no sign; designations such as 'Ti-6Al-4V' are not formulas"
    return f"unexpected {character!r}"


def _merge(terms: list, outermost: bool = False) -> dict[str, float]:
    """Multiply brackets out and add repeated elements."""
    has_bracket = any(not isinstance(content, str) for content, _ in terms)
    outer_sum = sum(amount for _, amount in terms)
    are_shares = outermost and has_bracket and any(math.isclose(outer_sum, whole, rel_tol=1e-4) for whole in (1, 100))
    amounts: dict[str, float] = {}
    for content, amount in terms:
        inner = {content: 1.0} if isinstance(content, str) else _merge(content)
        whole = sum(inner.values()) if are_shares else 1.0
        for symbol, part in inner.items():
            amounts[symbol] = amounts.get(symbol, 0.0) + (amount * part / whole if whole else 0.0)
    return amounts


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
    amounts, stated = _parse(item)
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


def formula(table: pd.DataFrame, digits: int = 4) -> pd.Series:
    """Write each alloy as a formula in at%, elements in alphabetical order; equal amounts are left out.

    Amounts are rounded to ``digits`` places, and an element that rounds to zero is left out: reading the text back
    agrees with the table to that precision.

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
    fraction of a second, 20,000 several, 100,000 minutes.

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

    >>> chemical_system(fractions("Nb40Mo59.5Al0.5"), threshold=0.01).tolist()
    ['Mo-Nb']
    """
    symbols = np.array(sorted(table.columns))
    present = table[symbols].to_numpy() > threshold
    names = ["-".join(symbols[row]) for row in present]
    return pd.Series(names, index=table.index, name="chemical_system", dtype=object)
