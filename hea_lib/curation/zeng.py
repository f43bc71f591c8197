"""The table and the split of Zeng, Khan and Post, as published, errors and all; only names and order are ours."""

from pathlib import Path

import numpy as np
import pandas as pd

from .. import alloys
from .log import Count
from .phases import PALETTE
from .sources import require

FEATURES = ["k", "vm", "tm", "vac", "delta", "delta_chi", "delta_s_mix", "delta_h_mix"]
SEED = 42  # of each of the three draws of their split


def build(raw: Path) -> tuple[pd.DataFrame, list[Count]]:
    """One row an alloy with its eight published features, class and place in the published split."""
    features = pd.read_csv(require(raw, "zeng2024/HEA_feature_engineered.csv"))
    fractions = pd.read_csv(require(raw, "zeng2024/HEA_top30_comps.csv"), comment="#")
    merged = features.drop_duplicates("Alloys").merge(
        fractions.drop(columns="Class").drop_duplicates("Alloys"), on="Alloys", validate="1:1"
    )
    same = alloys.group(fractions[PALETTE], tolerance=1e-6)  # of all 1,375 rows, so that a dropped label still counts
    labels = fractions["Class"].groupby(same)
    conflict = dict(zip(fractions["Alloys"], labels.transform("nunique") > 1, strict=True))
    group = alloys.group(merged[PALETTE], tolerance=1e-6)
    table = pd.DataFrame({
        "alloy": alloys.formula(merged[PALETTE], digits=3),
        "formula": merged["Alloys"],
        "single_phase": merged["Class"],
        "split": split(len(merged)),
        "duplicate": pd.Series(group).duplicated().to_numpy(),
        "conflict": merged["Alloys"].map(conflict),
    }).join(merged[FEATURES + PALETTE])  # fmt: skip
    conflicts = int((labels.nunique() > 1).sum())
    repeated = int((labels.size() > 1).sum())
    log = [
        ("excluded", "an element outside the 30", len(features) - len(fractions), "the authors' own rule"),
        ("excluded", "formula repeated to the letter", len(fractions) - len(merged), "the first is kept, as they do"),
        ("marked", "same composition as an earlier row", int(table["duplicate"].sum()),
         f"{repeated} groups among the {len(fractions)} rows, {conflicts} with both labels"),
        ("kept", "all", len(table), ""),
    ]  # fmt: skip
    return table, [Count("zeng2024", "zeng2024", *entry[:3], "alloys", entry[3]) for entry in log]


def split(n: int) -> np.ndarray:
    """Place of each of ``n`` rows in their split: three nested draws of scikit-learn, all with one seed."""
    from sklearn.model_selection import train_test_split

    rest, test = train_test_split(np.arange(n), test_size=0.1, random_state=SEED)
    labelled, others = train_test_split(rest, test_size=0.3, random_state=SEED)
    unlabelled, validation = train_test_split(others, test_size=0.2, random_state=SEED)
    places = np.full(n, "labelled", dtype=object)
    places[unlabelled], places[validation], places[test] = "unlabelled", "validation", "test"
    assert len(labelled) == (places == "labelled").sum()
    return places
