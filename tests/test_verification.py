"""What a judge says, and what is known of the judge."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hea_lib import alloys, design, problems
from hea_lib.errors import CompositionError, HeaError, UnsupportedError


@pytest.fixture(scope="module")
def phases():
    return problems.get("single-phase")


def ruled(problem, judge):
    return replace(problem, judge=lambda designs: pd.DataFrame({"single_phase": judge(designs)}, index=designs.index))


def test_the_judge_of_phases_is_better_than_chance_and_far_from_perfect(phases):
    for fewest in (1, 5):
        quality = design.judge_quality(phases, fewest=fewest)
        assert 0.75 < quality["AUC"] < 0.9
        assert quality["accepts of the class"] > 0.7 > 0.4 > quality["accepts of the others"]
    assert quality["known"] == ((phases.designs > 0.01).sum(axis=1) >= 5).sum()


def test_a_judge_that_knows_the_answer_needs_no_correction(phases):
    answer = phases.properties["single_phase"]
    perfect = ruled(phases, lambda designs: answer.reindex(designs.index).to_numpy())
    assert design.judge_quality(perfect)["AUC"] == 1
    card = design.verify(perfect, phases.designs.iloc[:100])
    assert card["accepted"] == pytest.approx(answer.iloc[:100].mean()) == card["corrected"]
    assert card["novel"] == card["accepted and novel"] == 0 and card["designs"] == 100


def test_errors_of_a_judge_are_taken_out(phases):
    answer, rng = phases.properties["single_phase"].to_numpy(), np.random.default_rng(0)
    said = np.where(answer == 1, rng.random(len(answer)) < 0.8, rng.random(len(answer)) < 0.3)
    noisy = ruled(phases, lambda designs: pd.Series(said.astype(float), phases.designs.index)[designs.index])
    card = design.verify(noisy, phases.designs)
    assert card["accepted"] == said.mean() and card["corrected"] == pytest.approx(answer.mean())


def test_the_other_class_and_new_alloys(phases):
    one, zero = (design.judge_quality(phases, {"single_phase": value}) for value in (1, 0))
    assert zero["AUC"] == pytest.approx(one["AUC"], abs=1e-3)
    assert zero["accepts of the class"] == pytest.approx(1 - one["accepts of the others"], abs=0.02)
    new = design.verify(phases, pd.concat([phases.designs.iloc[:1], phases.space.check(alloys.fractions("LiAu"))]))
    assert new["novel"] == 0.5


def test_what_cannot_be_judged_is_said(phases):
    with pytest.raises(HeaError, match="no designs to judge"):
        design.verify(phases, phases.designs.iloc[:0])
    with pytest.raises(CompositionError, match="contains Xe"):
        design.verify(phases, alloys.fractions("AlXe"))
    with pytest.raises(HeaError, match="0 known alloys have 25 elements or more"):
        design.judge_quality(phases, fewest=25)
    with pytest.raises(UnsupportedError, match="no alloys"):
        design.judge_quality(problems.get("mos2"))
