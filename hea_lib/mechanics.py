r"""Reference stiffness and "toughness" of an alloy from its elements: linear combination and Rice's criterion.

A shear modulus $G$, a Poisson ratio $\nu$ and an unstable stacking fault energy $E_\mathrm{USF}$ of an alloy are the
means over its elements. Sheared along its own plane (mode II), a crack then sends out its first dislocation at the
stress intensity $K = \sqrt{2 G E_\mathrm{USF} / (1 - \nu)}$. Debnath et al. name it $K_\mathrm{IC}$, and we keep the
name of their target, ``fracture_toughness``; but **higher is not tougher**: a low value means that the crack blunts
easily, and whether it cleaves first depends on the surface energy, which does not enter. This is the published
reference that designs of the refractory problem are asked to hit; it is no measurement.

References:
    Rice, J. Mech. Phys. Solids 40, 239 (1992), doi:10.1016/S0022-5096(05)80012-2
    Debnath et al., J. Mater. Inf. 1, 3 (2021), doi:10.20517/jmi.2021.05
"""

from functools import cache

import numpy as np
import pandas as pd

from . import alloys, elements
from .errors import MissingPropertyError, UnknownNameError

SHEAR_MODULUS = {"dft": "shear_modulus_dft", "experiment": "shear_modulus_experiment",
                 "debnath2021": "shear_modulus_debnath2021"}  # fmt: skip
STACKING_FAULT_ENERGY = {"dft": "stacking_fault_energy_dft", "hu2021": "stacking_fault_energy_hu2021"}
MPA_ROOT_METRE = 1e9**0.5 / 1e6  # one sqrt(GPa J/m2) in MPa sqrt(m)


def shear_modulus(table: pd.DataFrame, source: str = "dft") -> pd.Series:
    """Shear modulus [GPa] as the mean over the elements, ``(n_alloys,)``.

    Args:
        table: alloy table, ``(n_alloys, n_elements)``.
        source: ``"dft"``; ``"experiment"``; or ``"debnath2021"``, the five values quoted in that paper, of which
            Mo = 19.7 GPa contradicts every measurement.

    Raises:
        UnknownNameError: no such source. MissingPropertyError: elements that it lacks, all named.

    Example:
        >>> shear_modulus(alloys.fractions(["W", "NbTi"])).round(2).tolist()
        [146.6, 34.66]
    """
    return _mean(table, _column(SHEAR_MODULUS, source)).rename("shear_modulus")


def poisson_ratio(table: pd.DataFrame) -> pd.Series:
    """Poisson ratio as the mean over the elements, ``(n_alloys,)``.

    Raises:
        MissingPropertyError: elements without a value, all named.

    Example:
        >>> poisson_ratio(alloys.fractions("MoW")).round(4).tolist()
        [0.3006]
    """
    return _mean(table, "poisson_ratio_dft").rename("poisson_ratio")


def unstable_stacking_fault_energy(table: pd.DataFrame, source: str = "dft") -> pd.Series:
    """Unstable stacking fault energy [J/m2] as the mean over the elements, ``(n_alloys,)``.

    Args:
        table: alloy table, ``(n_alloys, n_elements)``.
        source: ``"dft"`` (bcc, or the ground state where bcc is missing; Ti, Zr and Hf are bcc here while their moduli
            are those of hcp) or ``"hu2021"`` (bcc; its Ru is negative; which element a value belongs to is inferred).

    Raises:
        UnknownNameError: no such source. MissingPropertyError: elements that it lacks, all named.

    Example:
        >>> unstable_stacking_fault_energy(alloys.fractions("MoW"), source="hu2021").round(3).tolist()
        [1.528]
    """
    return _mean(table, _column(STACKING_FAULT_ENERGY, source)).rename("unstable_stacking_fault_energy")


