"""Screening and localising: designs arrive by the smallest change, stay what they are, and say when they cannot."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hea_lib import alloys, design, evaluation, mechanics, models, problems, spaces
from hea_lib.design import localisation
from hea_lib.errors import CompositionError, TargetError, UnknownElementError, UnsupportedError

REFRACTORY = problems.get("refractory")
COLUMNS = list(REFRACTORY.space.columns)


@pytest.fixture(scope="module")
def swapped():
    """A hundred varied alloys and what was requested of them."""
    requests = REFRACTORY.requests_from_data(100, seed=0)
    return requests, models.get("swap")(REFRACTORY).fit().sample(requests)


def shortest(start: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The nearest alloy with the wanted properties, by a solver that knows nothing of ours ``(n_elements,)``."""
    from scipy.optimize import minimize

    inside = start > spaces.PRESENT

    def miss(x):
        row = start.copy()
        row[inside] = x
        return (REFRACTORY.forward(pd.DataFrame([row / row.sum()], columns=COLUMNS)).to_numpy()[0] - wanted) / (
            REFRACTORY.scale
        )

    found = minimize(
        lambda x: 10 * ((x - start[inside]) ** 2).sum(),
        start[inside],
        bounds=[(spaces.PRESENT, 1)] * inside.sum(),
        constraints=[{"type": "eq", "fun": lambda x: x.sum() - start[inside].sum()}, {"type": "eq", "fun": miss}],
        options={"ftol": 1e-12, "maxiter": 300},
    )
    assert found.success
    row = start.copy()
    row[inside] = found.x
    return row


def test_localised_alloys_arrive_with_the_same_elements(swapped):
    requests, start = swapped
    moved = design.localize(REFRACTORY, requests, start)
    assert REFRACTORY.space.contains(moved).all()
    assert ((moved > 0) == (start > 0)).all(axis=None)
    assert ((moved > spaces.PRESENT) == (start > spaces.PRESENT)).all(axis=None)
    arrived = design.arrival(REFRACTORY, requests, moved)
    assert arrived["arrived"].mean() > 0.9
    assert arrived["miss"][arrived["arrived"]].max() < 2e-6  # as good as exact, not just near
    before, after = (evaluation.errors(table, REFRACTORY, requests)["mae shear_modulus"] for table in (start, moved))
    assert after < before / 4


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_whatever_is_asked_alloys_stay_alloys_of_their_elements(seed):
    rng = np.random.default_rng(seed)
    known = REFRACTORY.designs.sample(20, random_state=seed, replace=True, ignore_index=True)
    start = pd.DataFrame(REFRACTORY.space.jitter(known.to_numpy(), 1.0, rng), columns=COLUMNS)
    low, high = (np.array([getattr(target, end) for target in REFRACTORY.targets]) for end in ("lowest", "highest"))
    requests = pd.DataFrame(rng.uniform(low, high, (20, 2)), columns=REFRACTORY.target_names)
    moved = design.localize(REFRACTORY, requests, start)
    assert REFRACTORY.space.contains(moved).all()
    assert ((moved > spaces.PRESENT) == (start > spaces.PRESENT)).all(axis=None)
    before, after = (design.arrival(REFRACTORY, requests, table)["miss"] for table in (start, moved))
    assert (after <= np.sqrt(2) * before + 1e-9).all()  # nearer in both together, perhaps not in each


@pytest.mark.parametrize("position", range(12))
def test_the_change_is_the_smallest(position, swapped):
    requests, start = (table.iloc[[position]] for table in swapped)
    moved = design.localize(REFRACTORY, requests, start)
    assert design.arrival(REFRACTORY, requests, moved)["arrived"].all()
    best = shortest(start.to_numpy()[0], requests.to_numpy()[0])
    ours = np.linalg.norm(moved - start)
    assert ours <= 1.002 * np.linalg.norm(best - start.to_numpy()[0]) + 1e-5


def test_an_element_that_would_vanish_stops_at_its_bound():
    """MoNb with a little Ti: stiffer means less Ti and Nb, and Ti is held when one atom per cent is left."""
    start = alloys.restrict(alloys.fractions("Mo48Nb47Ti5"), COLUMNS)
    wanted = REFRACTORY.forward(alloys.restrict(alloys.fractions("Mo70Nb28.9Ti1.1"), COLUMNS))
    moved = design.localize(REFRACTORY, wanted, start)
    assert design.arrival(REFRACTORY, wanted, moved)["arrived"].all()
    beyond = REFRACTORY.forward(alloys.restrict(alloys.fractions("Mo70Nb30"), COLUMNS))
    held = design.localize(REFRACTORY, beyond, start)
    assert not design.arrival(REFRACTORY, beyond, held)["arrived"].any()
    assert 0.01 < held["Ti"].iloc[0] < 0.0101
    let_go = design.localize(REFRACTORY, beyond, start, keep=False)
    assert design.arrival(REFRACTORY, beyond, let_go)["arrived"].all()
    assert let_go["Ti"].iloc[0] < 0.01 and ((let_go > 0) <= (start > 0)).all(axis=None)


