"""Mean, spread and extremes of facts about the elements of an alloy, for models that have seldom seen some of them.

References:
    L. Ward et al., npj Comput. Mater. 2, 16028 (2016), doi:10.1038/npjcompumats.2016.28
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .. import alloys, elements

FACTS = (
    "atomic_number", "group", "metallic_radius", "electronegativity_pauling", "melting_temperature", "molar_volume",
    "bulk_modulus", "shear_modulus", "valence_electrons",
)  # fmt: skip
TRACE = 0.01  # an element of less is left out of the extremes


def element_statistics(table: pd.DataFrame, facts: Sequence[str] = FACTS) -> pd.DataFrame:
    """Mean and spread by atomic fraction, highest and lowest value of facts about elements ``(n_alloys, 4 * n_facts)``.

    Args:
        table: alloy table, ``(n_alloys, n_elements)``. facts: columns of :func:`hea_lib.elements.table`, in its units.

    Raises:
        CompositionError: not an alloy table. MissingPropertyError: an element of an alloy that lacks a fact; it is
            named.

    Example:
        >>> element_statistics(alloys.fractions("Mo0.25W0.75"), ["atomic_number"]).round(1).values.tolist()
        [[66.0, 13.9, 74.0, 42.0]]
    """
    fractions = alloys.validate(table).to_numpy(dtype=float)
    used = (fractions > 0).any(axis=0)  # a fact may be unknown for an element that no alloy has
    known = np.zeros((fractions.shape[1], len(facts)))
    known[used] = np.column_stack([elements.values(list(table.columns[used]), fact) for fact in facts])
    mean = fractions @ known
    spread = np.sqrt(np.maximum(fractions @ known**2 - mean**2, 0))
    there = (fractions > TRACE)[:, :, None]
    highest, lowest = np.where(there, known, -np.inf).max(axis=1), np.where(there, known, np.inf).min(axis=1)
    names = [f"{kind} {fact}" for kind in ("mean", "spread", "highest", "lowest") for fact in facts]
    return pd.DataFrame(np.hstack([mean, spread, highest, lowest]), table.index, names)