def fracture_toughness(table: pd.DataFrame, source: str = "dft") -> pd.Series:
    r"""Stress intensity of emission, $\sqrt{2 G E_\mathrm{USF} / (1 - \nu)}$ [MPa sqrt(m)], ``(n_alloys,)``.

    The load at which a crack sends out its first dislocation, in mode II on the plane of the crack; Debnath et al.
    name it $K_\mathrm{IC}$. Higher is not tougher: brittle tungsten ranks near the top. ``G`` and ``nu`` are those of
    ``"dft"``; ``source`` chooses the stacking fault energies.

    Raises:
        UnknownNameError: no such source. MissingPropertyError: elements that it lacks, all named.
        MissingPropertyError: alloys whose mean stacking fault energy is not positive, so that nothing holds
            a dislocation back.

    References:
        Rice, J. Mech. Phys. Solids 40, 239 (1992), doi:10.1016/S0022-5096(05)80012-2

    Example:
        >>> fracture_toughness(alloys.fractions("W")).round(2).tolist()
        [0.81]
    """
    energy = unstable_stacking_fault_energy(table, source)
    if not (energy > 0).all():
        row = energy.index[int(np.argmin(energy > 0))]
        raise MissingPropertyError(
            f"row {row!r} has an unstable stacking fault energy of {energy.loc[row]:.3g} J/m2 in source {source!r}, "
            "and Rice's criterion needs a positive one"
        )
    square = 2.0 * shear_modulus(table) * energy / (1.0 - poisson_ratio(table))
    return (MPA_ROOT_METRE * np.sqrt(square)).rename("fracture_toughness")


