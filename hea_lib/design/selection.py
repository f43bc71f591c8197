"""Leave out the designs of which the forward model is least sure, and ask the model for others.

A forward model is an ensemble, and where its members disagree at least one of them is wrong. To choose by that costs
little and cannot fit the errors that members share, which moving a design to please them can.
"""

import numpy as np
import pandas as pd

from ..errors import HeaError, UnsupportedError
from ..problems import InverseProblem
from .delivery import Sampler
from .localisation import localize

_CLOSE = 1e-3  # spreads of a property; what a learned model says is worth no more
_FAR = 0.5  # weight of a miss beside the disagreement of the members


def doubt(problem: InverseProblem, requests: pd.DataFrame, designs: pd.DataFrame) -> np.ndarray:
    """How much speaks against each design, in spreads of the properties ``(n,)``; lower is better.

    It is the standard deviation of what the members of the forward model say plus half of what their mean misses. Where
    the lowest value there is was requested, such as a gap of zero, it is instead what the member says that comes
    least near to it, which is negative where all are sure.

    Args:
        requests: wanted properties ``(n, n_targets)``. designs: ``(n, n_columns)``.

    Raises:
        UnsupportedError: the forward model is no ensemble. TargetError: requests that do not fit the designs.
        CompositionError: a design outside the space.
    """
    if problem.opinions is None:
        raise UnsupportedError(f"the forward model of {problem.name} is no ensemble, so nothing says where it is sure")
    wanted = problem.check_requests(requests, n=len(designs)).to_numpy()
    lowest = np.array([target.lowest for target in problem.targets])
    said = problem.opinions(problem.check_designs(designs))
    counted = np.maximum(said, lowest)
    against = counted.std(axis=0) + _FAR * np.abs(counted.mean(axis=0) - wanted)
    against = np.where(wanted <= lowest, said.max(axis=0) - lowest, against)
    return (against / problem.scale).sum(axis=-1)


def select(
    problem: InverseProblem,
    model: Sampler,
    requests: pd.DataFrame,
    redrawn: float = 0.05,
    localized: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """Sample a design for each request, and once more for the share of them of which most doubt is left.

    Of the two draws for such a request the better one is kept, so that every request is answered.

    Args:
        model: any fitted inverse model. requests: wanted properties ``(n, n_targets)``.
        redrawn: share of the requests that are drawn again, from 0 to 1.
        localized: whether each draw is also moved to its request, before it is doubted.
        seed: of the first draw, from which that of the second follows.

    Returns:
        Designs ``(n, n_columns)`` with the index of ``requests``.

    Raises:
        HeaError: a share out of range. UnsupportedError: the forward model is no ensemble, or has no slopes to follow.
        TargetError: requests that are incomplete or out of reach.
    """
    if not 0 <= redrawn <= 1:
        raise HeaError(f"redrawn is {redrawn!r}; it is a share from 0 to 1")
    requests = problem.check_requests(requests)

    def draw(asked: pd.DataFrame, seed: int) -> pd.DataFrame:
        designs = model.sample(asked, seed=seed)
        return localize(problem, asked, designs, close=_CLOSE) if localized else designs

    designs = draw(requests, seed)
    against = doubt(problem, requests, designs)
    worst = (-against).argsort(kind="stable")[: round(redrawn * len(requests))]
    if len(worst):
        asked = requests.iloc[worst]
        others = draw(asked, int(np.random.default_rng([seed, 1]).integers(2**31)))
        better = doubt(problem, asked, others) < against[worst]
        designs.iloc[worst[better]] = others.to_numpy()[better]
    return designs
