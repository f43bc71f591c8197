"""Descriptors: invariants, published values, agreement with an independent reference, and what is refused."""

import math
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hea_lib import alloys, datasets, descriptors, elements
from hea_lib.errors import CompositionError, MissingPropertyError, UnknownElementError, UnknownNameError

GAS_CONSTANT = 8.31446261815324
METALS = ["Al", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zr", "Nb", "Mo", "Hf", "Ta", "W"]
amounts = st.dictionaries(st.sampled_from(METALS), st.floats(0.01, 1.0), min_size=2, max_size=8)


def describe(source, names=None, **options) -> pd.DataFrame:
    return descriptors.compute(alloys.fractions(source, normalize=True).fillna(0.0), names, **options)


def reference(alloy: dict[str, float]) -> dict[str, float]:
    """Plain loops over the textbook definitions, for one alloy."""
    total = sum(alloy.values())
    c = {symbol: amount / total for symbol, amount in alloy.items()}
    fact = {symbol: elements.table().loc[symbol] for symbol in c}
    mean = {
        key: sum(c[s] * fact[s][key] for s in c) for key in ("metallic_radius", "melting_temperature", "bulk_modulus")
    }
    radius = mean["metallic_radius"]
    pairs = [(a, b, elements.mixing_enthalpy([a, b])[0, 1]) for a in c for b in c if a < b]
    enthalpy = 4 * sum(h * c[a] * c[b] for a, b, h in pairs)
    entropy = -GAS_CONSTANT * sum(x * math.log(x) for x in c.values())
    volume = sum(c[s] * fact[s].bulk_modulus * fact[s].molar_volume for s in c) / mean["bulk_modulus"]
    angle = [1 - math.sqrt(1 - (radius / (r + radius)) ** 2) for r in sorted(fact[s].metallic_radius for s in c)]
    delta = 100 * math.sqrt(sum(c[s] * (1 - fact[s].metallic_radius / radius) ** 2 for s in c))
    return {
        "mixing_entropy": entropy,
        "size_mismatch": delta,
        "packing_misfit": angle[0] / angle[-1],
        "mixing_enthalpy": enthalpy,
        "mixing_enthalpy_spread": math.sqrt(sum(c[a] * c[b] * (h - enthalpy) ** 2 for a, b, h in pairs)),
        "lowest_pair_enthalpy": min(h for *_, h in pairs),
        "highest_pair_enthalpy": max(h for *_, h in pairs),
        "lambda": entropy / delta**2 if delta else math.inf,
        "omega": mean["melting_temperature"] * entropy / abs(1000 * enthalpy) if enthalpy else math.inf,
        "elastic_strain_energy": sum(
            c[s] * fact[s].bulk_modulus * (fact[s].molar_volume - volume) ** 2 / (2 * fact[s].molar_volume) for s in c
        ),
    }


@settings(max_examples=60, deadline=None)
@given(amounts)
def test_all_descriptors_agree_with_the_textbook_loops(alloy):
    expected = reference(alloy)
    found = describe([alloy], list(expected), threads=1).iloc[0]
    assert found.to_dict() == pytest.approx(expected, rel=1e-6, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(amounts, st.randoms())
def test_order_of_columns_and_empty_columns_do_not_matter(alloy, random):
    table = alloys.fractions([alloy], normalize=True)
    shuffled = table.assign(He=0.0)[random.sample([*table.columns, "He"], table.shape[1] + 1)]
    one, other = descriptors.compute(table), descriptors.compute(shuffled)
    assert other.iloc[0].to_dict() == pytest.approx(one.iloc[0].to_dict(), rel=1e-9, abs=1e-6)


@given(st.integers(2, 15))
def test_equimolar_alloys_have_entropy_r_ln_n(n):
    assert describe("".join(METALS[:n]), ["mixing_entropy"]).iloc[0, 0] == pytest.approx(GAS_CONSTANT * math.log(n))


@pytest.mark.parametrize("symbol", METALS)
def test_a_pure_element_has_no_mismatch(symbol):
    found = describe(symbol).iloc[0]
    zero = ["mixing_entropy", "size_mismatch", "electronegativity_mismatch", "allen_electronegativity_mismatch",
            "mixing_enthalpy", "mixing_enthalpy_spread", "shear_modulus_mismatch"]  # fmt: skip
    assert (found[zero] == 0).all()
    assert found.elastic_strain_energy == pytest.approx(0, abs=1e-9)
    assert found.packing_misfit == 1
    assert found.n_elements == 1
    assert found[["omega", "lambda"]].isna().all()  # zero by zero


@given(st.sampled_from(METALS), st.sampled_from(METALS), st.floats(0.01, 0.99))
def test_mixing_enthalpy_of_a_binary(a, b, share):
    if a != b:
        found = describe([{a: share, b: 1 - share}], ["mixing_enthalpy"]).iloc[0, 0]
        assert found == pytest.approx(4 * elements.mixing_enthalpy([a, b])[0, 1] * share * (1 - share))


@pytest.mark.parametrize(
    ("formula", "name", "value", "within"),
    [
        ("CoCrFeMnNi", "valence_electron_concentration", 8.0, 1e-12),  # Guo et al. 2011
        ("MoNbTaW", "valence_electron_concentration", 5.5, 1e-12),
        ("CoCrFeMnNi", "mixing_enthalpy", -4.16, 1e-9),  # Zhang et al. 2014
        ("CoCrFeNi", "mixing_enthalpy", -3.75, 1e-9),  # Guo et al. 2011
        ("CoCrFeMnNi", "mixing_entropy", 13.38, 0.005),
        ("CoCrFeMnNi", "density", 7.96, 0.08),  # measured 7.96 g/cm3
        ("MoNbTaVW", "density", 12.36, 0.2),  # measured, Senkov et al. 2010
        ("CoCrFeMnNi", "melting_temperature", 1801, 1),
    ],
)
def test_published_values(formula, name, value, within):
    assert describe(formula, [name]).iloc[0, 0] == pytest.approx(value, abs=within)


def test_refractory_means_here_what_it_means_in_the_refractory_problem():
    palette = datasets.composition(datasets.load_refractory()).columns
    pure = pd.DataFrame(np.eye(len(palette)), columns=palette)
    fraction = descriptors.compute(pure, ["refractory_fraction"]).iloc[:, 0]
    assert palette[fraction == 0].tolist() == ["Al"]
    assert describe("FeNiTi", ["refractory_fraction"]).iloc[0, 0] == pytest.approx(1 / 3)


def test_domain_where_nothing_is_gained_or_lost():
    found = describe(["CoNi", "VMn"], ["omega", "lambda"])
    assert np.isinf(found.omega.iloc[0])  # Co-Ni mixes without enthalpy
    assert np.isfinite(found["lambda"]).all()
    assert "infinite" in descriptors.get("omega").domain


@pytest.mark.parametrize("name", descriptors.names())
def test_every_descriptor_is_described(name):
    known = descriptors.get(name)
    assert known.label
    assert known.unit
    assert known.formula
    assert known.doi.startswith("10.")
    assert set(known.needs) <= {*elements.columns().index, "mixing_enthalpy"}
    assert descriptors.catalog().loc[name, "unit"] == known.unit


def test_blocks_and_threads_do_not_change_a_result():
    rng = np.random.default_rng(0)
    values = rng.random((9_000, len(METALS))) * (rng.random((9_000, len(METALS))) < 0.5)
    values[:, 0] += 0.01
    table = pd.DataFrame(values / values.sum(axis=1, keepdims=True), columns=METALS, index=range(7, 9_007))
    one, two = descriptors.compute(table, threads=1), descriptors.compute(table, threads=3)
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(one.iloc[4_000:5_000], descriptors.compute(table.iloc[4_000:5_000]), rtol=1e-9)


def test_more_columns_than_bits_in_a_word():
    facts = elements.table()
    known = [s for s in facts.index if not np.isnan(elements.known_mixing_enthalpy([s])[0, 0])][:70]
    values = 0.5 * np.eye(70) + 0.5 * np.roll(np.eye(70), 1, axis=1)
    found = descriptors.compute(
        pd.DataFrame(values, columns=known), ["n_elements", "lowest_pair_enthalpy"], missing="nan"
    )
    assert (found.n_elements == 2).all()
    expected = [elements.known_mixing_enthalpy([known[i], known[(i + 1) % 70]])[0, 1] for i in range(70)]
    assert found.lowest_pair_enthalpy.to_numpy() == pytest.approx(np.array(expected), nan_ok=True)


def test_memory_beyond_the_table_stays_small():
    table = pd.DataFrame(np.random.default_rng(0).dirichlet(np.ones(15), 100_000), columns=METALS)
    descriptors.compute(table.iloc[:10])
    tracemalloc.start()
    result = descriptors.compute(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < result.to_numpy().nbytes + 3 * table.to_numpy().nbytes


def test_missing_properties_are_named_or_left_empty():
    with pytest.raises(MissingPropertyError, match=r"'melting_temperature' needs .* C;"):
        describe("FeC")
    with pytest.raises(MissingPropertyError, match="Th-U"):
        describe("ThU", ["mixing_enthalpy"])
    found = describe(["FeC", "FeNi"], missing="nan")
    assert np.isnan(found.melting_temperature.iloc[0])
    assert found.density.notna().all()
    assert found.iloc[1].notna().all()


def test_bad_requests_are_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'density'"):
        describe("FeNi", ["densty"])
    with pytest.raises(UnknownNameError, match="known: nan, raise"):
        describe("FeNi", missing="zero")
    with pytest.raises(CompositionError):
        descriptors.compute(pd.DataFrame({"Fe": [0.5], "Ni": [0.6]}))
    with pytest.raises(UnknownElementError):
        descriptors.compute(pd.DataFrame({"Fe": [0.5], "Xx": [0.5]}))
    with pytest.raises(UnknownNameError, match="'guo2013'"):
        descriptors.rules.apply(describe("FeNi"), "guo2012")
    with pytest.raises(UnknownNameError, match="'omega'"):
        descriptors.rules.apply(describe("FeNi", ["density"]), "yang2012")


def test_an_empty_table_gives_an_empty_table():
    found = descriptors.compute(pd.DataFrame({"Fe": [], "Ni": []}, dtype=float))
    assert found.shape == (0, len(descriptors.names()))


def test_rules_on_alloys_whose_answer_everybody_knows():
    known = describe(["CoCrFeMnNi", "MoNbTaW", "Al3Ti", "AlNi"])
    verdict = descriptors.rules.verdicts(known)
    assert verdict.loc[0].all()  # the Cantor alloy passes every rule
    assert verdict.loc[1].drop("yeh2004").all()  # four elements: below 1.5 R
    assert not verdict.loc[3, ["zhang2008", "guo2013"]].any()
    assert descriptors.rules.structure(known).tolist()[:2] == ["fcc", "bcc"]


def test_features_of_zeng_are_reproduced():
    table = datasets.load_zeng2024()
    published = table[["k", "vm", "tm", "vac", "delta", "delta_chi", "delta_s_mix", "delta_h_mix"]]
    found = descriptors.zeng2024(datasets.composition(table), missing="nan")
    assert (found - published).abs().max().max() < 1e-6
    empty = found.isna()
    assert empty.sum().sum() == empty.delta_h_mix.sum() <= 18  # rows that hold one of eleven undetermined pairs


def test_features_of_zeng_name_unknown_pairs_and_elements():
    with pytest.raises(MissingPropertyError, match="Fe-Sn"):
        descriptors.zeng2024(alloys.fractions("FeSn"))
    with pytest.raises(MissingPropertyError, match=r"zeng_(radius|electronegativity).*He"):
        descriptors.zeng2024(alloys.fractions("FeHe"))


def test_figures_say_units_and_draw_every_alloy():
    from hea_lib.figures import descriptors as figures

    known = describe(["CoCrFeMnNi", "MoNbTaW", "AlNi", "CoNi"])
    single = pd.Series([1, 1, 0, 1])
    axes = figures.rule_window(known, single, window=(6.5, -15, 5)).axes[0]
    assert axes.get_xlabel() == "atomic size mismatch [%]"
    assert axes.get_ylabel() == "mixing enthalpy [kJ/mol]"
    assert sorted(len(dots.get_offsets()) for dots in axes.collections) == [1, 3]
    axes = figures.structures(known, pd.Series(["FCC", "BCC", "B2", "FCC"])).axes[0]
    assert sum(bar.get_height() for bar in axes.patches) == 3  # the B2 compound is no solid solution


def test_scores_are_ordered_and_coloured_by_kind():
    from hea_lib.figures import descriptors as figures

    table = pd.DataFrame({"accuracy": [0.8, 0.5, 0.6], "kind": ["trees", "rule", "rule"]}, index=["a", "b", "c"])
    axes = figures.scores(table, chance=0.5).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "c", "a"]
    assert {line.get_label() for line in axes.lines} == {"trees", "rule", "always the commoner answer"}
