"""From reports to materials: which reports speak of one alloy, and what a row about that alloy says of its origin."""

import numpy as np
import pandas as pd

from .. import alloys


def merge(reports: pd.DataFrame, fractions: pd.DataFrame, tolerance: float) -> pd.Series:
    """Number of the material of each report; bulk alloys are grouped first, so that films never move a bulk alloy.

    A film within ``tolerance`` [atomic fraction] of a bulk alloy is a report of that alloy; the others are grouped
    among themselves, and numbered on.
    """
    bulk = ~reports["thin_film"]
    material = pd.Series(-1, index=reports.index)
    material[bulk] = group(fractions[bulk], tolerance)
    leaders = representatives(fractions[bulk], material[bulk])
    films = fractions[~bulk]
    distance = np.abs(films.to_numpy()[:, None] - leaders.to_numpy()).max(axis=2)
    near = distance.min(axis=1, initial=np.inf) <= tolerance
    if near.any():
        material[films.index[near]] = leaders.index[distance.argmin(axis=1)[near]]
    alone = films[~near]
    material[alone.index] = group(alone, tolerance) + len(leaders)
    return material


def group(fractions: pd.DataFrame, tolerance: float) -> pd.Series:
    """:func:`alloys.group` of a table in which the same rows come again and again."""
    copy = fractions.groupby(list(fractions.columns), sort=False).ngroup()
    first = ~copy.duplicated()
    numbers = pd.Series(alloys.group(fractions[first], tolerance), index=copy[first])
    return pd.Series(numbers.loc[copy].to_numpy(), index=fractions.index)


def representatives(fractions: pd.DataFrame, material: pd.Series) -> pd.DataFrame:
    """Fractions that stand for each material: the most often reported ones, and of those the first in order."""
    columns = list(fractions.columns)
    rounded = fractions.round(9)  # one alloy written in two ways differs in the last bits
    table = fractions.assign(_material=material, _times=rounded.groupby(columns)[columns[0]].transform("size"))
    table = table.assign(**{f"_{symbol}": rounded[symbol] for symbol in columns})
    order = ["_material", "_times", *(f"_{symbol}" for symbol in columns)]
    ordered = table.sort_values(order, ascending=[True, False] + [False] * len(columns), kind="stable")
    return ordered.drop_duplicates("_material").set_index("_material")[columns].rename_axis(None)


def is_computed(reports: pd.DataFrame) -> pd.Series:
    """Whether a report is a calculation, which assumes a structure and never saw it.

    In MPEA, calculated values stand in rows of experiments, so only ULTERA's calculations count.
    """
    return (reports["source"] == "ultera") & (reports["kind"] == "calculated")


def provenance(reports: pd.DataFrame, material: pd.Series) -> pd.DataFrame:
    """Number of reports, sources, DOIs and first known year of each material, and whether it was ever made in bulk."""
    row = reports["source"] + reports["file"] + reports["line"].astype(str)  # one row may report several properties
    table = reports.assign(material=material, row=row, computed=is_computed(reports)).groupby("material").agg(
        n_reports=("row", "nunique"),
        sources=("source", _joined),
        dois=("doi", _joined),
        first_year=("year", "min"),
        thin_film=("thin_film", "all"),
        computed_only=("computed", "all"),
    )  # fmt: skip
    return table.astype({"first_year": "Int64"}).rename_axis(None)


def named(table: pd.DataFrame, symbols: list[str]) -> pd.DataFrame:
    """Put the formula in front as the name of the alloy, bulk before films, and order rows by composition."""
    table = table.assign(alloy=alloys.formula(table[symbols], digits=3))
    rest = [column for column in table.columns if column not in (*symbols, "alloy")]
    return table.sort_values(["thin_film", "alloy"], ignore_index=True)[["alloy", *rest, *symbols]]


def _joined(texts: pd.Series) -> str:
    return ";".join(sorted({text for text in texts if text}))
