"""The log of the curation: one entry a row dropped, repaired or refused, and the summary that the command prints."""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd


class Entry(NamedTuple):
    """What was done to one raw row, so that nothing is dropped or mended in silence."""

    table: str
    source: str
    file: str
    line: int
    action: str  # 'repaired', 'refused', 'excluded' or 'merged'
    rule: str
    reason: str


def summary(entries: Iterable[Entry]) -> pd.DataFrame:
    """Number of rows per table, source, action and rule, with the reason of the first as example."""
    log = pd.DataFrame(entries, columns=Entry._fields)
    keys = ["table", "source", "action", "rule"]
    counts = log.groupby(keys, sort=False).agg(rows=("line", "size"), example=("reason", "first")).reset_index()
    return counts.sort_values(keys, ignore_index=True)
