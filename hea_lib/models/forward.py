"""The forward model of each problem, under a name that the command line knows."""

from . import register
from .base import Predictor


@register
class Forward(Predictor):
    """Predict with what the problem itself offers: published formulas, trees, or an ensemble of networks."""

    name = "forward"
    title = "the forward model of the problem"

    def predict(self, designs):
        """Properties of designs ``(n, n_targets)`` by the forward model."""
        return self.problem.forward(designs)
