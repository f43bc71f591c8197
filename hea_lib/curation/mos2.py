"""Strained MoS2: two headerless files of numbers become one table that says what each number is.

Nothing is dropped or rounded: the 368 calculations that were published twice stay, marked, because the published
split of the rows contains them.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import RawDataError
from .sources import require

COLUMNS = ("a", "b", "c", "alpha", "beta", "gamma", "field")
#: First row of each campaign: whole box; whole box without field; mostly half the box; angles of the reference.
CAMPAIGN_STARTS = (0, 4997, 6995, 8799)


def build(raw: Path) -> dict[str, pd.DataFrame]:
    """Build ``mos2.csv`` from the folder of raw sources.

    Raises:
        RawDataError: a file is missing, holds something that is not a number, or does not match the other.
    """
    designs, gap = _read(raw, "mos2/data_x.csv", len(COLUMNS)), _read(raw, "mos2/data_y.csv", 1)
    if len(designs) != len(gap):
        raise RawDataError(f"mos2/data_x.csv has {len(designs)} rows but mos2/data_y.csv {len(gap)}; one gap per cell")
    if len(designs) <= CAMPAIGN_STARTS[-1]:
        raise RawDataError(f"mos2/data_x.csv has {len(designs)} rows, fewer than the four campaigns need; truncated?")
    table = pd.DataFrame(designs, columns=list(COLUMNS)).assign(band_gap=gap)
    duplicate = table.duplicated()  # design and gap: the published doubles agree in both
    return {
        "mos2.csv": table.assign(
            campaign=np.searchsorted(CAMPAIGN_STARTS, np.arange(len(table)), side="right"),
            duplicate=duplicate,
            published_split=_published_split(len(table)),
        )
    }


def _read(raw: Path, name: str, columns: int) -> np.ndarray:
    """Numbers of a headerless file, every digit kept."""
    file = require(raw, name)
    try:
        values = np.loadtxt(file, delimiter=",", ndmin=2)
    except ValueError as error:
        raise RawDataError(f"{name} is not a table of numbers: {error}") from error
    if values.shape[1] != columns:
        raise RawDataError(f"{name} has {values.shape[1]} columns instead of {columns}")
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise RawDataError(f"{name}, line {row + 1}: {values[row].tolist()} holds a value that is no finite number")
    return values


def _published_split(n_rows: int) -> np.ndarray:
    """Train or test for each row, by the call that the authors' code makes."""
    from sklearn.model_selection import train_test_split

    _, test = train_test_split(np.arange(n_rows), test_size=0.2, random_state=0)
    return np.where(np.isin(np.arange(n_rows), test), "test", "train")
