"""The command ``hea``: alloys without a notebook. Thin over problems, models, design and evaluation.

Progress goes to stderr and results to a file that is either whole or not there; an error is one line and exit code 2.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from pathlib import Path

import click
import numpy as np
import pandas as pd

from . import __version__, alloys, elements, problems, spaces
from .errors import HeaError, TargetError

_CHUNK = 1_000  # designs sampled at once, so that memory does not grow with --n
_SUM_TOLERANCE = 1e-3  # of the fractions in a file


class _OneLineErrors(click.Group):
    """A group whose errors, and those of the library, are one line on stderr and exit code 2."""

    def main(self, args=None, prog_name="hea", **extra):
        try:
            sys.exit(super().main(args=args, prog_name=prog_name, standalone_mode=False) or 0)
        except click.ClickException as error:
            message = error.format_message()
        except (HeaError, OSError) as error:
            message = str(error)
        except (click.Abort, KeyboardInterrupt):
            message = "stopped; nothing was written"
        click.echo(f"hea: {' '.join(message.split())}", err=True)
        sys.exit(2)


@click.group(cls=_OneLineErrors, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hea")
@click.pass_context
def main(context: click.Context) -> None:
    """Design alloys and strained MoS2 for wanted properties, and judge the result."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@main.command("problems")
def list_problems() -> None:
    """List the inverse problems, and what can be requested of each."""
    for name in problems.names():
        problem = problems.get(name)
        click.echo(f"{name:14}{problem.title} ({len(problem)} known designs)")
        for target in problem.targets:
            reach = f"{target.lowest:.4g} to {target.highest:.4g}"
            click.echo(f"{'':14}--target {target.name}=VALUE   [{target.unit}] {reach}")


@main.command("models")
def list_models() -> None:
    """List the models, what each does, and the problems that it serves."""
    from . import models

    kinds = {"design": models.InverseModel, "predict": models.Predictor}
    for name in models.names():
        model = models.get(name, kind=models.Model)
        does = "+".join(verb for verb, kind in kinds.items() if issubclass(model, kind))
        click.echo(f"{name:14}{does:16}{model.title} ({', '.join(model.problems)})")


def _targets(context, parameter, texts: tuple[str, ...]) -> dict[str, float]:
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


_OUT = click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="CSV file to write.")
_SEED = click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31 - 1))
_TARGET = click.option(
    "--target", "target", multiple=True, callback=_targets, metavar="NAME=VALUE", help="Give it once for each property."
)
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@main.command("design")
@click.argument("problem_name", metavar="PROBLEM")
@click.option("--model", "model_name", required=True, metavar="NAME", help="See: hea models")
@_TARGET
@click.option("--targets-from-data", is_flag=True, help="Request what randomly drawn known designs have.")
@click.option("--n", "count", default=1_000, show_default=True, type=click.IntRange(min=1), help="Number of designs.")
@_SEED
@click.option("--localize", is_flag=True, help="Move each design to its request by Newton steps.")
@_OUT
def design_command(problem_name, model_name, target, targets_from_data, count, seed, localize, out) -> None:
    """Sample designs of PROBLEM for a target; write a row a design with what was requested and what is achieved."""
    from tqdm import tqdm

    from . import design, models

    if bool(target) == targets_from_data:
        raise TargetError("give either --target NAME=VALUE or --targets-from-data")
    problem = problems.get(problem_name)
    kind = models.get(model_name, problem_name)
    if target:
        problem.check_target(target)
    model = kind(problem).fit(seed=seed)
    with _whole_file(out) as path, tqdm(total=count, unit="design", file=sys.stderr, disable=None) as progress:
        for part, start in enumerate(range(0, count, _CHUNK)):
            size, part_seed = min(_CHUNK, count - start), int(np.random.default_rng([seed, part]).integers(2**31))
            if target:
                requests = problem.requests(target, size, seed=part_seed)
            else:
                requests = problem.requests_from_data(size, seed=part_seed)
            made = model.sample(requests, seed=part_seed)
            if localize:
                made = design.localize(problem, requests, made)
            achieved = problem.judge(made)
            table = pd.concat(
                [made, _named(requests, problem, "requested_"), _named(achieved, problem, "achieved_")], axis=1
            )
            table.to_csv(path, mode="a", header=start == 0, index=False)
            progress.update(size)
    click.echo(f"wrote {count} designs to {out}", err=True)


@main.command("predict")
@click.argument("problem_name", metavar="PROBLEM")
@_FILE
@click.option("--model", "model_name", default="forward", show_default=True, metavar="NAME", help="See: hea models")
@_SEED
@_OUT
def predict_command(problem_name, file, model_name, seed, out) -> None:
    """Predict the properties of the designs in FILE; write its rows, in order, with a column a property.

    The column distance_to_known is 0 for a design from which the model has learned.
    """
    from . import evaluation, models

    problem = _problem_with_all_rows(problem_name)
    kind = models.get(model_name, problem_name, models.Predictor)
    table = _read(file)
    designs = _designs(table, problem)
    predicted = _named(kind(problem).fit(seed=seed).predict(designs), problem)
    predicted["distance_to_known"] = evaluation.nearest_distance(problem.space, designs, problem.designs)
    taken = table.columns.intersection(predicted.columns)
    if len(taken):
        raise HeaError(f"{file} already has a column {taken[0]!r}; rename it")
    with _whole_file(out) as path:
        pd.concat([table, predicted], axis=1).to_csv(path, index=False)
    click.echo(f"wrote {len(table)} rows to {out}", err=True)


