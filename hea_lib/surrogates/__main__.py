"""``python -m hea_lib.surrogates mos2``: train the shipped ensembles again and print how good they are."""

import json
import sys

from . import mos2, store


def main(arguments: list[str]) -> int:
    """Train, write and report; two minutes or so for each ensemble."""
    if arguments != ["mos2"]:
        print("usage: python -m hea_lib.surrogates mos2", file=sys.stderr)
        return 2
    mos2.write(mos2.train())
    for name in store.names():
        print(json.dumps({"name": name} | store.report(name)["holdout"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
