r"""What a judge says of alloys that were made for a class, with what is known of the judge beside it.

A judge errs. Of known alloys of the class it accepts a share $s$, of the others a share $f$, both measured on chemical
systems that it never saw. If a share $t$ of some alloys truly is of the class, the judge accepts

$$a = s\,t + f\,(1 - t), \qquad\text{so}\qquad t = \frac{a - f}{s - f},$$

as far as it errs on them as often as on known ones.

References:
    W. J. Rogan, B. Gladen, Am. J. Epidemiol. 107, 71 (1978), doi:10.1093/oxfordjournals.aje.a112510
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .. import spaces
from ..errors import HeaError
from ..problems import InverseProblem
from . import opinions
from .generation import nearest_known

_BORDER = 0.5


def judge_quality(
    problem: InverseProblem, target: Mapping[str, float] | None = None, fewest: int = 1
) -> dict[str, float]:
    """How good the judge of a problem is, on the known designs, from which it never learned.

    Args:
        target: the wanted class, such as ``{"single_phase": 1}``, which is also what None means.
        fewest: elements that an alloy needs to be counted.

    Returns:
        ``known``, how many were counted; ``AUC``; ``accepts of the class`` and ``accepts of the others``.

    Raises:
        HeaError: known alloys of one class only. TargetError, UnsupportedError: as for :func:`nudge`.

    Example:
        >>> from hea_lib import problems
        >>> quality = judge_quality(problems.get("single-phase"))
        >>> quality["accepts of the class"] > quality["accepts of the others"]
        True
    """
    from sklearn.metrics import roc_auc_score

    opinions.check_alloys(problem)
    name, wanted = opinions.single_target(problem, target)
    counted = ((problem.designs > spaces.PRESENT).sum(axis="columns") >= fewest).to_numpy()
    designs, of_class = problem.designs[counted], (problem.properties[name] == wanted).to_numpy()[counted]
    if of_class.all() or not of_class.any():
        raise HeaError(f"{len(designs)} known alloys have {fewest} elements or more, and they are of one class")
    chance = opinions.chance(problem.judge(designs), name, wanted)
    return {
        "known": len(designs),
        "AUC": float(roc_auc_score(of_class, chance)),
        "accepts of the class": float((chance > _BORDER)[of_class].mean()),
        "accepts of the others": float((chance > _BORDER)[~of_class].mean()),
    }


def verify(
    problem: InverseProblem,
    designs: pd.DataFrame,
    target: Mapping[str, float] | None = None,
    novel: float = 0.05,
    fewest: int = 1,
) -> pd.Series:
    """Judge alloys that were made for a class.

    Args:
        novel: total variation from the nearest known alloy beyond which one is new.
        fewest: elements that a known alloy needs to be counted for the quality of the judge.

    Returns:
        ``designs``, how many; ``accepted``, the share that the judge accepts; ``novel``; ``accepted and novel``;
        ``corrected``, the accepted share once the errors of the judge are taken out, within 0 and 1; ``judge AUC``.

    Raises:
        HeaError: no designs. Else as :func:`judge_quality`.
    """
    quality = judge_quality(problem, target, fewest)
    name, wanted = opinions.single_target(problem, target)
    designs = problem.space.check(designs)
    if designs.empty:
        raise HeaError("there are no designs to judge")
    accepted = opinions.chance(problem.judge(designs), name, wanted) > _BORDER
    new = nearest_known(problem, designs) > novel
    hit, alarm = quality["accepts of the class"], quality["accepts of the others"]
    corrected = (accepted.mean() - alarm) / (hit - alarm) if hit > alarm else np.nan
    return pd.Series(
        {
            "designs": len(designs),
            "accepted": accepted.mean(),
            "novel": new.mean(),
            "accepted and novel": (accepted & new).mean(),
            "corrected": np.clip(corrected, 0, 1),
            "judge AUC": quality["AUC"],
        }
    )