@main.command("score")
@click.argument("problem_name", metavar="PROBLEM")
@_FILE
@_TARGET
@_SEED
def score_command(problem_name, file, target, seed) -> None:
    """Score the designs in FILE under the judge of PROBLEM; print a line a figure.

    What was requested is read from the columns that `hea design` wrote, unless --target says it.
    """
    from . import evaluation

    problem = problems.get(problem_name)
    table = _read(file)
    asked = target or _requested(table, problem)
    for name, value in evaluation.score(_designs(table, problem), problem, asked, seed=seed).items():
        click.echo(f"{name:28}{value:.6g}")


def _requested(table: pd.DataFrame, problem: problems.InverseProblem) -> pd.DataFrame | None:
    """The requests in a table that `hea design` wrote; None in any other."""
    columns = {f"requested_{item.column}": item.name for item in problem.targets}
    present = [name for name in columns if name in table]
    return _numbers(table, present).rename(columns=columns) if present else None


def _problem_with_all_rows(name: str) -> problems.InverseProblem:
    """A prediction is not judged, so nothing is held back for a judge."""
    return problems.get(name, judge_half=None) if name == "single-phase" else problems.get(name)


def _named(properties: pd.DataFrame, problem: problems.InverseProblem, prefix: str = "") -> pd.DataFrame:
    """Properties under names that carry their units."""
    columns = {item.name: prefix + item.column for item in problem.targets}
    return properties[list(columns)].rename(columns=columns)


def _read(file: Path) -> pd.DataFrame:
    """A CSV table as text, exactly as the user wrote it, rows counted from 1."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.reader(lines))
    except (csv.Error, UnicodeDecodeError) as error:
        raise HeaError(f"{file} is not a CSV table: {error}") from None
    header = [name.strip() for name in rows[0]] if rows else []
    rows = [row for row in rows[1:] if row]
    if not rows:
        raise HeaError(f"{file} has no rows below its header")
    if len(header) == 1 and ";" in header[0]:
        raise HeaError(f"{file} separates its columns by semicolons; write commas")
    repeated = [name for name in header if name and header.count(name) > 1]
    if repeated:
        raise HeaError(f"{file} has more than one column {repeated[0]!r}")
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise HeaError(f"row {number} of {file} has {len(row)} fields, its header {len(header)}")
    return pd.DataFrame(rows, columns=header, index=range(1, len(rows) + 1))


def _numbers(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Some columns as numbers, an empty cell as NaN."""
    text = table[columns].apply(lambda column: column.str.strip())
    values = text.apply(pd.to_numeric, errors="coerce")
    bad = values.isna() & (text != "")
    if bad.to_numpy().any():
        row, column = np.argwhere(bad.to_numpy())[0]
        raise HeaError(f"row {table.index[row]} has {columns[column]} = {text.iloc[row, column]!r}, which is no number")
    return values.astype(float)


def _designs(table: pd.DataFrame, problem: problems.InverseProblem) -> pd.DataFrame:
    """The designs in a table from a file; fractions that sum to one within 1e-3 are normalised."""
    known = elements.SYMBOLS if isinstance(problem.space, spaces.Simplex) else problem.space.columns
    columns = [column for column in table.columns if column in known]
    if not isinstance(problem.space, spaces.Simplex):
        return problem.space.check(_numbers(table, columns))
    if not columns:
        raise HeaError(
            f"no column is an element; a design of {problem.name} has a column of atomic fractions for each of "
            f"{', '.join(problem.space.columns)}"
        )
    amounts = _numbers(table, columns).fillna(0.0)
    if amounts.sum(axis=1).between(99, 101).all():
        raise HeaError("the rows sum to 100: write atomic fractions, per cent divided by 100")
    normalized, total = alloys.normalize(amounts), amounts.sum(axis=1)
    off = (total - 1).abs() > _SUM_TOLERANCE
    if off.any():
        raise HeaError(f"row {off.idxmax()} sums to {total[off.idxmax()]:.6g}; atomic fractions sum to one")
    return problem.space.check(normalized)


class _whole_file:
    """A temporary path beside a file, which takes the place of the file only if nothing goes wrong."""

    def __init__(self, out: Path):
        self.out = out.resolve()  # what a link points to is replaced, not the link

    def __enter__(self) -> Path:
        if not self.out.parent.is_dir():
            raise HeaError(f"folder {str(self.out.parent)!r} does not exist")
        if self.out.exists() and not self.out.is_file():
            raise HeaError(f"{str(self.out)!r} is no ordinary file, and nothing else can be replaced by one")
        handle, name = tempfile.mkstemp(dir=self.out.parent, prefix=f".{self.out.name}.")
        os.close(handle)
        self.path = Path(name)
        return self.path

    def __exit__(self, kind, *_) -> None:
        if kind is None:
            self.path.chmod(0o666 & ~_umask())
            self.path.replace(self.out)
        else:
            self.path.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


if __name__ == "__main__":
    main()
