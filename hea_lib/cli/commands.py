"""The group ``hea`` and its commands: list, train, design, predict and score."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import click
import numpy as np
import pandas as pd

from .. import __version__, problems
from ..errors import HeaError, TargetError, UnsupportedError
from . import files

_CHUNK = 1_000  # designs sampled at once, so that memory does not grow with --n


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
    from .. import models

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
_PROBLEM = click.argument("problem_name", metavar="PROBLEM")


@main.command("train")
@_PROBLEM
@click.option("--model", "model_name", required=True, metavar="NAME", help="A model made of networks; see: hea models")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Weights: PATH.safetensors and PATH.json.")
@click.option("--steps", type=click.IntRange(min=1), help="Training steps; the model's own number unless given.")
@_SEED
@click.option("--seeds", "members", type=click.IntRange(1, 256), help="Train an ensemble under so many seeds at once.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 or mps.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Where to keep the state of the training.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint.")
def train_command(problem_name, model_name, out, steps, seed, members, device, checkpoint, resume) -> None:
    """Train a model on all known designs of PROBLEM and write its weights, for `hea design --weights`."""
    problem = problems.get(problem_name)
    kind = _network(model_name, problem_name)
    out = _without_ending(out)
    files.require_folder(out)
    if resume and checkpoint is None:
        raise click.UsageError("--resume needs --checkpoint PATH")
    checkpoint = _without_ending(checkpoint) if checkpoint is not None else None
    if checkpoint == out:
        raise click.UsageError("--checkpoint and --out are the same path; the weights would replace the checkpoint")
    model = kind(problem)
    seeds = None if members is None else range(seed, seed + members)
    try:
        model.fit(seed, steps=steps, seeds=seeds, device=device, checkpoint=checkpoint, resume=resume, progress=True)
    except KeyboardInterrupt:
        if checkpoint is None or not checkpoint.with_name(f"{checkpoint.name}.json").is_file():
            raise
        raise HeaError(f"stopped; --resume goes on from checkpoint {checkpoint}") from None
    done, seconds = model.history["step"].max(), model.history["seconds"].max()
    model.save(out, steps=int(done), seconds=round(float(seconds), 1))
    click.echo(f"trained {done} steps in {seconds:.0f} s; wrote {out}.safetensors and {out}.json", err=True)


@main.command("design")
@_PROBLEM
@click.option("--model", "model_name", required=True, metavar="NAME", help="See: hea models")
@click.option("--weights", type=click.Path(path_type=Path), help="What `hea train` wrote, instead of shipped weights.")
@_TARGET
@click.option("--targets-from-data", is_flag=True, help="Request what randomly drawn known designs have.")
@click.option("--n", "count", default=1_000, show_default=True, type=click.IntRange(min=1), help="Number of designs.")
@_SEED
@click.option(
    "--localize",
    is_flag=True,
    help="Move each design to its request by the smallest change that keeps its elements, and draw those that cannot "
    "reach it again, up to four times.",
)
@click.option("--strict", is_flag=True, help="Refuse a target that no design can have, instead of warning.")
@_OUT
def design_command(
    problem_name, model_name, weights, target, targets_from_data, count, seed, localize, strict, out
) -> None:
    """Sample designs of PROBLEM for a target; write a row a design with what was requested and what is achieved.

    A model made of networks comes with trained weights where it has some, and is trained first where it has none.
    """
    from tqdm import tqdm

    from .. import design, models

    if bool(target) == targets_from_data:
        raise TargetError("give either --target NAME=VALUE or --targets-from-data")
    problem = problems.get(problem_name)
    kind = models.get(model_name, problem_name) if weights is None else _network(model_name, problem_name)
    if localize and not problem.smooth:
        raise UnsupportedError(f"--localize: the forward model of {problem.name} has no slopes to follow")
    if target:
        _check_feasible(problem, target, strict)
    missed = 0
    with files.whole_file(out) as path:
        model = _ready(kind, problem, weights, seed)
        with tqdm(total=count, unit="design", file=sys.stderr, disable=None) as progress:
            for part, start in enumerate(range(0, count, _CHUNK)):
                size, part_seed = min(_CHUNK, count - start), int(np.random.default_rng([seed, part]).integers(2**31))
                if target:
                    requests = problem.requests(target, size, seed=part_seed)
                else:
                    requests = problem.requests_from_data(size, seed=part_seed)
                if localize:
                    made = design.deliver(problem, model, requests, seed=part_seed)
                    missed += int((~design.arrival(problem, requests, made)["arrived"]).sum())
                else:
                    made = model.sample(requests, seed=part_seed)
                asked, achieved = (
                    _named(requests, problem, "requested_"),
                    _named(problem.judge(made), problem, "achieved_"),
                )
                pd.concat([made, asked, achieved], axis=1).to_csv(path, mode="a", header=start == 0, index=False)
                progress.update(size)
    lack = f"; {missed} of them are only near to their requests" if missed else ""
    click.echo(f"wrote {count} designs to {out}{lack}", err=True)


@main.command("predict")
@_PROBLEM
@_FILE
@click.option("--model", "model_name", default="forward", show_default=True, metavar="NAME", help="See: hea models")
@_SEED
@_OUT
def predict_command(problem_name, file, model_name, seed, out) -> None:
    """Predict the properties of the designs in FILE; write its rows, in order, with a column a property.

    The column distance_to_known is 0 for a design from which the model has learned.
    """
    from .. import evaluation, models

    problem = _problem_with_all_rows(problem_name)
    kind = models.get(model_name, problem_name, models.Predictor)
    table = files.read(file)
    designs = files.designs(table, problem)
    predicted = _named(kind(problem).fit(seed=seed).predict(designs), problem)
    predicted["distance_to_known"] = evaluation.nearest_distance(problem.space, designs, problem.designs)
    taken = table.columns.intersection(predicted.columns)
    if len(taken):
        raise HeaError(f"{file} already has a column {taken[0]!r}; rename it")
    with files.whole_file(out) as path:
        pd.concat([table, predicted], axis=1).to_csv(path, index=False)
    click.echo(f"wrote {len(table)} rows to {out}", err=True)


@main.command("score")
@_PROBLEM
@_FILE
@_TARGET
@_SEED
def score_command(problem_name, file, target, seed) -> None:
    """Score the designs in FILE under the judge of PROBLEM; print a line a figure.

    What was requested is read from the columns that `hea design` wrote, unless --target says it.
    """
    from .. import evaluation

    problem = problems.get(problem_name)
    table = files.read(file)
    asked = target or files.requested(table, problem)
    for name, value in evaluation.score(files.designs(table, problem), problem, asked, seed=seed).items():
        click.echo(f"{name:28}{value:.6g}")


def _problem_with_all_rows(name: str) -> problems.InverseProblem:
    """A prediction is not judged, so nothing is held back for a judge."""
    return problems.get(name, judge_half=None) if name == "single-phase" else problems.get(name)


def _named(properties: pd.DataFrame, problem: problems.InverseProblem, prefix: str = "") -> pd.DataFrame:
    """Properties under names that carry their units."""
    columns = {item.name: prefix + item.column for item in problem.targets}
    return properties[list(columns)].rename(columns=columns)


def _network(name: str, problem_name: str):
    """The class of a model that has weights."""
    from .. import models
    from ..models.network import NetworkModel

    kind = models.get(name, problem_name, models.Model)
    if not issubclass(kind, NetworkModel):
        trained = ", ".join(models.names(problem_name, NetworkModel))
        raise UnsupportedError(f"model {name!r} has no weights to train or to read; these have: {trained}")
    return kind


def _ready(kind, problem: problems.InverseProblem, weights: Path | None, seed: int):
    """A model that can sample: from weights, from those that come with the library, or trained now."""
    from .. import _weights
    from ..models.network import NetworkModel

    if weights is not None:
        return kind.load(problem, _without_ending(weights))
    model = kind(problem)
    if not isinstance(model, NetworkModel):
        return model.fit(seed=seed)
    if model.shipped_name() not in _weights.names():
        click.echo(
            f"no weights of {model.name} for {problem.name} come with the library: training; see: hea train -h",
            err=True,
        )
    return model.ready(seed)


def _check_feasible(problem: problems.InverseProblem, target: dict[str, float], strict: bool) -> None:
    """Warn in one line of a target that no design can have, or refuse it."""
    from .. import design

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        design.check_feasible(problem, target, strict=strict)
    for warning in (warning for warning in caught if warning.category is UserWarning):
        click.echo(f"hea: warning: {warning.message}", err=True)


def _without_ending(path: Path) -> Path:
    """The path of weights, which are two files, from that of one of them."""
    return path.with_suffix("") if path.suffix in (".safetensors", ".json") else path
