"""Every model through one interface, the registry, and what makes a baseline that baseline."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import evaluation, models, problems, spaces
from hea_lib.errors import HeaError, TargetError, UnknownNameError, UnsupportedError
from hea_lib.models.network import NetworkModel

SERVED = [(name, problem) for problem in problems.names() for name in models.names(problem, models.InverseModel)]


@pytest.fixture(scope="module")
def refractory():
    return problems.get("refractory")


@pytest.mark.parametrize(("name", "problem"), SERVED)
def test_every_model_samples_designs_of_its_problem(name, problem):
    problem = problems.get(problem)
    model = models.get(name, problem.name)(problem)
    model.fit(seed=0, **({"steps": 20} if isinstance(model, NetworkModel) else {}))
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


def test_gradient_search_leaves_plateaus():
    mos2 = problems.get("mos2")
    requests = pd.DataFrame({"band_gap": [0.5] * 40})
    gaps = mos2.forward(models.get("gradient")(mos2).fit().sample(requests))["band_gap"]
    assert (np.abs(gaps - 0.5) < 0.05).mean() > 0.7


def test_gradient_search_may_lose_elements_and_arrives(refractory):
    requests = refractory.requests_from_data(100, seed=0)
    designs = models.get("gradient")(refractory).fit().sample(requests)
    assert ((designs > spaces.PRESENT).sum(axis=1) < 10).any()  # uniform on the simplex of 15, most have all
    assert evaluation.errors(designs, refractory, requests)["mae shear_modulus"] < 0.1


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
    assert models.names("single-phase", models.InverseModel) == ["random", "neighbours", "swap", "cvae", "cgan", "dvae"]
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
