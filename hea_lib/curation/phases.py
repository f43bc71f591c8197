"""Which bulk alloys are single-phase: our own table from the reports of MPEA and ULTERA."""

import pandas as pd

from .. import alloys
from . import materials
from .log import Count

PALETTE = [
    "Li", "Mg", "Al", "Si", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Zr", "Nb", "Mo", "Ru", "Rh",
    "Pd", "Ag", "Sn", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au",
]  # fmt: skip
SOURCES = ("mpea", "ultera")
SOLID_SOLUTIONS = ("BCC", "FCC", "HCP")
TOLERANCE = 0.001  # [atomic fraction] rounding of printed formulas; one percent of Al or C can decide the phase

VOTE = ["material", "doi", "as_cast", "label"]  # what tells one vote from another

_AS_CAST = {"CAST", "AC", "VAM", "AAM", "VIM", "IM"}  # arc or induction melted, and nothing done after


def single_phase(phases: str) -> int | None:
    """1 for exactly one of BCC, FCC, HCP; 0 for several phases; None where a report decides neither.

    Undecided are a lone ordered, amorphous, intermetallic or unnamed phase, and one phase beside a question mark.

    Example:
        >>> [single_phase(text) for text in ("BCC", "BCC+B2", "BCC+BCC", "HCP+alpha", "FCC+Sec.")]
        [1, 0, 0, 0, 0]
        >>> [single_phase(text) for text in ("B2", "amorphous", "sigma", "Other", "BCC+?", "")]
        [None, None, None, None, None, None]
    """
    parts = [part.strip() for part in phases.split("+")]
    known = [part for part in parts if part and "?" not in part]
    if len(known) > 1:
        return 0
    return 1 if len(parts) == 1 and parts[0] in SOLID_SOLUTIONS else None


def is_as_cast(processing: str) -> bool:
    """Whether an alloy was melted and nothing more.

    Example:
        >>> is_as_cast("VAM"), is_as_cast("VAM+A"), is_as_cast("")
        (True, False, False)
    """
    return {step.strip() for step in processing.split("+")} <= _AS_CAST


def resolve(votes: pd.DataFrame) -> tuple[int | None, str]:
    """Label and the rule that gave it, from one alloy's votes with columns ``label`` (0 or 1) and ``as_cast``.

    As-cast reports come first; among them, or among all where there is none, the majority decides, and a tie nothing.

    Example:
        >>> resolve(pd.DataFrame({"label": [1, 0, 0], "as_cast": [True, False, False]}))
        (1, 'as-cast')
    """
    if votes["label"].nunique() == 1:
        return int(votes["label"].iloc[0]), "agreed"
    cast = votes[votes["as_cast"]]
    pool = cast if len(cast) else votes
    share = pool["label"].mean()
    if share == 0.5:
        return None, "tie"
    return int(share > 0.5), "as-cast" if pool["label"].nunique() == 1 else "majority"


def speaks(reports: pd.DataFrame) -> pd.Series:
    """Whether each report has a say on phases: of MPEA or ULTERA, with phases, and no calculation."""
    return reports["source"].isin(SOURCES) & (reports["phases"] != "") & ~materials.is_computed(reports)


def decided(reports: pd.DataFrame) -> pd.DataFrame:
    """The reports whose phases decide, with their ``label`` (1 or 0) and whether the alloy was ``as_cast``."""
    label = reports["phases"].map({text: single_phase(text) for text in reports["phases"].unique()})
    table = reports.assign(label=label)[label.notna()].astype({"label": int})
    return table.assign(as_cast=table["processing"].map(is_as_cast))


def votes(reports: pd.DataFrame) -> pd.DataFrame:
    """One row a vote: ``material``, ``doi``, ``as_cast``, ``label``; ten tests of one sample are one sample.

    Example:
        >>> same = {"source": "mpea", "kind": "measured", "material": 0, "doi": "10.1/a", "processing": "CAST"}
        >>> votes(pd.DataFrame([same | {"phases": text} for text in ("BCC", "BCC", "BCC+B2", "B2")]))["label"].tolist()
        [1, 0]
    """
    return decided(reports[speaks(reports)]).drop_duplicates(VOTE)[VOTE]


def build(reports: pd.DataFrame, fractions: pd.DataFrame) -> tuple[pd.DataFrame, list[Count]]:
    """One row an alloy with its label, its votes and its origin, and what each rule left out."""
    computed = materials.is_computed(reports)
    saying = speaks(reports)
    outside = (fractions.drop(columns=PALETTE) > 0).any(axis=1)
    names = alloys.identity(fractions)
    log = [Count("phases", "", "excluded", "an element outside the palette", names[saying & outside].nunique(),
                 "alloys", f"palette: {' '.join(PALETTE)}"),
           Count("phases", "ultera", "excluded", "calculation", int(computed.sum()), "reports",
                 "a calculation assumes its structure and never saw it")]  # fmt: skip
    chosen = reports[saying & ~outside]
    inside = fractions.loc[chosen.index, PALETTE]
    material = materials.merge(chosen, inside, TOLERANCE)
    table, more = _labelled(chosen.assign(material=material))
    table = table.join(materials.representatives(inside, material))
    return materials.named(table, PALETTE), log + more


def _labelled(reports: pd.DataFrame) -> tuple[pd.DataFrame, list[Count]]:
    """Votes of each material resolved."""
    bulk_materials = set(reports.loc[~reports["thin_film"], "material"])
    evidence = reports[~(reports["thin_film"] & reports["material"].isin(bulk_materials))]  # no film speaks for bulk
    counted = decided(evidence)
    rows = {}
    for number, own in counted.drop_duplicates(VOTE).groupby("material"):
        label, rule = resolve(own)
        rows[number] = (label, int(own["label"].sum()), int((1 - own["label"]).sum()), rule)
    verdicts = pd.DataFrame.from_dict(rows, orient="index", columns=["single_phase", "n_single", "n_multi", "rule"])
    kept = verdicts[verdicts["rule"] != "tie"].astype({"single_phase": int})
    kept = kept.assign(conflict=(kept["n_single"] > 0) & (kept["n_multi"] > 0))
    origin = counted.groupby("material").agg(phases=("phases", lambda texts: ";".join(sorted(set(texts)))))
    table = kept.join(origin).join(materials.provenance(counted, counted["material"]).drop(columns="computed_only"))
    return table, _counts(evidence, verdicts, table)


def _counts(evidence: pd.DataFrame, verdicts: pd.DataFrame, table: pd.DataFrame) -> list[Count]:
    """What happened to the materials, bulk and film."""
    undecided = evidence[~evidence["material"].isin(verdicts.index)]
    examples = ", ".join(sorted(undecided["phases"].unique()))
    film, conflict = table["thin_film"], table["conflict"]
    log = [
        ("excluded", "no report names one solid solution or several phases", undecided["material"].nunique(), examples),
        ("excluded", "conflict that ends in a tie", int((verdicts["rule"] == "tie").sum()), "half say one phase"),
        ("marked", "conflict resolved by as-cast reports", int((table["rule"] == "as-cast").sum()), "bulk and film"),
        ("marked", "conflict resolved by majority", int((table["rule"] == "majority").sum()), "bulk and film"),
        ("kept", "bulk", int((~film).sum()), f"{int((conflict & ~film).sum())} with a conflict"),
        ("kept", "thin film only (by option)", int(film.sum()), f"{int(table.loc[film, 'single_phase'].sum())} single"),
    ]
    return [Count("phases", "", action, rule, number, "alloys", reason) for action, rule, number, reason in log]
