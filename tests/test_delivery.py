"""Delivery: what did not arrive is asked for again, for any model, within the rounds."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import design, models, problems
from hea_lib.errors import HeaError, TargetError, UnsupportedError


@pytest.fixture(scope="module")
def refractory():
    return problems.get("refractory")


class Scripted:
    """Answers round by round with one alloy for all, and keeps what it was asked."""

    def __init__(self, problem, *answers):
        self.columns, self.answers, self.asked, self.seeds = problem.space.columns, list(answers), [], []

    def sample(self, requests, *, seed):
        self.asked.append(requests)
        self.seeds.append(seed)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return pd.DataFrame([answer] * len(requests)).reindex(columns=list(self.columns)).fillna(0.0)


SOFT, HARD = {"Ti": 0.4, "Zr": 0.3, "Hf": 0.3}, {"Mo": 0.4, "W": 0.3, "Ta": 0.3}


def reached(problem, designs):
    return problem.forward(designs)["shear_modulus"].to_numpy()


def requests_for(problem, *designs):
    """What some alloys have, as requests."""
    table = pd.DataFrame(list(designs)).reindex(columns=list(problem.space.columns)).fillna(0.0)
    return problem.forward(table)[problem.target_names]


def test_more_rounds_bring_more_designs_to_their_requests(refractory):
    model = models.get("swap")(refractory).fit()
    requests = refractory.requests(refractory.opposing_request({"shear_modulus": 90.0}), 100, seed=0)
    shares = [
        design.arrival(refractory, requests, design.deliver(refractory, model, requests, rounds))["arrived"].mean()
        for rounds in (1, 6)
    ]
    assert shares[0] < shares[1] > 0.97


def test_one_round_is_sampling_and_localisation(refractory):
    model = models.get("swap")(refractory).fit()
    requests = refractory.requests_from_data(40, seed=1)
    plain = design.localize(refractory, requests, model.sample(requests, seed=5))
    pd.testing.assert_frame_equal(design.deliver(refractory, model, requests, rounds=1, seed=5), plain)


def test_only_what_did_not_arrive_is_drawn_again_and_under_another_seed(refractory):
    requests = requests_for(refractory, SOFT, HARD, SOFT).set_axis(["a", "b", "c"])
    model = Scripted(refractory, SOFT, HARD)
    designs = design.deliver(refractory, model, requests)
    assert [len(asked) for asked in model.asked] == [3, 1] and len(set(model.seeds)) == 2
    assert list(designs.index) == ["a", "b", "c"]
    assert design.arrival(refractory, requests, designs)["arrived"].all()


def test_what_never_arrives_keeps_its_nearest_attempt(refractory):
    requests = requests_for(refractory, HARD)
    model = Scripted(refractory, SOFT, {"Ti": 0.2, "Ta": 0.8}, SOFT)
    designs = design.deliver(refractory, model, requests, rounds=3)
    assert len(model.asked) == 3
    assert not design.arrival(refractory, requests, designs)["arrived"].any()
    assert designs["Ta"].item() > 0.9  # as near to the stiff request as the second attempt comes


def test_it_is_repeatable_and_seeds_differ(refractory):
    model = models.get("swap")(refractory).fit()
    requests = refractory.requests_from_data(30, seed=1)
    first, again, other = (design.deliver(refractory, model, requests, seed=seed) for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


def test_requests_are_answered_in_parts(refractory, monkeypatch):
    monkeypatch.setattr("hea_lib.design.delivery._AT_ONCE", 10)
    model = Scripted(refractory, SOFT)
    requests = requests_for(refractory, *[SOFT] * 25)
    designs = design.deliver(refractory, model, requests)
    assert [len(asked) for asked in model.asked] == [10, 10, 5] and len(set(model.seeds)) == 3
    assert len(designs) == 25 and np.allclose(reached(refractory, designs), requests["shear_modulus"])


def test_no_requests_give_no_designs(refractory):
    designs = design.deliver(refractory, Scripted(refractory, SOFT), requests_for(refractory, SOFT).iloc[:0])
    assert designs.shape == (0, 15)


def test_a_box_is_served_too():
    mos2 = problems.get("mos2")
    requests = pd.DataFrame({"band_gap": [0.5] * 10})
    designs = design.deliver(mos2, models.get("neighbours")(mos2).fit(), requests)
    assert mos2.space.contains(designs).all() and design.arrival(mos2, requests, designs)["arrived"].mean() > 0.8


def test_what_cannot_be_delivered_is_refused(refractory):
    model = models.get("neighbours")(refractory).fit()
    requests = refractory.requests_from_data(3)
    with pytest.raises(HeaError, match="rounds is 0"):
        design.deliver(refractory, model, requests, rounds=0)
    with pytest.raises(TargetError, match="no column 'fracture_toughness'"):
        design.deliver(refractory, model, requests[["shear_modulus"]])
    phases = problems.get("single-phase")
    with pytest.raises(UnsupportedError, match="single-phase cannot be localised"):
        design.deliver(phases, models.get("neighbours")(phases).fit(), phases.requests_from_data(3))
