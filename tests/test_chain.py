"""The chain of splines: its volume, its inverse, its walls, and that it learns what one Gaussian cannot."""

import pytest
import torch

from hea_lib.networks.chain import ChainFlow, boxed


def chain_of(size: int, conditions: int = 1, seeds=(0,), scale: float = 0.3, order=None) -> ChainFlow:
    """A chain whose networks have learned something or other, in double precision."""
    stacks = ChainFlow.networks(size, conditions, [8] * size, seeds, boxed(6))
    for number, stack in enumerate(stacks):
        stack.double()
        for place, values in enumerate(stack.parameters()):
            for seed, member in zip(seeds, values.detach(), strict=True):
                draw = torch.Generator().manual_seed(100 * seed + 10 * number + place)
                member += scale * torch.randn(member.shape, generator=draw, dtype=member.dtype)
    return ChainFlow(stacks, range(size) if order is None else order, boxed(6))


def points(*shape: int, seed: int = 0) -> torch.Tensor:
    return 2 * torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 1


@pytest.mark.parametrize(("size", "order"), [(1, [0]), (3, [2, 0, 1]), (5, [4, 1, 0, 3, 2])])
def test_the_volume_is_the_determinant_of_the_jacobian(size, order):
    flow, data, said = chain_of(size, order=order), points(1, 6, size), points(1, 6, 1, seed=1)
    volume = flow(data, said)[1][0]
    for row in range(6):
        one = said[:, [row]]
        jacobian = torch.autograd.functional.jacobian(
            lambda x, one=one: flow(x[None, None], one)[0][0, 0], data[0, row]
        )
        assert volume[row].item() == pytest.approx(torch.linalg.slogdet(jacobian)[1].item(), abs=1e-8)
    assert volume.std() > 0.05


def test_it_is_undone_both_ways_and_stays_in_the_box():
    flow, data, said = chain_of(4, order=[3, 1, 0, 2]), points(1, 500, 4), points(1, 500, 1, seed=1)
    uniform, _ = flow(data, said)
    assert (uniform - data).abs().max() > 0.1
    assert uniform.abs().max() <= 1
    assert torch.allclose(flow.undo(uniform, said), data, atol=1e-8)
    walls = torch.cat([torch.ones(1, 1, 4), -torch.ones(1, 1, 4)], dim=1).double()
    assert torch.allclose(flow.undo(walls, said[:, :2]), walls, atol=1e-8)
    assert flow.undo(points(1, 500, 4, seed=5), said).abs().max() <= 1


def test_a_coordinate_knows_those_before_it_and_none_after():
    flow, data, said = chain_of(3, order=[2, 0, 1]), points(1, 40, 3), points(1, 40, 1, seed=1)
    changed = data.clone()
    changed[..., 0] = points(1, 40, seed=7)
    before, after = flow(data, said)[0], flow(changed, said)[0]
    assert torch.equal(before[..., 2], after[..., 2])  # it comes first
    assert not torch.allclose(before[..., 1], after[..., 1])  # it comes last


def test_its_density_integrates_to_one_under_every_condition():
    flow, side = chain_of(2), torch.linspace(-1, 1, 401, dtype=torch.float64)
    middle = (side[1:] + side[:-1]) / 2
    grid = torch.cartesian_prod(middle, middle)[None]
    for y in (-1.0, 1.0):
        with torch.no_grad():
            density = flow.log_density(grid, torch.full_like(grid[..., :1], y)).exp()
        assert (density.sum() * (side[1] - side[0]) ** 2).item() == pytest.approx(1, abs=2e-3)


def test_members_of_an_ensemble_are_the_chains_that_they_would_be_alone():
    both, data, said = chain_of(3, seeds=(3, 8)), points(2, 10, 3), points(2, 10, 1, seed=1)
    uniform, volume = both(data, said)
    for number, seed in enumerate((3, 8)):
        own, lone = chain_of(3, seeds=(seed,))(data[[number]], said[[number]])
        assert torch.allclose(uniform[number], own[0], atol=1e-9) and torch.allclose(volume[number], lone[0], atol=1e-9)


def test_in_the_beginning_it_changes_nothing():
    flow = ChainFlow(ChainFlow.networks(3, 1, [8, 8, 8], [0]), [0, 1, 2])
    data = points(1, 50, 3).float()
    uniform, volume = flow(data, torch.ones(1, 50, 1))
    assert torch.allclose(uniform, data, atol=1e-5) and volume.abs().max() < 1e-4


def test_it_learns_a_ring_that_no_gaussian_follows():
    draw = torch.Generator().manual_seed(0)
    angle = 2 * torch.pi * torch.rand(1, 2_000, 1, generator=draw)
    ring = torch.cat([angle.cos(), angle.sin()], -1) * (0.7 + 0.03 * torch.randn(1, 2_000, 1, generator=draw))
    spline, one = boxed(12), torch.ones(1, 2_000, 1)
    stacks = ChainFlow.networks(2, 1, [32, 32], [0], spline)
    flow = ChainFlow(stacks, [0, 1], spline)
    adam = torch.optim.Adam([values for stack in stacks for values in stack.parameters()], lr=1e-2)
    for _ in range(150):
        loss = -flow.log_density(ring, one).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    made = flow.undo(points(1, 2_000, 2, seed=3).float(), one)
    assert ((made.norm(dim=-1) - 0.7).abs() < 0.15).float().mean() > 0.9
