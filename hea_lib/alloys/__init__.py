"""Compositions: formula <-> atomic fractions, validation, and the identity of a material.

An alloy table is a pandas ``DataFrame``: one row an alloy, one ``float64`` column an element symbol, atomic
fractions that sum to one. Everything public in this library takes and returns such tables.

>>> table = fractions(["Al0.25MoNbTiV", "(CoCrFe)90Al10"])
>>> table.loc[1, ["Co", "Al"]].round(3).tolist()
[0.3, 0.1]
>>> formula(table).tolist()
['Al5.8824Mo23.5294Nb23.5294Ti23.5294V23.5294', 'Al10Co30Cr30Fe30']
"""

from .formulas import parse_formula
from .materials import chemical_system, formula, group, identity
from .tables import PERCENT_TOLERANCE, SUM_TOLERANCE, fractions, normalize, restrict, validate

__all__ = [
    "PERCENT_TOLERANCE",
    "SUM_TOLERANCE",
    "chemical_system",
    "formula",
    "fractions",
    "group",
    "identity",
    "normalize",
    "parse_formula",
    "restrict",
    "validate",
]
