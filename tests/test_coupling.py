"""The coupling flow against automatic differentiation and against integration: volume, inverse, density, conditions."""

import pytest
import torch
import zuko
from torch.func import jacrev, vmap

from hea_lib.errors import TrainingError
from hea_lib.networks.bends import STRETCH, Affine, Spline
from hea_lib.networks.coupling import CouplingFlow

BENDS = {"affine": Affine(), "spline": Spline(5, 2.0), "box": Spline(5, 2.0, box=True)}
each_bend = pytest.mark.parametrize("bend", BENDS.values(), ids=BENDS)


def flow_of(size, couplings=4, conditions=1, seeds=(0,), scale=0.3, bend=BENDS["affine"]) -> CouplingFlow:
    """A flow whose networks have learned something or other, in double precision."""
    stacks = CouplingFlow.networks(size, conditions, couplings, 16, seeds, bend)
    for number, stack in enumerate(stacks):
        stack.double()
        for place, values in enumerate(stack.parameters()):
            for seed, member in zip(seeds, values.detach(), strict=True):
                draw = torch.Generator().manual_seed(100 * seed + 10 * number + place)
                member += scale * torch.randn(member.shape, generator=draw, dtype=member.dtype)
    return CouplingFlow(stacks, size, bend)


def inside(bend, data: torch.Tensor) -> torch.Tensor:
    """Data where the bend is meant to be used: on its box, or anywhere."""
    return 1.9 * torch.tanh(data) if getattr(bend, "box", False) else data


def points(*shape: int, seed: int = 0) -> torch.Tensor:
    return 1.5 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@each_bend
@pytest.mark.parametrize(("size", "couplings", "conditions"), [(1, 2, 1), (2, 4, 1), (3, 3, 2), (12, 4, 1)])
def test_the_volume_is_the_determinant_of_the_jacobian(size, couplings, conditions, bend):
    flow = flow_of(size, couplings, conditions, bend=bend)
    data, said = inside(bend, points(1, 20, size)), points(1, 20, conditions, seed=1)
    volume = flow(data, said)[1][0].detach()
    jacobians = vmap(jacrev(lambda h, y: flow(h[None, None], y[None, None])[0][0, 0]))(data[0], said[0])
    sign, logarithm = torch.linalg.slogdet(jacobians.detach())
    assert (sign.abs() == 1).all()
    torch.testing.assert_close(volume, logarithm, atol=1e-10, rtol=0)
    assert volume.std() > 0.05  # it depends on the place, so the test can fail


@each_bend
@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_it_is_undone_exactly_both_ways(size, bend):
    flow = flow_of(size, bend=bend)
    data, said = inside(bend, points(1, 50, size)), points(1, 50, 1, seed=1).sign()
    simple, _ = flow(data, said)
    assert (simple - data).abs().max() > 0.1
    assert torch.allclose(flow.undo(simple, said), data, atol=1e-10, rtol=1e-10)
    assert torch.allclose(flow(flow.undo(data, said), said)[0], data, atol=1e-10)


@each_bend
def test_in_single_precision_it_is_undone_to_1e_5_and_its_volume_right_to_1e_4(bend):
    flow, double = flow_of(7, bend=bend, scale=0.2), flow_of(7, bend=bend, scale=0.2)
    for stack in flow.stacks:
        stack.float()
    data, said = inside(bend, points(1, 2_000, 7)), points(1, 2_000, 1, seed=1)
    simple, volume = flow(data.float(), said.float())
    assert torch.allclose(flow.undo(simple, said.float()), data.float(), atol=1e-5, rtol=0)
    assert torch.allclose(volume.double(), double(data, said)[1], atol=1e-4, rtol=0)


