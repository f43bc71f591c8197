"""How one number is bent, against automatic differentiation, against zuko, and at every place where splines break."""

import math

import pytest
import torch
import zuko

from hea_lib.errors import TrainingError
from hea_lib.networks.bends import Affine, Spline

BENDS = {
    "affine": Affine(),
    "spline": Spline(8, 3.0),
    "two bins": Spline(2, 1.0),
    "box": Spline(8, 1.0, box=True),
    "fine box": Spline(32, 2.5, box=True),
}
SPLINES = {name: bend for name, bend in BENDS.items() if name != "affine"}
each_bend = pytest.mark.parametrize("bend", BENDS.values(), ids=BENDS)
each_spline = pytest.mark.parametrize("bend", SPLINES.values(), ids=SPLINES)


def drawn(*shape: int, seed: int = 0, scale: float = 1.0) -> torch.Tensor:
    return scale * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def slopes_of(bend, values: torch.Tensor, raw: torch.Tensor) -> torch.Tensor:
    values = values.detach().requires_grad_()
    return torch.autograd.grad(bend(values, raw)[0].sum(), values)[0]


def knots_of(bend: Spline, raw: torch.Tensor) -> torch.Tensor:
    """Places of the knots, in the words of the paper."""
    width = raw[: bend.bins] / (1 + (2 * raw[: bend.bins] / math.log(1e-3)).abs())
    zero = torch.zeros_like(raw[:1])
    return bend.bound * (2 * torch.cat([zero, width.softmax(0).cumsum(0)]) - 1)


@each_bend
def test_it_is_undone_and_knows_its_slope(bend):
    values, raw = drawn(4_000, scale=2), drawn(bend.width, 4_000, seed=1)
    bent, log_slope = bend(values, raw)
    torch.testing.assert_close(bend.undo(bent, raw), values, atol=1e-10, rtol=0)
    torch.testing.assert_close(bend(bend.undo(values, raw), raw)[0], values, atol=1e-10, rtol=0)
    torch.testing.assert_close(log_slope, slopes_of(bend, values, raw).log(), atol=1e-10, rtol=0)
    assert log_slope.std() > 0.1


@each_bend
def test_in_single_precision_it_is_undone_to_1e_5_and_its_slope_right_to_1e_4(bend):
    values, raw = drawn(20_000).float(), drawn(bend.width, 20_000, seed=1, scale=0.5).float()
    bent, log_slope = bend(values, raw)
    assert (bend.undo(bent, raw) - values).abs().max() < 1e-5
    assert (log_slope - slopes_of(bend, values, raw).log()).abs().max() < 1e-4
    assert (log_slope - bend(values.double(), raw.double())[1]).abs().max() < 1e-4


@each_bend
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_whatever_the_parameters_no_more_is_lost_than_rounding_of_the_bent_value_costs(bend, kind):
    """Where a slope is a millionth, the value before is a million times less certain, and not more than that."""
    values, raw = drawn(20_000, scale=2).to(kind), drawn(bend.width, 20_000, seed=1, scale=10).to(kind)
    bent, log_slope = bend(values, raw)
    lost = (bend.undo(bent, raw) - values).abs() / (1 + (-log_slope).exp())
    assert (lost / (1 + bent.abs() + values.abs())).max() < 4 * torch.finfo(kind).eps
    bent = bend.undo(values, raw)
    lost = (bend(bent, raw)[0] - values).abs() / (1 + bend(bent, raw)[1].exp())
    assert (lost / (1 + bent.abs() + values.abs())).max() < 4 * torch.finfo(kind).eps


@each_bend
def test_parameters_0_change_nothing(bend):
    values = torch.linspace(-4, 4, 1_001, dtype=torch.float64)
    bent, log_slope = bend(values, torch.zeros(bend.width, 1_001, dtype=torch.float64))
    torch.testing.assert_close(bent, values, atol=1e-14, rtol=0)
    assert log_slope.abs().max() < 1e-13


