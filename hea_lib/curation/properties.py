"""Names and units of properties: ULTERA's fifty spellings in SI read as the names and units a table prints."""

import re
from typing import NamedTuple

UNITS = {  # unit in which a property is stored; others keep the SI unit of their source
    "hardness": "HV", "nanohardness": "GPa", "yield_strength": "MPa", "ultimate_strength": "MPa",
    "fracture_strength": "MPa", "elongation": "%", "plastic_elongation": "%", "youngs_modulus": "GPa",
    "reduced_elastic_modulus": "GPa", "shear_modulus": "GPa", "density": "g/cm3", "grain_size": "um",
}  # fmt: skip

_SCALE = {  # stored unit: SI unit and what one stored unit is in it
    "HV": ("Pa", 9.807e6),  # kgf/mm2 with the rounding that ULTERA used: 560 HV became 5491919999.999999 Pa
    "GPa": ("Pa", 1e9), "MPa": ("Pa", 1e6), "g/cm3": ("kg/m^3", 1e3), "%": ("%", 1.0),
}  # fmt: skip
_SPELLINGS = {  # ULTERA's name less its words on test and kind: our name
    "yield stress": "yield_strength", "yield strength": "yield_strength", "fracture stress": "fracture_strength",
    "fracture strength": "fracture_strength", "ultimate strength": "ultimate_strength",
    "ultimate stress": "ultimate_strength", "ucs": "ultimate_strength", "uts": "ultimate_strength",
    "ductility": "elongation", "total ductility": "elongation", "cte": "thermal_expansion",
    "melting point": "melting_temperature",
}  # fmt: skip
_TESTS = {"compressive": "compression", "ucs": "compression", "tensile": "tension", "uts": "tension"}
_UNIT_SPELLINGS = {"kg/m3": "kg/m^3", "Kg/m3": "kg/m^3", "Am^2/kg": "A m^2 / kg", "J/kgK": "J / (kg K)"}


class Property(NamedTuple):
    """A property in our name and unit, and the repair that reading it took, if any."""

    name: str
    test: str = ""  # compression, tension
    kind: str = ""  # measured, calculated; or estimated, minimum (a lower bound) where the paper says so
    value: float | None = None
    unit: str = ""
    uncertainty: float | None = None
    repair: tuple[str, str] | None = None


def standard_name(text: str) -> tuple[str, str, str]:
    """Our name of a property, the test and the kind of value that ULTERA's name of it contains.

    Example:
        >>> standard_name("minimum ultimate compressive strength"), standard_name("UTS")
        (('ultimate_strength', 'compression', 'minimum'), ('ultimate_strength', 'tension', ''))
    """
    words = text.lower().split()
    test = next((_TESTS[word] for word in words if word in _TESTS), "")
    kind = next((word for word in words if word in ("estimated", "minimum")), "")
    rest = " ".join(word for word in words if word not in ("compressive", "tensile", "estimated", "minimum"))
    return _SPELLINGS.get(rest, re.sub(r"\W+", "_", rest)), test, kind


def from_ultera(said: dict[str, str]) -> Property:
    """Property of one row of ULTERA, whose fields are SI values as text, empty where it says nothing."""
    if not said["name"] or not said["value"]:
        return Property("")
    name, test, kind = standard_name(said["name"])
    kind = kind or {"EXP": "measured", "DFT": "calculated"}.get(said["source"], "")
    given = _UNIT_SPELLINGS.get(said["unit"], said["unit"])
    unit, repair = UNITS.get(name, given), None
    si_unit, scale = _SCALE.get(unit, (unit, 1.0))
    if given != si_unit:
        repair = "unit taken from the property", f"{said['name']} in {given or 'no unit'!r} read as {si_unit}"
    uncertainty = _in_unit(said["uncertainty"], scale) if said["uncertainty"] else None
    return Property(name, test, kind, _in_unit(said["value"], scale), unit, uncertainty, repair)


def _in_unit(text: str, scale: float) -> float:
    """Value in the stored unit, at six digits: more than any measurement here has, and fewer than noise of floats."""
    return float(f"{float(text) / scale:.6g}")
