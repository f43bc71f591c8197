"""What every surrogate checks before it learns."""

import numpy as np
import pandas as pd

from .. import errors
from ..errors import SurrogateError


def check_properties(designs: pd.DataFrame, properties: pd.DataFrame) -> np.ndarray:
    """Properties as finite numbers ``(n_designs, n_properties)``, one row for each design.

    Raises:
        SurrogateError: no rows, another number of rows than designs, or a value that is not finite.
    """
    if len(designs) != len(properties):
        raise SurrogateError(f"{len(designs)} designs but {len(properties)} rows of properties; one for each design")
    if properties.empty:
        raise SurrogateError("no rows to learn from")
    values = properties.to_numpy(dtype=float, na_value=np.nan)
    errors.check_finite(values, properties.index, properties.columns, SurrogateError)
    return values


def check_fitted(state: object, kind: str) -> None:
    """Refuse to predict with a model that has learned nothing."""
    if state is None:
        raise SurrogateError(f"this {kind} has not been fitted; call fit(designs, properties) or load saved weights")
