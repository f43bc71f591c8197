"""The coupling flow against automatic differentiation and against integration: volume, inverse, density, conditions."""

import pytest
import torch

from hea_lib.networks.coupling import STRETCH, CouplingFlow


def flow_of(size: int, couplings: int = 4, conditions: int = 1, seeds=(0,), scale: float = 0.3) -> CouplingFlow:
    """A flow whose networks have learned something or other, in double precision."""
    stacks = CouplingFlow.networks(size, conditions, couplings, 16, seeds)
    for number, stack in enumerate(stacks):
        stack.double()
        for place, values in enumerate(stack.parameters()):
            for seed, member in zip(seeds, values.detach(), strict=True):
                draw = torch.Generator().manual_seed(100 * seed + 10 * number + place)
                member += scale * torch.randn(member.shape, generator=draw, dtype=member.dtype)
    return CouplingFlow(stacks, size)


def points(*shape: int, seed: int = 0) -> torch.Tensor:
    return 1.5 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("size", "couplings", "conditions"), [(1, 2, 1), (2, 4, 1), (3, 3, 2), (7, 5, 1), (12, 4, 1)])
def test_the_volume_is_the_determinant_of_the_jacobian(size, couplings, conditions):
    flow = flow_of(size, couplings, conditions)
    data, said = points(1, 5, size), points(1, 5, conditions, seed=1)
    volume = flow(data, said)[1][0]
    for row in range(5):
        one = said[:, [row]]
        jacobian = torch.autograd.functional.jacobian(
            lambda h, one=one: flow(h[None, None], one)[0][0, 0], data[0, row]
        )
        sign, logarithm = torch.linalg.slogdet(jacobian)
        assert abs(sign) == 1
        assert volume[row].item() == pytest.approx(logarithm.item(), abs=1e-10)
    assert volume.std() > 0.05  # it depends on the place, so the test can fail


@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_it_is_undone_exactly_both_ways(size):
    flow = flow_of(size)
    data, said = points(1, 50, size), points(1, 50, 1, seed=1).sign()
    normal, _ = flow(data, said)
    assert (normal - data).abs().max() > 0.1
    assert torch.allclose(flow.undo(normal, said), data, atol=1e-10)
    assert torch.allclose(flow(flow.undo(data, said), said)[0], data, atol=1e-10)


def test_its_density_integrates_to_one_under_every_condition():
    flow, side = flow_of(2, scale=0.15), torch.linspace(-20, 20, 321, dtype=torch.float64)
    grid = torch.cartesian_prod(side, side)[None]
    densities = []
    for y in (-1.0, 1.0):
        with torch.no_grad():
            density = flow.log_density(grid, torch.full_like(grid[..., :1], y)).exp()[0]
        assert (density.sum() * (side[1] - side[0]) ** 2).item() == pytest.approx(1, abs=1e-4)
        densities.append(density)
    overlap = torch.minimum(*densities).sum() * (side[1] - side[0]) ** 2
    assert overlap < 0.98  # the two conditions make two densities


