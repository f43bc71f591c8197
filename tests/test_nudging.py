"""Nudging: small exchanges within a budget, what may not change, and how it says that it failed."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import alloys, design, problems
from hea_lib.design.exchanges import walk
from hea_lib.errors import CompositionError, HeaError, TargetError, UnsupportedError


@pytest.fixture(scope="module")
def phases():
    return problems.get("single-phase")


@pytest.fixture(scope="module")
def multiphase(phases):
    return phases.designs[phases.properties["single_phase"] == 0].sample(25, random_state=0)


def rich_in(symbol):
    """A predictor whose single phases are the alloys with much of one element."""
    return lambda designs: pd.DataFrame({"single_phase": designs[symbol].clip(0, 1)}, index=designs.index)


pytestmark = pytest.mark.filterwarnings("ignore:.* did not reach")  # asserted where it matters


@pytest.fixture(scope="module")
def nudged(phases, multiphase):
    return design.nudge(phases, phases.forward, multiphase, tries=24, budget=0.2)


def test_alloys_stay_alloys_within_the_budget(phases, multiphase, nudged):
    assert phases.space.contains(nudged.designs).all() and nudged.designs.index.equals(multiphase.index)
    moved = (nudged.designs - multiphase).abs().sum(axis=1) / 2
    assert moved.max() <= 0.2 + 1e-6 and np.allclose(moved, nudged.table["distance"], atol=1e-6)
    small = (nudged.designs > 0) & (nudged.designs < 0.01) & (multiphase == 0)
    assert not small.any().any()  # what enters is no trace


def test_the_predictor_believes_in_what_it_led_to(phases, nudged):
    table = nudged.table
    assert (table["after"] >= table["before"] - 1e-9).all() and table["arrived"].mean() > 0.6
    assert np.allclose(table["after"], phases.forward(nudged.designs)["single_phase"], atol=0.05)
    assert (table["crossing"].dropna() <= table.loc[table["crossing"].notna(), "distance"].max() + 1e-9).all()


def test_the_judge_agrees_more_often_than_it_did_before(phases, multiphase, nudged):
    before, after = (phases.judge(table)["single_phase"].mean() for table in (multiphase, nudged.designs))
    assert after > before + 0.05


def test_what_rounding_leaves_of_an_amount_is_no_step():
    start = np.array([[0.5, 0.5, 0.0], [0.3, 0.3, 0.4]])
    ends = np.array([[0.4, 0.5 - 1e-12, 0.1 + 1e-12], [0.3 + 1e-10, 0.3 - 2e-10, 0.4 + 1e-10]])
    much_al = rich_in("Al")  # gives the rest of Co first, where that is a step
    symbols = ["Al", "Co", "Ni"]

    def ask(values):
        return much_al(pd.DataFrame(values, columns=symbols))["single_phase"].to_numpy()

    order, exchanges, places = walk(start, ends, ask, 0.05, symbols)
    assert exchanges == ["", "Al to Ni", "Al to Ni", ""] and order.tolist() == [0, 0, 0, 1]
    assert np.array_equal(places[[2, 3]], ends)


def test_a_path_goes_in_small_steps_from_start_to_end(multiphase, nudged):
    label = nudged.table["steps"].idxmax()
    path = nudged.path(label)
    fractions = path[list(multiphase.columns)]
    assert np.allclose(fractions.iloc[0], multiphase.loc[label]) and path["exchange"].iloc[0] == ""
    assert np.allclose(fractions.iloc[-1], nudged.designs.loc[label], atol=1e-6)
    assert (fractions.diff().iloc[1:].abs().sum(axis=1) / 2 <= 0.02 + 1e-9).all()
    assert np.allclose(fractions.sum(axis=1), 1) and (fractions >= 0).all().all()
    donor, receiver = path["exchange"].iloc[1].split(" to ")
    change = fractions.iloc[1] - fractions.iloc[0]
    assert change[donor] < 0 < change[receiver]
    assert path["probability"].iloc[-1] == pytest.approx(nudged.table.loc[label, "after"])


def test_the_search_finds_what_can_be_worked_out_by_hand(phases):
    start = alloys.fractions("AlCoCrFeNi")
    found = design.nudge(phases, rich_in("Ni"), start, budget=0.3, tries=60)
    assert found.table["after"].iloc[0] == pytest.approx(0.5, abs=0.011)  # 20 at% and the whole budget
    assert found.designs["Ni"].iloc[0] == pytest.approx(0.5, abs=0.011)
    enough = design.nudge(phases, rich_in("Ni"), start, budget=0.5, enough=0.6)
    assert 0.6 <= enough.table["after"].iloc[0] < 0.75


def test_a_class_that_is_not_wanted_can_be_asked_for(phases):
    start = alloys.fractions("AlCoCrFeNi2")
    found = design.nudge(phases, rich_in("Ni"), start, {"single_phase": 0}, add=False)
    assert found.designs["Ni"].iloc[0] < 0.2 and found.table["after"].iloc[0] > found.table["before"].iloc[0]


def test_fixed_and_added_elements_are_respected(phases):
    start = alloys.fractions(["AlCoCrFeNi", "AlCoCrCu"])
    settings = {"tries": 12, "rounds": 5, "entry": 0.0}
    fixed = design.nudge(phases, rich_in("Ti"), start, fixed=["Cr", "Al"], enough=0.99, budget=0.6, **settings)
    assert np.allclose(fixed.designs[["Cr", "Al"]], phases.space.check(start)[["Cr", "Al"]])
    with pytest.warns(UserWarning, match="did not reach"):
        none = design.nudge(phases, rich_in("Ti"), start, add=False, **settings)
    assert (none.designs["Ti"] == 0).all()
    with pytest.warns(UserWarning, match="did not reach"):
        some = design.nudge(phases, rich_in("Ti"), start, add=["V"], **settings)
    entered = (some.designs > 0) & (phases.space.check(start) == 0)
    assert set(entered.columns[entered.any()]) <= {"V"}
    kept = design.nudge(phases, rich_in("Ni"), alloys.fractions("AlCoCrFeNi"), drop=False, budget=0.5, **settings)
    assert (kept.designs[["Al", "Co", "Cr", "Fe", "Ni"]] > 0).all().all()


def test_an_element_that_enters_must_be_worth_it(phases):
    start = alloys.fractions("AlCoCrFeNi")
    with pytest.warns(UserWarning, match="did not reach"):
        dear = design.nudge(phases, rich_in("Ti"), start, entry=0.5)
    with pytest.warns(UserWarning, match="did not reach"):
        cheap = design.nudge(phases, rich_in("Ti"), start, entry=0.01)
    assert dear.designs["Ti"].iloc[0] == 0 < cheap.designs["Ti"].iloc[0]


def test_several_predictors_are_averaged_and_doubt_counts(phases):
    class Doubtful:
        def predict(self, designs):
            return rich_in("Ni")(designs)

        def predict_heads(self, designs):
            return np.array([[0.0], [2.0]]) * designs["Ni"].to_numpy()

    both = design.nudge(phases, [rich_in("Ni"), rich_in("Co")], alloys.fractions("AlNi"), enough=0.3, caution=0)
    assert both.table["before"].iloc[0] == pytest.approx(0.25)
    sure = design.nudge(phases, Doubtful(), alloys.fractions("Al2Ni"), enough=0.9, caution=0.0, budget=0.6)
    doubtful = design.nudge(phases, Doubtful(), alloys.fractions("Al2Ni"), enough=0.9, caution=1.0, budget=0.6)
    assert sure.designs["Ni"].iloc[0] > 0.85 and doubtful.table["distance"].iloc[0] == 0  # spread eats what is gained


def test_failure_says_how_close_it_came(phases):
    start = alloys.fractions("AlCoCrFeNi").set_axis(["mine"])
    with pytest.warns(UserWarning, match="1 of 1 alloys .* within 10 at%.*mine.*, has a probability of 0.30 after 10"):
        table = design.nudge(phases, rich_in("Ni"), start, budget=0.1).table
    assert not table["arrived"].iloc[0] and np.isnan(table["crossing"].iloc[0])
    with pytest.raises(HeaError, match=r"closest, .*mine.*, has a probability of 0\.30"):
        design.nudge(phases, rich_in("Ni"), start, budget=0.1, strict=True)


def test_a_seed_makes_it_repeatable(phases, multiphase):
    runs = [design.nudge(phases, phases.forward, multiphase.iloc[:3], tries=8, seed=s).designs for s in (1, 1, 2)]
    assert runs[0].equals(runs[1]) and not runs[0].equals(runs[2])


def test_no_alloys_give_no_alloys(phases):
    nothing = design.nudge(phases, phases.forward, phases.designs.iloc[:0])
    assert nothing.designs.empty and nothing.table.empty and nothing.paths.empty
    with pytest.raises(HeaError, match="was nudged"):
        design.nudge(phases, rich_in("Ni"), alloys.fractions("Ni"), tries=1).path("other")


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"designs": alloys.fractions("AlXe")}, CompositionError, "contains Xe"),
        ({"target": {"single_phase": 0.4}}, UnsupportedError, "one class"),
        ({"target": {"shear_modulus": 1}}, TargetError, "shear_modulus"),
        ({"fixed": ["Xx"]}, CompositionError, "fixed names 'Xx'"),
        ({"fixed": ["Al", "Al"]}, CompositionError, "twice"),
        ({"add": ["Xx"]}, CompositionError, "add names 'Xx'"),
        ({"fixed": ["Al", "Ni"]}, HeaError, "cannot change"),
        ({"fixed": ["Al"], "add": False}, HeaError, "cannot change"),
        ({"budget": 0}, HeaError, "budget is 0"),
        ({"budget": 1.5}, HeaError, "budget is 1.5"),
        ({"step": 0.3}, HeaError, "step is 0.3"),
        ({"enough": 0}, HeaError, "enough is 0"),
        ({"caution": -1}, HeaError, "caution is -1"),
        ({"entry": float("nan")}, HeaError, "entry is nan"),
        ({"tries": 0}, HeaError, "tries is 0"),
        ({"predictor": []}, HeaError, "no predictor"),
        ({"predictor": 3}, HeaError, "3 is no predictor"),
    ],
)
def test_bad_input_is_named(phases, options, kind, words):
    given = {"predictor": rich_in("Ni"), "designs": alloys.fractions("AlNi"), **options}
    with pytest.raises(kind, match=words):
        design.nudge(phases, **given)


def test_cells_are_no_alloys():
    mos2 = problems.get("mos2")
    with pytest.raises(UnsupportedError, match="no alloys"):
        design.nudge(mos2, mos2.forward, mos2.designs.iloc[:1])
