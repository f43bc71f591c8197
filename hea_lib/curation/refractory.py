"""The refractory high-entropy alloys of all reports, by the rules of the cGAN paper's data set."""

import numpy as np
import pandas as pd

from .. import alloys
from . import materials
from .log import Count

PALETTE = ["Al", "Ti", "V", "Cr", "Zr", "Nb", "Mo", "Ru", "Rh", "Hf", "Ta", "W", "Re", "Os", "Ir"]
FEWEST_ELEMENTS = 3
LEAST_ENTROPY = 1.0  # [R]
MOST_ALUMINIUM = 0.5  # every other element of the palette counts as refractory
TOLERANCE = 0.01  # [atomic fraction] within which two compositions are one alloy


def build(reports: pd.DataFrame, fractions: pd.DataFrame) -> tuple[pd.DataFrame, list[Count]]:
    """One row an alloy, and what each rule left out, counted in compositions that differ by more than rounding."""
    passed, log = _rules(fractions)
    chosen = reports[passed]
    inside = fractions.loc[passed, PALETTE]
    material = materials.merge(chosen, inside, TOLERANCE)
    table = materials.provenance(chosen, material).join(materials.representatives(inside, material))
    distinct = alloys.identity(inside).nunique()
    log += [
        Count("refractory", "", "merged", "near-duplicates at 1 at%", distinct - len(table), "alloys",
              "no fraction differs by more than 0.01"),
        Count("refractory", "", "kept", "bulk", int((~table["thin_film"]).sum()), "alloys",
              f"{int(table['computed_only'].sum())} of them only ever calculated"),
        Count("refractory", "", "kept", "thin film only (by option)", int(table["thin_film"].sum()), "alloys", ""),
    ]  # fmt: skip
    return materials.named(table, PALETTE), log


def _rules(fractions: pd.DataFrame) -> tuple[np.ndarray, list[Count]]:
    """Mask of the reports that pass every rule; a composition counts for the first rule that it breaks."""
    values = fractions.to_numpy()
    entropy = -(values * np.log(np.where(values > 0, values, 1.0))).sum(axis=1)
    rules = {
        "an element outside the palette": (fractions.drop(columns=PALETTE) > 0).any(axis=1).to_numpy(),
        f"fewer than {FEWEST_ELEMENTS} elements": (values > 0).sum(axis=1) < FEWEST_ELEMENTS,
        "more than 50 at% aluminium": fractions["Al"].to_numpy() > MOST_ALUMINIUM + 1e-9,
        "mixing entropy below 1 R": entropy < LEAST_ENTROPY - 1e-9,
    }
    names = alloys.identity(fractions)
    passed = np.ones(len(fractions), dtype=bool)
    log = []
    for rule, broken in rules.items():
        number = names[passed & broken].nunique()
        log.append(Count("refractory", "", "excluded", rule, number, "alloys", f"palette: {' '.join(PALETTE)}"))
        passed &= ~broken
    return passed, log
