"""Likelihoods of designs against torch.distributions, and the alloys that they give back."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Bernoulli, MultivariateNormal, Normal
from torch.nn.functional import softplus

from hea_lib import spaces
from hea_lib.networks.likelihoods import FINEST, AlloyLikelihood, BoxLikelihood, likelihood_of

ALLOYS = torch.tensor(
    [
        [0.25, 0.25, 0.25, 0.25, 0, 0],
        [0.60, 0.30, 0.10, 0, 0, 0],
        [0, 0, 0, 0.02, 0.90, 0.08],
        [0.50, 0, 0, 0, 0, 0.50],
    ],
    dtype=torch.float64,
)
LIKELIHOOD = AlloyLikelihood(6)


def raw(rows: int, likelihood=LIKELIHOOD, seed: int = 0) -> torch.Tensor:
    """What some decoder might say."""
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(rows, likelihood.width, generator=generator, dtype=torch.float64)


def test_the_view_is_presence_and_centred_logarithms():
    view = LIKELIHOOD.view(ALLOYS)
    assert view.shape == (4, LIKELIHOOD.seen)
    assert view[1, :6].tolist() == [1, 1, 1, -1, -1, -1]
    assert view[1, 6:].sum().item() == pytest.approx(0)
    assert (view[1, 6] - view[1, 7]).item() == pytest.approx(np.log(2))  # twice as much
    assert not view[1, 9:].any() and not view[0, 6:].any()  # absent, and equal amounts


def test_presence_costs_what_a_bernoulli_number_for_each_element_says():
    numbers = raw(4)
    found = LIKELIHOOD.cost(numbers, LIKELIHOOD.view(ALLOYS))["elements"]
    expected = -Bernoulli(logits=numbers[:, :6]).log_prob((ALLOYS > 0).double()).sum(-1)
    assert torch.allclose(found, expected)


@pytest.mark.parametrize("row", range(4))
def test_amounts_cost_what_a_logistic_normal_distribution_says(row):
    """In logarithms of ratios to the last present element, where it is an ordinary normal one.

    If centred logarithms scatter by sigma, ratios have the covariance sigma^2 (1 + I), of determinant k sigma^(2k-2).
    """
    numbers, there = raw(4)[row], ALLOYS[row] > 0
    amounts, sigma, size = numbers[6:12][there], FINEST + softplus(numbers[12]), int(there.sum()) - 1
    covariance = sigma**2 * (torch.eye(size, dtype=torch.float64) + 1)
    log_ratios = (ALLOYS[row][there] / ALLOYS[row][there][-1])[:-1].log()
    density = MultivariateNormal((amounts - amounts[-1])[:-1], covariance).log_prob(log_ratios)
    constant = 0.5 * (size * np.log(2 * np.pi) + np.log(size + 1))  # says nothing of the decoder
    found = LIKELIHOOD.cost(numbers, LIKELIHOOD.view(ALLOYS[row]))["amounts"]
    assert found.item() == pytest.approx(-density.item() - constant)


def test_amounts_of_absent_elements_and_a_common_factor_say_nothing():
    numbers, view = raw(4), LIKELIHOOD.view(ALLOYS)
    before = LIKELIHOOD.cost(numbers, view)["amounts"]
    changed = numbers.clone()
    changed[:, 6:12] = torch.where(ALLOYS > 0, changed[:, 6:12] + 3.0, -7.0)
    assert torch.allclose(LIKELIHOOD.cost(changed, view)["amounts"], before)


def test_a_decoder_that_is_certain_and_right_pays_nothing_for_elements_and_gains_by_amounts():
    view = LIKELIHOOD.view(ALLOYS)
    sure = torch.cat([50 * view[:, :6], view[:, 6:], torch.full((4, 1), -50.0)], dim=1)
    cost = LIKELIHOOD.cost(sure, view)
    assert cost["elements"].max() < 1e-9
    count = (ALLOYS > 0).sum(1)
    assert torch.allclose(cost["amounts"], (count - 1).double() * np.log(FINEST), atol=1e-6)  # the scatter has a floor


def test_traces_are_left_out_of_view_and_cost():
    clean = torch.tensor([[0.5, 0.3, 0.2, 0, 0, 0]], dtype=torch.float64)
    traced = torch.tensor([[0.5, 0.3, 0.2, 0.01, 0.004, 0]], dtype=torch.float64)
    traced = traced / traced.sum()
    assert torch.allclose(LIKELIHOOD.view(traced), LIKELIHOOD.view(clean))
    first, second = (LIKELIHOOD.cost(raw(1), LIKELIHOOD.view(alloy)) for alloy in (clean, traced))
    assert all(torch.allclose(first[name], second[name]) for name in first)


def test_a_pure_element_has_a_finite_cost():
    pure = torch.tensor([[1.0, 0, 0, 0, 0, 0]], dtype=torch.float64)
    cost = LIKELIHOOD.cost(raw(1), LIKELIHOOD.view(pure))
    assert cost["amounts"].item() == 0 and cost["elements"].isfinite().all()


def test_the_best_alloy_of_a_decoder_that_is_right_is_the_alloy():
    view = LIKELIHOOD.view(ALLOYS)
    said = torch.cat([view, torch.zeros(4, 1, dtype=torch.float64)], dim=1)
    assert LIKELIHOOD.best(said) == pytest.approx(ALLOYS.numpy(), abs=1e-12)


@given(numbers=st.lists(st.floats(-30, 30, width=32), min_size=13, max_size=13))
def test_the_best_alloy_has_the_likely_elements_and_at_least_two(numbers):
    said = torch.tensor([numbers])
    best = LIKELIHOOD.best(said)[0]
    presence = said[0, :6].numpy()
    assert best.sum() == pytest.approx(1, abs=1e-12) and (best >= 0).all()
    assert (best > 0).sum() >= 2
    if (presence > 0).sum() >= 2:
        assert ((best > 0) == (presence >= 0)).all()
    else:
        assert best[presence.argmax()] > 0


def test_the_best_alloy_is_likelier_than_others_of_the_same_elements():
    numbers = raw(3, seed=5)
    best = torch.tensor(LIKELIHOOD.best(numbers))
    least = LIKELIHOOD.cost(numbers, LIKELIHOOD.view(best))["amounts"]
    for seed in range(5):
        jitter = torch.randn(best.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        other = best * torch.exp(0.1 * jitter)
        other = other / other.sum(1, keepdim=True)
        assert (LIKELIHOOD.cost(numbers, LIKELIHOOD.view(other))["amounts"] > least).all()


def test_costs_teach_every_number_of_a_decoder():
    numbers = raw(4).requires_grad_()
    sum(cost.sum() for cost in LIKELIHOOD.cost(numbers, LIKELIHOOD.view(ALLOYS)).values()).backward()
    assert (numbers.grad.abs().max(0).values > 0).all()


def test_members_and_batches_go_before_the_elements():
    numbers, view = raw(6).view(2, 3, -1), LIKELIHOOD.view(ALLOYS[:3]).expand(2, -1, -1)
    cost = LIKELIHOOD.cost(numbers, view)
    assert {name: values.shape for name, values in cost.items()} == {"elements": (2, 3), "amounts": (2, 3)}
    assert LIKELIHOOD.best(numbers).shape == (2, 3, 6)


BOX = spaces.Box(("a", "b"), (-1.0, 0.0), (3.0, 0.5))


def test_points_of_a_box_cost_what_a_normal_distribution_says():
    likelihood = BoxLikelihood(BOX)
    values = torch.tensor([[0.3, 0.1], [2.5, 0.4]], dtype=torch.float64)
    view, numbers = likelihood.view(values), raw(2, likelihood)
    assert view.tolist() == [pytest.approx([-0.35, -0.6]), pytest.approx([0.75, 0.6])]
    density = Normal(numbers[:, :2], FINEST + softplus(numbers[:, 2:])).log_prob(view).sum(-1)
    found = likelihood.cost(numbers, view)["coordinates"]
    assert torch.allclose(found, -density - np.log(2 * np.pi))


def test_the_best_point_of_a_box_is_the_point_or_on_the_wall():
    likelihood = BoxLikelihood(BOX)
    values = torch.tensor([[0.3, 0.1], [2.5, 0.4]], dtype=torch.float64)
    said = torch.cat([likelihood.view(values), torch.zeros(2, 2, dtype=torch.float64)], dim=1)
    assert likelihood.best(said) == pytest.approx(values.numpy())
    said[0, 0] = 4.0
    assert likelihood.best(said)[0] == pytest.approx([3.0, 0.1])


def test_a_space_has_its_likelihood():
    assert likelihood_of(spaces.Simplex(("Mo", "Nb", "Ta"))).width == 7
    assert likelihood_of(BOX).width == 4
