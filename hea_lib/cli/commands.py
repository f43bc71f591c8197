"""The group ``hea`` and its commands: list, train, design, predict and score."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import click
import numpy as np
import pandas as pd

from .. import __version__, problems
from ..errors import CompositionError, HeaError, TargetError, UnsupportedError
from . import files
from .options import FILE, OUT, PREDICTOR, PROBLEM, SEED, TARGET, WEIGHTS, size_or_symbols, symbols
from .trained import named, network, predictor, ready, without_ending

_CHUNK = 1_000  # designs sampled at once, so that memory does not grow with --n
_PROUD = 1e-3  # half-widths by which a cell may stick out of the box, as a few published ones do


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


@main.command("train")
@PROBLEM
@click.option("--model", "model_name", required=True, metavar="NAME", help="A model made of networks; see: hea models")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Weights: PATH.safetensors and PATH.json.")
@click.option("--steps", type=click.IntRange(min=1), help="Training steps; the model's own number unless given.")
@SEED
@click.option("--seeds", "members", type=click.IntRange(1, 256), help="Train an ensemble under so many seeds at once.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 or mps.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Where to keep the state of the training.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint.")
def train_command(problem_name, model_name, out, steps, seed, members, device, checkpoint, resume) -> None:
    """Train a model on all known designs of PROBLEM and write its weights, for `hea design --weights`."""
    problem = problems.get(problem_name)
    kind = network(model_name, problem_name)
    out = without_ending(out)
    files.require_folder(out)
    if resume and checkpoint is None:
        raise click.UsageError("--resume needs --checkpoint PATH")
    checkpoint = without_ending(checkpoint) if checkpoint is not None else None
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
@PROBLEM
@click.option("--model", "model_name", required=True, metavar="NAME", help="See: hea models")
@WEIGHTS
@TARGET
@click.option("--targets-from-data", is_flag=True, help="Request what randomly drawn known designs have.")
@click.option("--n", "count", default=1_000, show_default=True, type=click.IntRange(min=1), help="Number of designs.")
@SEED
@click.option(
    "--localize",
    is_flag=True,
    help="Move each design to its request by the smallest change. Alloys keep their elements, and those that cannot "
    "reach it so are drawn again, up to four times; of cells, those of which the forward model is least sure are.",
)
@click.option("--strict", is_flag=True, help="Refuse a target that no design can have, instead of warning.")
@click.option("--elements", callback=size_or_symbols, metavar="5, 4-6 or Al,Co", help="How many, or the only ones.")
@click.option("--contains", callback=symbols, metavar="Al,Co", help="Elements that every alloy has.")
@click.option("--without", callback=symbols, metavar="Al,Co", help="Elements that no alloy has.")
@click.option("--at-least", type=float, help="Least probability of the wanted class by the model itself.")
@click.option("--novel", type=float, help="Least distance from known alloys, in shares of atoms to exchange.")
@OUT
def design_command(
    problem_name, model_name, weights, target, targets_from_data, count, seed, localize, strict, out, **conditions
) -> None:
    """Sample designs of PROBLEM for a target; write a row a design with what was requested and what is achieved.

    A model made of networks comes with trained weights where it has some, and is trained first where it has none.
    """
    from tqdm import tqdm

    from .. import design, models

    if bool(target) == targets_from_data:
        raise TargetError("give either --target NAME=VALUE or --targets-from-data")
    files.require_folder(out)
    problem = problems.get(problem_name)
    kind = models.get(model_name, problem_name) if weights is None else network(model_name, problem_name)
    if localize and not problem.smooth:
        raise UnsupportedError(f"--localize: the forward model of {problem.name} has no slopes to follow")
    if target:
        _check_feasible(problem, target, strict)
    conditions = {name: value for name, value in conditions.items() if value is not None}
    if conditions and (localize or not target):
        raise click.UsageError(f"--{next(iter(conditions)).replace('_', '-')} needs --target, and not --localize")
    if conditions:
        return _design_under_conditions(
            problem, ready(kind, problem, weights, seed), target, count, conditions, seed, out
        )
    missed = 0
    with files.whole_file(out) as path:
        model = ready(kind, problem, weights, seed)
        with tqdm(total=count, unit="design", file=sys.stderr, disable=None) as progress:
            for part, start in enumerate(range(0, count, _CHUNK)):
                size, part_seed = min(_CHUNK, count - start), int(np.random.default_rng([seed, part]).integers(2**31))
                if target:
                    requests = problem.requests(target, size, seed=part_seed)
                else:
                    requests = problem.requests_from_data(size, seed=part_seed)
                if localize:
                    made = _localized(problem, model, requests, part_seed)
                    missed += int((~design.arrival(problem, requests, made)["arrived"]).sum())
                else:
                    made = model.sample(requests, seed=part_seed)
                asked, achieved = (
                    named(requests, problem, "requested_"),
                    named(problem.judge(made), problem, "achieved_"),
                )
                pd.concat([made, asked, achieved], axis=1).to_csv(path, mode="a", header=start == 0, index=False)
                progress.update(size)
    lack = f"; {missed} of them are only near to their requests" if missed else ""
    click.echo(f"wrote {count} designs to {out}{lack}", err=True)


def _localized(problem, model, requests, seed):
    """Designs moved to their requests: selected where members of a forward model can disagree, else drawn again."""
    from .. import design

    if problem.opinions is not None:
        return design.select(problem, model, requests, localized=True, seed=seed)
    return design.deliver(problem, model, requests, seed=seed)


def _design_under_conditions(problem, model, target, count, conditions, seed, out) -> None:
    """Write designs that keep to conditions, and say how many each of these kept."""
    from .. import design

    found = design.generate(problem, model, target, count, **conditions, seed=seed)
    requests = pd.DataFrame(problem.check_target(target), index=found.designs.index)  # what else was asked is not ours
    asked = requests.rename(columns={item.name: f"requested_{item.column}" for item in problem.targets})
    achieved = named(problem.judge(found.designs), problem, "achieved_")
    with files.whole_file(out) as path:
        pd.concat([found.designs, asked, achieved], axis=1).to_csv(path, index=False)
    for condition, row in found.report.iterrows():
        click.echo(f"{condition}: kept {row['kept']:.0f} of {row['came']:.0f} ({row['share']:.1%})", err=True)
    click.echo(f"wrote {count} designs to {out}", err=True)


@main.command("predict")
@PROBLEM
@FILE
@PREDICTOR
@WEIGHTS
@SEED
@OUT
def predict_command(problem_name, file, model_name, weights, seed, out) -> None:
    """Predict the properties of the designs in FILE; write its rows, in order, with a column a property.

    A model of several networks adds, as spread_, the standard deviation over them. The column distance_to_known is 0
    for a design from which the model has learned.
    """
    from .. import evaluation

    files.require_folder(out)
    table = files.read(file)
    problem, kind = predictor(problem_name, model_name, weights)
    designs = problem.check_designs(files.designs(table, problem), slack=_PROUD)
    spread = [f"spread_{problem.targets[0].column}"] if hasattr(kind, "predict_heads") else []
    files.require_free(file, table, [*(item.column for item in problem.targets), *spread, "distance_to_known"])
    model = ready(kind, problem, weights, seed)
    predicted = named(model.predict(designs), problem)
    for name in spread:
        predicted[name] = model.predict_heads(designs).std(axis=0)
    predicted["distance_to_known"] = evaluation.nearest_distance(problem.space, designs, problem.designs)
    with files.whole_file(out) as path:
        pd.concat([table, predicted], axis=1).to_csv(path, index=False)
    click.echo(f"wrote {len(table)} rows to {out}", err=True)


@main.command("score")
@PROBLEM
@FILE
@TARGET
@SEED
def score_command(problem_name, file, target, seed) -> None:
    """Score the designs in FILE under the judge of PROBLEM; print a line a figure.

    What was requested is read from the columns that `hea design` wrote, unless --target says it.
    """
    from .. import evaluation

    problem = problems.get(problem_name)
    table = files.read(file)
    asked, designs = target or files.requested(table, problem), files.designs(table, problem)
    try:
        problem.check_designs(designs)
    except CompositionError as error:  # counts as a miss, which is no reason to stop
        click.echo(f"hea: warning: {error}", err=True)
    for name, value in evaluation.score(designs, problem, asked, seed=seed).items():
        click.echo(f"{name:28}{value:.6g}")


def _check_feasible(problem: problems.InverseProblem, target: dict[str, float], strict: bool) -> None:
    """Warn in one line of a target that no design can have, or refuse it."""
    from .. import design

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        design.check_feasible(problem, target, strict=strict)
    for warning in (warning for warning in caught if warning.category is UserWarning):
        click.echo(f"hea: warning: {warning.message}", err=True)
