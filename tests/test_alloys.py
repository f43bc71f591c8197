"""Formulas and alloy tables: what the literature writes, what must be refused, and what never may crash."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hea_lib import alloys, elements
from hea_lib.errors import CompositionError, FormulaError, HeaError, UnknownElementError

SYMBOLS = st.sampled_from(elements.SYMBOLS)
AMOUNTS = st.floats(0.01, 100, allow_nan=False).map(lambda value: round(value, 4))
COMPOSITIONS = st.dictionaries(SYMBOLS, AMOUNTS, min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Al0.25MoNbTiV", {"Al": 0.25, "Mo": 1, "Nb": 1, "Ti": 1, "V": 1}),
        ("Ti32.07 Zr27.58", {"Ti": 32.07, "Zr": 27.58}),
        (" Ti 27.72\tZr 39.6 ", {"Ti": 27.72, "Zr": 39.6}),
        ("Al.5Ti1.", {"Al": 0.5, "Ti": 1}),
        ("Al₀.₂₅Ti₂", {"Al": 0.25, "Ti": 2}),
        ("CoCo2", {"Co": 3}),
        ("Al0CoCr", {"Al": 0, "Co": 1, "Cr": 1}),
        ("CoNiO", {"Co": 1, "Ni": 1, "O": 1}),
        ("Mo Nb Re0.5 W (TaC)0.8", {"Mo": 1, "Nb": 1, "Re": 0.5, "W": 1, "Ta": 0.8, "C": 0.8}),
        ("[Ti{Nb2Zr}2]0.5 V", {"Ti": 0.5, "Nb": 2, "Zr": 1, "V": 1}),
    ],
)
def test_reads_formulas_as_the_literature_writes_them(text, expected):
    assert alloys.parse_formula(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Outer amounts that sum to 1 or 100 are shares of the whole: the bracket is normalised first.
        ("(CoCrFe)90Al10", {"Co": 30, "Cr": 30, "Fe": 30, "Al": 10}),
        (
            "(Nb16.67Ti33.33Zr33.33V16.67)0.95Ce0.05",
            {"Nb": 0.158365, "Ti": 0.316635, "Zr": 0.316635, "V": 0.158365, "Ce": 0.05},
        ),
        # Otherwise a bracket is plain stoichiometry.
        ("(TiZrNbTa)24.75 O1", {"Ti": 24.75, "Zr": 24.75, "Nb": 24.75, "Ta": 24.75, "O": 1}),
        ("(Al25 Li25 Mg12.5 Ti37.5)0.95 Sc5", {"Al": 23.75, "Li": 23.75, "Mg": 11.875, "Ti": 35.625, "Sc": 5}),
        ("Ti0.05(MoReRuRh)0.2375", {"Ti": 0.05, "Mo": 0.2375, "Re": 0.2375, "Ru": 0.2375, "Rh": 0.2375}),
    ],
)
def test_brackets_are_shares_or_stoichiometry(text, expected):
    assert alloys.parse_formula(text) == pytest.approx(expected)


def test_the_text_nan_is_sodium_nitride_but_an_empty_cell_is_refused():
    assert alloys.parse_formula("NaN") == {"Na": 1, "N": 1}
    with pytest.raises(FormulaError, match="not float"):
        alloys.fractions(pd.Series(["TiZr", np.nan]))


def test_agrees_with_pymatgen_on_plain_formulas():
    pymatgen = pytest.importorskip("pymatgen.core")
    for text in ("Al0.25MoNbTiV", "CoCrFeMnNi", "Re0.5MoNbW(TaC)0.8", "Ti6.5Zr3(Nb2Ta)3"):
        composition = pymatgen.Composition(text)
        assert alloys.parse_formula(text) == pytest.approx(composition.get_el_amt_dict())
        ours, theirs = alloys.fractions(text).iloc[0], alloys.fractions(composition).iloc[0]
        assert ours.to_dict() == pytest.approx(theirs.to_dict())


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", FormulaError, "empty formula"),
        ("   ", FormulaError, "empty formula"),
        ("Fe0.5Xx1", UnknownElementError, "no element 'Xx' at position 6"),
        ("AlxCoCr", FormulaError, "variable"),
        ("Ti-6Al-4V", FormulaError, "designations"),
        ("Fe-1", FormulaError, "position 3"),
        ("fe2", FormulaError, "position 1"),
        ("2Fe", FormulaError, "without an element"),
        ("Fe1 2", FormulaError, "without an element"),
        ("Fe1.2.3", FormulaError, "without an element"),
        ("(CoCr", FormulaError, r"ends before '\)'"),
        ("CoCr)2", FormulaError, "was not opened"),
        ("(CoCr]2", FormulaError, "was not opened"),
        ("()2Fe", FormulaError, "empty bracket"),
        ("Fe0", FormulaError, "contains nothing"),
        ("Fe" + "9" * 400, FormulaError, "too large"),
        ("(" * 11 + "Fe" + ")" * 11, FormulaError, "more than 10 brackets"),
        ("Fe" * 1000, FormulaError, "2000 characters"),
        (None, FormulaError, "not NoneType"),
        (3.5, FormulaError, "not float"),
    ],
)
def test_refuses_what_it_cannot_read(text, error, words):
    with pytest.raises(error, match=words):
        alloys.parse_formula(text)


@given(st.text(max_size=60) | st.text("AlCoTi()[]{}.0123456789 x%₂-", max_size=60))
@settings(max_examples=500)
def test_no_text_crashes_the_parser(text):
    try:
        amounts = alloys.parse_formula(text)
    except HeaError:
        return
    assert amounts and all(math.isfinite(value) and value >= 0 for value in amounts.values())


@given(COMPOSITIONS)
def test_formula_round_trip(composition):
    table = alloys.fractions({s: a / sum(composition.values()) for s, a in composition.items()})
    back = alloys.fractions(alloys.formula(table, digits=6)).reindex(columns=table.columns, fill_value=0.0)
    assert np.abs(back.to_numpy() - table.to_numpy()).max() < 1e-7


def test_formulas_of_few_digits_keep_their_zeros():
    table = alloys.fractions(["Mo10Ti90", "Mo20Ti46V3W31", "Mo50Ti49.6W0.4", "Mo33.4Ti33.3W33.3"])
    assert alloys.formula(table, digits=0).tolist() == ["Mo10Ti90", "Mo20Ti46V3W31", "MoTi", "MoTiW"]
    assert alloys.formula(table, digits=1).tolist()[2] == "Mo50Ti49.6W0.4"


def test_units_are_stated():
    by_text = alloys.fractions(["Ti90Al6V4 (wt%)", "Ti90Al6V4 at.%", "Ti90Al6V4"])
    assert by_text.loc[0, "Ti"] == pytest.approx(0.8620, abs=1e-4)  # Ti-6Al-4V: 86.2 at% Ti, 10.2 at% Al, 3.6 at% V
    assert by_text.loc[1, "Ti"] == by_text.loc[2, "Ti"] == pytest.approx(0.9)
    assert alloys.fractions(["Ti90Al6V4"], unit="wt%").equals(by_text.iloc[[0]])


def test_wt_percent_agrees_with_pymatgen():
    pymatgen = pytest.importorskip("pymatgen.core")
    theirs = pymatgen.Composition.from_weight_dict({"Mo": 20, "Nb": 30, "Ta": 50}).fractional_composition
    ours = alloys.fractions({"Mo": 20, "Nb": 30, "Ta": 50}, unit="wt%").iloc[0]
    assert ours.to_dict() == pytest.approx(theirs.get_el_amt_dict(), rel=1e-4)


def test_normalises_only_when_asked():
    with pytest.raises(CompositionError, match="sums to 106, not 100"):
        alloys.fractions(["Ti50Zr50", "Ti56Zr50"], unit="at%")
    with pytest.raises(CompositionError, match=r"row 'b' sums to 0\.9, not 1"):
        alloys.fractions(pd.DataFrame({"Ti": [0.5, 0.4], "Zr": [0.5, 0.5]}, index=["a", "b"]))
    table = alloys.fractions({"Ti": 56, "Zr": 50}, unit="at%", normalize=True)
    assert table.loc[0, "Ti"] == pytest.approx(56 / 106)


def test_keeps_index_and_reads_many_kinds():
    series = pd.Series(["TiZr", "NbTa"], index=["x", "y"])
    assert alloys.fractions(series).index.tolist() == ["x", "y"]
    mixed = alloys.fractions([{"Ti": 0.5, "Zr": 0.5}, "TiZr"])
    assert (mixed.to_numpy() == 0.5).all()
    row = alloys.fractions(pd.Series({"Ti": 0.25, "Zr": 0.75}))
    assert row.to_dict("records") == [{"Ti": 0.25, "Zr": 0.75}]
    assert alloys.fractions(pd.DataFrame({"Ti": [1.0], "Zr": [np.nan]})).loc[0, "Zr"] == 0  # an empty cell is absent
    assert alloys.fractions([]).shape == (0, 0)


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        ({"Ti": [0.5], "Xy": [0.5]}, UnknownElementError, "'Xy'"),
        ({"Ti": [0.5, 1.5], "Zr": [0.5, -0.5]}, CompositionError, "row 1 has Zr = -0.5"),
        ({"Ti": [0.5], "Zr": [np.nan]}, CompositionError, "row 0 has Zr = nan"),
        ({"Ti": [np.inf], "Zr": [0.5]}, CompositionError, "row 0 has Ti = inf"),
        ({"Ti": [0.5], "Zr": [0.4]}, CompositionError, "row 0 sums to 0.9"),
        ({"Ti": ["half"], "Zr": [0.5]}, CompositionError, "'Ti' holds"),
    ],
)
def test_validate_names_the_culprit(table, error, words):
    with pytest.raises(error, match=words):
        alloys.validate(pd.DataFrame(table))


@pytest.mark.parametrize(
    "column",
    [pd.Categorical([0.5]), pd.array(["0.5"], dtype="string"), [0.5 + 0.1j], [True], ["0.5"]],
    ids=["categorical", "string", "complex", "bool", "object"],
)
@pytest.mark.parametrize("read", [alloys.fractions, alloys.validate])
def test_columns_of_anything_but_real_numbers_are_refused_by_name(read, column):
    with pytest.raises(CompositionError, match=r"column 'Ti' holds .*, not real numbers"):
        read(pd.DataFrame({"Ti": column, "Zr": [0.5]}))


@pytest.mark.parametrize("amount", ["abc", "0.5", 0.5 + 0.1j, True, None])
def test_mappings_hold_numbers_only(amount):
    with pytest.raises(CompositionError, match=r"the amount of 'Ti' is .*, not a number"):
        alloys.fractions([{"Zr": 1.0}, {"Ti": amount, "Zr": 0.5}])


def test_nullable_numbers_are_numbers():
    table = pd.DataFrame({"Ti": [1, 1], "Zr": [None, 1]}, dtype="Int64")
    assert alloys.fractions(table, unit="ratio").to_numpy().tolist() == [[1, 0], [0.5, 0.5]]
    with pytest.raises(CompositionError, match="row 0 has Zr = nan"):
        alloys.validate(table)


def test_rows_are_named_as_a_reader_writes_them():
    for index, name in ((pd.Index([9]), "row 9 "), (pd.MultiIndex.from_tuples([("a", 1)]), r"row \('a', 1\) ")):
        with pytest.raises(CompositionError, match=f"^{name}"):
            alloys.validate(pd.DataFrame({"Ti": [0.9]}, index=index))
        with pytest.raises(CompositionError, match=f"^{name}"):
            alloys.fractions(pd.DataFrame({"Ti": [0.9]}, index=index))
        with pytest.raises(CompositionError, match=f"^{name}"):
            alloys.restrict(pd.DataFrame({"Ti": [0.9]}, index=index), ["Zr"])


def test_validate_refuses_other_types_and_repeated_columns():
    with pytest.raises(CompositionError, match="not dict"):
        alloys.validate({"Ti": 1.0})
    with pytest.raises(CompositionError, match="more than once"):
        alloys.validate(pd.DataFrame([[0.5, 0.5]], columns=["Ti", "Ti"]))


def test_bad_arguments_are_named():
    with pytest.raises(CompositionError, match="unknown unit 'ppm'"):
        alloys.fractions("TiZr", unit="ppm")
    with pytest.raises(CompositionError, match="cannot read compositions from int"):
        alloys.fractions(5)
    with pytest.raises(CompositionError, match="sum to zero"):
        alloys.normalize(pd.DataFrame({"Ti": [0.0], "Zr": [0.0]}))
    with pytest.raises(CompositionError, match="element 'Ti' appears more than once"):
        alloys.fractions(pd.Series([0.5, 0.25, 0.25], index=["Ti", "Zr", "Ti"]))
    for tolerance in (0, -0.1, math.nan):
        with pytest.raises(CompositionError, match="steps above zero"):
            alloys.identity(alloys.fractions("TiZr"), tolerance)
    for tolerance in (-0.1, math.nan):
        with pytest.raises(CompositionError, match="zero or more"):
            alloys.group(alloys.fractions("TiZr"), tolerance)


@given(COMPOSITIONS, st.randoms(use_true_random=False), st.floats(0.1, 1000), st.floats(-1, 1))
def test_identity_ignores_order_scale_and_noise(composition, random, scale, noise):
    # Amounts on the grid, so that noise of a fifth of the tolerance cannot cross a grid line.
    steps = {s: max(1, round(a)) for s, a in composition.items()}
    whole = sum(steps.values())
    steps[next(iter(steps))] += -whole % 1000
    total = sum(steps.values())
    table = alloys.fractions({s: n / total for s, n in steps.items()})
    assert total == 1000
    symbols = list(steps)
    random.shuffle(symbols)
    noisy = {s: scale * (steps[s] + 0.2 * noise * (1 if s == symbols[0] else 0)) for s in symbols}
    assert alloys.identity(alloys.normalize(pd.DataFrame([noisy])))[0] == alloys.identity(table)[0]


def test_identity_tells_different_materials_apart():
    keys = alloys.identity(alloys.fractions(["TiZr", "TiZrNb0.1", "Ti49.7Zr50.3", "TiNb"]))
    assert keys.nunique() == 4


def test_group_joins_near_duplicates_in_any_order():
    table = alloys.fractions(["TiZrNb", "Ti33.9Zr33Nb33.1", "Ti30Zr35Nb35", "TiZr", "Ti50.5Zr49.5"])
    numbers = alloys.group(table, tolerance=0.01)
    assert numbers[0] == numbers[1] and numbers[3] == numbers[4] and len(set(numbers)) == 3
    shuffled = table.iloc[[4, 2, 0, 3, 1]][["Zr", "Nb", "Ti"]]
    again = alloys.group(shuffled, tolerance=0.01)
    assert again[[2, 4, 1, 3, 0]].tolist() == numbers.tolist()


def test_group_does_not_chain():
    steps = np.linspace(0.2, 0.3, 21)  # half a per cent apart: single linkage would call all of them one material
    table = pd.DataFrame({"Ti": steps, "Zr": 1 - steps})
    numbers = alloys.group(table, tolerance=0.01)
    spread = table["Ti"].groupby(numbers).agg(np.ptp)
    assert len(spread) > 5 and spread.max() <= 0.02 + 1e-9


def test_restrict_orders_columns_and_refuses_other_elements():
    table = alloys.fractions(["TiZr", "ZrNb"])
    assert alloys.restrict(table, ["Nb", "Zr", "Ti", "Mo"]).columns.tolist() == ["Nb", "Zr", "Ti", "Mo"]
    with pytest.raises(CompositionError, match="row 1 contains Nb"):
        alloys.restrict(table, ["Ti", "Zr"])


def test_restrict_refuses_a_missing_amount_of_another_element_and_repeated_symbols():
    for missing in (np.nan, pd.NA):
        table = pd.DataFrame({"Ti": [1.0, 1.0], "Nb": pd.array([0.0, missing], dtype="Float64")})
        with pytest.raises(CompositionError, match="row 1 contains Nb"):
            alloys.restrict(table, ["Ti"])
    with pytest.raises(CompositionError, match="element 'Ti' appears more than once"):
        alloys.restrict(alloys.fractions("TiZr"), ["Ti", "Zr", "Ti"])


def test_chemical_system_is_alphabetical_and_has_a_threshold():
    table = alloys.fractions(["ZrTiNb", "Nb99.5Ti0.5"])
    assert alloys.chemical_system(table).tolist() == ["Nb-Ti-Zr", "Nb-Ti"]
    assert alloys.chemical_system(table, threshold=0.01).tolist() == ["Nb-Ti-Zr", "Nb"]
