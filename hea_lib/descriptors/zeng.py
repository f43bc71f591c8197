"""The eight features of Zeng, Khan and Post as they published them, so that their results can be reproduced."""

import numpy as np
import pandas as pd

from .. import alloys, elements
from ..errors import MissingPropertyError

GAS_CONSTANT = 8.314  # [J/(mol K)], the rounded value behind their table
ADDED_IN_LOGARITHM = 2.0**-23  # single precision's epsilon, which their code adds to a fraction before its logarithm


def zeng2024(table: pd.DataFrame, missing: str = "raise") -> pd.DataFrame:
    """The eight features of Zeng et al., with the elemental values they used.

    ``k``, ``vm``, ``tm``, ``vac``, ``delta``, ``delta_chi``, ``delta_s_mix`` and ``delta_h_mix`` are bulk modulus
    [GPa], molar volume [cm3/mol], melting temperature [K], outer electrons, size mismatch [%], electronegativity
    mismatch, mixing entropy [J/(mol K)] and mixing enthalpy [kJ/mol]. Three of these are wrong and kept so: ``vac`` is
    no valence electron concentration, for it counts 4f electrons (Ta 19, W 20) and, in the p block, the filled d shell
    (Sn 14, In 13); tin melts at 395.7 K, the mean of white tin and the grey-to-white transition; tungsten's
    electronegativity is 1.70 instead of 2.36. Never mix them with :func:`descriptors.compute`.

    Their pair enthalpies are not those of Takeuchi and Inoue either (Al-Ni -47.7 instead of -22 kJ/mol). All features
    of their alloys are reproduced to 1e-10, except the mixing enthalpy of the 18 of 1,375 that hold one of eleven
    pairs which the table does not determine, such as Fe-Sn.

    Args:
        table: alloy table, ``(n_alloys, n_elements)``.
        missing: ``"raise"``, or ``"nan"`` to leave ``delta_h_mix`` empty where a pair is not known.

    Raises:
        CompositionError: not an alloy table.
        MissingPropertyError: elements beyond the 70 of their data, or pairs of elements that are not known.

    References:
        Zeng, Khan and Post (2024), doi:10.48550/arXiv.2409.06740

    Example:
        >>> from hea_lib import alloys
        >>> zeng2024(alloys.fractions("BeMg")).loc[0, ["k", "delta"]].round(4).tolist()
        [87.0, 17.6471]
    """
    used = alloys.validate(table).loc[:, (table > 0).any()]
    symbols, fractions = list(used.columns), used.to_numpy(dtype=float)

    def property_(name: str) -> np.ndarray:
        return elements.values(symbols, f"zeng_{name}")

    radius, electronegativity = property_("radius"), property_("electronegativity")
    mean_radius = (fractions @ radius)[:, None]
    deviation = electronegativity - (fractions @ electronegativity)[:, None]
    logarithm = np.log(fractions + ADDED_IN_LOGARITHM)
    enthalpy = elements.known_mixing_enthalpy(symbols, "zeng2024")
    unknown = np.isnan(enthalpy)
    gap = ((fractions @ unknown) * fractions).sum(axis=1) > 0
    if gap.any() and missing == "raise":
        pairs = np.argwhere(np.triu(unknown & (fractions.T @ fractions > 0)))
        names = ", ".join(f"{symbols[i]}-{symbols[j]}" for i, j in pairs)
        raise MissingPropertyError(
            f'Zeng\'s mixing enthalpy is not known for {names}; leave these alloys out, or pass missing="nan"'
        )
    mixing = 2 * ((fractions @ np.nan_to_num(enthalpy)) * fractions).sum(axis=1)
    return pd.DataFrame({
        "k": fractions @ property_("bulk_modulus"),
        "vm": fractions @ property_("molar_volume"),
        "tm": fractions @ property_("melting_temperature"),
        "vac": fractions @ property_("valence_electrons"),
        "delta": 100 * np.sqrt((fractions * (1 - radius / mean_radius) ** 2).sum(axis=1)),
        "delta_chi": np.sqrt((fractions * deviation**2).sum(axis=1)),
        "delta_s_mix": -GAS_CONSTANT * (fractions * logarithm).sum(axis=1),
        "delta_h_mix": np.where(gap, np.nan, mixing),
    }, index=table.index)  # fmt: skip
