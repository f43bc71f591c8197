"""What can be asked: the limits of physics, the reach of the data, and the map of both."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from hea_lib import design, mechanics, models, problems
from hea_lib.design import support
from hea_lib.errors import MissingPropertyError, TargetError, UnsupportedError
from hea_lib.figures.feasibility import feasibility_map

REFRACTORY = problems.get("refractory")
SYMBOLS = tuple(REFRACTORY.space.columns)
G, K = "shear_modulus", "fracture_toughness"


def table(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[G, K])


@pytest.mark.parametrize("symbols", [("Nb", "Ti", "W"), ("Mo", "Ru"), SYMBOLS])
def test_no_mixture_lies_beyond_the_limits_and_some_come_close(symbols):
    rng = np.random.default_rng(0)
    drawn = np.concatenate([rng.dirichlet(np.full(len(symbols), spread), 4000) for spread in (1.0, 0.3, 0.05)])
    modulus, toughness = mechanics.slopes(drawn, symbols)[0].T
    low, high = mechanics.toughness_limits(modulus, symbols)
    assert (toughness >= low - 1e-12).all() and (toughness <= high + 1e-12).all()
    inner = high - low > 0.05
    if len(symbols) > 2:
        place = ((toughness - low) / np.where(inner, high - low, 1.0))[inner]
        assert place.min() < 0.01 and place.max() > 0.99


def test_the_limits_are_those_that_an_optimiser_finds():
    from scipy.optimize import minimize

    modulus = mechanics.slopes(np.eye(15), SYMBOLS)[0][:, 0]
    starts = np.random.default_rng(1).dirichlet(np.ones(15), 4)
    for wanted in (40.0, 100.0, 180.0):
        low, high = (end[0] for end in mechanics.toughness_limits(np.array([wanted]), SYMBOLS))
        for sign, limit in ((1, low), (-1, high)):
            rules = [
                {"type": "eq", "fun": lambda c: c.sum() - 1},
                {"type": "eq", "fun": lambda c, wanted=wanted: (c @ modulus - wanted) / 100},
            ]
            best = min(
                minimize(
                    lambda c, sign=sign: sign * mechanics.slopes(np.clip(c, 0, 1)[None], SYMBOLS)[0][0, 1],
                    start,
                    bounds=[(0, 1)] * 15,
                    constraints=rules,
                ).fun
                for start in starts
            )
            assert sign * best == pytest.approx(limit, abs=2e-3)


def test_limits_know_their_ends():
    low, high = mechanics.toughness_limits(np.array([1.0, 34.66, 300.0]), ("Nb", "Ti"))
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, False, True]
    assert low[1] == pytest.approx(high[1])  # two elements leave no choice
    with pytest.raises(MissingPropertyError, match="Xe"):
        mechanics.toughness_limits(np.array([50.0]), ("Nb", "Xe"))


def test_known_alloys_are_feasible_and_the_far_corner_is_not():
    found = design.feasibility(REFRACTORY, REFRACTORY.properties)
    assert found["physics"].all() and found["exact"].all() and (found["miss"] == 0).all()
    assert found[[f"nearest {G}", f"nearest {K}"]].to_numpy() == pytest.approx(REFRACTORY.properties.to_numpy())
    assert found["data"].mean() > 0.9
    corner = design.feasibility(REFRACTORY, {G: 60.0, K: 0.85}).iloc[0]
    assert not corner["physics"] and not corner["data"] and corner["known near"] == 0


def test_the_nearest_feasible_target_is_the_nearest_and_feasible():
    asked = table((60.0, 0.8), (200.0, 0.2), (24.0, 0.9), (250.0, 0.5))
    found = design.feasibility(REFRACTORY, asked)
    nearest = found[[f"nearest {G}", f"nearest {K}"]].set_axis([G, K], axis=1)
    assert not found["physics"].any()
    assert design.feasibility(REFRACTORY, nearest)["physics"].all()
    first, second = np.random.default_rng(0).integers(15, size=(2, 60_000))
    share = np.random.default_rng(1).random(60_000)
    binary = np.zeros((60_000, 15))
    np.add.at(binary, (np.arange(60_000), first), share)
    np.add.at(binary, (np.arange(60_000), second), 1 - share)
    reached = mechanics.slopes(binary, SYMBOLS)[0]
    for row, miss in zip(asked.to_numpy(), found["miss"], strict=True):
        brute = np.linalg.norm((reached - row) / REFRACTORY.scale, axis=1).min()
        assert brute - 0.02 < miss <= brute + 5e-4


def test_a_property_left_open_is_feasible_wherever_it_occurs():
    found = design.feasibility(REFRACTORY, {G: 100.0})
    assert found["physics"].all() and found[f"nearest {G}"].iloc[0] == 100.0 and f"nearest {K}" not in found
    target = REFRACTORY.targets[1]
    highest = mechanics.toughness_limits(np.linspace(24, 256, 500), SYMBOLS)[1].max()
    assert target.highest > highest + 0.01  # the range of a single property is wider than what mixtures have
    found = design.feasibility(REFRACTORY, {K: target.highest}).iloc[0]
    assert not found["physics"] and found[f"nearest {K}"] == pytest.approx(highest, abs=0.01)


def test_the_reach_of_the_data_covers_chemical_systems_that_were_held_out():
    shares = []
    for seed in range(3):
        train, test = REFRACTORY.split("grouped", seed=seed)
        shares.append(design.feasibility(train, test.properties)["data"].mean())
    assert 0.88 < np.mean(shares) <= 1.0
    uniform = REFRACTORY.forward(pd.DataFrame(np.eye(15), columns=list(SYMBOLS)))
    assert design.feasibility(REFRACTORY, uniform)["data"].mean() < 0.6


def test_the_reach_of_the_data_is_what_its_definition_says():
    scaled = REFRACTORY.properties.to_numpy() / REFRACTORY.scale
    groups = REFRACTORY.groups.to_numpy()
    fifth = [
        np.sort(np.linalg.norm(scaled[groups != group] - point, axis=1))[4]
        for point, group in zip(scaled, groups, strict=True)
    ]
    assert design.data_reach(REFRACTORY) == pytest.approx(np.quantile(fifth, 0.95, method="higher"))
    with pytest.raises(TargetError, match="1 groups, too few"):
        design.data_reach(replace(REFRACTORY, groups=pd.Series("all", index=REFRACTORY.groups.index)))


def test_a_model_is_asked_what_it_delivers():
    model = models.get("swap")(REFRACTORY).fit()
    asked = table((60.0, 0.35), (60.0, 0.5)).set_axis(["usual", "odd"])
    share = design.feasibility(REFRACTORY, asked, model=model, n=40)["model"]
    assert share["usual"] > 0.5 > share["odd"] and share.between(0, 1).all()
    assert share.equals(design.feasibility(REFRACTORY, asked, model=model, n=40)["model"])
    with pytest.raises(TargetError, match="no column 'fracture_toughness'"):
        design.feasibility(REFRACTORY, {G: 60.0}, model=model)
    with pytest.raises(TargetError, match="one design or more"):
        design.feasibility(REFRACTORY, asked, model=model, n=0)


def test_what_cannot_be_had_is_warned_of_or_refused():
    words = (
        r"no design has shear_modulus = 60 GPa, fracture_toughness = 0.8 .*"
        r"nearest feasible target is shear_modulus = 9\d\.\d+ GPa, fracture_toughness = 0\.6"
    )
    with pytest.warns(UserWarning, match=words) as caught:
        nearest = design.check_feasible(REFRACTORY, {G: 60, K: 0.8})
    assert caught[0].filename == __file__
    with pytest.raises(TargetError, match=words):
        design.check_feasible(REFRACTORY, {G: 60, K: 0.8}, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert design.check_feasible(REFRACTORY, nearest, strict=True) == pytest.approx(nearest)
        assert design.check_feasible(REFRACTORY, {G: 60}) == {G: 60.0}
    asked = table((60.0, 0.35), (60.0, 0.8)).set_axis([7, 9])
    with pytest.warns(UserWarning, match="1 of 2 requests"):
        instead = design.check_feasible(REFRACTORY, asked)
    assert instead.index.equals(asked.index) and instead.loc[7].equals(asked.loc[7])
    assert instead.loc[9, K] == pytest.approx(nearest[K])


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({G: 900.0}, "out of reach"),
        ({"stiffness": 60.0}, "unknown target"),
        ({}, "no target given"),
        (table((60.0, np.nan)), "fracture_toughness = nan"),
        (table((60.0, 0.4)).rename(columns={K: "toughness"}), "did you mean 'fracture_toughness'"),
    ],
)
@pytest.mark.parametrize("ask", [design.feasibility, design.check_feasible])
def test_malformed_targets_are_refused(ask, target, words):
    with pytest.raises(TargetError, match=words):
        ask(REFRACTORY, target)


def test_no_request_gives_no_row():
    assert design.feasibility(REFRACTORY, table()).empty
    assert design.check_feasible(REFRACTORY, table()).empty


def test_many_requests_are_answered_in_parts_that_agree_with_the_whole(monkeypatch):
    asked = table(*np.random.default_rng(0).uniform([25, 0.12], [250, 1.0], (300, 2)))
    whole = design.feasibility(REFRACTORY, asked)
    largest = []
    distances = support._distances

    def watched(left, right):
        largest.append(len(left) * len(right))
        return distances(left, right)

    monkeypatch.setattr(support, "_CELLS", 10_000)
    monkeypatch.setattr(support, "_distances", watched)
    pd.testing.assert_frame_equal(design.feasibility(REFRACTORY, asked), whole)
    assert max(largest) <= 10_000 and 0.1 < whole["physics"].mean() < 0.9


def test_without_an_envelope_sampled_designs_stand_for_all():
    sampled = design.feasibility(replace(REFRACTORY, envelope=None), table((60.0, 0.35), (60.0, 0.8)))
    assert not sampled["exact"].any() and sampled["physics"].tolist() == [True, False]
    exact = design.feasibility(REFRACTORY, table((60.0, 0.8)))
    assert sampled["miss"].iloc[1] > exact["miss"].iloc[0]  # sampling does not reach the border
    with pytest.raises(TargetError, match="none of 5000 sampled designs has"):
        design.check_feasible(replace(REFRACTORY, envelope=None), {G: 60, K: 0.8}, strict=True)


def test_band_gaps_are_feasible_up_to_what_the_forward_model_finds():
    mos2 = problems.get("mos2").split("random", test_share=0.05).test
    found = design.feasibility(mos2, pd.DataFrame({"band_gap": [0.0, 1.0, mos2.targets[0].highest]}))
    assert found["physics"].tolist()[:2] == [True, True] and not found["exact"].any()
    assert found["nearest band_gap"].iloc[2] <= mos2.targets[0].highest


def test_phases_are_judged_by_sampled_alloys():
    found = design.feasibility(problems.get("single-phase"), {"single_phase": 1.0})
    assert found["physics"].all() and found["data"].all()


def test_an_opposing_request_lies_off_the_line():
    asked = REFRACTORY.opposing_request({G: 100.0})
    slope, intercept = np.polyfit(REFRACTORY.properties[G], REFRACTORY.properties[K], 1)
    residual = (REFRACTORY.properties[K] - slope * REFRACTORY.properties[G] - intercept).std(ddof=2)
    assert asked == {G: 100.0, K: pytest.approx(100 * slope + intercept - 2 * residual)}
    assert REFRACTORY.opposing_request({G: 100.0}, 0.0)[K] > asked[K]
    found = design.feasibility(REFRACTORY, asked).iloc[0]
    assert found["physics"] and not found["data"]
    with pytest.raises(TargetError, match="names one property of two"):
        REFRACTORY.opposing_request({G: 100.0, K: 0.4})
    with pytest.raises(TargetError, match="mos2 has 1"):
        problems.get("mos2").opposing_request({"band_gap": 1.0})
    with pytest.raises(TargetError, match="out of reach"):
        REFRACTORY.opposing_request({G: 30.0}, -9.0)


def test_the_map_shows_what_supports_a_request():
    requests = {"corner": REFRACTORY.opposing_request({G: 100.0}), "dream": {G: 60.0, K: 0.8}}
    (axes,) = feasibility_map(REFRACTORY, requests, model=models.get("swap")(REFRACTORY).fit(), n=5).axes
    labels = ["physics allows", "data support", "known alloys", "model delivers (area: share)"]
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert shown == [*labels, "corner", "dream (infeasible)"]
    assert "[GPa]" in axes.get_xlabel() and "MPa" in axes.get_ylabel()
    assert len(axes.texts) == 1  # an arrow from the dream to the nearest feasible request
    assert axes.texts[0].xy == pytest.approx((92.0, 0.64), abs=3.0)
    upper = axes.lines[1].get_xydata()
    assert upper[:, 1] == pytest.approx(mechanics.toughness_limits(upper[:, 0], SYMBOLS)[1])
    assert not pyplot.get_fignums()


def test_there_is_no_map_of_a_single_property():
    with pytest.raises(UnsupportedError, match="mos2 has no envelope of two properties"):
        feasibility_map(problems.get("mos2"))
