"""The curated tables, each with its card and with where every row came from.

A table is a plain ``DataFrame`` with a fresh index. Where a row is an alloy, the columns named as elements hold its
atomic fractions and :func:`composition` returns them alone, as the alloy table that the rest of the library takes;
every other column is said in the card.

>>> table = load_refractory()
>>> composition(table).shape[1]
15
>>> table.loc[0, ["alloy", "dois"]].tolist()
['Al10Cr20Mo20Nb20Ti20Zr10', '10.1016/j.eng.2023.11.026']
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature

import numpy as np
import pandas as pd

from . import _resources, alloys, elements
from .errors import UnknownNameError

ROOM_TEMPERATURE = (288.0, 308.0)  # [K] what papers call room temperature
ROUNDING = 0.001  # [atomic fraction] within which formulas printed in different papers are one alloy

_UNIT_IN_NAME = {"g/cm3": "g_cm3", "%": "percent"}


def composition(table: pd.DataFrame) -> pd.DataFrame:
    """Only the element columns of a table: an alloy table ``(n_alloys, n_elements)``.

    >>> composition(load_refractory()).sum(axis=1).round(9).unique().tolist()
    [1.0]
    """
    return table[[column for column in table.columns if column in elements.SYMBOLS]]


def load_refractory(films: bool = False) -> pd.DataFrame:
    """Refractory high-entropy alloys of the literature, near-duplicates at 1 at% merged.

    Args:
        films: also the alloys that were only ever deposited as thin films.

    References:
        Rules: A. Debnath et al., J. Mater. Inf. 1, 3 (2021), doi:10.20517/jmi.2021.05. Rows: see columns ``dois``.

    >>> bool(load_refractory()["thin_film"].any())
    False
    """
    return _without_films(_resources.read_table("refractory.csv"), films)


def load_phases(films: bool = False) -> pd.DataFrame:
    """Alloys of 30 elements, ``single_phase`` 1 (exactly one of bcc, fcc, hcp) or 0 (several phases).

    Columns ``n_single``, ``n_multi``, ``conflict`` and ``rule`` say how far the reports agree and what decided.

    Args:
        films: also the alloys that were only ever deposited as thin films, nearly all of them single-phase.

    >>> sorted(load_phases()["rule"].unique())
    ['agreed', 'as-cast', 'majority']
    """
    return _without_films(_resources.read_table("phases.csv"), films)


def load_zeng2024() -> pd.DataFrame:
    """The 1,373 alloys of Zeng et al. with their eight features, class and split exactly as published.

    References:
        C. Zeng, Z. Khan, N. Post, arXiv:2409.06740 (2024)

    >>> load_zeng2024()["split"].value_counts().sort_index().tolist()
    [864, 138, 296, 75]
    """
    return _resources.read_table("zeng2024.csv")


def load_measurements(
    name: str | None = None, *, test: str | None = None, room_temperature: bool = False, films: bool = False,
    copies: bool = False, bounds: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """Measured values of one property, or of all in long form.

    Args:
        name: a property such as ``"hardness"`` or ``"yield_strength"``; the result then has a column of that name and
            unit, ``yield_strength_MPa``, and element columns. None gives the long table ``property, value, unit``.
        test: only ``"compression"`` or ``"tension"``.
        room_temperature: only values at 288 to 308 K, and those that state no temperature.
        films: also thin films.
        copies: also values that another compilation repeats; ``duplicate_of`` names the report they repeat.
        bounds: also values that the paper calls an estimate or a lower bound.

    Raises:
        UnknownNameError: no such property or test.

    >>> load_measurements("hardness").columns[:2].tolist()
    ['alloy', 'hardness_HV']
    """
    table = _without_films(_resources.read_table("measurements.csv"), films)
    if name is not None and name not in set(table["property"]):
        raise UnknownNameError.of("measured property", name, table["property"].unique())
    if test not in (None, "compression", "tension"):
        raise UnknownNameError.of("test", test, ("compression", "tension"))
    keep = pd.Series(True, index=table.index)
    keep &= copies | (table["duplicate_of"] == "")
    keep &= bounds | ~table["kind"].isin(["estimated", "minimum"])
    keep &= (test is None) | (table["test"] == test)
    keep &= (not room_temperature) | table["temperature_K"].fillna(ROOM_TEMPERATURE[0]).between(*ROOM_TEMPERATURE)
    keep &= (name is None) | (table["property"] == name)
    kept = table[keep].reset_index(drop=True)
    return kept if name is None else _one_property(kept, name, table.loc[table["property"] == name, "unit"].iloc[0])


def _one_property(table: pd.DataFrame, name: str, unit: str) -> pd.DataFrame:
    """Value column named by property and unit, then what was said of it, then fractions."""
    column = f"{name}_{_UNIT_IN_NAME.get(unit, unit)}"
    rest = [column for column in table.columns if column not in ("alloy", "property", "value", "unit")]
    wide = table.rename(columns={"value": column})[["alloy", column, *rest]]
    return wide.join(_fractions(table["alloy"]))


def load_reports() -> pd.DataFrame:
    """Every observation of every source in long form: alloy, state, phases, one property, and file and line.

    Films, calculated values, copies and contradictions are all there; the other tables are made from this one.

    >>> load_reports()["source"].unique().tolist()
    ['mpea', 'ultera', 'couzinie', 'psu', 'metallor']
    """
    return _resources.read_table("reports.csv")


def load_mos2() -> pd.DataFrame:
    """Band gaps [eV] of strained MoS2 in a field: 10,798 calculations, ``campaign`` 1 to 4, doubles marked.

    References:
        V. Fung et al., npj Comput. Mater. 7, 200 (2021), doi:10.1038/s41524-021-00670-x

    >>> int(load_mos2()["duplicate"].sum())
    368
    """
    return _resources.read_table("mos2.csv")


_LOADERS: dict[str, Callable[..., pd.DataFrame]] = {
    "refractory": load_refractory, "phases": load_phases, "zeng2024": load_zeng2024,
    "measurements": load_measurements, "reports": load_reports, "mos2": load_mos2,
}  # fmt: skip


def names() -> list[str]:
    """Names that :func:`load` and :func:`card` know.

    >>> names()
    ['measurements', 'mos2', 'phases', 'refractory', 'reports', 'zeng2024']
    """
    return sorted(_LOADERS)


def load(name: str, /, **options) -> pd.DataFrame:
    """Load a table by name; ``options`` are those of its own function.

    Raises:
        UnknownNameError: no such dataset, or an option that it does not have; near matches are given.

    >>> load("phase")
    Traceback (most recent call last):
    hea_lib.errors.UnknownNameError: unknown dataset 'phase'; did you mean 'phases'?
    """
    if name not in _LOADERS:
        raise UnknownNameError.of("dataset", name, _LOADERS)
    known = signature(_LOADERS[name]).parameters
    for option in options:
        if option not in known:
            raise UnknownNameError.of(f"option of {name}", option, known)
    return _LOADERS[name](**options)


def card(name: str) -> str:
    """The card of a dataset in Markdown: what, rows, columns and units, source, licence, traps.

    Raises:
        UnknownNameError: no such dataset.

    >>> card("mos2").splitlines()[0]
    '# Strained MoS2 in an electric field'
    """
    if name not in _LOADERS:
        raise UnknownNameError.of("dataset", name, _LOADERS)
    return _resources.read_text(f"cards/{name}.md")


def load_results(name: str) -> pd.DataFrame:
    """Figures that a benchmark measured, with versions, machine and date; :func:`results` lists them.

    Raises:
        UnknownNameError: no such results; near matches are given.

    >>> load_results("refractory-baselines")["seed"].nunique()
    5
    """
    if name not in results():
        raise UnknownNameError.of("results", name, results())
    return _resources.read_csv(f"results/{name}.csv")


def results() -> list[str]:
    """Names of the benchmark results that :func:`load_results` knows.

    >>> "refractory-baselines" in results()
    True
    """
    return sorted(file.stem for file in (_resources.folder() / "results").glob("*.csv"))


def curation_log() -> pd.DataFrame:
    """How many rows each rule of the curation read, repaired, refused, merged or left out, and why."""
    return _resources.read_csv("curation-log.csv", keep_default_na=False)


def raw_examples(trap: str | None = None) -> pd.DataFrame:
    """Raw rows as published, one or more for each trap, for whoever wants to run the repairs.

    Raises:
        UnknownNameError: no example of such a trap.

    >>> raw_examples("broken row")["text"].str.count(chr(10)).tolist()
    [1, 1, 1]
    """
    table = _resources.read_csv("raw-examples.csv", keep_default_na=False)
    if trap is None:
        return table
    if trap not in set(table["trap"]):
        raise UnknownNameError.of("trap", trap, table["trap"].unique())
    return table[table["trap"] == trap].reset_index(drop=True)


def reports_of(alloy: str, tolerance: float = ROUNDING) -> pd.DataFrame:
    """Every report on one alloy, whichever way its formula is written.

    Args:
        alloy: a formula.
        tolerance: largest difference of a fraction from that formula.

    >>> reports_of("CoCrFeMnNi")["source"].nunique() >= 3
    True
    """
    reports = load_reports()
    unique = reports["composition"].drop_duplicates()
    table = _fractions(pd.concat([pd.Series([alloy]), unique], ignore_index=True))
    near = np.abs(table.to_numpy()[1:] - table.to_numpy()[0]).max(axis=1) <= tolerance
    return reports[reports["composition"].isin(unique[near])].reset_index(drop=True)


def phase_agreement() -> pd.DataFrame:
    """Alloys that both our phase table and that of Zeng et al. hold, with the label of each.

    Returns:
        Columns ``alloy``, ``ours``, ``zeng2024``, ``agree``, ``conflict`` (our own reports disagree), ``n_elements``.

    >>> table = phase_agreement()
    >>> bool(0.8 < table["agree"].mean() < 0.9)
    True
    """
    ours, theirs = load_phases(), load_zeng2024()
    both = pd.concat([composition(ours), composition(theirs)], ignore_index=True)
    group = alloys.group(both, ROUNDING)
    ours, theirs = ours.assign(group=group[: len(ours)]), theirs.assign(group=group[len(ours) :])
    theirs = theirs.drop_duplicates("group")  # as they do, the first of two rows about one alloy counts
    ours = ours.assign(n_elements=(composition(ours) > 0).sum(axis=1))
    shared = ours.rename(columns={"single_phase": "ours"}).merge(
        theirs[["group", "single_phase"]].rename(columns={"single_phase": "zeng2024"}), on="group"
    )
    shared["agree"] = shared["ours"] == shared["zeng2024"]
    return shared[["alloy", "ours", "zeng2024", "agree", "conflict", "n_elements"]]


def coverage(films: bool = False) -> pd.DataFrame:
    """How many distinct values the reports hold for each material and property ``(n_materials, n_properties)``.

    Copies and calculated values do not count; ``phases`` counts the distinct statements on phases. A zero is a void:
    nobody measured it, or nobody compiled it.

    >>> table = coverage()
    >>> bool((table == 0).to_numpy().mean() > 0.8)
    True
    """
    reports = _without_films(load_reports(), films)
    measured = load_measurements(films=True, copies=True, bounds=True)
    copies = set(measured.loc[measured["duplicate_of"] != "", "report"])
    values = reports[(reports["property"] != "") & (reports["kind"] != "calculated") & ~reports["report"].isin(copies)]
    stated = reports[reports["phases"] != ""].drop_duplicates(["material", "phases", "doi"]).assign(property="phases")
    both = pd.concat([values, stated])
    counts = pd.crosstab(both["material"], both["property"])
    name = reports.drop_duplicates("material").set_index("material")["composition"]
    order = (counts > 0).sum().sort_values(ascending=False, kind="stable").index
    return counts.set_axis(name.loc[counts.index], axis=0)[order].rename_axis(index="alloy", columns="property")


def _without_films(table: pd.DataFrame, films: bool) -> pd.DataFrame:
    return table if films else table[~table["thin_film"]].reset_index(drop=True)


def _fractions(formulas: pd.Series) -> pd.DataFrame:
    """Fractions of formulas that come again and again, elements in alphabetical order."""
    codes, unique = pd.factorize(formulas)
    table = alloys.fractions(list(unique))
    return table[sorted(table.columns)].iloc[codes].set_axis(formulas.index)
