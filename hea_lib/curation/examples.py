"""A few dozen raw rows, one or more for each trap, so that a reader can run the repairs without the raw folder."""

import json
from pathlib import Path

import pandas as pd

from .sources import require

_ULTERA = "ultera/24-06_Contributions.csv"
_LESS = "ultera/LessCommonElements_Nov2024.csv"
EXAMPLES = [  # trap, file, first line, number of lines
    ("header", _ULTERA, 1, 1),
    ("good row", "ultera/24-10_Contributions.csv", 2, 1),
    ("unquoted commas", _ULTERA, 2, 1),
    ("unquoted commas", _ULTERA, 27, 1),
    ("unquoted commas", "ultera/24-09_Contributions.csv", 240, 1),
    ("unquoted commas", "ultera/ThermalExpansionSearch_Oct22.csv", 55, 1),
    ("unquoted commas", _LESS, 557, 1),
    ("broken row", _ULTERA, 31, 2),
    ("broken row", "ultera/CarbideExpansion_Apr2024.csv", 101, 2),
    ("broken row", _LESS, 156, 2),
    ("missing unit", _LESS, 75, 1),
    ("bracket", "ultera/MiscSmallUploads_Dec2024.csv", 2, 2),
    ("bracket", "ultera/MiscSmallUploads_Dec2024.csv", 250, 1),
    ("sum off 100", "ultera/MiscSmallUploads_Dec2024.csv", 5, 1),
    ("sum off 100", "ultera/MiscSmallUploads_Dec2024.csv", 86, 1),
    ("sum off 100", "metallor/dataset.xlsx", 25, 1),
    ("lost sign", "couzinie/couzinie2018.csv", 178, 1),
    ("several values", "couzinie/couzinie2018.csv", 86, 1),
    ("copies", "mpea/MPEA_dataset.csv", 276, 1),
    ("copies", "couzinie/couzinie2018.csv", 2, 1),
    ("copies", "psu-representations/yield_strength.csv", 2, 1),
    ("thin film", "ultera/HighThroughput_Nov2024.csv", 2, 1),
    ("thin film", "ultera/24-07_Contributions.csv", 2, 1),
    ("no thin film", "ultera/HighThroughput_Nov2024.csv", 19, 1),
    ("no thin film", "ultera/MiscSmallUploads_Nov2024.csv", 31, 1),
    ("conflict", "mpea/MPEA_dataset.csv", 598, 2),
]


def build(raw: Path) -> pd.DataFrame:
    """The rows as they stand in their files; a spreadsheet's row is given as JSON of its amounts."""
    rows = []
    for trap, file, line, number in EXAMPLES:
        path = require(raw, file)
        if path.suffix == ".xlsx":
            cells = pd.read_excel(path).iloc[line - 2]
            amounts = {name: cell for name, cell in cells.items() if "at%" in str(name) and cell > 0}
            text = json.dumps(amounts, ensure_ascii=False)
        else:
            text = "\n".join(path.read_text(encoding="utf-8-sig").splitlines()[line - 1 : line - 1 + number])
        rows.append((trap, file, line, text))
    return pd.DataFrame(rows, columns=["trap", "file", "line", "text"])
