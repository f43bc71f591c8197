"""Builds the table of the elements and the pair mixing enthalpies from published compilations.

Two inputs are kept by hand in ``data/``: what each column is (``element-columns.csv``) and values typed from books
that no package carries (``elements-literature.csv``). Everything else comes from mendeleev, pymatgen and the raw
folder. A value on which two compilations differ grossly is left empty, except for the few repairs named here.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from .. import _resources, alloys
from ..elements import SYMBOLS
from ..errors import RawDataError
from . import sources

ALLEN_PER_ELECTRONVOLT = 0.169  # Allen's configuration energy [eV] to the Pauling-like scale that the field prints
DISAGREEMENT = 0.05  # relative, between two compilations of density or melting temperature
ELASTIC_MISFIT = 0.20  # relative, of Young's modulus from the one that K and G imply
DIVALENT = {"Eu": 2, "Yb": 2}  # lanthanides that are divalent as metals; the others are counted as trivalent
NONMETALS = ["H", "He", "C", "N", "O", "F", "Ne", "P", "S", "Cl", "Ar", "Se", "Br", "Kr", "I", "Xe", "At", "Rn"]
SUBLIMES = ["As"]  # at ordinary pressure; what the compilations agree on is its triple point, at 3.7 MPa
POLYMORPHS = ["B", "C", "P", "As"]  # sources differ by half or more, and rarely say which form they measured
REPAIRED_BULK, REPAIRED_SHEAR = ["Cr", "Mn", "Sn"], ["Ti", "Lu"]  # see _repaired
MECHANICS = {
    "ground_state": "ground_state", "shear_modulus_dft_GPa": "shear_modulus_dft",
    "poisson_ratio_dft": "poisson_ratio_dft", "usfe_J_per_m2": "stacking_fault_energy_dft",
    "usfe_structure": "stacking_fault_structure", "usfe_hu2021_bcc_J_per_m2": "stacking_fault_energy_hu2021",
    "shear_modulus_experiment_GPa": "shear_modulus_experiment",
}  # fmt: skip
QUOTED_BY_DEBNATH = {"W": 173.0, "Re": 150.0, "Ru": 149.0, "Mo": 19.7, "Hf": 30.4}  # shear moduli [GPa], in their text
ZENG_COLUMNS = {"k": ("bulk_modulus", 1), "vm": ("molar_volume", 2), "tm": ("melting_temperature", 2),
                "vac": ("valence_electrons", 0)}  # fmt: skip


KEPT_BY_HAND = ("element-columns.csv", "elements-literature.csv")


def build(raw: Path) -> dict[str, pd.DataFrame]:
    """Table by file name; the two inputs kept by hand go through unchanged, so that writing registers them.

    Raises:
        RawDataError: the raw folder or one of its files is missing, or is not what it was.
    """
    tables = {name: _by_hand(name, dtype=str, keep_default_na=False) for name in KEPT_BY_HAND}
    return tables | {"elements.csv": facts(raw).reset_index(names="symbol"), "mixing-enthalpy.csv": pairs(raw)}


def _by_hand(name: str, **options) -> pd.DataFrame:
    """An input kept by hand: its checksum is not asked, because whoever edits it rebuilds the tables with it."""
    return pd.read_csv(_resources.folder() / name, **options)


def facts(raw: Path) -> pd.DataFrame:
    """All columns of ``element-columns.csv``, one row an element in the order of the atomic number."""
    first, second = _mendeleev(), _pymatgen()
    literature = _by_hand("elements-literature.csv", index_col="symbol").reindex(SYMBOLS)
    table = first[["name", "group", "atomic_mass", "goldschmidt_radius", "electronegativity_allen"]].copy()
    table.loc[NONMETALS, "goldschmidt_radius"] = np.nan
    table.insert(0, "atomic_number", range(1, len(SYMBOLS) + 1))
    table["metallic_radius"] = literature.metallic_radius
    table["electronegativity_pauling"] = second["X"]
    table["melting_temperature"] = _agreed(first.melting_temperature, second["Melting point"])
    table.loc[SUBLIMES, "melting_temperature"] = np.nan
    table["density"] = _agreed(first.density, second["Density of solid"] / 1000)
    table["molar_volume"] = (table.atomic_mass / table.density).round(3)
    table["bulk_modulus"] = _repaired(literature.bulk_modulus, second["Bulk modulus"], REPAIRED_BULK)
    table["shear_modulus"] = _repaired(literature.shear_modulus, second["Rigidity modulus"], REPAIRED_SHEAR)
    table["youngs_modulus"] = _consistent(second["Youngs modulus"], table.bulk_modulus, table.shear_modulus)
    table["valence_electrons"] = _valence_electrons(first.group, table.atomic_number)
    mechanics = pd.read_csv(sources.require(raw, "elements/mechanics.csv"), index_col="element")
    table = table.join(mechanics.rename(columns=MECHANICS))
    table["shear_modulus_debnath2021"] = pd.Series(QUOTED_BY_DEBNATH)
    table = table.join(_zeng(raw, first.electronegativity, second))
    return table[list(_by_hand("element-columns.csv").column)].rename_axis("symbol")


def pairs(raw: Path) -> pd.DataFrame:
    """Both mixing enthalpies [kJ/mol] of each pair, the lighter element first; stray pairs of At, Po are left out."""
    path = sources.require(raw, "elements/mixing_enthalpy_miedema.tsv")
    table = pd.read_csv(path, sep=r"\s+").set_axis(["element_1", "element_2", "mixing_enthalpy"], axis=1)
    table = _ordered(table[~table[["element_1", "element_2"]].isin(["At", "Po"]).any(axis=1)])
    if table.duplicated(["element_1", "element_2"]).any():
        raise RawDataError(f"{path.name} names a pair of elements twice")
    return _ordered(table.merge(_ordered(_zeng_pairs(raw)), how="outer", on=["element_1", "element_2"]))


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Pairs with the lighter element first, sorted by atomic number."""
    place = np.sort(table[["element_1", "element_2"]].map(SYMBOLS.index).to_numpy(), axis=1)
    table = table.assign(element_1=np.array(SYMBOLS)[place[:, 0]], element_2=np.array(SYMBOLS)[place[:, 1]])
    return table.iloc[np.lexsort(place.T[::-1])].reset_index(drop=True)