@each_bend
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_it_only_rises(bend, scale):
    values = torch.linspace(-3.5, 3.5, 5_001, dtype=torch.float64)
    for seed in range(5):
        raw = drawn(bend.width, 1, seed=seed, scale=scale).expand(-1, 5_001)
        assert (bend(values, raw)[0].diff() > 0).all() and (bend.undo(values, raw).diff() > 0).all()


@each_spline
def test_its_derivative_has_no_jump_at_a_knot(bend):
    raw = drawn(bend.width, 1, seed=3)
    knots = knots_of(bend, raw)[:, 0]
    step = 1e-9
    below, at, above = (bend(knots + by, raw.expand(-1, len(knots)))[1] for by in (-step, 0, step))
    torch.testing.assert_close(below, above, atol=1e-5, rtol=0)
    torch.testing.assert_close(at, above, atol=1e-5, rtol=0)
    middle = (knots[1:] + knots[:-1]) / 2  # between the knots it is another, so that the test can fail
    assert (bend(middle, raw.expand(-1, len(middle)))[1] - above[1:]).abs().max() > 0.1


def test_a_spline_leaves_alone_what_lies_outside():
    bend, values = Spline(6, 1.5), torch.tensor([-1e6, -1.5, 1.5, 7.0], dtype=torch.float64)
    raw = drawn(bend.width, 4)
    bent, log_slope = bend(values, raw)
    torch.testing.assert_close(bent, values)
    assert log_slope.abs().max() < 1e-12
    torch.testing.assert_close(bend.undo(values, raw), values)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_a_spline_on_its_box_never_leaves_it(kind, scale):
    bend = Spline(16, 0.7, box=True)
    bound = torch.tensor(0.7, dtype=kind)
    values = torch.rand(50_000, generator=torch.Generator().manual_seed(0), dtype=kind) * 2 * bound - bound
    values[:4] = torch.stack([bound, -bound, bound.nextafter(-bound), (-bound).nextafter(bound)])
    raw = drawn(bend.width, 50_000, scale=scale).to(kind)
    for moved in (bend(values, raw)[0], bend.undo(values, raw)):
        assert moved.abs().max() <= bound
        assert moved[0] == bound and moved[1] == -bound


@each_spline
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_gradients_are_finite_and_right_at_the_bounds_and_the_knots(bend, scale):
    raw = drawn(bend.width, 1, seed=2, scale=scale)
    values = torch.cat([knots_of(bend, raw)[:, 0], torch.tensor([-bend.bound, bend.bound, -9.0, 9.0])])
    for kind in (torch.float32, torch.float64):
        for call in (bend, bend.undo):
            place = values.to(kind).requires_grad_()
            free = raw.to(kind).expand(-1, len(values)).clone().requires_grad_()
            result = call(place, free)
            loss = sum(part.sum() for part in result) if isinstance(result, tuple) else result.sum()
            assert all(gradient.isfinite().all() for gradient in torch.autograd.grad(loss, (place, free)))
    log_slope = bend(values, raw.expand(-1, len(values)))[1]
    torch.testing.assert_close(slopes_of(bend, values, raw.expand(-1, len(values))).log(), log_slope, atol=1e-9, rtol=0)


@each_bend
def test_gradients_of_all_parameters_are_those_of_finite_differences(bend):
    values, raw = drawn(3, scale=0.4).requires_grad_(), drawn(bend.width, 3, seed=5).requires_grad_()
    assert torch.autograd.gradcheck(bend, (values, raw))
    assert torch.autograd.gradcheck(bend.undo, (values, raw))


def test_the_parameters_of_a_box_bend_its_ends():
    bend = Spline(4, 1.0, box=True)
    raw = torch.zeros(bend.width, 2, dtype=torch.float64)
    raw[8], raw[-1] = math.log(3), -math.log(3)
    limit = math.log(3) / (1 + math.log(3) / math.log(1e3))
    log_slope = bend(torch.tensor([-1.0, 1.0]).double(), raw)[1]
    torch.testing.assert_close(log_slope, torch.tensor([limit, -limit]).double())


