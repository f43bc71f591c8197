"""Alloys of a class from the command line: nudge what is there, screen what could be."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import click
import pandas as pd

from .. import alloys
from . import files
from .commands import main
from .options import FILE, OUT, PREDICTOR, PROBLEM, SEED, TARGET, WEIGHTS, size, symbols
from .trained import named, predictor, ready

_PERCENT = 100.0
_TOLD = {"before": "probability_before", "after": "probability_after", "distance": "distance_at%",
         "crossing": "crossing_at%", "steps": "steps", "arrived": "arrived"}  # fmt: skip


@main.command("nudge")
@PROBLEM
@FILE
@PREDICTOR
@WEIGHTS
@TARGET
@click.option("--budget", default=20.0, show_default=True, help="Atoms that may be exchanged at most [at%].")
@click.option("--step", default=2.0, show_default=True, help="Exchanged in one step of a path [at%].")
@click.option("--fixed", callback=symbols, metavar="Al,Co", help="Elements whose amounts may not change.")
@click.option("--add", callback=symbols, metavar="Ti,V", help="The only elements that may enter.")
@click.option("--no-add", is_flag=True, help="No element may enter.")
@click.option("--keep", is_flag=True, help="No element may leave.")
@click.option("--strict", is_flag=True, help="Refuse, instead of warning, when an alloy does not arrive.")
@click.option("--paths", type=click.Path(dir_okay=False, path_type=Path), help="CSV file to write, a row a step.")
@SEED
@OUT
def nudge_command(
    problem_name, file, model_name, weights, target, budget, step, fixed, add, no_add, keep, strict, paths, seed, out
) -> None:
    """Move the alloys in FILE into a class by small exchanges of atoms: single-phase, unless --target says another.

    Writes a row an alloy: where it ended, what the model said before and after, and, as achieved_, what the judge of
    PROBLEM says, which took no part.
    """
    from .. import design

    if no_add and add:
        raise click.UsageError("--add names elements that --no-add forbids")
    for path in filter(None, (out, paths)):
        files.require_folder(path)
    if paths is not None and paths.resolve() == out.resolve():
        raise click.UsageError("--paths and --out are the same file")
    table = files.read(file)
    problem, kind = predictor(problem_name, model_name, weights, judged=True)
    designs = files.designs(table, problem)
    files.require_free(file, table, [*_TOLD.values(), *(f"achieved_{item.column}" for item in problem.targets)])
    model = ready(kind, problem, weights, seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        found = design.nudge(
            problem, model, designs, target or None, budget / _PERCENT, step / _PERCENT, fixed or (),
            add=add or not no_add, drop=not keep, strict=strict, seed=seed,
        )  # fmt: skip
    result = _nudged(table, problem, found)
    for warning in (warning for warning in caught if warning.category is UserWarning):
        click.echo(f"hea: warning: {warning.message}", err=True)
    if paths is not None:
        steps = found.paths.assign(distance=_PERCENT * found.paths["distance"])
        with files.whole_file(paths) as path:
            steps.rename(columns={"design": "row", "distance": "distance_at%"}).to_csv(path, index=False)
    with files.whole_file(out) as path:
        result.to_csv(path, index=False)
    click.echo(f"wrote {len(result)} alloys to {out}; {int(found.table['arrived'].sum())} arrived", err=True)


def _nudged(table: pd.DataFrame, problem, found) -> pd.DataFrame:
    """What the user wrote besides fractions, then where each alloy ended and what is said of it."""
    others = table[[column for column in table.columns if column not in problem.space.columns]]
    told = found.table.assign(
        distance=_PERCENT * found.table["distance"],
        crossing=_PERCENT * found.table["crossing"],
        arrived=found.table["arrived"].astype(int),
    )[list(_TOLD)].rename(columns=_TOLD)
    return pd.concat([others, found.designs, told, named(problem.judge(found.designs), problem, "achieved_")], axis=1)


@main.command("screen")
@PROBLEM
@click.option("--elements", "palette", required=True, callback=symbols, metavar="Al,Co,Cr", help="To choose from.")
@click.option("--size", callback=size, metavar="N or LO-HI", help="Elements of an alloy; all of them unless told.")
@click.option("--step", default=5.0, show_default=True, help="Step of the amounts [at%].")
@click.option("--lowest", type=float, help="Lowest amount of an element that is present [at%]; one step unless told.")
@click.option("--highest", type=float, default=100.0, show_default=True, help="Highest amount of an element [at%].")
@PREDICTOR
@WEIGHTS
@TARGET
@click.option("--best", default=1_000, show_default=True, type=click.IntRange(min=1), help="Alloys to write.")
@click.option("--threshold", default=0.5, show_default=True, help="Probability from which alloys are counted.")
@click.option("--limit", type=click.IntRange(min=1), help="Alloys a space may have, if not what the library allows.")
@SEED
@OUT
def screen_command(
    problem_name, palette, size, step, lowest, highest, model_name, weights, target, best, threshold, limit, seed, out
) -> None:
    """Ask a model about every alloy of some elements in whole steps; write the best ones, best first.

    The class is single-phase unless --target says another; achieved_ is what the judge of PROBLEM says of the best.
    """
    from tqdm import tqdm

    from .. import design

    files.require_folder(out)
    space = design.CompositionSpace(palette, size, step, (step if lowest is None else lowest, highest))
    problem, kind = predictor(problem_name, model_name, weights, judged=True)
    model = ready(kind, problem, weights, seed)
    with tqdm(total=space.count, unit="alloy", file=sys.stderr, disable=None) as progress:
        found = design.screen_space(
            problem,
            model,
            space,
            target or None,
            best,
            threshold,
            limit=limit or design.enumeration.MOST,
            progress=progress.update,
        )
    designs = alloys.normalize(found.designs)
    judged = named(problem.judge(designs), problem, "achieved_")
    with files.whole_file(out) as path:
        pd.concat([designs, found.probability.rename("probability"), judged], axis=1).to_csv(path, index=False)
    click.echo(
        f"{found.above} of {found.asked} alloys have a probability of {threshold:g} or more; "
        f"wrote the best {len(designs)} to {out}",
        err=True,
    )
