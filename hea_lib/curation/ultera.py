"""Read the contributions to ULTERA, which look like CSV and are not.

Free text holds commas and line breaks without quotes, so a CSV reader shifts some four hundred rows, and shifts
those of one file without a word. What never moves is the right-hand end of a row: the ``Source`` field, and the seven
fields from it to the DOI. A row is therefore read from both ends, and the free text is what remains between.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..errors import RawDataError
from .log import Entry

COLUMNS = (
    "id", "composition", "structure", "processing", "comment", "name", "source",
    "parameters", "temperature", "value", "uncertainty", "unit", "pointer", "doi",
)  # fmt: skip
SOURCES = ("EXP", "DFT", "None")  # measured, calculated, phase report without a property
WIDTH, BEFORE_COMMENT, AFTER_SOURCE = len(COLUMNS), 4, 7

_NUMBER = re.compile(r"None|[-+]?\d*\.?\d+(e[-+]?\d+)?", re.IGNORECASE)
_REFERENCE = re.compile(r"10\.\d{4,}/\S+|[A-Z][a-z]+_\d{4}_\w+")  # a DOI, or ULTERA's key of a paper without one


class Row(NamedTuple):
    """One raw row: its file, the line on which it begins, and its fields by name."""

    file: str
    line: int
    fields: dict[str, str]


def rows(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield ``(line, row, joined)``: a row broken by a line feed in its free text is joined with its remainder.

    Example:
        >>> broken = "1,NbTi,BCC,AC,melted then" + chr(10) + "annealed,hardness,EXP,None,298,1e9,None,Pa,F1,10.1016/j.x"
        >>> [(line, joined) for line, _, joined in rows(broken)]
        [(1, True)]
    """
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        row, first = lines[number], number + 1
        number += 1
        rest = lines[number] if number < len(lines) else ""
        if row.count(",") < WIDTH - 1 and rest.count(",") < WIDTH - 1 <= (row + rest).count(","):
            yield first, f"{row} {rest}", True
            number += 1
        elif row.strip():
            yield first, row, False


def realign(row: str) -> dict[str, str]:
    """Fields of a row by name, however many commas its comment holds.

    Raises:
        RawDataError: no ``Source`` field is followed by numbers and a reference where they belong.

    Example:
        >>> fields = realign("1,NbTi,BCC,A,rolled, then annealed,hardness,EXP,None,298,1e9,None,Pa,F1,10.1016/j.x")
        >>> fields["comment"], fields["name"], fields["value"]
        ('rolled, then annealed', 'hardness', '1e9')
    """
    fields = [field.strip() for field in row.split(",")]
    anchor = len(fields) - AFTER_SOURCE - 1
    if anchor < BEFORE_COMMENT + 2:
        raise RawDataError(f"{len(fields)} fields instead of {WIDTH}")
    if fields[anchor] not in SOURCES:
        raise RawDataError(f"{fields[anchor]!r} where one of {', '.join(SOURCES)} belongs")
    comment = ", ".join(fields[BEFORE_COMMENT : anchor - 1])
    named = dict(zip(COLUMNS, [*fields[:BEFORE_COMMENT], comment, *fields[anchor - 1 :]], strict=True))
    for column in ("temperature", "value", "uncertainty"):
        if not _NUMBER.fullmatch(named[column]):
            raise RawDataError(f"{named[column]!r} is no {column}")
    if not _REFERENCE.fullmatch(named["doi"]):
        raise RawDataError(f"{named['doi']!r} is no DOI")
    return named


def read_file(path: Path) -> tuple[list[Row], list[Entry]]:
    """Rows of one contribution and the log of what was repaired or refused in it."""
    header, _, body = path.read_text(encoding="utf-8-sig").partition("\n")
    if header.count(",") != WIDTH - 1:
        raise RawDataError(f"{path} does not begin with the {WIDTH} column names of ULTERA")
    good: list[Row] = []
    log: list[Entry] = []
    for number, row, joined in rows(body):
        line = number + 1  # the header is line 1
        try:
            fields = realign(row)
        except RawDataError as error:
            log.append(Entry("ultera", path.name, line, "refused", "row cannot be re-anchored", str(error)))
            continue
        good.append(Row(path.name, line, fields))
        surplus = row.count(",") - (WIDTH - 1)
        if joined:
            log.append(Entry("ultera", path.name, line, "repaired", "broken row joined", "line feed in free text"))
        elif surplus:
            reason = f"{surplus} unquoted comma{'s' * (surplus > 1)} in the comment"
            log.append(Entry("ultera", path.name, line, "repaired", "shifted row re-anchored", reason))
    return good, log


def read(folder: Path) -> tuple[list[Row], list[Entry]]:
    """Rows of all contributions in a folder, in the order of their names.

    Raises:
        RawDataError: the folder is missing or holds no CSV file.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise RawDataError(f"no ULTERA contribution (*.csv) in {folder}; set HEA_RAW_DATA to the raw data folder")
    parts = [read_file(path) for path in files]
    return [row for good, _ in parts for row in good], [entry for _, log in parts for entry in log]
