"""Arguments and options that several commands share, and how their texts are read."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import HeaError, TargetError


def targets(context, parameter, texts: tuple[str, ...]) -> dict[str, float]:
    """Read ``NAME=VALUE`` as often as it is given."""
    target = {}
    for text in texts:
        name, equals, value = text.partition("=")
        try:
            if not equals or name in target:
                raise ValueError
            target[name] = float(value)
        except ValueError:
            raise TargetError(f"--target {text!r}: write NAME=NUMBER, and --target again for another name") from None
    return target


def symbols(context, parameter, text: str | None) -> list[str] | None:
    """Read elements with commas between them."""
    if text is None:
        return None
    found = [part.strip() for part in text.split(",")]
    if not all(found):
        raise HeaError(f"{parameter.opts[0]} {text!r}: write elements with commas between them, such as Al,Co,Cr")
    return found


def size(context, parameter, text: str | None) -> int | tuple[int, int] | None:
    """Read a number, or a lowest and a highest one such as ``4-6``."""
    if text is None:
        return None
    few, dash, many = text.partition("-")
    try:
        return (int(few), int(many)) if dash else int(few)
    except ValueError:
        raise HeaError(f"{parameter.opts[0]} {text!r}: write a number such as 5 or a range such as 4-6") from None


def size_or_symbols(context, parameter, text: str | None) -> int | tuple[int, int] | list[str] | None:
    """Read a number, a range, or elements with commas between them."""
    read = size if text is not None and text[:1].isdigit() else symbols
    return read(context, parameter, text)


PROBLEM = click.argument("problem_name", metavar="PROBLEM")
FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
OUT = click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="CSV file to write.")
SEED = click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1))
TARGET = click.option(
    "--target", "target", multiple=True, callback=targets, metavar="NAME=VALUE", help="Give it once for each property."
)
PREDICTOR = click.option("--model", "model_name", default="forward", show_default=True, metavar="NAME",
                         help="See: hea models")  # fmt: skip
WEIGHTS = click.option(
    "--weights", type=click.Path(path_type=Path), help="What `hea train` wrote, instead of shipped weights."
)
