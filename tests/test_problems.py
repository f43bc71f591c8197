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
        ({"shear_modulus": 500}, "out of reach: every design lies between 23.06 and 256.1"),
        ({"fracture_toughness": -1.0}, "out of reach"),
    ],
)
def test_targets_that_cannot_be_met_are_refused(refractory, target, words):
    with pytest.raises(TargetError, match=words):
        refractory.check_target(target)


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
