"""All alloy tables of ``data/`` from the raw sources, in the order in which they depend on one another."""

from pathlib import Path

import pandas as pd

from . import examples, measurements, phases, refractory, reports, zeng
from .log import Count, Entry, counts


def build(raw: Path) -> dict[str, pd.DataFrame]:
    """Table by file name.

    Raises:
        RawDataError: the raw folder or one of its files is missing, or is not what it was.
    """
    table, fractions, entries = reports.collect(raw)
    log = [
        Count("reports", source, "kept", "all", int(number), "reports", f"{films} of thin films")
        for source, number, films in _sizes(table)
    ] + counts(entries, "reports")
    undated = int(table["year"].isna().sum())
    log.append(Count("reports", "", "marked", "no year", undated, "reports", "no source gives it and no DOI prints it"))
    refractory_table, more = refractory.build(table, fractions)
    log += more
    phase_table, more = phases.build(table, fractions)
    log += more
    measured, more = measurements.build(table)
    log += more
    zeng_table, more = zeng.build(raw)
    log += more
    return {
        "reports.csv": table,
        "repairs.csv": pd.DataFrame(entries, columns=Entry._fields),
        "refractory.csv": refractory_table,
        "phases.csv": phase_table,
        "measurements.csv": measured,
        "zeng2024.csv": zeng_table,
        "raw-examples.csv": examples.build(raw),
        "curation-log.csv": pd.DataFrame(log, columns=Count._fields),
    }


def _sizes(table: pd.DataFrame):
    for source, own in table.groupby("source"):
        yield source, len(own), int(own["thin_film"].sum())
