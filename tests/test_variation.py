"""Varied alloys: valid, of as many elements, drawn towards the common ones, the same under a seed."""

import pytest
import torch

from hea_lib.networks.variation import EXCHANGED, vary
from hea_lib.training import Randomness

COMMON = torch.cat([torch.full((4,), 0.01), torch.full((10,), 0.3), torch.full((10,), 0.1)])


def alloys(seeds=(0,), batch: int = 4_000) -> torch.Tensor:
    """The same alloy of four rare elements, many times."""
    fractions = torch.zeros(len(seeds), batch, 24)
    fractions[..., :4] = torch.tensor([0.4, 0.3, 0.2, 0.1])
    return fractions


@pytest.fixture(scope="module")
def varied() -> torch.Tensor:
    return vary(alloys(), COMMON, Randomness([0]))[0]


def test_they_are_alloys_of_as_many_elements():
    sizes = torch.randint(1, 25, (500,), generator=torch.Generator().manual_seed(0))
    fractions = torch.rand(2, 500, 24, generator=torch.Generator().manual_seed(1)) + 0.05
    fractions = fractions * (torch.arange(24) < sizes[:, None])
    fractions = fractions / fractions.sum(-1, keepdim=True)
    found = vary(fractions, COMMON, Randomness([0, 1]))
    assert found.isfinite().all() and (found >= 0).all()
    assert torch.allclose(found.sum(-1), torch.ones(2, 500), atol=1e-5)
    assert torch.equal((found > 0).sum(-1), sizes.expand(2, -1))
    assert not torch.equal(found[0], found[1])


def test_an_alloy_of_all_elements_keeps_them():
    fractions = torch.full((1, 300, 5), 0.2)
    found = vary(fractions, torch.full((5,), 0.5), Randomness([0]))
    assert (found > 0).all() and torch.allclose(found.sum(-1), torch.ones(1, 300), atol=1e-6)
    assert (found != fractions).any()  # the amounts jitter


def test_the_alloys_given_are_left_as_they_are():
    fractions = alloys(batch=100)
    before = fractions.clone()
    vary(fractions, COMMON, Randomness([0]))
    assert torch.equal(fractions, before)


def test_one_or_two_elements_are_exchanged_as_often_as_said(varied):
    left = 4 - (varied[:, :4] > 0).sum(1)
    shares = torch.bincount(left, minlength=3) / len(varied)
    first, second = EXCHANGED
    assert shares[0].item() == pytest.approx((1 - first) * (1 - second), abs=0.03)
    # The second exchange may take the newcomer of the first, one of four, so it takes an old one less often.
    assert shares[2].item() == pytest.approx(first * second * 3 / 4, abs=0.03)
    assert shares[3:].sum() == 0


def test_common_elements_enter_sooner(varied):
    entered = (varied > 0).float().mean(0)
    assert (entered[4:14].mean() / entered[14:].mean()).item() == pytest.approx(3, rel=0.15)


def test_each_element_leaves_as_often(varied):
    stayed = (varied[:, :4] > 0).float().mean(0)
    assert (stayed.max() - stayed.min()).item() < 0.05


def test_half_of_the_alloys_keep_their_amounts_in_place(varied):
    """Those without an exchange show it: the jitter seldom changes which of 40 and 10 at% is the larger."""
    same = varied[(varied[:, :4] > 0).all(1)]
    swapped = (same[:, 0] < same[:, 3]).float().mean().item()
    assert swapped == pytest.approx(0.25, abs=0.05)  # half are shuffled, and half of those end the other way round


def test_the_jitter_is_small_and_without_direction():
    """On equal amounts, where a permutation shows nothing."""
    fractions = torch.full((1, 4_000, 4), 0.25)
    logs = vary(fractions, torch.full((4,), 0.5), Randomness([0]))[0].log()
    ratio = logs[:, 0] - logs[:, 1]
    assert abs(ratio.mean().item()) < 0.01
    # Jitter of a strength uniform in [0, 0.2] on each of the two: variance 2 * 0.2^2 / 3
    assert ratio.std().item() == pytest.approx((2 * 0.2**2 / 3) ** 0.5, rel=0.06)


def test_a_seed_makes_the_same_variations_whoever_is_beside_it():
    alone = vary(alloys((7,), 50), COMMON, Randomness([7]))[0]
    both = vary(alloys((3, 7), 50), COMMON, Randomness([3, 7]))
    assert torch.equal(both[1], alone) and not torch.equal(both[0], alone)
    assert torch.equal(vary(alloys((7,), 50), COMMON, Randomness([7]))[0], alone)
