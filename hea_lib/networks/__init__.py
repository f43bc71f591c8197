"""Networks for designs: dense layers, outputs that are valid designs, and what one step of a training is."""

from .adversarial import GanLearner
from .designs import HEADS, AlloyDesigns, BoxDesigns, designs_of
from .layers import dense

__all__ = ["HEADS", "AlloyDesigns", "BoxDesigns", "GanLearner", "dense", "designs_of"]
