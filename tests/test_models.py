"""Every model through one interface, the registry, and what makes a baseline that baseline."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import alloys, design, evaluation, models, problems, spaces
from hea_lib.errors import CompositionError, HeaError, TargetError, UnknownNameError, UnsupportedError

SERVED = [(name, problem) for problem in problems.names() for name in models.names(problem, models.InverseModel)]


@pytest.fixture(scope="module")
def refractory():
    return problems.get("refractory")


@pytest.mark.parametrize(("name", "problem"), SERVED)
def test_every_model_samples_designs_of_its_problem(name, problem):
    problem = problems.get(problem)
    model = models.get(name, problem.name)(problem).fit(seed=0)
    requests = problem.requests_from_data(20, seed=1)
    designs = model.sample(requests, seed=2)
    assert designs.shape == (20, len(problem.space.columns))
    assert problem.space.contains(designs).all()
    assert designs.equals(model.sample(requests, seed=2))
    assert not designs.equals(model.sample(requests, seed=3))


def test_a_mapping_is_asked_n_times(refractory):
    model = models.get("neighbours")(refractory).fit()
    assert len(model.sample({"shear_modulus": 60.0}, n=7)) == 7


def test_lookup_returns_known_alloys_only(refractory):
    designs = models.get("neighbours")(refractory).fit().sample({"shear_modulus": 60.0}, n=50)
    assert evaluation.nearest_distance(refractory.space, designs, refractory.designs).max() == 0


def test_swap_makes_new_alloys_and_exchanges_elements(refractory):
    model = models.get("swap")(refractory, swap=1.0, jitter=0.0, trials=1).fit()
    requests = refractory.requests_from_data(200, seed=0)
    designs = model.sample(requests)
    sizes = set((refractory.designs > 0).sum(axis=1))
    assert set((designs > 0).sum(axis=1)) <= sizes
    assert (evaluation.nearest_distance(refractory.space, designs, refractory.designs) > 0.02).mean() > 0.7


def test_more_trials_come_nearer(refractory):
    requests = refractory.requests_from_data(300, seed=0)
    errors = [
        evaluation.errors(models.get("swap")(refractory, trials=trials).fit().sample(requests), refractory, requests)
        for trials in (1, 8)
    ]
    assert errors[1]["mae shear_modulus"] < 0.7 * errors[0]["mae shear_modulus"]


def test_random_search_comes_nearer_with_more_candidates(refractory):
    requests = refractory.requests_from_data(100, seed=0)
    errors = [
        evaluation.errors(models.get("random")(refractory, n).fit().sample(requests), refractory, requests)
        for n in (200, 20_000)
    ]
    assert errors[1]["mae shear_modulus"] < errors[0]["mae shear_modulus"] / 5


def test_random_search_answers_one_question_in_many_ways(refractory):
    designs = models.get("random")(refractory).fit().sample({"shear_modulus": 60, "fracture_toughness": 0.3}, n=200)
    assert not designs.duplicated().any()


def test_localise_arrives_with_the_same_elements(refractory):
    requests = refractory.requests_from_data(100, seed=0)
    start = models.get("swap")(refractory).fit().sample(requests)
    moved = design.localize(refractory, requests, start)
    assert refractory.space.contains(moved).all()
    assert ((moved > 0) == (start > 0)).all(axis=None)
    before, after = (evaluation.errors(table, refractory, requests)["mae shear_modulus"] for table in (start, moved))
    assert after < 0.3 and after < before / 4


def test_localise_takes_a_short_way():
    """A step by the Newton formula is no longer than twice the shortest move along the constraint, found by SLSQP."""
    from scipy.optimize import minimize

    problem = problems.get("refractory")
    start = alloys.restrict(alloys.fractions("MoNbTaTi"), problem.space.columns)
    wanted = problem.forward(start) * [1.05, 1.03]
    moved = design.localize(problem, wanted, start).to_numpy()[0]
    inside = start.to_numpy()[0] > 0

    def table(x):
        row = np.zeros(15)
        row[inside] = x
        return pd.DataFrame([row / row.sum()], columns=list(problem.space.columns))

    shortest = minimize(
        lambda x: ((x - 0.25) ** 2 / 0.25).sum(),
        np.full(4, 0.25),
        bounds=[(0.01, 1)] * 4,
        constraints=[
            {"type": "eq", "fun": lambda x: x.sum() - 1},
            {"type": "eq", "fun": lambda x: ((problem.forward(table(x)) - wanted) / problem.scale).to_numpy()[0]},
        ],
    )
    assert shortest.success
    assert np.linalg.norm(moved[inside] - 0.25) <= 1.1 * np.linalg.norm(shortest.x - 0.25)


def test_localise_leaves_alone_what_it_cannot_improve(refractory):
    pure = pd.DataFrame(np.eye(15)[:2], columns=refractory.designs.columns)
    requests = pd.DataFrame({"shear_modulus": [90.0, 90.0], "fracture_toughness": [0.4, 0.4]})
    assert np.allclose(design.localize(refractory, requests, pure), pure)


def test_localise_refuses_what_does_not_fit(refractory):
    start = refractory.designs.iloc[:3]
    with pytest.raises(TargetError, match="1 requests do not fit 3 designs"):
        design.localize(refractory, refractory.properties.iloc[:1], start)
    with pytest.raises(TargetError, match="shear_modulus = nan"):
        design.localize(refractory, refractory.properties.iloc[:3].assign(shear_modulus=np.nan), start)
    mos2 = problems.get("mos2")
    outside = mos2.designs.iloc[:2].assign(field=[0.0, 1.4])
    with pytest.raises(CompositionError, match="lies outside the space of mos2"):
        design.localize(mos2, mos2.properties.iloc[:2], outside)


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


def test_gradient_search_leaves_plateaus():
    mos2 = problems.get("mos2")
    requests = pd.DataFrame({"band_gap": [0.5] * 40})
    gaps = mos2.forward(models.get("gradient")(mos2).fit().sample(requests))["band_gap"]
    assert (np.abs(gaps - 0.5) < 0.05).mean() > 0.7


def test_lookup_answers_one_question_in_many_ways():
    problem = problems.get("single-phase")
    designs = models.get("neighbours")(problem).fit().sample({"single_phase": 1.0}, n=400)
    assert len(designs.drop_duplicates()) > 100


def test_a_model_that_leaves_the_space_is_caught(refractory):
    class Broken(models.InverseModel):
        name, title = "broken", "gives sevens"

        def _sample(self, requests, rng):
            return np.full((len(requests), 15), 7.0)

    with pytest.raises(HeaError, match="model 'broken' did not give a design in the space"):
        Broken(refractory).sample({"shear_modulus": 60.0}, n=2)


def test_localise_says_that_trees_have_no_slopes():
    problem = problems.get("single-phase")
    with pytest.raises(UnsupportedError, match="no slopes"):
        design.localize(problem, problem.requests_from_data(2), problem.designs.iloc[:2])


def test_screen_gives_each_request_the_nearest_candidate_that_is_left(refractory):
    requests = refractory.properties.iloc[[4, 9, 4]]
    chosen = design.screen(refractory, requests, refractory.designs)
    assert chosen[:2].tolist() == [4, 9]
    gap = (refractory.properties - requests.iloc[2]) / refractory.scale
    assert chosen[2] == gap.pow(2).sum(axis=1).drop(gap.index[[4, 9]]).idxmin()
    with pytest.raises(TargetError, match="3 requests cannot share 2 candidates"):
        design.screen(refractory, requests, refractory.designs.iloc[:2])


def test_requests_are_checked(refractory):
    model = models.get("neighbours")(refractory).fit()
    with pytest.raises(TargetError, match="no column 'fracture_toughness'"):
        model.sample(pd.DataFrame({"shear_modulus": [90.0]}))
    with pytest.raises(TargetError, match="request 1 asks for shear_modulus = nan"):
        model.sample(pd.DataFrame({"shear_modulus": [90.0, np.nan], "fracture_toughness": [0.4, 0.4]}))
    with pytest.raises(TargetError, match="whole number of one or more, not -1"):
        model.sample({"shear_modulus": 60.0}, n=-1)
    with pytest.raises(TargetError, match="not str"):
        refractory.check_requests("shear_modulus=60")
    with pytest.raises(TargetError, match="1 requests do not fit 5"):
        model.sample(pd.DataFrame({"shear_modulus": [90.0], "fracture_toughness": [0.4]}), n=5)


def test_registry_names_what_exists():
    assert models.names("single-phase", models.InverseModel) == ["random", "neighbours", "swap"]
    with pytest.raises(UnknownNameError, match="did you mean 'neighbours'"):
        models.get("neighbors")
    with pytest.raises(UnsupportedError, match="'gradient' cannot sample designs of 'single-phase'; these can"):
        models.get("gradient", "single-phase")
    with pytest.raises(UnsupportedError, match="'random' cannot predict properties"):
        models.get("random", kind=models.Predictor)


def test_two_models_cannot_share_a_name():
    class Impostor(models.InverseModel):
        name, title = "random", "another"

        def _sample(self, requests, rng):
            return None

    with pytest.raises(ValueError, match="two models are called 'random'"):
        models.register(Impostor)


def test_a_box_has_no_elements_to_exchange():
    problem = problems.get("mos2")
    designs = models.get("swap")(problem, jitter=0.0).fit().sample(problem.requests_from_data(30))
    assert isinstance(problem.space, spaces.Box)
    assert evaluation.nearest_distance(problem.space, designs, problem.designs).max() == pytest.approx(0)
