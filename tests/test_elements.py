"""The table of the elements: complete where it must be, honest where it cannot, and never filled."""

import numpy as np
import pytest

from hea_lib import elements
from hea_lib.errors import MissingPropertyError, UnknownElementError, UnknownNameError

PALETTE = ["Ti", "Zr", "Hf", "V", "Nb", "Ta", "Cr", "Mo", "W", "Re", "Ru", "Os", "Ir", "Rh", "Al"]
COMMON = [*PALETTE, "Li", "Mg", "Si", "Sc", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Pd", "Ag", "Sn", "Pt", "Au"]


def test_symbols_stand_at_their_atomic_number():
    assert len(set(elements.SYMBOLS)) == 118
    for symbol, number in {"H": 1, "Fe": 26, "La": 57, "Lu": 71, "Hf": 72, "W": 74, "U": 92, "Og": 118}.items():
        assert elements.SYMBOLS[number - 1] == symbol
    assert elements.table().atomic_number.to_dict() == {s: i + 1 for i, s in enumerate(elements.SYMBOLS)}


def test_symbols_masses_and_electronegativities_agree_with_pymatgen():
    from pymatgen.core import Element

    for symbol in COMMON:
        assert elements.values([symbol], "atomic_mass")[0] == pytest.approx(
            float(Element(symbol).atomic_mass), rel=1e-3
        )
        assert elements.values([symbol], "electronegativity_pauling")[0] == pytest.approx(Element(symbol).X)


def test_every_column_is_described_with_unit_and_source():
    described, table = elements.columns(), elements.table()
    assert list(described.index) == list(table.columns)
    assert described.source.notna().all()
    assert described.label.notna().all()
    numbers = table.select_dtypes("number").columns
    assert described.loc[numbers, "unit"].notna().all()
    assert described.doi.dropna().str.fullmatch(r"10\.\d{4,5}/\S+").all()


@pytest.mark.parametrize(
    "name",
    ["metallic_radius", "electronegativity_pauling", "electronegativity_allen", "melting_temperature", "density",
     "molar_volume", "bulk_modulus", "shear_modulus", "valence_electrons", "zeng_bulk_modulus"],
)  # fmt: skip
def test_the_common_elements_lack_nothing(name):
    assert (elements.values(COMMON, name) > 0).all()


def test_nothing_is_filled_with_zero():
    facts = elements.table().drop(columns=["zeng_bulk_modulus"]).select_dtypes("number")  # Zeng's Cs is zero
    assert not (facts == 0).any().any()
    assert elements.table().loc["He", ["metallic_radius", "bulk_modulus", "valence_electrons"]].isna().all()


def test_isotropic_solids_obey_the_bounds_of_elasticity():
    facts = elements.table()
    bulk, shear = facts.bulk_modulus, facts.shear_modulus
    ratio = (facts.youngs_modulus * (3 * bulk + shear) / (9 * bulk * shear)).dropna()
    assert len(ratio) == facts.youngs_modulus.notna().sum() > 40  # no Young's modulus without the two that check it
    assert ratio.between(0.8, 1.2).all()
    assert facts.youngs_modulus[["Rh", "Zr", "Hf", "Li"]].isna().all()  # compiled values that fit nothing else
    assert (
        (facts.bulk_modulus >= facts.youngs_modulus / 3)
        .loc[facts.youngs_modulus.notna() & facts.bulk_modulus.notna()]
        .all()
    )


@pytest.mark.parametrize(
    ("symbol", "electrons"),
    [("Ti", 4), ("W", 6), ("Mn", 7), ("Ni", 10), ("Cu", 11), ("Zn", 12), ("Al", 3), ("Sn", 4), ("Lu", 3), ("Eu", 2)],
)
def test_valence_electrons_count_s_p_and_d(symbol, electrons):
    assert elements.values([symbol], "valence_electrons") == electrons


def test_repaired_and_wrong_values_are_what_the_card_says():
    facts = elements.table()
    assert facts.melting_temperature["Sn"] == pytest.approx(505.1, abs=0.1)
    assert facts.zeng_melting_temperature["Sn"] == pytest.approx(395.71)  # kept wrong, to reproduce their table
    assert facts.zeng_valence_electrons[["Ta", "W", "Sn"]].tolist() == [19, 20, 14]
    assert facts.bulk_modulus[["Cr", "Mn", "Sn"]].tolist() == [160, 120, 58]
    assert facts.shear_modulus[["Ti", "Lu"]].tolist() == [44, 27]
    assert facts.loc[["B", "C", "P", "As"], ["bulk_modulus", "shear_modulus", "youngs_modulus"]].isna().all(axis=None)
    assert facts.melting_temperature[["C", "As"]].isna().all()  # both sublime
    assert facts.goldschmidt_radius[["H", "He", "N", "S", "Cl", "I"]].isna().all()  # no metals
    assert facts.shear_modulus_debnath2021["Mo"] == 19.7
    assert facts.shear_modulus_dft["Mo"] == 117.49


def test_mechanics_palette_is_complete():
    for name in ("shear_modulus_dft", "poisson_ratio_dft", "stacking_fault_energy_dft", "shear_modulus_experiment"):
        assert (elements.values(PALETTE, name) > 0).all()


def test_missing_property_names_every_element():
    with pytest.raises(MissingPropertyError, match=r"shear_modulus_dft.*Fe, Co"):
        elements.values(["Ti", "Fe", "Co"], "shear_modulus_dft")


def test_unknown_names_are_refused():
    with pytest.raises(UnknownElementError, match="'Xx'"):
        elements.values(["Fe", "Xx"], "atomic_mass")
    with pytest.raises(UnknownNameError, match="did you mean 'atomic_mass'"):
        elements.values(["Fe"], "atomic_mas")
    with pytest.raises(UnknownNameError, match="'name'"):
        elements.values(["Fe"], "name")  # a text is no value
    with pytest.raises(UnknownNameError, match="zeng2024"):
        elements.mixing_enthalpy(["Fe", "Co"], source="zeng")


def test_mixing_enthalpy_is_symmetric_with_an_empty_diagonal():
    square = elements.mixing_enthalpy(COMMON)
    assert np.array_equal(square, square.T)
    assert not square.diagonal().any()
    assert elements.mixing_enthalpy(["Zr", "Ni"])[0, 1] == -49  # Takeuchi and Inoue's table
    assert elements.mixing_enthalpy(["Al", "Ni"], source="zeng2024")[0, 1] == -47.7


def test_unknown_pairs_are_named_elements_first():
    assert elements.unknown_pairs(["Fe", "Th", "U", "He"]) == ["He", "Th-U"]
    with pytest.raises(MissingPropertyError, match="He, Th-U"):
        elements.mixing_enthalpy(["Fe", "Th", "U", "He"])


def test_callers_cannot_spoil_the_shared_table():
    mine = elements.table()
    mine.loc["Fe", "density"] = 0.0
    assert elements.values(["Fe"], "density")[0] > 7