def slopes(fractions: np.ndarray, symbols: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    r"""Shear modulus and stress intensity of alloys, and how they change with each fraction.

    $G$, $E = E_\mathrm{USF}$ and $N = 1 - \nu$ are means over the elements, so
    $\partial G / \partial c_i = G_i$ and, from the logarithm of $K^2 = 2 G E / N$,
    $\partial K / \partial c_i = \tfrac{K}{2} (G_i / G + E_i / E + \nu_i / N)$. Only differences of these slopes
    between elements matter, since fractions sum to one.

    Args:
        fractions: atomic fractions ``(n_alloys, n_elements)``, not checked. symbols: elements of the columns.

    Returns:
        The two properties [GPa], [MPa sqrt(m)] ``(n_alloys, 2)``, as the functions of a table give them, and their
        derivatives ``(n_alloys, 2, n_elements)``.

    Raises:
        MissingPropertyError: elements without a value, all named.

    Example:
        >>> properties, _ = slopes(np.array([[0.5, 0.5]]), ("Nb", "Ti"))
        >>> properties.round(2).tolist()
        [[34.66, 0.2]]
    """
    modulus, energy, poisson = _constants(symbols)
    means = fractions @ np.stack([modulus, energy, 1.0 - poisson], axis=1)
    stiff, barrier, narrow = means.T[:, :, None]
    toughness = MPA_ROOT_METRE * np.sqrt(2.0 * stiff * barrier / narrow)
    steep = toughness / 2.0 * (modulus / stiff + energy / barrier + poisson / narrow)
    return np.hstack([stiff, toughness]), np.stack([np.broadcast_to(modulus, steep.shape), steep], axis=1)


def toughness_limits(modulus: np.ndarray, symbols: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    r"""Lowest and highest stress intensity of all mixtures of some elements that have a given shear modulus.

    At fixed $G$ the stress intensity grows with $E / N$, a ratio of two linear functions of the fractions. Its extremes
    over the mixtures of that modulus lie at corners of a simplex cut by one plane, and a corner mixes two elements at
    most: so the limits are those of the binary alloys. Every value between them belongs to some mixture, because
    these mixtures are connected.

    Args:
        modulus: shear moduli [GPa] ``(n,)``. symbols: elements that may be mixed.

    Returns:
        Lowest and highest stress intensity [MPa sqrt(m)] ``(n,)`` each; NaN where no mixture has that modulus.

    Raises:
        MissingPropertyError: elements without a value, all named.

    Example:
        >>> low, high = toughness_limits(np.array([90.0]), ("Nb", "Ti", "W"))
        >>> low.round(2), high.round(2)
        (array([0.46]), array([0.55]))
    """
    modulus = np.asarray(modulus, dtype=float)
    stiff, energy, poisson = _constants(tuple(symbols))
    one, other = (pair.ravel()[:, None] for pair in np.indices((len(stiff), len(stiff))))
    span = stiff[other] - stiff[one]
    share = np.divide(modulus - stiff[one], span, out=np.where(modulus == stiff[one], 0.0, np.nan), where=span != 0)
    mixed = [(1 - share) * values[one] + share * values[other] for values in (energy, 1.0 - poisson)]
    ratio = np.where((share >= 0) & (share <= 1), mixed[0] / mixed[1], np.nan)
    nowhere = np.isnan(ratio).all(axis=0)
    low, high = np.where(np.isnan(ratio), np.inf, ratio).min(axis=0), np.where(np.isnan(ratio), 0.0, ratio).max(axis=0)
    return tuple(np.where(nowhere, np.nan, MPA_ROOT_METRE * np.sqrt(2.0 * modulus * end)) for end in (low, high))


def stacking_fault_sources() -> pd.DataFrame:
    """Both sets of stacking fault energies [J/m2] per element, and how many speak: ``mark`` is 'two' or 'one source'.

    A negative energy is no barrier, so it does not count as a second voice.

    Example:
        >>> stacking_fault_sources().loc[["W", "Ru"], "mark"].tolist()
        ['two sources', 'one source']
    """
    facts = elements.table()
    energies = facts[list(STACKING_FAULT_ENERGY.values())].set_axis(list(STACKING_FAULT_ENERGY), axis=1)
    energies = energies.dropna(subset="dft")
    energies["structure"] = facts.stacking_fault_structure
    return energies.assign(mark=np.where(energies.hu2021 > 0, "two sources", "one source"))


def toughness_uncertainty(table: pd.DataFrame) -> pd.Series:
    """Half the distance between the toughnesses of the two elemental sets [MPa sqrt(m)], ``(n_alloys,)``.

    NaN where an element has one source only: a spread that nobody measured is not filled in. For Re the two sources
    speak of two structures, hcp and bcc, so its spread is not only uncertainty.

    Raises:
        MissingPropertyError: elements that even the first set lacks, all named.

    Example:
        >>> toughness_uncertainty(alloys.fractions(["NbTa", "NbCr"])).round(3).tolist()
        [0.015, nan]
    """
    first = fracture_toughness(table)
    mark = stacking_fault_sources().mark
    single = [symbol for symbol in table.columns if mark.get(symbol) == "one source"]
    both = table[single].sum(axis=1) == 0
    distance = pd.Series(np.nan, index=table.index, name="toughness_uncertainty")
    if both.any():
        distance[both] = (first[both] - fracture_toughness(table[both], "hu2021")).abs() / 2.0
    return distance


@cache
def _constants(symbols: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """Shear moduli, stacking fault energies and Poisson ratios of elements, looked up once ``(n_elements,)`` each."""
    names = (SHEAR_MODULUS["dft"], STACKING_FAULT_ENERGY["dft"], "poisson_ratio_dft")
    return tuple(elements.values(symbols, name) for name in names)


def _column(known: dict[str, str], source: str) -> str:
    if source not in known:
        raise UnknownNameError.of("source", source, known)
    return known[source]


def _mean(table: pd.DataFrame, name: str) -> pd.Series:
    """Linear combination over the elements that occur; the others need no value."""
    fractions = alloys.validate(table).to_numpy(dtype=float)
    used = fractions.max(axis=0, initial=0.0) > 0
    weights = np.zeros(len(used))
    weights[used] = elements.values(list(table.columns[used]), name)
    return pd.Series(fractions @ weights, index=table.index)
