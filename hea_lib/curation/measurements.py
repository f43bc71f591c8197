"""Measured mechanical properties, with copies of one measurement in several compilations marked."""

from collections import defaultdict

import pandas as pd

from .log import Count

PROPERTIES = (
    "hardness", "nanohardness", "yield_strength", "ultimate_strength", "fracture_strength", "elongation",
    "plastic_elongation", "youngs_modulus", "density",
)  # fmt: skip
VALUE_DIGITS = 3  # significant digits to which copies of one value agree
SAME_TEMPERATURE = 3.0  # [K] 295 and 298 K are both room temperature

_COLUMNS = [
    "report", "alloy", "material", "property", "value", "unit", "uncertainty", "kind", "test", "temperature_K",
    "processing", "phases", "thin_film", "duplicate_of", "source", "doi", "year",
]  # fmt: skip


def build(reports: pd.DataFrame) -> tuple[pd.DataFrame, list[Count]]:
    """One row a measured value; a copy names the report that it repeats."""
    chosen = reports[reports["property"].isin(PROPERTIES) & (reports["kind"] != "calculated")]
    table = chosen.rename(columns={"composition": "alloy"})
    table["duplicate_of"] = _originals(table)
    copies = table["duplicate_of"] != ""
    log = [Count("measurements", "", "excluded", "calculated, not measured", int(
        (reports["property"].isin(PROPERTIES) & (reports["kind"] == "calculated")).sum()), "reports", "")]  # fmt: skip
    for source, number in copies.groupby(table["source"]).sum().items():
        log.append(Count("measurements", source, "marked", "copy of an earlier report", int(number), "reports",
                         f"same alloy, property, test, temperature and value to {VALUE_DIGITS} digits"))  # fmt: skip
    log.append(Count("measurements", "", "kept", "all", len(table), "reports", f"{int((~copies).sum())} distinct"))
    return table[_COLUMNS].reset_index(drop=True), log


def _originals(table: pd.DataFrame) -> list[str]:
    """For each row the report that it repeats, or nothing; sources stand in order of their detail.

    A test, temperature, state or paper that one of the two does not name agrees with any: copies leave things out.
    Two rows of one source that name different states or papers are two measurements; across sources they are spelt
    differently, and only test and temperature are compared.
    """
    firsts = defaultdict(list)
    originals = []
    for row in table.itertuples():
        same = firsts[row.material, row.property, f"{row.value:.{VALUE_DIGITS - 1}e}"]
        match = next((first for first in same if _agree(first, row)), None)
        originals.append(match.report if match else "")
        if match is None:
            same.append(row)
    return originals


def _agree(first, row) -> bool:
    compared = ("test", "processing", "doi") if first.source == row.source else ("test",)
    said = ((getattr(first, name), getattr(row, name)) for name in compared)
    if any(one and other and one != other for one, other in said):
        return False
    return not abs(first.temperature_K - row.temperature_K) > SAME_TEMPERATURE  # a missing temperature is NaN
