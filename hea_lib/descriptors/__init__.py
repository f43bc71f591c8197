"""What a composition knows: descriptors of whole alloy tables, the published phase rules, and Zeng's features.

>>> from hea_lib import alloys
>>> table = alloys.fractions(["CoCrFeMnNi", "MoNbTaW"])
>>> compute(table, ["valence_electron_concentration", "density"]).round(2).values.tolist()
[[8.0, 7.98], [5.5, 13.57]]
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from .. import alloys, elements
from ..errors import MissingPropertyError, UnknownNameError
from . import rules
from .definitions import REGISTRY, Descriptor
from .mixture import ElementSets, Facts, Mixture
from .statistics import element_statistics
from .zeng import zeng2024

__all__ = [
    "Descriptor", "catalog", "compute", "element_statistics", "finite_names", "get", "names", "rules", "zeng2024",
]  # fmt: skip

_BLOCK = 4096  # alloys a block: its arrays stay in the cache of one core


def names() -> list[str]:
    """Names of all descriptors, in the order of a table of descriptors."""
    return list(REGISTRY)


def finite_names() -> list[str]:
    """Names of the descriptors that are finite for every alloy.

    Omega and Lambda are infinite where their denominator vanishes; numerators and denominators are among the rest.
    """
    return [name for name in names() if name not in ("omega", "lambda")]


def get(name: str) -> Descriptor:
    """One descriptor by name: its label, unit, formula, DOI and domain.

    Raises:
        UnknownNameError: no such descriptor; the message gives near matches.

    Example:
        >>> get("size_mismatch").unit
        '%'
    """
    if name not in REGISTRY:
        raise UnknownNameError.of("descriptor", name, REGISTRY)
    return REGISTRY[name]


def catalog() -> pd.DataFrame:
    """All descriptors as a table: label, unit, formula, DOI, domain, indexed by name."""
    rows = [(d.name, d.label, d.unit, d.formula, d.doi, d.domain) for d in REGISTRY.values()]
    return pd.DataFrame(rows, columns=["name", "label", "unit", "formula", "doi", "domain"]).set_index("name")


def compute(
    table: pd.DataFrame, names: Sequence[str] | None = None, missing: str = "raise", threads: int = 2
) -> pd.DataFrame:
    """Descriptors of every alloy of a table, ``(n_alloys, n_descriptors)``, columns by name, units in :func:`catalog`.

    Args:
        table: alloy table, ``(n_alloys, n_elements)``.
        names: which descriptors; all by default.
        missing: ``"raise"``, or ``"nan"`` to leave a descriptor empty for the alloys whose elements lack a property.
        threads: number of threads over blocks of alloys.

    Raises:
        CompositionError: not an alloy table. UnknownNameError: no such descriptor.
        MissingPropertyError: elements of the table that lack a property; all of them are named.

    Example:
        >>> from hea_lib import alloys
        >>> float(compute(alloys.fractions("CoNi"), ["mixing_entropy"], threads=1).round(3).iloc[0, 0])
        5.763
    """
    if missing not in ("raise", "nan"):
        raise UnknownNameError.of("way to treat missing properties", missing, ["raise", "nan"])
    chosen = [get(name) for name in (REGISTRY if names is None else names)]
    fractions = alloys.validate(table).to_numpy(dtype=float)
    used = fractions.max(axis=0, initial=0.0) > 0
    if not used.all():
        fractions = fractions[:, used]
    sets = ElementSets(fractions, Facts(list(table.columns[used])))
    lacking = {d.name: _lacking(d, sets, missing) for d in chosen}
    result = np.empty((len(chosen), len(table)))

    def fill(start: int) -> None:
        block = slice(start, start + _BLOCK)
        mixture = Mixture(np.ascontiguousarray(fractions[block].T), sets, sets.codes[block])
        for row, descriptor in enumerate(chosen):
            result[row, block] = descriptor.function(mixture)
            if lacking[descriptor.name].any():
                result[row, block][lacking[descriptor.name][mixture.codes]] = np.nan

    # Blocks are the unit of parallel work; BLAS threads inside a block would only fight over the same cores.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max(1, threads)) as pool:
        list(pool.map(fill, range(0, len(table), _BLOCK)))
    return pd.DataFrame(result.T, index=table.index, columns=[d.name for d in chosen], copy=False)


def _lacking(descriptor: Descriptor, sets: ElementSets, missing: str) -> np.ndarray:
    """Sets of elements that lack something the descriptor needs, bool ``(n_sets,)``, or an error that names it."""
    lacking = np.zeros(sets.present.shape[1], dtype=bool)
    for name in descriptor.needs:
        here = sets.lacking(name)
        if missing == "raise" and here.any():
            raise MissingPropertyError(
                f"descriptor {descriptor.name!r} needs {name}, which is not known for {_culprits(name, sets.facts)}; "
                'leave these elements out, or pass missing="nan"'
            )
        lacking |= here
    return lacking


def _culprits(name: str, facts: Facts) -> str:
    if name == "mixing_enthalpy":
        return ", ".join(elements.unknown_pairs(facts.symbols))
    return ", ".join(symbol for symbol, bad in zip(facts.symbols, facts.lacking(name), strict=True) if bad)
