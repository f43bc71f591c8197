"""``python -m hea_lib.curation [--check]``: write the curated tables, or compare them with what the sources give."""

import argparse
import sys

from .. import _resources, curation
from ..errors import HeaError


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 done or equal, 1 different, 2 impossible."""
    parser = argparse.ArgumentParser(prog="python -m hea_lib.curation", description=curation.__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; write nothing")
    check = parser.parse_args(arguments).check
    different = []
    try:
        for name, table in curation.build(curation.raw_folder()):
            if check:
                present = (_resources.folder() / name).is_file()
                same = present and _resources.to_csv(table) == _resources.read_bytes(name)
                different += [] if same else [name]
                print(f"{'same' if same else 'DIFFERENT':9} {name:20} {len(table):6} rows")
            else:
                _resources.write_csv(table, name)
                print(f"wrote {name:20} {len(table):6} rows")
            if name == "curation-log.csv":
                print(table.drop(columns="reason").to_string(index=False))
    except HeaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
