"""How sure a share is that was counted on few alloys."""

from __future__ import annotations

import numpy as np
import pandas as pd

_Z95 = 1.959964  # quantile of the normal distribution for a 95 % interval


def wilson(share: pd.Series, size: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Lower and upper end of Wilson's 95 % interval of a share, which stays within 0 and 1.

    Args:
        share: of a property among the alloys counted. size: how many were counted.

    References:
        E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927), doi:10.1080/01621459.1927.10502953

    >>> low, high = wilson(pd.Series([0.5, 1.0]), pd.Series([10, 10]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.237, 0.722], [0.763, 1.0])
    """
    centre = (share + _Z95**2 / (2 * size)) / (1 + _Z95**2 / size)
    reach = _Z95 * np.sqrt(share * (1 - share) / size + _Z95**2 / (4 * size**2)) / (1 + _Z95**2 / size)
    return (centre - reach).clip(lower=0), (centre + reach).clip(upper=1)
