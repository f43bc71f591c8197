"""Reference stiffness and toughness: published values, limits, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hea_lib import alloys, elements, mechanics
from hea_lib.errors import CompositionError, MissingPropertyError, UnknownNameError

PALETTE = ["Ti", "Zr", "Hf", "V", "Nb", "Ta", "Cr", "Mo", "W", "Re", "Ru", "Os", "Ir", "Rh", "Al"]
amounts = st.lists(st.floats(0.01, 1), min_size=15, max_size=15)


def table(values) -> pd.DataFrame:
    return alloys.fractions([dict(zip(PALETTE, values, strict=True))], normalize=True)


def test_tungsten_has_the_published_toughness():
    assert mechanics.fracture_toughness(alloys.fractions("W")).iloc[0] == pytest.approx(0.81, abs=0.005)


def test_pure_elements_give_their_own_values():
    pure = pd.DataFrame(np.eye(15), columns=PALETTE)
    for function, name in (
        (mechanics.shear_modulus, "shear_modulus_dft"),
        (mechanics.poisson_ratio, "poisson_ratio_dft"),
        (mechanics.unstable_stacking_fault_energy, "stacking_fault_energy_dft"),
    ):
        assert function(pure).to_numpy() == pytest.approx(elements.values(PALETTE, name))


def test_toughness_follows_rice_by_hand():
    # MoW: G = 132.045 GPa, nu = 0.3006, E = 1.419 J/m2; sqrt(2 G E / (1 - nu)) = 23.147 sqrt(GPa J/m2)
    assert mechanics.fracture_toughness(alloys.fractions("MoW")).iloc[0] == pytest.approx(23.147 * 0.0316228, rel=1e-4)


def test_a_higher_emission_load_is_no_promise_of_ductility():
    brittle, ductile = mechanics.fracture_toughness(alloys.fractions(["W", "HfNbTaTiZr"]).fillna(0.0))
    assert brittle > 3 * ductile  # tungsten cleaves at room temperature, HfNbTaTiZr is rolled cold


def test_at_one_stiffness_binaries_reach_furthest():
    known = elements.values(PALETTE, "shear_modulus_dft")
    rows = [
        {stiff: (amount := (90 - known[i]) / (known[j] - known[i])), soft: 1 - amount}
        for i, soft in enumerate(PALETTE)
        for j, stiff in enumerate(PALETTE)
        if known[i] < 90 < known[j]
    ]
    pairs = alloys.fractions(rows).fillna(0.0)
    mixed = pd.DataFrame(np.random.default_rng(0).dirichlet(np.ones(len(pairs)), 200) @ pairs, columns=pairs.columns)
    reach, inside = (mechanics.fracture_toughness(table) for table in (pairs, mixed))
    assert mechanics.shear_modulus(mixed).to_numpy() == pytest.approx(90)
    assert reach.min() < inside.min() < inside.max() < reach.max()


@given(amounts)
def test_means_stay_between_the_elements(values):
    modulus, known = mechanics.shear_modulus(table(values)).iloc[0], elements.values(PALETTE, "shear_modulus_dft")
    assert known.min() <= modulus <= known.max()
    assert mechanics.fracture_toughness(table(values)).iloc[0] > 0


@given(amounts, st.permutations(PALETTE))
def test_order_of_columns_and_empty_columns_do_not_matter(values, order):
    one = table(values)
    other = one[order].assign(Fe=0.0)  # Fe has no value, and needs none while it is absent
    assert mechanics.fracture_toughness(other).iloc[0] == pytest.approx(mechanics.fracture_toughness(one).iloc[0])


def test_molybdenum_decides_between_the_sources():
    alloy = alloys.fractions("MoW")
    assert mechanics.shear_modulus(alloy, "experiment").iloc[0] == pytest.approx(140.5)
    assert mechanics.shear_modulus(alloy, "debnath2021").iloc[0] == pytest.approx(96.35)


def test_uncertainty_only_where_both_sets_speak():
    marks = mechanics.stacking_fault_sources().mark
    assert set(marks.index) == set(PALETTE)
    assert set(marks[marks == "one source"].index) == {"Cr", "Os", "Ir", "Rh", "Al", "Ru"}
    spread = mechanics.toughness_uncertainty(alloys.fractions(["NbTaV", "NbTaRu", "CrNb"]).fillna(0.0))
    assert spread.iloc[0] > 0
    assert spread.iloc[1:].isna().all()
    one, two = (mechanics.fracture_toughness(alloys.fractions("NbTaV"), source) for source in ("dft", "hu2021"))
    assert spread.iloc[0] == pytest.approx(abs(one.iloc[0] - two.iloc[0]) / 2)


def test_elements_without_a_value_are_named():
    with pytest.raises(MissingPropertyError, match="Fe, Ni"):
        mechanics.shear_modulus(alloys.fractions("FeNiTi"))
    with pytest.raises(MissingPropertyError, match="Cr"):
        mechanics.fracture_toughness(alloys.fractions("CrNb"), "hu2021")
    with pytest.raises(MissingPropertyError, match="Ti"):
        mechanics.shear_modulus(alloys.fractions("TiW"), "debnath2021")


def test_a_negative_barrier_is_refused():
    with pytest.raises(MissingPropertyError, match=r"row 1 .* -0\.465"):
        mechanics.fracture_toughness(alloys.fractions(["W", "Ru"]).fillna(0.0), "hu2021")


def test_unknown_source_and_bad_tables_are_refused():
    with pytest.raises(UnknownNameError, match="'experiment'"):
        mechanics.shear_modulus(alloys.fractions("W"), "experimental")
    with pytest.raises(CompositionError):
        mechanics.shear_modulus(pd.DataFrame({"W": [0.5], "Mo": [0.4]}))
