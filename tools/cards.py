"""Write what is measured into the model cards: ``python -m tools.cards``; the rest of a card is written by hand.

A card marks each such part by ``<!-- PART: written by ... -->`` and ``<!-- end -->``.
"""

import re
import sys
from pathlib import Path

import pandas as pd

from hea_lib import _weights, datasets
from tools import toc

FOLDER = toc.ROOT / "data/cards/models"
WEIGHTS = {"cgan": "cgan-refractory", "dvae": "dvae-single-phase", "cinn": "cinn-mos2", "inn": "inn-mos2",
           "mdn": "mdn-mos2", "cvae": "cvae-mos2"}  # fmt: skip
BESIDE = ("swap", "swap + steered", "swap + localised", "swap + delivered", "real")
COLUMNS = {
    "error of G [GPa]": "mae shear_modulus", "opposing [GPa]": "opposing", "pair r": "pair r", "W1": "W1",
    "C2ST": "C2ST", "new systems": "new systems", "novel": "novel",
}  # fmt: skip
ENCODED = ("composition error", "exact elements", "probe of draws", "probe of means", "probe of whole alloys",
           "AUC of the heads", "AUC with trees")  # fmt: skip
MADE = ("kept", "judged", "by judge 0", "by judge 1", "novel", "judged and novel", "new system", "diversity",
        "AUC of the judge")  # fmt: skip
CLASSIFIERS = ("dvae", "dvae, heads alone", "trees", "extra trees", "random forest, 8")
SPLITS = ("published", "random", "grouped")
GENERATORS = ("dvae at temperature 0.8", "jittered known alloys")
CELLS = {
    "error [eV]": "mae", "within 0.05 eV": "within 0.05", "within 0.02 eV": "within 0.02", "in the box": "in space",
    "diversity": "diversity", "novel": "novel",
}  # fmt: skip
BOTH = ("alone", "selected and localised")
KNOWN_CELLS = "calculated rows near the target"
BESIDE_CELLS = ("neighbours", "gradient", KNOWN_CELLS)
DIGITS = {
    "composition error": 3,
    "auc": 3,
    "calibration_error": 3,
    "mae shear_modulus": 2,
    "opposing": 1,
    "pair r": 3,
    "mae": 3,
    "within 0.05": 3,
    "within 0.02": 3,
}


def training(name: str) -> str:
    """What the notes beside the shipped weights say of their training."""
    notes = _weights.notes(WEIGHTS[name])
    rows = {
        "known designs": notes["rows"],
        "data": f"`{notes['identity']['data']}` (SHA-256 of compositions and properties, first 16 digits)",
        "seed": ", ".join(map(str, notes["seeds"])),
        "made by": f"`{notes['command']}`",
        "time": f"{notes['cpu_seconds']:.0f} s of one CPU thread",
        "weights": f"`{notes['sha256'][:16]}` (SHA-256, first 16 digits)",
    }
    rows |= {f"`{key}`": _plain(value) for key, value in notes["identity"]["settings"].items()}
    return _table(["what", "value"], rows.items())


def figures(name: str) -> str:
    """Means and standard deviations of the benchmarks' figures."""
    others = {"cgan": _refractory, "dvae": _phases}
    return others[name]() if name in others else _cells(name)


def _refractory() -> str:
    """The conditional GAN beside baselines on the same splits."""
    own = datasets.load_results("refractory-gan")
    others = datasets.load_results("refractory-baselines").rename(columns={"seed": "fold"})
    others = others[others["method"].isin(BESIDE) & others["fold"].isin(own["fold"].unique())]
    rows = []
    for kind in ("random", "grouped"):
        for table in (own, others):
            part = table[table["split"] == kind]
            rows += [[kind, method, *map(_figure(runs), COLUMNS.values())] for method, runs in part.groupby("method")]
    return _table(["split", "method", *COLUMNS], rows)


def _phases() -> str:
    """The disentangled VAE on alloys that it has not seen, and what it makes."""
    encoded, made = datasets.load_results("phase-autoencoder"), datasets.load_results("phase-generation")
    tables = list(encoded["table"].unique())
    parts = [_figure(encoded[encoded["table"] == table]) for table in tables]
    first = _table(["held-out alloys", *tables], [[name, *(part(name) for part in parts)] for name in ENCODED])
    made = made[made["method"].isin(GENERATORS)]
    judged, half = made["judged"], made["seed"] % 2  # benchmarks/phase_generation.py has two judges a table
    made = made.assign(**{f"by judge {number}": judged.where(half == number) for number in (0, 1)})
    rows = [[*key, *map(_figure(runs), MADE)] for key, runs in made.groupby(["table", "method", "filter"])]
    return f"{first}\n\n{_classified()}\n\n{_table(['table', 'method', 'filter', *MADE], rows)}"


def _classified() -> str:
    """AUC of the classifier beside trees, by table, split and least number of elements; and its calibration error."""
    known = datasets.load_results("phase-classifiers")
    known = known[known["split"].isin(SPLITS) & known["model"].isin(CLASSIFIERS)]
    rows = []
    for key, runs in known.groupby(["table", "split", "alloys"]):
        aucs = [_figure(runs[runs["model"] == model])("auc") for model in CLASSIFIERS]
        rows.append([*key, *aucs, _figure(runs[runs["model"] == "dvae"])("calibration_error")])
    return _table(["table", "split", "alloys", *CLASSIFIERS, "calibration error of dvae"], rows)


def _cells(name: str) -> str:
    """A generator of strained cells by strategy and target beside others, and the judge that says so."""
    table = datasets.load_results("mos2-design")
    variant = table["model"].str.startswith(f"{name}, ") & table["strategy"].isin(BOTH)
    rows = []
    for target, part in table[(table["model"] == name) | variant | table["model"].isin(BESIDE_CELLS)].groupby(
        "target_eV"
    ):
        for key, runs in part.groupby(["model", "strategy"]):
            rows.append([f"{target:g}", *key, *map(_figure(runs), CELLS.values())])
    made = _table(["target [eV]", "model", "strategy", *CELLS], rows)
    forward, judge = (_weights.notes(f"mos2-{role}") for role in ("forward", "judge"))
    checked = {
        "error of the judge, cells with a gap [eV]": judge["holdout"]["mae_gapped_eV"],
        "error of the forward model, the same cells [eV]": forward["holdout"]["mae_gapped_eV"],
        "correlation of their errors": round(judge["forward_and_judge"]["residual_correlation"], 2),
    }
    return f"{made}\n\n{_table(['on calculations that neither has seen', 'value'], checked.items())}"


def _figure(runs: pd.DataFrame):
    def text(column: str) -> str:
        values, digits = runs[column].dropna(), DIGITS.get(column, 2)
        if len(values) == 1:
            return f"{values.iloc[0]:.{digits}f}"
        return f"{values.mean():.{digits}f} ± {values.std():.{digits}f}" if len(values) > 1 else ""

    return text


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _table(header: list[str], rows) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def renewed(name: str, text: str) -> str:
    """A card with its measured parts as they are now."""
    for part in (training, figures):
        mark = rf"(<!-- {part.__name__}: [^>]*-->\n).*?(<!-- end -->)"
        text, found = re.subn(
            mark, lambda match, part=part: f"{match[1]}\n{part(name)}\n\n{match[2]}", text, flags=re.S
        )
        if found != 1:
            raise ValueError(f"the card of {name} has {found} places for its {part.__name__}, not one")
    return text


def main(folder: Path = FOLDER) -> int:
    """Write every card anew."""
    for card in sorted(folder.glob("*.md")):
        card.write_text(renewed(card.stem, card.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
