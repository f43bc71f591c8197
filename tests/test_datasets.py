"""The curated tables keep the promises of their cards."""

import re

import numpy as np
import pandas as pd
import pytest

from hea_lib import alloys, datasets
from hea_lib.errors import UnknownNameError

ALLOY_TABLES = [datasets.load_refractory(films=True), datasets.load_phases(films=True), datasets.load_zeng2024()]


@pytest.mark.parametrize("table", ALLOY_TABLES, ids=["refractory", "phases", "zeng2024"])
def test_fractions_sum_to_one_and_the_name_says_the_same(table):
    fractions = alloys.validate(datasets.composition(table), tolerance=1e-9)
    named = alloys.fractions(table["alloy"]).reindex(columns=fractions.columns, fill_value=0.0)
    assert (
        np.abs(named.to_numpy() - fractions.to_numpy()).max() < 5e-5
    )  # eleven elements at three decimals of a percent
    assert (fractions.to_numpy().max(axis=0) > 0).all()  # no empty column


def test_refractory_alloys_keep_the_rules():
    table = datasets.load_refractory()
    fractions = datasets.composition(table)
    values = fractions.to_numpy()
    entropy = -(values * np.log(np.where(values > 0, values, 1))).sum(axis=1)
    assert 420 <= len(table) <= 460  # about 440
    assert (values > 0).sum(axis=1).min() >= 3
    assert entropy.min() >= 1 - 1e-9
    assert fractions["Al"].max() <= 0.5
    assert len(np.unique(alloys.group(fractions, 0.01))) >= len(table) - 10
    assert table["alloy"].is_unique


def test_films_are_an_option_and_never_change_the_bulk_rows():
    for load in (datasets.load_refractory, datasets.load_phases):
        bulk, both = load(), load(films=True)
        pd.testing.assert_frame_equal(bulk, both[~both["thin_film"]].reset_index(drop=True))
        assert both["thin_film"].sum() > 200


def test_phases_are_balanced_sourced_and_consistent_with_their_votes():
    table = datasets.load_phases()
    assert len(table) >= 1000
    assert 0.4 < table["single_phase"].mean() < 0.6
    assert (table["dois"] != "").all()
    assert ((datasets.composition(table) > 0).sum(axis=1) >= 5).mean() > 0.5
    agreed = table[table["rule"] == "agreed"]
    assert (agreed["single_phase"] == (agreed["n_single"] > 0)).all()
    assert not agreed["conflict"].any()
    assert table.loc[table["rule"] != "agreed", "conflict"].all()
    films = datasets.load_phases(films=True).query("thin_film")
    assert films["single_phase"].mean() > 0.99  # a film is no evidence for bulk


def test_conflicting_reports_stay_visible():
    for row in datasets.load_phases().query("conflict").itertuples():
        seen = set(datasets.reports_of(row.alloy)["phases"])
        assert set(row.phases.split(";")) <= seen


def test_the_published_split_leaks_as_described():
    table = datasets.load_zeng2024()
    fractions = datasets.composition(table)
    test, labelled = table["split"] == "test", table["split"] == "labelled"
    same = alloys.identity(fractions, 1e-6)
    system = alloys.chemical_system(fractions)
    assert same[test].isin(same[labelled]).sum() == 2
    assert system[test].isin(system[labelled]).sum() == 106
    binary = (fractions > 0).sum(axis=1) == 2
    assert binary.sum() == 525
    assert round(table.loc[binary, "single_phase"].mean(), 2) == 0.82
    assert round(table.loc[(fractions > 0).sum(axis=1) >= 5, "single_phase"].mean(), 2) == 0.29
    assert table["duplicate"].sum() == 4


def test_two_phase_tables_agree_in_about_85_percent():
    table = datasets.phase_agreement()
    assert table["alloy"].is_unique
    assert len(table) > 300
    assert 0.8 < table["agree"].mean() < 0.9
    assert (table["agree"] == (table["ours"] == table["zeng2024"])).all()


def test_measurements_narrow_down():
    everything = datasets.load_measurements(films=True, copies=True, bounds=True)
    assert set(everything["duplicate_of"]) - {""} <= set(everything["report"])
    strength = datasets.load_measurements("yield_strength", test="compression", room_temperature=True)
    assert strength["yield_strength_MPa"].between(1, 5000).all()
    assert (strength["test"] == "compression").all()
    assert strength["temperature_K"].dropna().between(*datasets.ROOM_TEMPERATURE).all()
    assert (strength["duplicate_of"] == "").all()
    assert not strength["thin_film"].any()
    alloys.validate(datasets.composition(strength))
    assert len(datasets.load_measurements("elongation", bounds=True)) > len(datasets.load_measurements("elongation"))
    assert "density_g_cm3" in datasets.load_measurements("density")
    assert "elongation_percent" in datasets.load_measurements("elongation")


