"""The descriptors themselves: what each is called, its formula, its source, and the line that computes it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .mixture import Mixture

# The fourteen metals that the refractory problem counts as refractory: its palette without aluminium.
REFRACTORY = frozenset(["Cr", "Hf", "Ir", "Mo", "Nb", "Os", "Re", "Rh", "Ru", "Ta", "Ti", "V", "W", "Zr"])
FERROMAGNETIC = frozenset(["Fe", "Co", "Ni"])


@dataclass(frozen=True)
class Descriptor:
    """One number an alloy, computed from its composition alone.

    Attributes:
        name: column name in a table of descriptors.
        label: name as a figure prints it.
        unit: unit as a figure prints it, ``"1"`` for a pure number.
        formula: definition in TeX.
        doi: of the work that introduced it, or its idea, into the search for alloys, or of the data it rests on.
        needs: elemental properties that every element of an alloy must have.
        domain: where it is not a finite number.
        function: from a block of alloys to values ``(n_alloys,)``.
    """

    name: str
    label: str
    unit: str
    formula: str
    doi: str
    needs: tuple[str, ...]
    domain: str
    function: Callable[[Mixture], np.ndarray]


REGISTRY: dict[str, Descriptor] = {}


def _descriptor(name: str, label: str, unit: str, formula: str, doi: str, needs: str = "", domain: str = ""):
    """Register the decorated function as a descriptor."""

    def register(function: Callable[[Mixture], np.ndarray]) -> Callable[[Mixture], np.ndarray]:
        REGISTRY[name] = Descriptor(name, label, unit, formula, doi, tuple(needs.split()), domain, function)
        return function

    return register


@_descriptor("n_elements", "number of elements", "1", r"n", "10.1002/adem.200300567")
def _n_elements(alloys):
    return alloys.count


@_descriptor("mixing_entropy", "mixing entropy", "J/(mol K)", r"-R \sum_i c_i \ln c_i", "10.1002/adem.200300567")
def _mixing_entropy(alloys):
    return alloys.entropy


@_descriptor(
    "size_mismatch", "atomic size mismatch", "%", r"100 \sqrt{\sum_i c_i (1 - r_i / \bar r)^2}",
    "10.1002/adem.200700240", "metallic_radius",
)  # fmt: skip
def _size_mismatch(alloys):
    return alloys.relative_spread("metallic_radius")


@_descriptor(
    "packing_misfit", "atomic packing misfit", "1",
    r"\left(1 - \sqrt{1 - \bar r^2 / (r_{\min} + \bar r)^2}\right)"
    r" \Big/ \left(1 - \sqrt{1 - \bar r^2 / (r_{\max} + \bar r)^2}\right)",
    "10.1016/j.scriptamat.2014.09.010", "metallic_radius",
)  # fmt: skip
def _packing_misfit(alloys):
    mean = alloys.mean("metallic_radius")

    def solid_angle(radius):
        return 1.0 - np.sqrt(1.0 - (mean / (radius + mean)) ** 2)

    return solid_angle(alloys.smallest("metallic_radius")) / solid_angle(alloys.largest("metallic_radius"))


@_descriptor(
    "electronegativity_mismatch", "Pauling electronegativity mismatch", "1",
    r"\sqrt{\sum_i c_i (\chi_i - \bar \chi)^2}", "10.1016/S1002-0071(12)60080-X", "electronegativity_pauling",
)  # fmt: skip
def _electronegativity_mismatch(alloys):
    return alloys.spread("electronegativity_pauling")


@_descriptor(
    "allen_electronegativity_mismatch", "Allen electronegativity mismatch", "%",
    r"100 \sqrt{\sum_i c_i (1 - \chi_i / \bar \chi)^2}", "10.1016/j.actamat.2014.04.033", "electronegativity_allen",
)  # fmt: skip
def _allen_electronegativity_mismatch(alloys):
    return alloys.relative_spread("electronegativity_allen")


@_descriptor(
    "valence_electron_concentration", "valence electron concentration", "1", r"\sum_i c_i \mathrm{VEC}_i",
    "10.1063/1.3587228", "valence_electrons",
)  # fmt: skip
def _valence_electron_concentration(alloys):
    return alloys.mean("valence_electrons")


@_descriptor(
    "melting_temperature", "melting temperature by mixture", "K", r"\sum_i c_i T_{m,i}",
    "10.1016/j.matchemphys.2011.11.021", "melting_temperature",
)  # fmt: skip
def _melting_temperature(alloys):
    return alloys.mean("melting_temperature")


@_descriptor(
    "mixing_enthalpy", "mixing enthalpy", "kJ/mol", r"4 \sum_{i<j} H_{ij} c_i c_j",
    "10.2320/matertrans.46.2817", "mixing_enthalpy",
)  # fmt: skip
def _mixing_enthalpy(alloys):
    return alloys.enthalpy


@_descriptor(
    "mixing_enthalpy_spread", "spread of the pair enthalpies", "kJ/mol",
    r"\sqrt{\sum_{i<j} c_i c_j (H_{ij} - H_\mathrm{mix})^2}", "10.1016/j.jallcom.2016.09.189", "mixing_enthalpy",
)  # fmt: skip
def _mixing_enthalpy_spread(alloys):
    pairs, mean = alloys.facts.enthalpy, alloys.enthalpy
    weight = 0.5 * (1.0 - np.einsum("ij,ij->j", alloys.fractions, alloys.fractions))  # of all pairs
    square = alloys.pair_sum(pairs**2) - 0.5 * mean**2 + weight * mean**2  # 2 sum H c c = mean / 2
    return np.sqrt(np.maximum(square, 0.0))


@_descriptor(
    "lowest_pair_enthalpy", "lowest pair enthalpy", "kJ/mol", r"\min_{i<j} H_{ij}",
    "10.1103/PhysRevX.5.011041", "mixing_enthalpy",
)  # fmt: skip
def _lowest_pair_enthalpy(alloys):
    # In the spirit of Troparevsky et al., whose enthalpies are DFT formation enthalpies of compounds; ours Miedema's.
    return alloys.extreme_pair(largest=False)


@_descriptor(
    "highest_pair_enthalpy", "highest pair enthalpy", "kJ/mol", r"\max_{i<j} H_{ij}",
    "10.1103/PhysRevX.5.011041", "mixing_enthalpy",
)  # fmt: skip
def _highest_pair_enthalpy(alloys):
    # In the spirit of Troparevsky et al., as above.
    return alloys.extreme_pair(largest=True)


@_descriptor(
    "omega", "Omega", "1", r"T_m \Delta S_\mathrm{mix} / |\Delta H_\mathrm{mix}|",
    "10.1016/j.matchemphys.2011.11.021", "melting_temperature mixing_enthalpy",
    domain="infinite where the mixing enthalpy is zero, undefined (NaN) for a single element",
)  # fmt: skip
def _omega(alloys):
    with np.errstate(divide="ignore", invalid="ignore"):
        return alloys.mean("melting_temperature") * alloys.entropy / (1000.0 * np.abs(alloys.enthalpy))


@_descriptor(
    "lambda", "Lambda", "J/(mol K %2)", r"\Delta S_\mathrm{mix} / \delta^2",
    "10.1016/j.intermet.2014.04.019", "metallic_radius",
    domain="infinite where all radii are equal, undefined (NaN) for a single element",
)  # fmt: skip
def _lambda(alloys):
    with np.errstate(divide="ignore", invalid="ignore"):
        return alloys.entropy / alloys.relative_spread("metallic_radius") ** 2


@_descriptor(
    "density", "density by mixture", "g/cm3", r"\sum_i c_i M_i / \sum_i c_i V_i",
    "10.1016/j.actamat.2016.08.081", "atomic_mass molar_volume",
)  # fmt: skip
def _density(alloys):
    return alloys.mean("atomic_mass") / alloys.mean("molar_volume")


@_descriptor(
    "bulk_modulus", "bulk modulus by mixture", "GPa", r"\sum_i c_i K_i",
    "10.1016/S0081-1947(08)60518-4", "bulk_modulus",
)  # fmt: skip
def _bulk_modulus(alloys):
    return alloys.mean("bulk_modulus")


@_descriptor(
    "shear_modulus_mismatch", "shear modulus mismatch", "%", r"100 \sqrt{\sum_i c_i (1 - G_i / \bar G)^2}",
    "10.1016/j.actamat.2019.03.010", "shear_modulus",
)  # fmt: skip
def _shear_modulus_mismatch(alloys):
    return alloys.relative_spread("shear_modulus")


@_descriptor(
    "pugh_ratio", "Pugh ratio of the mixture", "1", r"\sum_i c_i K_i / \sum_i c_i G_i",
    "10.1080/14786440808520496", "bulk_modulus shear_modulus",
)  # fmt: skip
def _pugh_ratio(alloys):
    return alloys.mean("bulk_modulus") / alloys.mean("shear_modulus")


@_descriptor(
    "elastic_strain_energy", "elastic strain energy", "kJ/mol",
    r"\sum_i c_i K_i (V_i - \bar V)^2 / 2 V_i, \quad \bar V = \sum_i c_i K_i V_i / \sum_i c_i K_i",
    "10.1016/j.mtla.2019.100222", "bulk_modulus molar_volume",
)  # fmt: skip
def _elastic_strain_energy(alloys):
    stiffness, volume = alloys.facts["bulk_modulus"], alloys.facts["molar_volume"]
    per_volume = np.divide(stiffness, volume, out=np.zeros_like(volume), where=volume > 0) @ alloys.fractions
    product, mean = alloys.mean("bulk_modulus", "molar_volume"), alloys.mean("bulk_modulus")
    common = product / mean  # weighted by K as published; the stresses K (V - common) / V balance with weights K / V
    return np.maximum(0.5 * (product - 2.0 * common * mean + common**2 * per_volume), 0.0)


@_descriptor(
    "refractory_fraction", "fraction of refractory elements", "1", r"\sum_{i \in \mathrm{refractory}} c_i",
    "10.20517/jmi.2021.05",
)  # fmt: skip
def _refractory_fraction(alloys):
    return alloys.fraction_of(REFRACTORY)


@_descriptor(
    "ferromagnetic_fraction", "fraction of Fe, Co and Ni", "1", r"c_\mathrm{Fe} + c_\mathrm{Co} + c_\mathrm{Ni}",
    "10.1016/j.actamat.2016.08.081",
)  # fmt: skip
def _ferromagnetic_fraction(alloys):
    return alloys.fraction_of(FERROMAGNETIC)
