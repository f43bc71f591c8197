"""The empirical rules with which the field has screened for solid solutions, each as published.

A rule reads a table of descriptors and says, alloy by alloy, whether it expects a single-phase solid solution. Their
authors used several tables of radii, to which thresholds on the size mismatch are sensitive. The first is no rule of
its authors but the later definition of a high-entropy alloy, read as if it promised one phase.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import UnknownNameError
from .mixture import GAS_CONSTANT


@dataclass(frozen=True)
class Rule:
    """A published criterion: what it says, where, and the function that applies it."""

    name: str
    statement: str
    doi: str
    needs: tuple[str, ...]
    function: Callable[[pd.DataFrame], pd.Series]


REGISTRY: dict[str, Rule] = {}


def _rule(name: str, statement: str, doi: str, needs: str):
    def register(function: Callable[[pd.DataFrame], pd.Series]) -> Callable[[pd.DataFrame], pd.Series]:
        REGISTRY[name] = Rule(name, statement, doi, tuple(needs.split()), function)
        return function

    return register


@_rule(
    "yeh2004", "mixing entropy at least 1.5 R (a definition of high entropy, taken as a rule)",
    "10.1002/adem.200300567", "mixing_entropy",
)  # fmt: skip
def _yeh2004(known):
    # The paper of 2004 asks for five or more principal elements of 5 to 35 at%; the bound on entropy came in 2006
    # (doi:10.3166/acsm.31.633-648). Both define a class of alloys, and neither promises a single phase.
    return known.mixing_entropy >= 1.5 * GAS_CONSTANT


@_rule(
    "zhang2008", "size mismatch at most 6.5 % and mixing enthalpy from -15 to 5 kJ/mol (two of three conditions)",
    "10.1002/adem.200700240", "size_mismatch mixing_enthalpy",
)  # fmt: skip
def _zhang2008(known):
    # The paper draws zones in a plane; these are bounds by which later reviews quote the one of solid solutions.
    # Their third, a mixing entropy of 12 to 17.5 J/(mol K), is left out: it only says how many elements there are.
    return (known.size_mismatch <= 6.5) & known.mixing_enthalpy.between(-15.0, 5.0)


@_rule(
    "yang2012", "Omega at least 1.1 and size mismatch at most 6.6 %",
    "10.1016/j.matchemphys.2011.11.021", "omega size_mismatch",
)  # fmt: skip
def _yang2012(known):
    return (known.omega >= 1.1) & (known.size_mismatch <= 6.6)


@_rule(
    "guo2013", "size mismatch below 6.6 % and mixing enthalpy between -11.6 and 3.2 kJ/mol",
    "10.1016/j.intermet.2013.05.002", "size_mismatch mixing_enthalpy",
)  # fmt: skip
def _guo2013(known):
    return (known.size_mismatch < 6.6) & known.mixing_enthalpy.between(-11.6, 3.2, inclusive="neither")


@_rule("singh2014", "Lambda above 0.96", "10.1016/j.intermet.2014.04.019", "lambda")
def _singh2014(known):
    return known["lambda"] > 0.96


@_rule("wang2015", "packing misfit below 1.175", "10.1016/j.scriptamat.2014.09.010", "packing_misfit")
def _wang2015(known):
    return known.packing_misfit < 1.175


def names() -> list[str]:
    """Names of the rules for a single-phase solid solution, by year."""
    return list(REGISTRY)


def catalog() -> pd.DataFrame:
    """All rules as a table: statement and DOI, indexed by name."""
    rows = [(rule.name, rule.statement, rule.doi) for rule in REGISTRY.values()]
    return pd.DataFrame(rows, columns=["name", "statement", "doi"]).set_index("name")


def apply(known: pd.DataFrame, name: str) -> pd.Series:
    """What one rule expects of each alloy: True for a single-phase solid solution.

    Args:
        known: table of descriptors, ``(n_alloys, n_descriptors)``, as :func:`descriptors.compute` returns it.
        name: one of :func:`names`.

    Raises:
        UnknownNameError: no such rule, or a table without a descriptor that the rule reads.

    Example:
        >>> from hea_lib import alloys, descriptors
        >>> known = descriptors.compute(alloys.fractions(["CoCrFeMnNi", "AlTi"]))
        >>> apply(known, "zhang2008").tolist()
        [True, False]
    """
    if name not in REGISTRY:
        raise UnknownNameError.of("phase rule", name, REGISTRY)
    rule = REGISTRY[name]
    for needed in rule.needs:
        if needed not in known.columns:
            raise UnknownNameError(f"rule {name!r} reads the descriptor {needed!r}, which the table does not have")
    return rule.function(known).rename(name)


def verdicts(known: pd.DataFrame) -> pd.DataFrame:
    """What every rule expects of each alloy, one bool column a rule."""
    return pd.DataFrame({name: apply(known, name) for name in REGISTRY}, index=known.index)


def structure(known: pd.DataFrame) -> pd.Series:
    """Crystal structure of a solid solution from its valence electrons: fcc from 8, bcc below 6.87, mixed between.

    References:
        Guo et al., J. Appl. Phys. 109, 103505 (2011), doi:10.1063/1.3587228

    Example:
        >>> structure(pd.DataFrame({"valence_electron_concentration": [8.0, 5.5, 7.2]})).tolist()
        ['fcc', 'bcc', 'bcc + fcc']
    """
    electrons = known["valence_electron_concentration"]
    found = np.select([electrons >= 8.0, electrons < 6.87, electrons >= 6.87], ["fcc", "bcc", "bcc + fcc"], "")
    return pd.Series(found, index=known.index, name="structure")