def test_a_flow_of_splines_on_a_box_never_leaves_it_either_way():
    for scale in (0.3, 30.0):
        flow = flow_of(4, scale=scale, bend=Spline(8, 1.0, box=True))
        for kind in (torch.float64, torch.float32):
            data = torch.rand(1, 4_000, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 - 1
            data[0, :1_000] = data[0, :1_000].sign()  # corners
            data, said = data.to(kind), torch.ones(1, 4_000, 1, dtype=kind)
            for stack in flow.stacks:
                stack.to(kind)
            simple, back = flow(data, said)[0], flow.undo(data, said)
            assert simple.abs().max() <= 1 and back.abs().max() <= 1
            assert torch.equal(simple[0, :1_000].abs(), torch.ones(1_000, 4, dtype=kind))  # corners become corners
            assert simple[0, 1_000:].abs().max() > 0.99


@each_bend
def test_its_density_integrates_to_one_under_every_condition(bend):
    bound = 2 if getattr(bend, "box", False) else 20
    flow, cells = flow_of(2, scale=0.15, bend=bend), 300
    side = (torch.arange(cells, dtype=torch.float64) + 0.5) * (2 * bound / cells) - bound
    grid = torch.cartesian_prod(side, side)[None]
    densities = []
    for y in (-1.0, 1.0):
        with torch.no_grad():
            density = flow.log_density(grid, torch.full_like(grid[..., :1], y)).exp()[0]
        assert (density.sum() * (side[1] - side[0]) ** 2).item() == pytest.approx(1, abs=1e-3)
        densities.append(density)
    overlap = torch.minimum(*densities).sum() * (side[1] - side[0]) ** 2
    assert overlap < 0.98  # the two conditions make two densities


def test_beyond_a_box_there_is_no_density():
    flow = flow_of(2, bend=BENDS["box"])
    density = flow.log_density(torch.tensor([[[2.0, -2.0], [2.1, 0.0]]]).double(), torch.ones(1, 2, 1).double())[0]
    assert density[0].isfinite() and density[1] == -torch.inf


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


@each_bend
def test_in_the_beginning_it_only_reorders(bend):
    flow = CouplingFlow(CouplingFlow.networks(6, 1, 4, 16, [0], bend), 6, bend)
    data = torch.randn(1, 9, 6, generator=torch.Generator().manual_seed(0))
    simple, volume = flow(data, torch.ones(1, 9, 1))
    assert torch.allclose(simple.sort().values, data.sort().values, atol=1e-6)
    assert volume.abs().max() < 1e-5


def test_a_flow_that_only_reorders_has_the_normal_density():
    flow = CouplingFlow(CouplingFlow.networks(6, 1, 4, 16, [0]), 6)
    data = torch.randn(1, 9, 6, generator=torch.Generator().manual_seed(0))
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


@each_bend
def test_members_of_an_ensemble_are_the_flows_that_they_would_be_alone(bend):
    both = flow_of(5, seeds=(3, 8), bend=bend)
    data, said = inside(bend, points(2, 10, 5)), points(2, 10, 1, seed=1)
    normal, volume = both(data, said)
    for number, seed in enumerate((3, 8)):
        alone = flow_of(5, seeds=(seed,), bend=bend)
        own, lone = alone(data[[number]], said[[number]])
        assert torch.allclose(normal[number], own[0], atol=1e-9) and torch.allclose(volume[number], lone[0], atol=1e-9)
    changed = data.clone()
    changed[1] *= 0.5
    assert torch.equal(both(changed, said)[0][0], normal[0])
    assert not torch.allclose(normal[0], both(data[[0, 0]], said[[0, 0]])[0][1])  # each has couplings of its own


@each_bend
def test_every_parameter_learns(bend):
    flow = flow_of(6, bend=bend)
    (-flow.log_density(inside(bend, points(1, 30, 6)), points(1, 30, 1, seed=1))).mean().backward()
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


@pytest.mark.parametrize("bend", ["affine", "spline"])
def test_it_is_the_flow_of_zuko_under_equal_weights(bend):
    """One coupling, whose network reads the kept half and the condition, with the rows of its last layer reordered."""
    size, conditions, bend = 5, 2, BENDS[bend]
    flow = flow_of(size, 1, conditions, bend=bend, scale=0.2)
    kept, moved = flow.orders[0][: flow.half], flow.orders[0][flow.half :]
    mask = torch.zeros(size, dtype=torch.bool)
    mask[kept] = True
    if isinstance(bend, Spline):
        shapes = (bend.bins,), (bend.bins,), (bend.bins - 1,)
        univariate = lambda *raw: zuko.transforms.MonotonicRQSTransform(*raw, bound=bend.bound)  # noqa: E731
    else:  # its stretch is limited in another way, so that zuko is given what it makes ours of
        shapes, limit = ((), ()), torch.tensor(1e-3).log().abs()

        def univariate(stretch, shift):
            ours = STRETCH * torch.tanh(stretch / STRETCH)
            return zuko.transforms.MonotonicAffineTransform(shift, ours / (1 - ours.abs() / limit))

    theirs = zuko.flows.coupling.GeneralCouplingTransform(
        size, conditions, mask, univariate, shapes, hidden_features=(16, 16), activation=torch.nn.SiLU
    ).double()
    ours = flow.stacks[0].member(0)
    state = dict(zip(theirs.hyper.state_dict(), ours.state_dict().values(), strict=True))
    *_, weight, bias = state
    place = lambda order: order.sort().indices  # noqa: E731  # zuko keeps the order in which numbers come
    rows = torch.arange(bend.width * len(moved)).view(bend.width, -1)[:, place(moved)].T.flatten()
    state |= {name: state[name][rows] for name in (weight, bias)}
    first = next(iter(state))
    columns = torch.cat([place(kept), torch.arange(len(kept), len(kept) + conditions)])
    state[first] = state[first][:, columns]
    theirs.hyper.load_state_dict(state)

    data, said = points(1, 200, size), points(1, 200, conditions, seed=1)
    simple, volume = flow(data, said)
    expected, logarithm = theirs(said[0]).call_and_ladj(data[0])
    assert torch.allclose(simple[0], expected[:, flow.orders[0]], atol=1e-10)
    assert torch.allclose(volume[0], logarithm, atol=1e-10)
    assert torch.allclose(flow.undo(simple, said)[0], theirs(said[0]).inv(expected), atol=1e-8)
    assert volume.std() > 0.05


def test_networks_that_were_made_for_another_bend_are_named():
    stacks = CouplingFlow.networks(5, 1, 2, 16, [0], Spline(4))
    with pytest.raises(
        TrainingError, match=r"network 0 of the flow gives 33 numbers; Affine needs 6, 2 for each of the"
    ):
        CouplingFlow(stacks, 5)
