"""One reader a source: raw rows in, records of one common layout out, each with the file and line it stands on."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ..errors import RawDataError
from . import properties, ultera
from .log import Entry

KELVIN = 273.15
COUZINIE_DOI = "10.1016/j.dib.2018.10.071"

_MPEA_VALUES = {  # column: property, kind
    "PROPERTY: grain size ($\\mu$m)": ("grain_size", "measured"),
    "PROPERTY: Exp. Density (g/cm$^3$)": ("density", "measured"),
    "PROPERTY: Calculated Density (g/cm$^3$)": ("density", "calculated"),
    "PROPERTY: HV": ("hardness", "measured"),
    "PROPERTY: YS (MPa)": ("yield_strength", "measured"),
    "PROPERTY: UTS (MPa)": ("ultimate_strength", "measured"),
    "PROPERTY: Elongation (%)": ("elongation", "measured"),
    "PROPERTY: Elongation plastic (%)": ("plastic_elongation", "measured"),
    "PROPERTY: Exp. Young modulus (GPa)": ("youngs_modulus", "measured"),
    "PROPERTY: Calculated Young modulus (GPa)": ("youngs_modulus", "calculated"),
}
_TESTED = {"yield_strength", "ultimate_strength", "elongation", "plastic_elongation"}  # have a test and a temperature
_TESTS = {"C": "compression", "T": "tension", "": ""}

# Couzinié's table prints these five cryogenic test temperatures [°C] without their sign; the copy of the same rows in
# psu-representations, and MPEA, have it. No test was run at +43, +103, +153, +196 or +268.8 °C in either.
_LOST_SIGN = {"43", "103", "153", "196", "268.8"}


def require(raw: Path, name: str) -> Path:
    """Path of one raw file.

    Raises:
        RawDataError: the folder or the file is missing.
    """
    if not raw.is_dir():
        raise RawDataError(f"raw data folder {str(raw)!r} does not exist; set HEA_RAW_DATA")
    path = raw / name
    if not path.exists():
        raise RawDataError(f"raw file {name!r} is missing from {str(raw)!r}; see the data card for where it comes from")
    return path


def read_all(raw: Path) -> tuple[list[dict], list[Entry]]:
    """Records of all sources and the log of what was repaired or refused while reading them."""
    log: list[Entry] = []
    readers = (read_mpea, read_ultera, read_couzinie, read_psu_hardness, read_psu_strength, read_metallor)
    return [record for reader in readers for record in reader(raw, log)], log


def record(source: str, file: str, line: int, formula: str, **known) -> dict:
    """A record with everything that a source may leave unsaid left empty."""
    empty = {"doi": "", "reference": "", "year": None, "processing": "", "comment": "", "phases": "", "property": "",
             "test": "", "kind": "", "value": None, "unit": "", "temperature_K": None, "uncertainty": None}  # fmt: skip
    return {"source": source, "file": file, "line": line, "formula": " ".join(formula.split()), **empty, **known}


class Row(dict):
    """Stripped fields of one raw row by column; what is missing or no number is said with file and line."""

    def __init__(self, file: str, line: int, fields: dict[str, str]):
        super().__init__({column: text.strip() for column, text in fields.items()})
        self.file, self.line = file, line

    def __missing__(self, column: str) -> str:
        """Say which column the file lacks."""
        raise RawDataError(f"{self.file} has no column {column!r}; its columns are {', '.join(self)}")

    def number(self, column: str) -> float:
        """The field as a number."""
        try:
            return float(self[column])
        except ValueError:
            message = f"{self.file} line {self.line}: {self[column]!r} in column {column!r} is no number"
            raise RawDataError(message) from None


def read_csv(path: Path) -> Iterator[Row]:
    """Rows of a raw file that is valid CSV.

    Raises:
        RawDataError: a row has more or fewer fields than the header.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            if None in row or None in row.values():
                raise RawDataError(f"{path.name} line {reader.line_num} does not have {len(reader.fieldnames)} fields")
            yield Row(path.name, reader.line_num, row)


def read_mpea(raw: Path, log: list[Entry]) -> Iterator[dict]:
    """One record a property; a row states one alloy in one condition."""
    path = require(raw, "mpea/MPEA_dataset.csv")
    for row in read_csv(path):
        test, celsius = row["PROPERTY: Type of test"], row["PROPERTY: Test temperature ($^\\circ$C)"]
        for column, (name, kind) in _MPEA_VALUES.items():
            if not row[column]:
                continue
            tested = name in _TESTED
            yield record(
                "mpea", path.name, row.line, row["FORMULA"], doi=row["REFERENCE: doi"],
                year=int(row.number("REFERENCE: year")), processing=row["PROPERTY: Processing method"],
                phases=row["PROPERTY: Microstructure"], property=name, test=_TESTS[test] if tested else "",
                kind=kind, value=row.number(column), unit=properties.UNITS[name],
                temperature_K=round(float(celsius) + KELVIN, 2) if tested and celsius else None,
            )  # fmt: skip