@pytest.mark.parametrize("formula", ["MoNb", "MoNbTi", "HfZrTa", "RuReW", "NbTaTiZr"])
@pytest.mark.parametrize("request_", [(40.0, 0.6), (150.0, 0.3), (90.0, 0.4)])
def test_an_alloy_that_cannot_arrive_has_the_nearest_properties_that_its_elements_allow(formula, request_):
    start = alloys.restrict(alloys.fractions(formula), COLUMNS)
    requests = pd.DataFrame([request_], columns=REFRACTORY.target_names)
    found = design.arrival(REFRACTORY, requests, design.localize(REFRACTORY, requests, start))
    inside = start.to_numpy()[0] > 0
    steps = np.linspace(0.0, 1.0, {2: 2001, 3: 101, 4: 41}[inside.sum()])
    grid = np.stack(np.meshgrid(*[steps] * (inside.sum() - 1)), axis=-1).reshape(-1, inside.sum() - 1)
    grid = grid[grid.sum(axis=1) <= 1]
    mixtures = np.zeros((len(grid), 15))
    mixtures[:, inside] = 0.01001 + (1 - 0.01001 * inside.sum()) * np.column_stack([grid, 1 - grid.sum(axis=1)])
    gaps = (mechanics.slopes(mixtures, tuple(COLUMNS))[0] - requests.to_numpy()) / REFRACTORY.scale
    ours = np.linalg.norm((found[REFRACTORY.target_names].to_numpy() - requests.to_numpy()) / REFRACTORY.scale)
    assert ours <= np.linalg.norm(gaps, axis=1).min() + 1e-4
    assert found["arrived"].iloc[0] == (ours <= 1e-3)


def test_a_pure_metal_has_nowhere_to_go():
    pure = pd.DataFrame(np.eye(15)[:2], columns=COLUMNS)
    requests = pd.DataFrame({"shear_modulus": [90.0, 90.0], "fracture_toughness": [0.4, 0.4]})
    moved = design.localize(REFRACTORY, requests, pure)
    assert np.allclose(moved, pure)
    assert not design.arrival(REFRACTORY, requests, moved)["arrived"].any()


def test_traces_are_no_part_of_an_alloy_and_keep_their_amount():
    start = alloys.restrict(alloys.fractions("Mo50Nb30Ti19.5W0.5"), COLUMNS)
    wanted = REFRACTORY.forward(alloys.restrict(alloys.fractions("Mo45Nb30Ti24.5W0.5"), COLUMNS))
    moved = design.localize(REFRACTORY, wanted, start)
    assert moved["W"].iloc[0] == pytest.approx(0.005, abs=1e-12)
    assert design.arrival(REFRACTORY, wanted, moved)["arrived"].all()


def test_exact_slopes_and_finite_differences_lead_to_the_same_place(swapped):
    requests, start = swapped
    exact = design.localize(REFRACTORY, requests, start)
    probed = design.localize(replace(REFRACTORY, slopes=None), requests, start)
    arrived = design.arrival(REFRACTORY, requests, exact)["arrived"].to_numpy()
    assert np.abs(exact - probed).to_numpy()[arrived].max() < 1e-3


def test_exact_slopes_are_those_of_the_forward_model():
    values = REFRACTORY.space.sample(50, np.random.default_rng(0))
    properties, slopes = REFRACTORY.slopes(values)
    table = pd.DataFrame(values, columns=COLUMNS)
    assert np.allclose(properties, REFRACTORY.forward(table)[REFRACTORY.target_names], rtol=1e-12)
    along = np.random.default_rng(1).normal(size=values.shape)
    along -= along.mean(axis=1, keepdims=True)
    ends = [REFRACTORY.forward(pd.DataFrame(values + sign * 1e-6 * along, columns=COLUMNS).clip(0)) for sign in (1, -1)]
    differences = (ends[0] - ends[1]).to_numpy() / 2e-6
    assert np.allclose((slopes @ along[:, :, None])[:, :, 0], differences, rtol=1e-5, atol=1e-6)


def test_cells_stay_in_their_box_and_arrive():
    mos2 = problems.get("mos2")
    requests = mos2.requests({"band_gap": 0.5}, 60, seed=0)
    moved = design.localize(mos2, requests, models.get("swap")(mos2).fit().sample(requests))
    assert mos2.space.contains(moved).all()
    assert design.arrival(mos2, requests, moved)["arrived"].mean() > 0.95