def test_a_selection_without_a_measurement_is_an_empty_table_of_the_same_columns():
    none, some = datasets.load_measurements("hardness", test="tension"), datasets.load_measurements("hardness")
    assert none.empty and not some.empty
    assert list(none) == [column for column in some if column not in datasets.composition(some)]


def test_a_known_measurement_is_found_in_every_compilation():
    reports = datasets.reports_of("Al0.25MoNbTiV")
    strength = reports[(reports["property"] == "yield_strength") & (reports["value"] == 1250)]
    assert {"mpea", "couzinie", "psu"} <= set(strength["source"])
    measured = datasets.load_measurements("yield_strength")
    assert (measured["report"].isin(strength["report"])).sum() == 1  # its copies are marked


@pytest.mark.parametrize("spelling", ["CoCrFeMnNi", "NiMnFeCrCo", "Co20Cr20Fe20Mn20Ni20", "Co0.2Cr0.2Fe0.2Mn0.2Ni0.2"])
def test_reports_are_found_however_the_formula_is_written(spelling):
    assert len(datasets.reports_of(spelling)) == len(datasets.reports_of("CrMnFeCoNi")) > 100


def test_results_are_found_by_name_and_say_what_made_them():
    assert datasets.results() == sorted(datasets.results()) and "refractory-baselines" in datasets.results()
    for name in datasets.results():
        table = datasets.load_results(name)
        assert len(table) and table[["versions", "machine", "date"]].notna().all(axis=None)


TEXT = {
    "alloy", "composition", "doi", "dois", "duplicate_of", "file", "formula", "kind", "phases", "processing",
    "property", "published_split", "reference", "report", "rule", "source", "sources", "split", "test", "unit",
}  # fmt: skip


@pytest.mark.parametrize("name", datasets.names())
def test_text_is_never_missing_and_nothing_else_is_text(name):
    table = datasets.load(name)
    assert {column for column in table if table[column].map(type).eq(str).all()} == TEXT & set(table)


def test_options_are_those_of_the_table():
    pd.testing.assert_frame_equal(
        datasets.load("measurements", name="hardness", films=True), datasets.load_measurements("hardness", films=True)
    )


def test_types_are_stable():
    reports = datasets.load_reports()
    assert str(reports["year"].dtype) == "Int64"
    assert reports["thin_film"].dtype == bool
    for column in ("doi", "reference", "phases", "processing", "property", "unit"):
        assert reports[column].map(type).eq(str).all()


def test_coverage_counts_what_was_measured_and_shows_the_voids():
    table = datasets.coverage()
    assert table.index.is_unique
    assert (table >= 0).all(axis=None)
    assert (table.sum(axis=1) > 0).all()
    assert (table == 0).to_numpy().mean() > 0.9
    assert "fracture_toughness" not in table  # what refractory alloys are designed for, nobody compiled
    hard = datasets.load_measurements("hardness", bounds=True)
    assert table["hardness"].sum() == len(hard)


@pytest.mark.parametrize("name", datasets.names())
def test_every_card_names_every_column_and_its_source(name):
    text = datasets.card(name)
    table = datasets.load(name)
    described = set(re.findall(r"`(\w+)`", text))
    elements = set(datasets.composition(table))
    assert set(table.columns) - elements <= described
    options = {"films": True, "copies": True, "bounds": True} if name == "measurements" else {}
    assert f"{len(datasets.load(name, **options)):,}" in text
    for word in ("licence", "cite", "rows"):
        assert word in text.lower()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.load("refractori"), "unknown dataset 'refractori'; did you mean 'refractory'"),
        (lambda: datasets.card("phase"), "unknown dataset 'phase'; did you mean 'phases'"),
        (lambda: datasets.load_measurements("hardnes"), "unknown measured property 'hardnes'; did you mean 'hardness'"),
        (lambda: datasets.load_measurements(test="bending"), "unknown test 'bending'"),
        (lambda: datasets.load("mos2", films=True), "unknown option of mos2 'films'; known: none"),
        (lambda: datasets.load("phases", film=True), "unknown option of phases 'film'; did you mean 'films'"),
        (lambda: datasets.load_results("refractory-baseline"), "'refractory-baseline'; did you mean 'refractory-basel"),
        (lambda: datasets.raw_examples("film"), "unknown trap 'film'; did you mean 'thin film'"),
    ],
)
def test_unknown_names_come_with_the_near_ones(call, message):
    with pytest.raises(UnknownNameError, match=re.escape(message)):
        call()