def test_its_density_is_that_of_what_it_draws():
    """Quantiles of drawn numbers against the cumulated density, in one dimension, where both are easy."""
    flow = flow_of(1, couplings=2)
    normal = torch.randn(1, 200_000, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    said = torch.ones_like(normal)
    drawn = flow.undo(normal, said)[0, :, 0].detach()
    side = torch.linspace(-15, 15, 6_001, dtype=torch.float64)[None, :, None]
    density = flow.log_density(side, torch.ones_like(side)).exp()[0].detach()
    below = torch.cumulative_trapezoid(density, side[0, :, 0])
    for place in (2_400, 3_000, 3_500):
        assert (drawn < side[0, place + 1, 0]).double().mean().item() == pytest.approx(below[place].item(), abs=5e-3)


def test_in_the_beginning_it_only_reorders():
    flow = CouplingFlow(CouplingFlow.networks(6, 1, 4, 16, [0]), 6)
    data = torch.randn(1, 9, 6, generator=torch.Generator().manual_seed(0))
    normal, volume = flow(data, torch.ones(1, 9, 1))
    assert torch.equal(normal.sort().values, data.sort().values)
    assert not volume.any()
    expected = torch.distributions.Normal(0, 1).log_prob(data).sum(-1)
    assert torch.allclose(flow.log_density(data, -torch.ones(1, 9, 1)), expected, atol=1e-5)


def test_a_coupling_stretches_within_its_bound():
    flow = flow_of(4, couplings=1, scale=20.0)
    volume = flow(points(1, 200, 4), points(1, 200, 1, seed=1))[1]
    assert volume.abs().max() <= 2 * STRETCH
    assert volume.abs().max() > 1.9 * STRETCH


def test_every_number_of_the_alloys_depends_on_the_condition():
    """A number that no coupling moves would be drawn from the same distribution for both classes."""
    flow, data = flow_of(12), points(1, 20, 12)
    low, high = (flow.undo(data, torch.full((1, 20, 1), y, dtype=torch.float64)) for y in (-1.0, 1.0))
    assert ((low - high).abs().mean((0, 1)) > 1e-3).all()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7, 8, 9])
def test_every_number_depends_on_the_condition_whatever_their_number(size):
    flow, data = flow_of(size), points(1, 20, size)
    low, high = (flow.undo(data, torch.full((1, 20, 1), y, dtype=torch.float64)) for y in (-1.0, 1.0))
    assert ((low - high).abs().mean((0, 1)) > 1e-3).all()


def test_couplings_of_one_member_begin_unlike():
    first, second = CouplingFlow.networks(6, 1, 2, 16, [0])
    assert not torch.equal(next(first.parameters()), next(second.parameters()))


def test_members_of_an_ensemble_are_the_flows_that_they_would_be_alone():
    both, data, said = flow_of(5, seeds=(3, 8)), points(2, 10, 5), points(2, 10, 1, seed=1)
    normal, volume = both(data, said)
    for number, seed in enumerate((3, 8)):
        alone = flow_of(5, seeds=(seed,))
        own, lone = alone(data[[number]], said[[number]])
        assert torch.allclose(normal[number], own[0], atol=1e-9) and torch.allclose(volume[number], lone[0], atol=1e-9)
    changed = data.clone()
    changed[1] += 1
    assert torch.equal(both(changed, said)[0][0], normal[0])
    assert not torch.allclose(normal[0], both(data[[0, 0]], said[[0, 0]])[0][1])  # each has couplings of its own


def test_every_parameter_learns():
    flow = flow_of(6)
    (-flow.log_density(points(1, 30, 6), points(1, 30, 1, seed=1))).mean().backward()
    assert all(values.grad.abs().max() > 0 for stack in flow.stacks for values in stack.parameters())


def test_a_flow_learns_two_densities_at_once():
    """Two normal distributions apart, one a class: the mean log-density of each approaches its negative entropy."""
    stacks = CouplingFlow.networks(2, 1, 2, 16, [0])
    flow = CouplingFlow(stacks, 2)
    draw = torch.Generator().manual_seed(0)
    said = torch.randint(2, (1, 256, 1), generator=draw) * 2.0 - 1
    data = torch.tensor([2.0, -1.0]) * said + torch.tensor([0.5, 0.2]) * torch.randn(1, 256, 2, generator=draw)
    adam = torch.optim.Adam([values for stack in stacks for values in stack.parameters()], lr=2e-2)
    for _ in range(120):
        loss = -flow.log_density(data, said).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    entropy = torch.distributions.Normal(torch.zeros(2), torch.tensor([0.5, 0.2])).entropy().sum()
    assert loss.item() == pytest.approx(entropy.item(), abs=0.1)
    assert (flow.log_density(data, -said).mean() < -loss - 5).item()  # the other class would not have made them
