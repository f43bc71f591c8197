"""The scorecard on designs whose answers are known."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import alloys, evaluation, problems
from hea_lib.errors import CompositionError, TargetError


@pytest.fixture(scope="module")
def split():
    return problems.get("refractory").split("random", seed=0)


def test_training_alloys_are_real_but_not_new(split):
    train, test = split
    card = evaluation.score(train.designs, train, train.properties, held_out=test)
    assert card["mae shear_modulus"] == pytest.approx(0, abs=1e-9)
    assert card["r2 shear_modulus"] == pytest.approx(1)
    assert card["novel"] == 0 and card["new systems"] == 0 and card["in space"] == 1
    assert card["pair r"] > 0.95 and card["W1"] < 0.1 and card["C2ST"] < 0.7


def test_noise_is_new_but_not_real(split):
    train, test = split
    noise = pd.DataFrame(np.random.default_rng(0).dirichlet(np.ones(15), 300), columns=train.designs.columns)
    card = evaluation.score(noise, train, held_out=test)
    assert card["novel"] == 1 and card["C2ST"] > 0.95 and card["W1"] > 4 and "mae shear_modulus" not in card


def test_held_out_alloys_are_all_new_systems_that_exist(split):
    train, test = split
    assert evaluation.score(test.designs, train, held_out=test)["new systems"] == 1


def test_errors_are_those_of_the_judge(split):
    train, _ = split
    request = {"shear_modulus": 60.0}
    designs = train.designs.iloc[:10]
    expected = (train.properties["shear_modulus"].iloc[:10] - 60).abs().mean()
    figures = evaluation.errors(designs, train, request)
    assert figures == {"mae shear_modulus": pytest.approx(expected)}  # one value asked: no R2


def test_clean_removes_traces():
    cleaned = evaluation.clean(alloys.fractions(["Ti50Zr49.5Nb0.5"]))
    assert cleaned.loc[0, "Nb"] == 0 and cleaned.loc[0, "Ti"] == pytest.approx(50 / 99.5)


def test_two_sample_auc_is_half_for_one_distribution_and_one_for_two():
    rng = np.random.default_rng(0)
    same = [pd.DataFrame(rng.normal(size=(150, 3))) for _ in range(2)]
    assert abs(evaluation.two_sample_auc(*same) - 0.5) < 0.12
    assert evaluation.two_sample_auc(same[0], same[1] + 5) > 0.98
    assert np.isnan(evaluation.two_sample_auc(same[0].iloc[:3], same[1]))


def test_two_sample_auc_does_not_recognise_copies(split):
    """Alloys drawn again and again are as real as the alloys: the figure must not grow with the number of copies."""
    train, test = split
    once = evaluation.two_sample_auc(train.designs, test.designs)
    copied = evaluation.two_sample_auc(train.designs.sample(2_000, replace=True, random_state=0), test.designs)
    assert abs(copied - once) < 0.06


def test_pair_correlation_sees_who_goes_with_whom():
    rng = np.random.default_rng(0)
    left, right = rng.random((2, 500, 1))
    real = pd.DataFrame(np.hstack([left, left + 0.1 * right, right]), columns=["Ti", "Zr", "Nb"])
    assert evaluation.pair_correlation(real, real) == pytest.approx(1)
    assert evaluation.pair_correlation(real[["Ti", "Nb", "Zr"]].set_axis(real.columns, axis=1), real) < 0.5


def test_pair_correlation_of_an_element_that_never_varies_is_defined():
    real = pd.DataFrame({"Ti": [0.2, 0.5, 0.3], "Zr": [0.3, 0.1, 0.6], "Nb": [0.5, 0.4, 0.1]})
    assert np.isfinite(evaluation.pair_correlation(real.assign(Nb=0.3), real))


def test_diversity_of_copies_is_zero(split):
    train, _ = split
    copies = pd.concat([train.designs.iloc[[0]]] * 10)
    assert evaluation.diversity(train.space, copies) == 0
    assert evaluation.diversity(train.space, copies.iloc[:1]) == 0
    assert evaluation.diversity(train.space, train.designs) > 0.3


def test_nearest_distance_does_not_depend_on_chunks(split):
    train, test = split
    whole = evaluation.nearest_distance(train.space, test.designs, train.designs)
    assert np.array_equal(whole, evaluation.nearest_distance(train.space, test.designs, train.designs, chunk=7))


def test_the_scorecard_of_a_box_counts_what_lies_outside():
    problem = problems.get("mos2")
    cells = problem.designs.iloc[:40].copy()
    cells.iloc[:10, 0] = 9.0
    card = evaluation.score(cells, problem)
    assert card["in space"] == pytest.approx(0.75) and "C2ST" not in card


def test_bad_input_is_named(split):
    train, _ = split
    with pytest.raises(CompositionError, match="no designs to score"):
        evaluation.score(train.designs.iloc[:0], train)
    with pytest.raises(TargetError, match="did you mean 'shear_modulus'"):
        evaluation.score(train.designs.iloc[:1], train, pd.DataFrame({"shear_modulos": [90.0]}))
    with pytest.raises(TargetError, match="3 requests do not fit 10 designs"):
        evaluation.score(train.designs.iloc[:10], train, train.properties.iloc[:3])
    with pytest.raises(CompositionError, match="not one"):
        evaluation.score(train.designs * 0.9, train)
