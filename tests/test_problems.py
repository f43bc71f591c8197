"""The three problems: their data, their splits, their requests and their judges."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from hea_lib import datasets, mechanics, problems
from hea_lib.errors import HeaError, TargetError, UnknownNameError


@pytest.fixture(scope="module")
def refractory():
    return problems.get("refractory")


@pytest.fixture(scope="module")
def cells():
    return problems.get("mos2")


@pytest.mark.parametrize("name", problems.names())
def test_every_problem_is_whole(name):
    problem = problems.get(name)
    assert len(problem) == len(problem.designs) == len(problem.properties) == len(problem.groups)
    assert list(problem.designs) == list(problem.space.columns)
    assert list(problem.properties) == problem.target_names
    assert problem.space.contains(problem.designs).all()
    for target in problem.targets:
        values = problem.properties[target.name]
        assert values.between(target.lowest - 1e-9, target.highest + 1e-9).all()
        assert target.column == f"{target.name}_{target.unit}"


@pytest.mark.parametrize("name", problems.names())
@pytest.mark.parametrize("kind", ["random", "grouped"])
def test_splits_are_disjoint_complete_and_repeatable(name, kind):
    problem = problems.get(name)
    train, test = problem.split(kind, seed=3)
    assert sorted([*train.designs.index, *test.designs.index]) == sorted(problem.designs.index)
    assert problem.split(kind, seed=3).test.designs.equals(test.designs)
    assert any(not problem.split(kind, seed=seed).test.designs.equals(test.designs) for seed in range(4, 8))
    if kind == "grouped":
        assert not set(train.groups) & set(test.groups)


def test_refractory_judge_is_the_published_formula(refractory):
    pure = pd.DataFrame(np.eye(15), columns=refractory.designs.columns)
    judged = refractory.judge(pure).set_axis(pure.columns)
    assert judged.loc["W", "shear_modulus"] == pytest.approx(146.6)
    assert judged.loc["W", "fracture_toughness"] == pytest.approx(0.81, abs=0.005)
    assert refractory.properties["shear_modulus"].equals(mechanics.shear_modulus(refractory.designs))


def test_no_alloy_exceeds_the_stated_reach(refractory):
    drawn = pd.DataFrame(np.random.default_rng(0).dirichlet(np.full(15, 0.2), 5000), columns=refractory.designs.columns)
    for target in refractory.targets:
        assert refractory.judge(drawn)[target.name].between(target.lowest, target.highest).all()


def test_requests_complete_a_target_from_near_alloys(refractory):
    requests = refractory.requests({"shear_modulus": 90.0}, 200, seed=1)
    assert (requests["shear_modulus"] == 90).all()
    near = refractory.properties[refractory.properties["shear_modulus"].between(75, 105)]["fracture_toughness"]
    assert requests["fracture_toughness"].between(near.min(), near.max()).all()
    assert requests["fracture_toughness"].nunique() > 5
    assert requests.equals(refractory.requests({"shear_modulus": 90.0}, 200, seed=1))


def test_requests_from_data_are_pairs_of_the_data(refractory):
    pairs = set(map(tuple, refractory.properties.round(9).to_numpy().tolist()))
    drawn = refractory.requests_from_data(100).round(9)
    assert set(map(tuple, drawn.to_numpy().tolist())) <= pairs


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({}, "no target given"),
        ({"shear_modules": 90}, "did you mean 'shear_modulus'"),
        ({"shear_modulus": float("nan")}, "not a finite number"),
        ({"shear_modulus": "90"}, "not a finite number"),
        ({"shear_modulus": 500}, "out of reach: every design lies between 23.06 and 256.1; the nearest feasible value"),
        ({"fracture_toughness": -1.0}, "out of reach"),
    ],
)
def test_targets_that_cannot_be_met_are_refused(refractory, target, words):
    with pytest.raises(TargetError, match=words):
        refractory.check_target(target)


@pytest.mark.parametrize(("asked", "nearest"), [(-0.1, "0"), (2.4, "2.391"), (1e9, "2.391")])
def test_a_gap_out_of_reach_is_answered_by_the_nearest_feasible_one(cells, asked, nearest):
    words = f"the nearest feasible value is {nearest}$"
    with pytest.raises(TargetError, match=words):
        cells.check_target({"band_gap": asked})
    with pytest.raises(TargetError, match=f"request b asks for band_gap = {asked} eV; .* {words}"):
        cells.check_requests(pd.DataFrame({"band_gap": [0.5, asked]}, index=["a", "b"]))
    assert cells.check_target({"band_gap": float(nearest)})


def test_the_nearest_feasible_value_is_feasible_as_it_is_printed(refractory):
    for target in refractory.targets:
        for value in (target.lowest - 1, target.highest + 1):
            assert refractory.check_target({target.name: float(target.nearest(value))})
    third = problems.problem.Target("x", "x", "", 1 / 3, 2 / 3)
    assert (third.nearest(0), third.nearest(1)) == ("0.3333333333333333", "0.6666666666666666")


def test_a_gap_that_is_no_number_has_no_nearest_one(cells):
    with pytest.raises(TargetError, match=r"asks for band_gap = nan eV; a request is a number between 0 and 2\.391$"):
        cells.check_requests(pd.DataFrame({"band_gap": [np.nan]}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a": 4.5}, "row x7 lies outside the space of mos2: a = 4.5 is not from 2.528 to 3.792$"),
        ({"field": -3.0}, "field = -3 is not from -1 to 1$"),
        ({"a": 12.295, "c": 3.16}, "a = 12.295 is not from .*; with a and c exchanged it would fit"),
        ({"alpha": 120.0, "gamma": 90.0}, "alpha = 120 .*; with alpha and gamma exchanged it would fit"),
        ({"alpha": 1.5708, "beta": 1.5708, "gamma": 2.0944}, "look like radians; in degrees"),
        ({"a": 0.316, "b": 0.316, "c": 1.2295}, "in angstrom, not in nm"),
        ({"alpha": 108.0, "beta": 108.0, "gamma": 144.0}, "singular lattice"),
        ({"beta": np.inf}, "has no finite beta"),
    ],
)
def test_cells_outside_the_box_or_in_other_units_are_refused(cells, change, words):
    known = cells.designs.iloc[:2].rename(index=lambda row: f"x{row}")
    with pytest.raises(HeaError, match=words.replace("x7", f"'{known.index[1]}'")):
        cells.check_designs(pd.concat([known[:1], known[1:].assign(**change)]))
    pd.testing.assert_frame_equal(cells.check_designs(known.assign(note="relaxed")), known)


def test_the_published_cells_are_in_the_box_but_for_rounding(cells):
    table = datasets.load_mos2()
    assert len(cells.check_designs(table, slack=1e-3)) == len(table)


def test_the_judge_of_phases_shares_no_chemical_system_with_the_problem():
    whole = problems.get("single-phase", judge_half=None)
    halves = [problems.get("single-phase", judge_half=half) for half in (0, 1)]
    assert len(whole) == len(datasets.load_phases()) == sum(map(len, halves))
    assert not set(halves[0].groups) & set(halves[1].groups)
    apart = cdist(*(half.designs for half in halves), "chebyshev")
    assert apart.min() > 0.02  # no near twin of an alloy on the other side


def test_the_forward_model_of_a_training_set_knows_no_test_row():
    train, test = problems.get("single-phase").split("grouped", seed=0)
    assert train.forward is not test.forward
    error = (train.forward(test.designs)["single_phase"] - test.properties["single_phase"]).abs().mean()
    known = (train.forward(train.designs)["single_phase"] - train.properties["single_phase"]).abs().mean()
    assert error > 2 * known


def test_the_judge_of_phases_knows_more_than_chance():
    from sklearn.metrics import roc_auc_score

    problem = problems.get("single-phase")
    unseen_by_judge = problem.judge(problem.designs)["single_phase"]
    assert unseen_by_judge.between(0, 1).all()
    assert roc_auc_score(problem.properties["single_phase"], unseen_by_judge) > 0.7


def test_without_a_judge_half_nothing_is_judged():
    whole = problems.get("single-phase", judge_half=None)
    with pytest.raises(HeaError, match="no rows for a judge"):
        whole.judge(whole.designs)
    with pytest.raises(HeaError, match="0, 1 or None"):
        problems.single_phase(judge_half=2)


def test_forward_and_judge_of_mos2_are_not_the_same_instance():
    problem = problems.get("mos2")
    cells = problem.designs.iloc[:200]
    forward, judge = problem.forward(cells)["band_gap"], problem.judge(cells)["band_gap"]
    assert not np.allclose(forward, judge, atol=1e-4)
    assert np.abs(judge - problem.properties["band_gap"].iloc[:200]).mean() < 0.05


def test_unknown_names_come_with_near_matches(refractory):
    with pytest.raises(UnknownNameError, match="did you mean 'refractory'"):
        problems.get("refactory")
    with pytest.raises(UnknownNameError, match="unknown split 'by year'"):
        refractory.split("by year")


def test_a_measured_property_can_stand_beside_the_class():
    problem = problems.single_phase(also="hardness")
    assert [target.unit for target in problem.targets] == ["probability", "HV"]
    assert not problem.properties.isna().any(axis=None)
    alone = problems.single_phase()
    assert 250 < len(problem) < len(alone)
    judged = problem.judge(problem.designs)["hardness"]
    assert judged.corr(problem.properties["hardness"]) > 0.6  # on alloys that it has not seen
    with pytest.raises(UnknownNameError, match="unknown measured property 'hardnes'; did you mean 'hardness'"):
        problems.single_phase(also="hardnes")
    with pytest.raises(UnknownNameError, match="unknown table of phases 'zeng'"):
        problems.single_phase(table="zeng")


def test_known_alloys_of_zeng_stand_in_the_problem_as_published():
    problem = problems.single_phase(judge_half=None, table="zeng2024")
    assert len(problem) == 1_373
