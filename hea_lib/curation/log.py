"""The log of the curation: an entry for each raw row mended or refused, a count for each rule that shaped a table."""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd


class Entry(NamedTuple):
    """What was done to one raw row, so that nothing is dropped or mended in silence."""

    source: str
    file: str
    line: int
    action: str  # 'repaired' or 'refused'
    rule: str
    reason: str


class Count(NamedTuple):
    """What one rule did to one table."""

    table: str
    source: str
    action: str  # 'read', 'repaired', 'refused', 'excluded', 'merged', 'marked' or 'kept'
    rule: str
    number: int
    unit: str  # of what the number counts: 'raw rows', 'reports', 'alloys'
    reason: str


def counts(entries: Iterable[Entry], table: str) -> list[Count]:
    """Entries counted by source, action and rule, each with the reason of its first row as an example."""
    log = pd.DataFrame(entries, columns=Entry._fields)
    keys = ["source", "action", "rule"]
    grouped = log.groupby(keys, sort=True).agg(number=("line", "size"), reason=("reason", "first")).reset_index()
    return [
        Count(table, row.source, row.action, row.rule, int(row.number), "raw rows", f"for example: {row.reason}")
        for row in grouped.itertuples()
    ]
