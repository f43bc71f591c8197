"""Train a model on all known designs of a problem and store its weights with the library: ``python -m tools.ship``.

``python -m tools.ship cgan refractory`` writes ``data/weights/cgan-refractory.*`` with the seed, the data and what the
model misses on the requests that its own training designs make. How well it does on designs it has not seen is
measured on splits, in ``benchmarks``.
"""

import sys
import time

from hea_lib import evaluation, models, problems

SEED, CHECKED = 0, 1_000


def main(name: str = "cgan", problem_name: str = "refractory") -> None:
    """Train, measure, store."""
    problem = problems.get(problem_name)
    started = time.process_time()
    model = models.get(name, problem_name)(problem).fit(seed=SEED, progress=True)
    seconds = time.process_time() - started
    requests = problem.requests_from_data(CHECKED, seed=SEED)
    figures = evaluation.errors(model.sample(requests, seed=SEED), problem, requests)
    model.ship(
        rows=len(problem),
        command=f"python -m tools.ship {name} {problem_name}",
        cpu_seconds=round(seconds, 1),
        metrics={key: round(float(value), 4) for key, value in figures.items()},
    )
    print({key: round(float(value), 4) for key, value in figures.items()}, f"{seconds:.0f} s of CPU time")


if __name__ == "__main__":
    main(*sys.argv[1:])
