"""Tables of designs as users write them, and files that are either whole or not there."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from .. import alloys, elements, problems, spaces
from ..errors import HeaError

_SUM_TOLERANCE = 1e-3  # of the fractions in a file


def read(file: Path) -> pd.DataFrame:
    """A CSV table as text, exactly as the user wrote it, rows counted from 1."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.reader(lines))
    except (csv.Error, UnicodeDecodeError) as error:
        raise HeaError(f"{file} is not a CSV table: {error}") from None
    header = [name.strip() for name in rows[0]] if rows else []
    rows = [row for row in rows[1:] if row]
    if not rows:
        raise HeaError(f"{file} has no rows below its header")
    if len(header) == 1 and ";" in header[0]:
        raise HeaError(f"{file} separates its columns by semicolons; write commas")
    repeated = [name for name in header if name and header.count(name) > 1]
    if repeated:
        raise HeaError(f"{file} has more than one column {repeated[0]!r}")
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise HeaError(f"row {number} of {file} has {len(row)} fields, its header {len(header)}")
    return pd.DataFrame(rows, columns=header, index=range(1, len(rows) + 1))


def _numbers(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Some columns as numbers, an empty cell as NaN."""
    text = table[columns].apply(lambda column: column.str.strip())
    values = text.apply(pd.to_numeric, errors="coerce")
    bad = values.isna() & (text != "")
    if bad.to_numpy().any():
        row, column = np.argwhere(bad.to_numpy())[0]
        raise HeaError(f"row {table.index[row]} has {columns[column]} = {text.iloc[row, column]!r}, which is no number")
    return values.astype(float)


def designs(table: pd.DataFrame, problem: problems.InverseProblem) -> pd.DataFrame:
    """The designs in a table from a file; fractions that sum to one within 1e-3 are normalised."""
    known = elements.SYMBOLS if isinstance(problem.space, spaces.Simplex) else problem.space.columns
    columns = [column for column in table.columns if column in known]
    if not isinstance(problem.space, spaces.Simplex):
        return problem.space.check(_numbers(table, columns))
    if not columns:
        raise HeaError(
            f"no column is an element; a design of {problem.name} has a column of atomic fractions for each of "
            f"{', '.join(problem.space.columns)}"
        )
    amounts = _numbers(table, columns).fillna(0.0)
    if amounts.sum(axis=1).between(99, 101).all():
        raise HeaError("the rows sum to 100: write atomic fractions, per cent divided by 100")
    normalized, total = alloys.normalize(amounts), amounts.sum(axis=1)
    off = (total - 1).abs() > _SUM_TOLERANCE
    if off.any():
        raise HeaError(f"row {off.idxmax()} sums to {total[off.idxmax()]:.6g}; atomic fractions sum to one")
    return problem.space.check(normalized)


def require_free(file: Path, table: pd.DataFrame, columns: Iterable[str]) -> None:
    """Say that a table from a file already has a column that shall be added to it."""
    for name in columns:
        if name in table:
            raise HeaError(f"{file} already has a column {name!r}; rename it")


def requested(table: pd.DataFrame, problem: problems.InverseProblem) -> pd.DataFrame | None:
    """The requests in a table that `hea design` wrote; None in any other."""
    columns = {f"requested_{item.column}": item.name for item in problem.targets}
    present = [name for name in columns if name in table]
    return _numbers(table, present).rename(columns=columns) if present else None


class whole_file:
    """A temporary path beside a file, which takes the place of the file only if nothing goes wrong."""

    def __init__(self, out: Path):
        self.out = out.resolve()  # what a link points to is replaced, not the link

    def __enter__(self) -> Path:
        require_folder(self.out)
        if self.out.exists() and not self.out.is_file():
            raise HeaError(f"{str(self.out)!r} is no ordinary file, and nothing else can be replaced by one")
        handle, name = tempfile.mkstemp(dir=self.out.parent, prefix=f".{self.out.name}.")
        os.close(handle)
        self.path = Path(name)
        return self.path

    def __exit__(self, kind, *_) -> None:
        if kind is None:
            self.path.chmod(0o666 & ~_umask())
            self.path.replace(self.out)
        else:
            self.path.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def require_folder(out: Path) -> None:
    """Say that the folder of a file to be written does not exist, or that nothing can be written there."""
    if not out.parent.is_dir():
        raise HeaError(f"folder {str(out.parent)!r} does not exist")
    if not os.access(out.parent, os.W_OK):
        raise HeaError(f"folder {str(out.parent)!r} cannot be written to")