def _zeng_pairs(raw: Path) -> pd.DataFrame:
    """Pair enthalpies behind Zeng's mixing enthalpy, where their alloys determine them; they have one decimal."""
    composition, features = _zeng_table(raw)
    rows, cols = np.triu_indices(composition.shape[1], k=1)
    products = 4 * composition.to_numpy()[:, rows] * composition.to_numpy()[:, cols]
    occurs = products.any(axis=0)
    products, rows, cols = products[:, occurs], rows[occurs], cols[occurs]
    _, strengths, directions = np.linalg.svd(products, full_matrices=True)
    free = directions[(strengths > 1e-9 * strengths[0]).sum() :]  # changes of pair values that no alloy feels
    known = np.abs(free).max(axis=0, initial=0) < 1e-9
    found = np.linalg.lstsq(products, features.delta_h_mix, rcond=None)[0].round(1) + 0.0
    complete = ~(products[:, ~known] > 0).any(axis=1)
    if np.abs(products[complete] @ np.where(known, found, 0) - features.delta_h_mix[complete]).max() > 1e-6:
        raise RawDataError("column 'delta_h_mix' of Zeng's table is not a sum over pairs")
    first, second = composition.columns[rows[known]], composition.columns[cols[known]]
    return pd.DataFrame({"element_1": first, "element_2": second, "zeng_mixing_enthalpy": found[known]})