@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_a_spline_is_that_of_zuko(scale):
    bend, values = Spline(8, 3.0), drawn(5_000, scale=2)
    raw = drawn(bend.width, 5_000, seed=1, scale=scale)
    theirs = zuko.transforms.MonotonicRQSTransform(*raw.T.split([8, 8, 7], -1), bound=3.0, slope=1e-3)
    bent, log_slope = bend(values, raw)
    expected, logarithm = theirs.call_and_ladj(values)
    torch.testing.assert_close(bent, expected, atol=1e-10, rtol=0)
    torch.testing.assert_close(log_slope, logarithm, atol=1e-9, rtol=0)
    torch.testing.assert_close(bend.undo(bent, raw), theirs.inv(expected), atol=1e-8, rtol=0)


def test_a_straight_line_is_that_of_zuko():
    values, raw = drawn(100), drawn(2, 100, seed=1)
    bent, log_slope = Affine()(values, raw)
    limited = log_slope / (1 - log_slope.abs() / math.log(1e3))  # what zuko limits to the same stretch
    theirs = zuko.transforms.MonotonicAffineTransform(raw[1], limited)
    torch.testing.assert_close(bent, theirs(values))
    torch.testing.assert_close(log_slope, theirs.log_abs_det_jacobian(values, bent))
    torch.testing.assert_close(Affine().undo(bent, raw), theirs.inv(bent))


@each_bend
def test_shapes_are_kept_and_numbers_do_not_mix(bend):
    values, raw = drawn(3, 5, 2), drawn(bend.width, 3, 5, 2, seed=1)
    bent, log_slope = bend(values, raw)
    assert bent.shape == log_slope.shape == bend.undo(values, raw).shape == values.shape
    alone = bend(values[1, 4], raw[:, 1, 4])
    torch.testing.assert_close(alone, (bent[1, 4], log_slope[1, 4]))


@each_spline
def test_what_is_no_number_stays_none(bend):
    values, raw = torch.tensor([float("nan"), 0.1]), torch.zeros(bend.width, 2)
    bent, _ = bend(values, raw)
    assert bent[0].isnan() and bent[1].isfinite()


@each_bend
def test_no_shape_depends_on_the_data(bend):
    """A trace without data goes through, as the capture of a CUDA graph must."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        values, raw = torch.empty(2, 6, 3), torch.empty(bend.width, 2, 6, 3)
        assert bend(values, raw)[0].shape == bend.undo(values, raw).shape == values.shape
        assert bend.log_base(values).shape == (2, 6)


def test_the_base_is_normal_or_uniform_on_the_box():
    values = drawn(7, 3, scale=0.3)
    normal = torch.distributions.Normal(0.0, 1.0).log_prob(values).sum(-1)
    torch.testing.assert_close(Affine().log_base(values), normal)
    torch.testing.assert_close(Spline(4, 2.0).log_base(values), normal)
    uniform = torch.full((7,), -3 * math.log(4), dtype=torch.float64)
    torch.testing.assert_close(Spline(4, 2.0, box=True).log_base(values), uniform, atol=1e-15, rtol=0)
    assert Spline(4, 2.0, box=True).log_base(torch.tensor([[0.0, 2.1]])).item() == -math.inf


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bins": 1}, "bins of a spline is 1, but must be an integer of at least 2"),
        ({"bins": 4.0}, "bins of a spline is 4.0"),
        ({"bound": 0.0}, "bound of a spline is 0.0, but must be finite and above 0"),
        ({"bound": math.inf}, "bound of a spline is inf"),
        ({"bound": math.nan}, "bound of a spline is nan"),
    ],
)
def test_settings_that_make_no_spline_are_named(settings, said):
    with pytest.raises(TrainingError, match=said):
        Spline(**settings)
