"""What every ensemble does with its members: their mean is the prediction, their scatter its uncertainty."""

from abc import ABC, abstractmethod

import numpy as np
import pandas as pd


class Ensemble(ABC):
    """Mean and spread of several members; a subclass says what each member predicts, and names its properties."""

    properties: tuple[str, ...]

    @abstractmethod
    def predict_members(self, designs: pd.DataFrame) -> np.ndarray:
        """What each member predicts ``(members, n_designs, n_properties)``."""

    def predict(self, designs: pd.DataFrame) -> pd.DataFrame:
        """Mean of each property over the members; raises as :meth:`predict_members`."""
        return self._table(designs, self.predict_members(designs).mean(axis=0))

    def spread(self, designs: pd.DataFrame) -> pd.DataFrame:
        """Standard deviation of each property over the members; raises as :meth:`predict_members`."""
        return self._table(designs, self.predict_members(designs).std(axis=0))

    def _table(self, designs: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, columns=list(self.properties), index=designs.index)
