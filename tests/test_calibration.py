"""Measures of trust on cases whose answer is known, and promises that must hold on fresh data."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from hea_lib import calibration
from hea_lib.calibration import ConformalSets, Recalibrator
from hea_lib.errors import HeaError, UnknownNameError


def honest(n: int, seed: int = 0, shape: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn exactly as their probabilities say."""
    rng = np.random.default_rng(seed)
    probabilities = rng.beta(shape, shape, n)
    return (rng.random(n) < probabilities).astype(float), probabilities


def overconfident(probabilities: np.ndarray, by: float = 3.0) -> np.ndarray:
    """The same probabilities with their log-odds multiplied."""
    return probabilities**by / (probabilities**by + (1 - probabilities) ** by)


def test_reliability_is_that_of_scikit_learn():
    labels, probabilities = honest(601)  # then the edges of both are the same
    observed, predicted = calibration_curve(labels, probabilities, n_bins=10, strategy="quantile")
    table = calibration.reliability(labels, probabilities)
    assert table[["predicted", "observed"]].to_numpy() == pytest.approx(np.column_stack([predicted, observed]))
    assert table["n"].tolist() == [61] + [60] * 9


def test_the_calibration_error_is_the_weighted_gap():
    labels, probabilities = np.array([0, 0, 1, 1, 1]), np.array([0.1, 0.3, 0.2, 0.9, 0.7])
    # bins by rising probability: (0.1, 0.2, 0.3) with one of three, (0.7, 0.9) with two of two
    assert calibration.calibration_error(labels, probabilities, bins=2) == pytest.approx(
        0.6 * (1 / 3 - 0.2) + 0.4 * 0.2
    )


def test_the_noise_of_the_calibration_error_is_what_a_perfect_model_gets():
    errors = [calibration.calibration_error(*honest(150, seed)) for seed in range(200)]
    noise = calibration.calibration_noise(honest(150)[1])
    assert np.mean(errors) == pytest.approx(noise.mean(), rel=0.1) and noise.mean() > 0.04
    half = calibration.calibration_noise(np.full(150, 0.5), draws=2_000)
    assert half.mean() == pytest.approx(np.sqrt(2 * 10 * 0.25 / (np.pi * 150)), rel=0.05)  # as the docstring says
    assert calibration.calibration_noise(honest(15_000)[1], draws=50).mean() < 0.01
    assert calibration.calibration_noise(np.array([0.0, 1.0] * 10)).max() == 0


@pytest.mark.parametrize("rising", [True, False])
def test_equal_probabilities_of_a_sorted_table_are_no_error(rising):
    labels = np.sort(np.arange(600) % 2)[:: 1 if rising else -1]
    same = np.full(600, 0.5)  # right on average; bins in the order of the table would err by 0.5
    assert calibration.calibration_error(labels, same) < calibration.calibration_noise(same).max() < 0.11
    votes = np.repeat([0.25, 0.5, 0.75], 200)
    labels = np.concatenate([np.sort(np.arange(200) < 200 * vote)[:: 1 if rising else -1] for vote in np.unique(votes)])
    assert calibration.calibration_error(labels, votes) < calibration.calibration_noise(votes).max() < 0.11
    assert calibration.brier(labels, votes)["reliability"] < 0.01
    wrong = calibration.by_distance(labels, votes, np.zeros(600))["wrong"]
    assert wrong.max() - wrong.min() < 0.15  # at one distance no bin is worse than another, up to chance


def test_equal_probabilities_are_dealt_the_same_way_each_time():
    labels, votes = np.arange(100) % 2, np.full(100, 0.5)
    pd.testing.assert_frame_equal(calibration.reliability(labels, votes), calibration.reliability(labels, votes))


