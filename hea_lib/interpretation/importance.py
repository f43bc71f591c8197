"""Two other answers to what matters: shuffle an input and see what it costs, and walk the paths of a forest.

References:
    Permutation importance: L. Breiman, Mach. Learn. 45, 5 (2001), doi:10.1023/A:1010933404324
    Shapley values of trees: S. M. Lundberg et al., Nat. Mach. Intell. 2, 56 (2020), doi:10.1038/s42256-019-0138-9
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import errors
from ..errors import HeaError, UnsupportedError
from .heads import DescriptorHead
from .shapley import Explanation

_AT_ONCE = 5  # alloys whose trees are walked together


def permutation_importance(
    head: DescriptorHead, inputs: pd.DataFrame, labels: np.ndarray, repeats: int = 20, seed: int = 0
) -> pd.DataFrame:
    """How much AUC a fitted head loses when one descriptor is shuffled among alloys, the largest loss first.

    Args:
        inputs: descriptors of alloys that the head did not learn from ``(n, n_inputs)``. labels: 0 or 1 ``(n,)``.

    Returns:
        Mean and standard deviation over the repeats ``(n_inputs, 2)``.

    Raises:
        HeaError: labels of one class only, for which there is no AUC; or tables that do not fit.
    """
    from sklearn.inspection import permutation_importance as permute
    from sklearn.metrics import roc_auc_score

    table, labels = head.check(inputs), np.asarray(labels)
    if len(labels) != len(table) or len(np.unique(labels)) != 2:
        raise HeaError(f"{len(table)} labels of both classes are needed, not {len(labels)} of {np.unique(labels)[:3]}")

    def auc(head, table, labels):
        return roc_auc_score(labels, head(table))

    found = permute(head, table, labels, scoring=auc, n_repeats=repeats, random_state=seed)
    lost = pd.DataFrame({"lost AUC": found.importances_mean, "spread": found.importances_std}, table.columns)
    return lost.sort_values("lost AUC", ascending=False)


def tree_shapley(head: DescriptorHead, inputs: pd.DataFrame, background: pd.DataFrame) -> Explanation:
    """Shapley values of a head of trees, exact and without enumeration: the package ``shap`` follows the paths.

    The game is that of :func:`hea_lib.interpretation.exact_shapley`, so both agree, but for a tree where an alloy lies
    on a threshold to single precision.

    Args:
        inputs: what to explain ``(n, n_inputs)``. background: ``(n_background, n_inputs)``.

    Raises:
        UnsupportedError: a head that is not made of trees. HeaError: tables that do not fit, or are empty.
    """
    import shap

    if head.kind != "trees":
        raise UnsupportedError(f"a head of kind {head.kind!r} has no trees; fit DescriptorHead('trees')")
    table, around = head.check(inputs), head.check(background)
    if not len(table) or not len(around):
        raise HeaError("there must be something to explain and a background, each with a row or more")
    # Trees of scikit-learn compare in single precision; in double, alloys on thresholds would go the other way.
    rows, others = (part.to_numpy().astype(np.float32).astype(float) for part in (table, around))
    explainer = shap.TreeExplainer(
        head.estimator, shap.maskers.Independent(others, max_samples=len(others)),
        feature_perturbation="interventional", model_output="probability",
    )  # fmt: skip
    # A few rows at a time, because shap draws a progress bar when a call takes long.
    parts = [rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)]
    shares = np.concatenate([explainer.shap_values(part, check_additivity=False)[..., 1] for part in parts])
    values = pd.DataFrame(shares, table.index, table.columns)
    errors.check_finite(shares, table.index, table.columns, HeaError)
    return Explanation(values, float(explainer.expected_value[1]), pd.Series(head(table), table.index), table)
