r"""What the empirical rules of the field say about an alloy, as a probability.

Hume-Rothery's heirs draw windows: a small size mismatch, a mixing enthalpy near zero, a large Omega. A window says yes
or no, and each is wrong often. Here their quantities enter a logistic regression with all squares and products, which
can draw a soft window and learns from labels how much each one is worth. It is a weak classifier and a calibrated one,
and that is what a prior should be.

References:
    Y. Zhang et al., Adv. Eng. Mater. 10, 534 (2008), doi:10.1002/adem.200700240
    X. Yang, Y. Zhang, Mater. Chem. Phys. 132, 233 (2012), doi:10.1016/j.matchemphys.2011.11.021
    S. Guo et al., J. Appl. Phys. 109, 103505 (2011), doi:10.1063/1.3587228 (valence electrons)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .. import descriptors
from ..errors import SurrogateError
from .checks import check_fitted

#: Quantities of the rules, those that grow without bound as logarithms within the bounds given.
LINEAR = ("size_mismatch", "mixing_enthalpy", "mixing_entropy", "valence_electron_concentration",
          "electronegativity_mismatch")  # fmt: skip
LOGARITHMIC = {"omega": (0.1, 100.0), "lambda": (0.05, 20.0)}


@dataclass
class ExpertRules:
    """The probability of a single phase by the quantities of the empirical rules alone.

    Args:
        softness: strength of the regularisation, in units of scikit-learn's ``1 / C``.

    Example:
        >>> from hea_lib import alloys
        >>> table = alloys.fractions(["MoNbTaW", "TiZrHfNb", "AlCoCrFeNi", "AlNiTi"])
        >>> rules = ExpertRules().fit(table, np.array([1.0, 1.0, 0.0, 0.0]))
        >>> bool((rules.log_odds(table)[:2] > 0).all())
        True
    """

    softness: float = 10.0
    model: object = field(default=None, init=False, repr=False)

    def fit(self, designs: pd.DataFrame, labels: np.ndarray) -> ExpertRules:
        """Learn how much each quantity is worth, from alloys and labels that are 0 or 1 ``(n,)``.

        Raises:
            SurrogateError: labels of one class only, or other than 0 and 1.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import PolynomialFeatures, StandardScaler

        labels = np.asarray(labels)
        if set(np.unique(labels)) != {0, 1}:
            raise SurrogateError(
                f"labels are {np.unique(labels)[:3].tolist()}; rules need alloys of both classes, 0 and 1"
            )
        logistic = LogisticRegression(C=1 / self.softness, max_iter=2_000)
        self.model = make_pipeline(
            StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler(), logistic
        )
        self.model.fit(_quantities(designs), labels)
        return self

    def log_odds(self, designs: pd.DataFrame) -> np.ndarray:
        """Logarithm of the odds of a single phase ``(n,)``.

        A pure element has no Omega and no Lambda, zero divided by zero. It is told what its ever more dilute alloys
        approach: both grow without bound, because the entropy of the last atoms vanishes more slowly than what they
        change, so both stand at their upper bounds.

        Raises:
            SurrogateError: rules that have not been fitted.
        """
        check_fitted(self.model, "ExpertRules")
        return self.model.decision_function(_quantities(designs))


def _quantities(designs: pd.DataFrame) -> np.ndarray:
    """The quantities of the rules ``(n, 7)``."""
    known = descriptors.compute(designs, [*LINEAR, *LOGARITHMIC], threads=1)
    logs = [np.log(known[name].fillna(np.inf).clip(*bounds)) for name, bounds in LOGARITHMIC.items()]
    return np.column_stack([known[list(LINEAR)], *logs])