def _mendeleev() -> pd.DataFrame:
    """What mendeleev compiles, in our names and units."""
    from mendeleev.fetch import fetch_table

    table = fetch_table("elements").set_index("symbol").reindex(SYMBOLS)
    points = fetch_table("phasetransitions")
    points = points[points.is_transition.isna()].drop_duplicates("atomic_number").set_index("atomic_number")
    return pd.DataFrame({
        "name": table.name, "group": table.group_id, "atomic_mass": table.atomic_weight, "density": table.density,
        "goldschmidt_radius": table.metallic_radius_c12, "electronegativity": table.en_pauling,
        "electronegativity_allen": (table.en_allen * ALLEN_PER_ELECTRONVOLT).round(3),
        "melting_temperature": points.melting_point.reindex(table.atomic_number).to_numpy(),
    })  # fmt: skip


def _pymatgen() -> pd.DataFrame:
    """What pymatgen compiles, as it names it; texts such as 'no data' become empty."""
    from pymatgen.core import Element

    wanted = ["X", "Atomic radius", "Melting point", "Density of solid", "Bulk modulus",
              "Rigidity modulus", "Youngs modulus"]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one warning per element without a value, which is what we look for
        rows = [{name: Element(symbol).data.get(name) for name in wanted} for symbol in SYMBOLS]
    return pd.DataFrame(rows, index=SYMBOLS).apply(pd.to_numeric, errors="coerce")


def _agreed(value: pd.Series, check: pd.Series) -> pd.Series:
    """Keep a value only where a second compilation confirms it: a gas or a doubtful solid stays empty."""
    return value.where((value / check - 1).abs() <= DISAGREEMENT)


def _repaired(gschneidner: pd.Series, check: pd.Series, symbols: list[str]) -> pd.Series:
    """Gschneidner's moduli, with pymatgen's where only those fit the other moduli, and without polymorphs.

    Young's modulus E = 9 K G / (3 K + G) tells which of two values belongs to the other two moduli. His K of Mn would
    need a negative Poisson ratio, that of Cr overshoots E, that of Sn is twice what E and G imply; his G of Ti is
    too small beside E, that of Lu too large.
    """
    value = gschneidner.copy()
    value[symbols] = check[symbols]
    return value.drop(POLYMORPHS)


def _consistent(youngs_modulus: pd.Series, bulk_modulus: pd.Series, shear_modulus: pd.Series) -> pd.Series:
    """Keep E only where it is that of an isotropic solid with these K and G: E = 9 K G / (3 K + G)."""
    implied = 9 * bulk_modulus * shear_modulus / (3 * bulk_modulus + shear_modulus)
    return youngs_modulus.where((youngs_modulus / implied - 1).abs() <= ELASTIC_MISFIT)


def _valence_electrons(group: pd.Series, atomic_number: pd.Series) -> pd.Series:
    """s + p + d electrons outside the closed shells, never f: the group, less ten from boron's column on."""
    value = group.where(group <= 12, group - 10).where(group < 18)
    value[atomic_number.between(57, 71)] = 3
    value.update(pd.Series(DIVALENT, dtype=float))
    return value.where(atomic_number <= 89).mask(atomic_number == 90, 4)


def _zeng(raw: Path, electronegativity: pd.Series, second: pd.DataFrame) -> pd.DataFrame:
    """Elemental values behind the eight features of Zeng et al., with their mistakes.

    Four features are linear in the composition, so least squares gives the elemental values back. The radii and
    electronegativities are those of two compilations that reproduce the other features.
    """
    composition, features = _zeng_table(raw)
    table = pd.DataFrame(index=composition.columns)
    for feature, (name, digits) in ZENG_COLUMNS.items():
        found = np.linalg.lstsq(composition, features[feature], rcond=None)[0].round(digits)
        if np.abs(composition @ found - features[feature]).max() > 1e-6:
            raise RawDataError(f"column {feature!r} of Zeng's table is not a mean of elemental values")
        table[f"zeng_{name}"] = found + 0.0  # no negative zero
    table["zeng_radius"] = (second["Atomic radius"] * 100).round(1)
    table["zeng_electronegativity"] = electronegativity
    return table


def _zeng_table(raw: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compositions and features of the 1,807 alloys of Zeng et al."""
    features = pd.read_csv(sources.require(raw, "zeng2024/HEA_feature_engineered.csv"))
    return alloys.fractions(features.Alloys.tolist()), features