def test_the_parts_of_the_brier_score_sum_to_it():
    labels, probabilities = honest(331)
    parts = calibration.brier(labels, probabilities)
    assert parts["score"] == pytest.approx(brier_score_loss(labels, probabilities))
    total = parts["reliability"] - parts["resolution"] + parts["uncertainty"] + parts["within"]
    assert total == pytest.approx(parts["score"], abs=1e-12)
    constant = calibration.brier(labels, np.full(331, labels.mean()), bins=1)
    assert constant["resolution"] == pytest.approx(0) and constant["reliability"] == pytest.approx(0)
    assert constant["score"] == pytest.approx(constant["uncertainty"])


def test_overconfidence_costs_reliability_and_not_resolution():
    labels, probabilities = honest(4_000)
    good, bold = (calibration.brier(labels, p) for p in (probabilities, overconfident(probabilities)))
    assert bold["reliability"] > 5 * good["reliability"]
    assert bold["resolution"] == pytest.approx(good["resolution"])


@pytest.mark.parametrize("method", ["temperature", "platt", "isotonic"])
def test_recalibration_mends_overconfidence_on_fresh_alloys(method):
    labels, probabilities = honest(3_000)
    fresh, true = honest(3_000, seed=1)
    mended = Recalibrator(method).fit(labels, overconfident(probabilities))(overconfident(true))
    before = calibration.calibration_error(fresh, overconfident(true))
    assert calibration.calibration_error(fresh, mended) < 0.4 * before
    assert np.abs(mended - true).mean() < 0.03
    assert roc_auc_score(fresh, mended) == pytest.approx(roc_auc_score(fresh, true), abs=0.005)


def test_temperature_is_found_and_keeps_the_side_of_one_half():
    labels, probabilities = honest(20_000, shape=4.0)
    mend = Recalibrator().fit(labels, overconfident(probabilities))
    assert mend.model.coef_[0, 0] == pytest.approx(1 / 3, rel=0.05)
    asked = np.array([0.0, 0.2, 0.5, 0.8, 1.0])
    assert ((mend(asked) > 0.5) == (asked > 0.5)).all() and mend(asked)[2] == pytest.approx(0.5)
    assert (mend(asked) > 0).all() and (mend(asked) < 1).all()


def test_platt_is_a_logistic_regression_on_the_log_odds():
    labels, probabilities = honest(500)
    odds = np.log(probabilities / (1 - probabilities)).clip(-np.log(999), np.log(999))[:, None]
    reference = LogisticRegression(C=1e6).fit(odds, labels).predict_proba(odds)[:, 1]
    assert Recalibrator("platt").fit(labels, probabilities)(probabilities) == pytest.approx(reference)


def test_conformal_quantile_has_the_rank_of_the_theorem():
    labels, probabilities = np.ones(9), np.linspace(0.1, 0.9, 9)
    scores = np.sort(1 - probabilities)
    assert ConformalSets(0.9, by_class=False).fit(labels, probabilities).thresholds[1] == scores[8]  # rank 9 of 9
    assert ConformalSets(0.5, by_class=False).fit(labels, probabilities).thresholds[1] == scores[4]  # rank 5
    assert np.isinf(ConformalSets(0.91, by_class=False).fit(labels, probabilities).thresholds[1])  # rank 10 of 9
    apart = ConformalSets(0.5).fit(labels, probabilities)
    assert np.isinf(apart.thresholds[0])  # no alloy of class 0 to calibrate on: it can never be ruled out
    assert apart([0.99])[0].all()


@pytest.mark.parametrize("asked", [0.8, 0.9])
def test_conformal_coverage_lies_between_its_bounds(asked):
    # The theorem is about the mean over calibrations, so average over many, for a model that is badly calibrated.
    found, n = [], 60
    for seed in range(300):
        labels, probabilities = honest(2 * n, seed)
        probabilities = overconfident(probabilities)
        sets = ConformalSets(asked, by_class=False).fit(labels[:n], probabilities[:n])
        found.append(calibration.coverage(labels[n:], sets(probabilities[n:]))["all"])
    deviation = np.std(found) / np.sqrt(len(found))
    assert asked - 3 * deviation < np.mean(found) < asked + 1 / (n + 1) + 3 * deviation