def test_slopes_of_a_network_agree_with_steps_of_another_size():
    """Networks compute in single precision, so the probe must not be too small: half of it gives the same slopes."""
    mos2 = problems.get("mos2")
    cells = mos2.designs[mos2.properties["band_gap"] > 0.5].iloc[:50].to_numpy()

    def slopes(size, column):
        probed = pd.DataFrame(mos2.space.probe(cells, column, size), columns=mos2.designs.columns)
        here = pd.DataFrame(cells, columns=mos2.designs.columns)
        return (mos2.forward(probed) - mos2.forward(here)).to_numpy()[:, 0] / size

    for column in range(7):
        once, half = (slopes(mos2.space.probe_size * factor, column) for factor in (1, 0.5))
        assert np.abs(once - half).mean() < 0.1 * np.abs(once).mean() + 0.01


def test_many_designs_are_moved_in_parts_that_agree_with_the_whole(swapped, monkeypatch):
    requests, start = swapped
    whole = design.localize(REFRACTORY, requests, start)
    sizes = []
    moved = localisation._moved

    def watched(problem, wanted, *rest):
        sizes.append(len(wanted))
        return moved(problem, wanted, *rest)

    monkeypatch.setattr(localisation, "_AT_ONCE", 30)
    monkeypatch.setattr(localisation, "_moved", watched)
    assert np.allclose(design.localize(REFRACTORY, requests, start), whole, atol=1e-12)
    assert sizes == [30, 30, 30, 10]


def test_nothing_asked_is_nothing_moved():
    none = REFRACTORY.designs.iloc[:0]
    requests = REFRACTORY.properties.iloc[:0]
    assert design.localize(REFRACTORY, requests, none).shape == (0, 15)
    table = design.arrival(REFRACTORY, requests, none)
    assert list(table) == ["arrived", "miss", "shear_modulus", "fracture_toughness"] and table.empty


def test_the_index_and_the_input_are_left_alone(swapped):
    requests, start = swapped
    start = start.set_axis([f"alloy {n}" for n in range(100)])
    copy = start.copy()
    moved = design.localize(REFRACTORY, requests, start)
    assert moved.index.equals(start.index) and start.equals(copy)
    assert design.arrival(REFRACTORY, requests, moved).index.equals(start.index)


@pytest.mark.parametrize("strategy", [design.localize, design.arrival])
def test_what_does_not_fit_is_refused(strategy):
    start, requests = REFRACTORY.designs.iloc[:3], REFRACTORY.properties.iloc[:3]
    with pytest.raises(TargetError, match="1 requests do not fit 3 designs"):
        strategy(REFRACTORY, requests.iloc[:1], start)
    with pytest.raises(TargetError, match="shear_modulus = nan"):
        strategy(REFRACTORY, requests.assign(shear_modulus=np.nan), start)
    with pytest.raises(TargetError, match="did you mean 'shear_modulus'"):
        strategy(REFRACTORY, requests.rename(columns={"shear_modulus": "shear_modules"}), start)
    with pytest.raises(TargetError, match="no column 'fracture_toughness'"):
        strategy(REFRACTORY, requests[["shear_modulus"]], start)
    with pytest.raises(TargetError, match="asks for shear_modulus = 900"):
        strategy(REFRACTORY, requests.assign(shear_modulus=900.0), start)
    with pytest.raises(UnknownElementError, match="'Qq'"):
        strategy(REFRACTORY, requests, start.rename(columns={"Mo": "Qq"}))
    with pytest.raises(CompositionError, match="sums to"):
        strategy(REFRACTORY, requests, start * 2)
    mos2 = problems.get("mos2")
    outside = mos2.designs.iloc[:2].assign(field=[0.0, 1.4])
    with pytest.raises(CompositionError, match="lies outside the space of mos2"):
        strategy(mos2, mos2.properties.iloc[:2], outside)


def test_trees_have_no_slopes_to_follow():
    problem = problems.get("single-phase")
    with pytest.raises(UnsupportedError, match="no slopes"):
        design.localize(problem, problem.requests_from_data(2), problem.designs.iloc[:2])


def test_screen_gives_each_request_the_nearest_candidate_that_is_left():
    requests = REFRACTORY.properties.iloc[[4, 9, 4]]
    chosen = design.screen(REFRACTORY, requests, REFRACTORY.designs)
    assert chosen[:2].tolist() == [4, 9]
    gap = (REFRACTORY.properties - requests.iloc[2]) / REFRACTORY.scale
    assert chosen[2] == gap.pow(2).sum(axis=1).drop(gap.index[[4, 9]]).idxmin()
    with pytest.raises(TargetError, match="3 requests cannot share 2 candidates"):
        design.screen(REFRACTORY, requests, REFRACTORY.designs.iloc[:2])
