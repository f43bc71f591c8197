"""Facts of the chemical elements: one table, each column with its unit and its source.

What a source does not give stays empty (NaN). A calculation that meets an empty cell stops and names the element;
nothing is ever filled with zero or with an average.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from . import _resources
from .errors import MissingPropertyError, UnknownElementError, UnknownNameError

_ENTHALPIES = {"takeuchi2005": "mixing_enthalpy", "zeng2024": "zeng_mixing_enthalpy"}
_PERIODS = (
    "H He",
    "Li Be B C N O F Ne",
    "Na Mg Al Si P S Cl Ar",
    "K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr",
    "Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe",
    "Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu",
    "Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn",
    "Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr",
    "Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og",
)
SYMBOLS: tuple[str, ...] = tuple(symbol for period in _PERIODS for symbol in period.split())
"""The 118 symbols in the order of the atomic number; in code, because reading a formula must not need a file."""


@lru_cache(maxsize=1)
def _table() -> pd.DataFrame:
    return _resources.read_csv("elements.csv").set_index("symbol")


@lru_cache(maxsize=1)
def _columns() -> pd.DataFrame:
    return _resources.read_csv("element-columns.csv").set_index("column")


@lru_cache(maxsize=2)
def _pairs(source: str) -> pd.DataFrame:
    """Symmetric table of pair mixing enthalpies, NaN where the source has no value, zero on the diagonal."""
    if source not in _ENTHALPIES:
        raise UnknownNameError.of("source of mixing enthalpies", source, _ENTHALPIES)
    pairs = _resources.read_csv("mixing-enthalpy.csv").dropna(subset=_ENTHALPIES[source])
    known = sorted(set(pairs.element_1) | set(pairs.element_2), key=SYMBOLS.index)
    square = pd.DataFrame(np.nan, index=known, columns=known)
    place = {symbol: i for i, symbol in enumerate(known)}
    rows, cols = pairs.element_1.map(place).to_numpy(), pairs.element_2.map(place).to_numpy()
    values = square.to_numpy(copy=True)
    values[rows, cols] = values[cols, rows] = pairs[_ENTHALPIES[source]].to_numpy()
    np.fill_diagonal(values, 0.0)
    return pd.DataFrame(values, index=known, columns=known)


def table() -> pd.DataFrame:
    """Every fact we hold, one row an element (indexed by symbol), one column a property; units in :func:`columns`.

    Example:
        >>> table().loc["W", ["atomic_number", "melting_temperature"]].tolist()
        [74.0, 3687.15]
    """
    return _table().copy()


def columns() -> pd.DataFrame:
    """Label, unit, primary source and DOI of each column of :func:`table`, indexed by column name.

    Example:
        >>> columns().loc["atomic_mass", "unit"]
        'g/mol'
    """
    return _columns().copy()


def values(symbols: Sequence[str], name: str) -> np.ndarray:
    """One property for the given elements, as float64 ``(n_elements,)``; its unit is in :func:`columns`.

    Raises:
        UnknownElementError: a symbol that is no element.
        UnknownNameError: a property that the table does not have.
        MissingPropertyError: elements for which no source gives the property; all of them are named.

    Example:
        >>> values(["Ti", "Ni"], "valence_electrons").tolist()
        [4.0, 10.0]
    """
    facts = _table()
    if name not in facts.columns or not pd.api.types.is_numeric_dtype(facts[name]):
        raise UnknownNameError.of("element property", name, facts.select_dtypes("number").columns)
    _check_symbols(symbols)
    found = facts[name].reindex(list(symbols)).to_numpy(dtype=float, na_value=np.nan)
    lacking = [symbol for symbol, value in zip(symbols, found, strict=True) if np.isnan(value)]
    if lacking:
        raise MissingPropertyError(f"no {name} is known for {', '.join(lacking)}; leave these elements out")
    return found


def mixing_enthalpy(symbols: Sequence[str], source: str = "takeuchi2005") -> np.ndarray:
    r"""Mixing enthalpy of every pair of elements in an equimolar liquid [kJ/mol], ``(n_elements, n_elements)``.

    Invariants: $H_{ij} = H_{ji}$ and $H_{ii} = 0$.

    Args:
        symbols: elements, ``(n_elements,)``.
        source: ``"takeuchi2005"``, or ``"zeng2024"`` for the other values behind the features of Zeng et al.

    Raises:
        UnknownElementError: a symbol that is no element. UnknownNameError: no such source.
        MissingPropertyError: pairs that Miedema's model was not evaluated for.

    References:
        Takeuchi and Inoue, Mater. Trans. 46, 2817 (2005), doi:10.2320/matertrans.46.2817

    Example:
        >>> mixing_enthalpy(["Al", "Ni"]).tolist()
        [[0.0, -22.0], [-22.0, 0.0]]
    """
    square = known_mixing_enthalpy(symbols, source)
    if np.isnan(square).any():
        culprits = ", ".join(unknown_pairs(symbols, source))
        raise MissingPropertyError(f"no mixing enthalpy is known for {culprits}; leave these elements out")
    return square


def known_mixing_enthalpy(symbols: Sequence[str], source: str = "takeuchi2005") -> np.ndarray:
    """As :func:`mixing_enthalpy`, with NaN instead of an error in the rows and columns of elements that lack it.

    Raises:
        UnknownElementError: a symbol that is no element.
    """
    _check_symbols(symbols)
    return _pairs(source).reindex(index=list(symbols), columns=list(symbols)).to_numpy()


def unknown_pairs(symbols: Sequence[str], source: str = "takeuchi2005") -> list[str]:
    """What lacks a mixing enthalpy: elements without any (``'He'``), then single pairs of others (``'Th-U'``)."""
    unknown = np.isnan(known_mixing_enthalpy(symbols, source))
    alone = unknown.diagonal()
    rows, cols = np.nonzero(np.triu(unknown & ~alone[:, None] & ~alone))
    return [s for s, bad in zip(symbols, alone, strict=True) if bad] + [
        f"{symbols[i]}-{symbols[j]}" for i, j in zip(rows, cols, strict=True)
    ]


def _check_symbols(symbols: Sequence[str]) -> None:
    """Refuse what is no element, naming the first culprit."""
    for symbol in symbols:
        if symbol not in _KNOWN:
            raise UnknownElementError(f"{symbol!r} is no chemical element; expected a symbol such as 'Fe'")


_KNOWN = frozenset(SYMBOLS)