def test_by_class_holds_for_each_class_and_the_other_does_not():
    rng = np.random.default_rng(0)
    labels = (rng.random(40_000) < 0.15).astype(float)
    probabilities = 1 / (1 + np.exp(-(rng.normal(size=40_000) + 2 * labels - 2.5)))
    known, fresh = slice(0, 20_000), slice(20_000, None)
    found = {
        by_class: calibration.coverage(
            labels[fresh], ConformalSets(0.9, by_class).fit(labels[known], probabilities[known])(probabilities[fresh])
        )
        for by_class in (True, False)
    }
    assert found[True][["class 0", "class 1"]].to_numpy() == pytest.approx([0.9, 0.9], abs=0.015)
    assert found[False]["all"] == pytest.approx(0.9, abs=0.01) and found[False]["class 1"] < 0.75


def test_coverage_counts_sets_by_size():
    sets = pd.DataFrame({0: [True, True, False, False], 1: [False, True, False, True]})
    figures = calibration.coverage([0, 1, 1, 0], sets)
    assert figures[["all", "class 0", "class 1"]].tolist() == [0.5, 0.5, 0.5]
    assert figures[["none", "one", "both"]].tolist() == [0.25, 0.5, 0.25]
    assert np.isnan(calibration.coverage([0], sets[:1])["class 1"])


def test_by_distance_sorts_alloys_into_equal_bins():
    labels, probabilities = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.8, 0.6, 0.3])
    table = calibration.by_distance(labels, probabilities, np.array([0.0, 0.4, 0.1, 0.6]), bins=2)
    assert table["distance"].tolist() == pytest.approx([0.05, 0.5]) and table["n"].tolist() == [2, 2]
    assert table["wrong"].tolist() == [0, 0.5]
    assert table["expected wrong"].tolist() == pytest.approx([0.25, 0.25])
    assert table["brier"].tolist() == pytest.approx([(0.01 + 0.16) / 2, (0.64 + 0.09) / 2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: calibration.reliability([0, 1], [0.5]), r"labels \(2,\) and probabilities \(1,\)"),
        (lambda: calibration.reliability([], []), "as many"),
        (lambda: calibration.calibration_error([0, 2], [0.1, 0.2]), "label 1 is 2; it must be 0 or 1"),
        (lambda: calibration.brier([0, 1], [0.1, 1.2]), "probability 1 is 1.2; it must lie between 0 and 1"),
        (lambda: calibration.brier([0, 1], [np.nan, 0.2]), "probability 0 is nan"),
        (lambda: calibration.reliability([0, 1], [0.1, 0.2], bins=3), "2 alloys do not fill 3 bins"),
        (lambda: calibration.calibration_noise([0.5], bins=0), "1 alloys do not fill 0 bins"),
        (lambda: Recalibrator().fit([1, 1], [0.1, 0.2]), "all 2 labels are 1"),
        (lambda: Recalibrator().fit([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]), "fall where the labels rise"),
        (lambda: Recalibrator()([0.5]), r"call fit\(\)"),
        (lambda: ConformalSets(1.0), "coverage is 1.0; it must lie between 0 and 1"),
        (lambda: ConformalSets()([0.5]), "not calibrated yet"),
        (lambda: calibration.coverage([0], pd.DataFrame({0: [True, True], 1: [True, True]})), "1 labels do not fit 2"),
        (lambda: calibration.by_distance([0, 1], [0.1, 0.2], [0.1]), "distances"),
        (lambda: calibration.by_distance([0, 1], [0.1, 0.2], [0.1, np.inf]), "finite"),
    ],
)
def test_what_is_wrong_is_named(call, message):
    with pytest.raises(HeaError, match=message):
        call()


def test_an_unknown_recalibration_is_named():
    with pytest.raises(UnknownNameError, match="did you mean 'isotonic'"):
        Recalibrator("isotone")