def read_ultera(raw: Path, log: list[Entry]) -> Iterator[dict]:
    """One record a row; a row without property still reports phases."""
    rows, repairs = ultera.read(require(raw, "ultera"))
    log.extend(repairs)
    for row in rows:
        said = {name: "" if text == "None" else text for name, text in row.fields.items()}
        found = properties.from_ultera(said)
        if found.repair:
            log.append(Entry("ultera", row.file, row.line, "repaired", *found.repair))
        kelvin = float(said["temperature"]) if said["temperature"] else None
        yield record(
            "ultera", row.file, row.line, said["composition"], doi=said["doi"], processing=said["processing"],
            comment=said["comment"], phases=said["structure"], property=found.name, test=found.test, kind=found.kind,
            value=found.value, unit=found.unit, uncertainty=found.uncertainty, temperature_K=kelvin,
        )  # fmt: skip


def read_couzinie(raw: Path, log: list[Entry]) -> Iterator[dict]:
    """Density, Young's modulus and yield strength of each row; specific strength is derived and not read."""
    path = require(raw, "couzinie/couzinie2018.csv")
    for row in read_csv(path):
        celsius = "25" if row["Testing_Temp"] == "RT" else row["Testing_Temp"]
        if celsius in _LOST_SIGN:
            reason = f"{celsius} °C is -{celsius} °C in the other copies of this row"
            log.append(Entry("couzinie", path.name, row.line, "repaired", "lost sign of a temperature", reason))
            celsius = f"-{celsius}"
        modulus = re.fullmatch(r"(\d+\.?\d*)( \[\d+\])?", row["Young_Modulus_Exp"])
        if row["Young_Modulus_Exp"] and not modulus:
            reason = f"{row['Young_Modulus_Exp']!r} is not one number"
            log.append(Entry("couzinie", path.name, row.line, "refused", "ambiguous Young's modulus", reason))
        stated = {
            ("density", "unstated"): row["Density"],
            ("youngs_modulus", "calculated"): row["Young_Modulus_ROM"],
            ("youngs_modulus", "measured"): modulus.group(1) if modulus else "",
            ("yield_strength", "measured"): row["Yield_Strength"],
        }
        phases = re.sub(r"(\d) (\w+)", lambda found: "+".join([found[2]] * int(found[1])), row["Type_Present_Phases"])
        for (name, kind), value in stated.items():
            if value:
                tested = name in _TESTED
                yield record(
                    "couzinie", path.name, row.line, row["Composition"], doi=COUZINIE_DOI,
                    reference=f"{row['Ref']} in {COUZINIE_DOI}", phases=phases,
                    processing=row["Equilibrium_Conditions"], property=name, kind=kind, value=float(value),
                    test=_TESTS[row["Tension_Compression"]] if tested else "", unit=properties.UNITS[name],
                    temperature_K=round(float(celsius) + KELVIN, 2) if tested else None,
                )  # fmt: skip


def read_psu_hardness(raw: Path, log: list[Entry]) -> Iterator[dict]:
    """Vickers hardness; the citation is kept as written, and the year is the one that it prints."""
    path = require(raw, "psu-representations/hardness.csv")
    for row in read_csv(path):
        year = re.search(r",\s*((?:19|20)\d\d)\s*[,;:(]", row["Source"])
        yield record(
            "psu", path.name, row.line, row["Composition"], reference=" ".join(row["Source"].split()),
            year=int(year.group(1)) if year else None, property="hardness", kind="measured", value=row.number("HV"),
            unit=properties.UNITS["hardness"],
        )  # fmt: skip


def read_psu_strength(raw: Path, log: list[Entry]) -> Iterator[dict]:
    """Compressive yield strength by temperature."""
    path = require(raw, "psu-representations/yield_strength.csv")
    for row in read_csv(path):
        yield record(
            "psu", path.name, row.line, row["Composition"], processing="AC" if row["As-cast/other"] == "1" else "other",
            property="yield_strength", kind="measured", value=row.number("Yield Strength"), unit="MPa",
            temperature_K=round(row.number("Temperature (Celcius)") + KELVIN, 2),
        )  # fmt: skip


def read_metallor(raw: Path, log: list[Entry]) -> Iterator[dict]:
    """Yield strength by temperature; its columns of descriptors are scaled to 0..1 and not read."""
    path = require(raw, "metallor/dataset.xlsx")
    table = pd.read_excel(path)
    amounts = table.filter(regex=r"^[A-Z][a-z]?\(at%\)$").rename(columns=lambda name: name.split("(")[0])
    for row in table.index:
        present = amounts.loc[row][lambda amount: amount > 0]
        yield record(
            "metallor", path.name, int(row) + 2, "".join(f"{symbol}{amount:.6g}" for symbol, amount in present.items()),
            property="yield_strength", kind="measured", value=float(table.loc[row, "YS"]), unit="MPa",
            temperature_K=round(float(table.loc[row, "Ttest(℃)"]) + KELVIN, 2),
        )  # fmt: skip
