r"""How a coupling moves one number: it is bent, by a function that only rises, under parameters which a network gives.

A bend can be undone exactly and knows its slope, whatever the parameters; where all of them are 0 it changes nothing:

$$f^{-1}(f(x)) = x, \qquad f'(x) > 0, \qquad f(x) = x \text{ under parameters } 0 .$$

Nothing here asks for the value of a tensor or makes a shape of one, so that all of it can be captured as a CUDA graph.
"""

from __future__ import annotations

import math

import torch

from ..errors import TrainingError

STRETCH = 1.5  # bound of the logarithm by which one affine bend stretches or shrinks a number
STEEPEST = math.log(1e3)  # likewise of the slope of a spline at a knot, and of ratios of widths and of heights


class Affine:
    """Stretch within a bound, and shift: a straight line, from all numbers onto all numbers."""

    width = 2  #: parameters of one number

    def __call__(self, values: torch.Tensor, raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Bent values and the logarithms of the slopes there, both ``(...)``; parameters are ``(width, ...)``."""
        stretch, shift = self._bounded(raw)
        return values * stretch.exp() + shift, stretch

    def undo(self, values: torch.Tensor, raw: torch.Tensor) -> torch.Tensor:
        """The values that are bent to these ``(...)``."""
        stretch, shift = self._bounded(raw)
        return (values - shift) * (-stretch).exp()

    def log_base(self, values: torch.Tensor) -> torch.Tensor:
        """Log-density ``(...)`` of the end of a flow ``(..., size)``: numbers each normal."""
        return -0.5 * (values.square() + math.log(2 * math.pi)).sum(-1)

    @staticmethod
    def _bounded(raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        stretch, shift = raw
        return STRETCH * torch.tanh(stretch / STRETCH), shift


class Spline:
    r"""A monotonic rational-quadratic spline from $[-B, B]$ onto itself, its derivative continuous.

    Between two knots with slopes $d_0, d_1$, where the chord rises by $s$ and $\xi \in [0, 1]$ is the share of the way,

    $$f = (1 - r)\, y_0 + r\, y_1, \qquad
    r = \frac{\xi^2 + \delta_0 \xi (1 - \xi)}{\xi^2 + (\delta_0 + \delta_1) \xi (1 - \xi) + (1 - \xi)^2},
    \qquad \delta_i = d_i / s .$$

    Outside it goes on straight with the slope of its end, which is 1, so that nothing is changed there, but for a box.

    Args:
        bins: between knots, at least 2.
        bound: $B$.
        box: no datum lies outside: slopes at the ends are free too, and a flow ends in numbers uniform on the box.

    Raises:
        TrainingError: settings that make no spline.

    References:
        C. Durkan et al., NeurIPS 2019, arXiv:1906.04032

    Example:
        >>> spline = Spline(bins=4, bound=1.0, box=True)
        >>> bent, _ = spline(torch.tensor([-1.0, 0.3, 1.0]), torch.randn(spline.width, 3))
        >>> bent[0].item(), bent[2].item()
        (-1.0, 1.0)
    """

    def __init__(self, bins: int = 8, bound: float = 3.0, box: bool = False):
        if not (isinstance(bins, int) and bins >= 2):
            raise TrainingError(f"bins of a spline is {bins!r}, but must be an integer of at least 2")
        if not 0 < bound < math.inf:
            raise TrainingError(f"bound of a spline is {bound!r}, but must be finite and above 0")
        self.bins, self.bound, self.box = bins, float(bound), box
        self.width = 3 * bins + (1 if box else -1)

    def __call__(self, values: torch.Tensor, raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Bent values and the logarithms of the slopes there, both ``(...)``; parameters are ``(width, ...)``."""
        inside = values.clamp(-self.bound, self.bound)
        (x0, y0, d0), (x1, y1, d1) = self._bin(self._knots(raw), inside, axis=0)
        rise, share = (y1 - y0) / (x1 - x0), (inside - x0) / (x1 - x0)
        first, last, both = d0 / rise, d1 / rise, share * (1 - share)
        below, above = share.square() + first * both, (1 - share).square() + last * both
        slope = rise * (last * share.square() + 2 * both + first * (1 - share).square()) / (below + above).square()
        # A mean of the two knots, which rounding does not carry beyond them.
        bent = torch.lerp(y0, y1, below / (below + above))
        return bent + (values - inside) * torch.where(values < 0, d0, d1), slope.log()

    def undo(self, values: torch.Tensor, raw: torch.Tensor) -> torch.Tensor:
        """The values that are bent to these ``(...)``."""
        inside = values.clamp(-self.bound, self.bound)
        (x0, y0, d0), (x1, y1, d1) = self._bin(self._knots(raw), inside, axis=1)
        rise, part = (y1 - y0) / (x1 - x0), (inside - y0) / (y1 - y0)
        # u = xi / (1 - xi) solves (1 - r) u^2 + linear u - r = 0; nothing cancels in its positive root.
        rest, linear = 1 - part, (d0 * (1 - part) - d1 * part) / rise
        root = linear.abs() + (linear.square() + 4 * part * rest).sqrt()
        share = torch.where(linear > 0, 2 * part / (2 * part + root), root / (root + 2 * rest))
        return torch.lerp(x0, x1, share) + (values - inside) / torch.where(values < 0, d0, d1)

    def log_base(self, values: torch.Tensor) -> torch.Tensor:
        """Log-density ``(...)`` of the end of a flow ``(..., size)``: numbers each normal, or uniform on the box."""
        if not self.box:
            return Affine().log_base(values)
        level = torch.full_like(values[..., 0], -values.shape[-1] * math.log(2 * self.bound))
        return level.masked_fill((values.abs() > self.bound).any(-1), -math.inf)

    def _knots(self, raw: torch.Tensor) -> torch.Tensor:
        """Places, values and slopes of all knots ``(3, bins + 1, ...)``."""
        lengths, slopes = raw.split([2 * self.bins, self.width - 2 * self.bins])
        shares = _limited(lengths.unflatten(0, (2, self.bins)), STEEPEST / 2).softmax(1).cumsum(1)[:, :-1]
        end = torch.full_like(shares[:, :1], self.bound)
        slopes = _limited(slopes, STEEPEST).exp()
        if not self.box:
            one = torch.ones_like(raw[:1])
            slopes = torch.cat([one, slopes, one])
        return torch.cat([torch.cat([-end, (2 * shares - 1) * self.bound, end], 1), slopes[None]])

    @staticmethod
    def _bin(knots: torch.Tensor, values: torch.Tensor, axis: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The knots ``(3, ...)`` below and above each number, which is a place (axis 0) or a bent value (axis 1)."""
        left = (knots[axis, 1:-1] <= values).sum(0).expand(3, 1, *values.shape)
        return knots.gather(1, left).squeeze(1), knots.gather(1, left + 1).squeeze(1)


def _limited(raw: torch.Tensor, most: float) -> torch.Tensor:
    """Any numbers as numbers within ``most`` of 0, and as they are near 0."""
    return raw / (1 + raw.abs() / most)
