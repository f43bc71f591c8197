"""The long table of reports: what a paper said of one alloy, one observation a row, from every source alike."""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from .. import alloys
from ..errors import CompositionError, FormulaError
from . import sources
from .log import Entry

COLUMNS = {
    "report": "str", "source": "str", "file": "str", "line": "int64", "doi": "str", "reference": "str", "year": "Int64",
    "formula": "str", "composition": "str", "material": "int64", "processing": "str", "thin_film": "bool",
    "phases": "str", "property": "str", "test": "str", "kind": "str", "value": "float64", "unit": "str",
    "temperature_K": "float64", "uncertainty": "float64",
}  # fmt: skip
PERCENT_SUMS = (50.0, 150.0)  # amounts whose sum lies here were meant as at%, for stoichiometric ratios sum to less
PERCENT_SLACK = 2.0  # [at%] what rounding of five or six printed amounts can explain

TOLERANCE = 0.001  # [atomic fraction] rounding of printed formulas; reports this near speak of one material

_FILM_PROCESSING = {"SD", "MS"}  # sputter deposition, magnetron sputtering
_FILM_WORDS = re.compile(r"sputter|\bfilms?\b|thin-film", re.IGNORECASE)
_YEAR_IN_DOI = (
    re.compile(r"10\.10(?:16|88|80|07|02|63|21|38)/(?:[a-zA-Z.\-]*?|\d+)\.?(19[89]\d|20[012]\d)\.\d"),
    re.compile(r"10\.1002/[a-z]+\.((?:19|20)\d\d)\d{5}"),  # adem.202402021
    re.compile(r"10\.(?:1007|1038|1186)/s\d{5}-(0[012]\d)-"),  # s00339-019-2484-1
    re.compile(r"10\.2320/matertrans\.[A-Z]+(19[89]\d|20[012]\d)\d+"),
    re.compile(r"[A-Z][a-z]+_(19[89]\d|20[012]\d)_\w+"),  # ULTERA's key of a paper without DOI
)


def year_of(doi: str) -> int | None:
    """Year that a DOI prints, for the publishers whose pattern is known; no guess for the others.

    Example:
        >>> year_of("10.1016/j.actamat.2024.119940"), year_of("10.1007/s00339-019-2484-1")
        (2024, 2019)
        >>> year_of("10.3390/ma15238546") is None
        True
    """
    for pattern in _YEAR_IN_DOI:
        if found := pattern.match(doi):
            year = int(found.group(1))
            return year + 2000 if year < 100 else year
    return None


def is_thin_film(processing: str, comment: str = "") -> bool:
    """Whether a report speaks of a deposited film; a file that collects films also holds bulk alloys.

    Example:
        >>> is_thin_film("SD"), is_thin_film("AC", "bulk sample for comparison with thin film one")
        (True, False)
    """
    if _FILM_PROCESSING & {step.strip() for step in processing.split("+")}:
        return True
    return bool(_FILM_WORDS.search(comment)) and "bulk" not in comment.lower()


def check_percent(formula: str) -> None:
    """Refuse a formula printed in at% whose amounts do not sum to 100.

    Raises:
        CompositionError: the sum is near 100 and yet not 100.

    Example:
        >>> check_percent("Ti60Cu14Ni12Sn4Mo12Ta10")
        Traceback (most recent call last):
        hea_lib.errors.CompositionError: 'Ti60Cu14Ni12Sn4Mo12Ta10' sums to 112 at%, not 100
    """
    total = sum(alloys.parse_formula(formula).values())
    low, high = PERCENT_SUMS
    if low < total < high and abs(total - 100) > PERCENT_SLACK:
        raise CompositionError(f"{formula!r} sums to {total:g} at%, not 100")


def collect(raw: Path) -> tuple[pd.DataFrame, pd.DataFrame, list[Entry]]:
    """Reports of all sources, the fractions ``(n_reports, n_elements)`` of each, and what was repaired or refused."""
    records, log = sources.read_all(raw)
    verdicts = {formula: _refusal(formula) for formula in {record["formula"] for record in records}}
    good = []
    for record in records:
        if reason := verdicts[record["formula"]]:
            log.append(Entry(record["source"], record["file"], record["line"], "refused", *reason))
        else:
            good.append(record)
    table = _typed(good)
    unique = alloys.fractions(pd.Series(table["formula"].unique()))
    unique = unique[sorted(unique.columns)]
    position = {text: row for row, text in enumerate(table["formula"].unique())}
    rows = table["formula"].map(position).to_numpy()
    table["composition"] = alloys.formula(unique, digits=3).to_numpy()[rows]
    table["material"] = alloys.group(unique, TOLERANCE)[rows]
    return table, unique.iloc[rows].set_axis(table.index), log


def _refusal(formula: str) -> tuple[str, str] | None:
    """Rule and reason for which a formula is refused, if it is."""
    try:
        check_percent(formula)
    except FormulaError as error:
        return "formula cannot be read", str(error)
    except CompositionError as error:
        return "amounts do not sum to 100 at%", str(error)
    return None


def _typed(records: Iterable[dict]) -> pd.DataFrame:
    """Complete the records: films, years, a running number within each source; columns in our order and types."""
    table = pd.DataFrame(records)
    table["thin_film"] = [is_thin_film(p, c) for p, c in zip(table["processing"], table["comment"], strict=True)]
    printed = table["doi"].where(table["source"] == "ultera", "").map(year_of)  # Couzinié's DOI is the compilation's
    table["year"] = table["year"].fillna(printed)
    table["report"] = table["source"] + ":" + (table.groupby("source").cumcount() + 1).astype(str)
    table = table.assign(composition="", material=-1)  # filled in once fractions are known
    return table[list(COLUMNS)].astype(COLUMNS)
