"""Which change is the smallest, and how fast it is found: ``python benchmarks/localisation.py``.

Writes ``data/results/localisation.csv``, a row a (split, requests, method): designs of `swap` are moved to requests
from training rows and to a grid of G, and compared by the share that arrives, the atoms moved, the elements lost and
what is left of realism (for the former, which are spread like real alloys). Every method but two keeps each element
above 1 at%, so which requests can be met is the same for all. ``data/results/localisation-speed.csv`` has the seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from record import Results, write
from refractory_baselines import parity_requests
from scipy.optimize import linprog, minimize
from tqdm import tqdm

from hea_lib import design, elements, evaluation, mechanics, models, problems, spaces

SPLITS, DESIGNS, REPEATS = range(3), 1_000, 7
INPUTS = ("refractory.csv", "elements.csv")


@dataclass(frozen=True)
class Weighted(spaces.Simplex):
    """Alloys whose fractions give way as a power of their size."""

    power: float = 0.0

    def mobility(self, values: np.ndarray) -> np.ndarray:
        """Absent elements are held by their limits."""
        return np.maximum(values, 1e-12) ** self.power


def least_squares(power: float) -> Callable:
    """The library's localisation in the metric ``sum of change^2 / fraction^power``."""

    def move(problem, requests, start):
        weighted = replace(problem, space=Weighted(problem.space.columns, power))
        return design.localize(weighted, requests, start)

    return move


def walk(problem, requests, start, steps: int = 25, damping: float = 1e-3) -> pd.DataFrame:
    """What the library did before: damped Newton steps that multiply fractions, each anchored where the last ended."""
    values, wanted = start.to_numpy(copy=True), requests.to_numpy() / problem.scale
    reached, slopes = problem.slopes(values)
    for _ in range(steps):
        gap, slopes = wanted - reached / problem.scale, slopes / problem.scale[:, None]
        slopes = slopes - (slopes @ values[:, :, None])  # along the simplex
        normal = (slopes * values[:, None]) @ slopes.transpose(0, 2, 1)
        normal += (damping * np.trace(normal, axis1=1, axis2=2) / 2 + 1e-12)[:, None, None] * np.eye(2)
        push = (slopes.transpose(0, 2, 1) @ np.linalg.solve(normal, gap[:, :, None]))[:, :, 0]
        best = np.linalg.norm(gap, axis=1)
        for halving in range(6):
            grown = values * np.exp(np.clip(push / 2**halving, -1, 1))
            grown /= grown.sum(axis=1, keepdims=True)
            left = np.linalg.norm(wanted - problem.slopes(grown)[0] / problem.scale, axis=1)
            better = left < best
            values[better], best[better], push[better] = grown[better], left[better], 0.0
        reached, slopes = problem.slopes(values)
    return pd.DataFrame(values, index=start.index, columns=start.columns)


def reference(solve: Callable) -> Callable:
    """A projection by a solver of SciPy, alloy by alloy, where the request can be met.

    For fixed G and K both requirements are linear in the fractions: the mean of the moduli is G, and
    ``2 G E = (K / unit)^2 (1 - nu)`` with the means E and nu.
    """

    def move(problem, requests, start):
        moved = design.localize(problem, requests, start)
        arrived = design.arrival(problem, requests, moved)["arrived"].to_numpy()
        names = ("shear_modulus_dft", "stacking_fault_energy_dft", "poisson_ratio_dft")
        modulus, energy, poisson = (elements.values(problem.space.columns, name) for name in names)
        lower, upper = problem.space.limits(start.to_numpy())
        for row in np.flatnonzero(arrived):
            stiff, tough = requests.iloc[row]
            square = (tough / mechanics.MPA_ROOT_METRE) ** 2
            rules = np.stack([modulus / stiff, (2 * stiff * energy + square * poisson) / square, np.ones(len(modulus))])
            can = upper[row] > lower[row]
            sums = 1.0 - rules[:, ~can] @ lower[row][~can]
            values = start.iloc[row].to_numpy(copy=True)
            solved = solve(values[can], lower[row][can], rules[:, can], sums)
            if solved is None:  # a solver that finds no way within its tolerance leaves ours
                continue
            values[can] = solved
            moved.iloc[row] = values / values.sum()
        return moved

    return move


def least_entropy(start, lower, rules, sums) -> np.ndarray | None:
    """Least relative entropy ``sum c log(c / c0)``, the projection of information theory."""
    found = minimize(
        lambda c: (c * np.log(c / start) - c).sum(),
        start,
        jac=lambda c: np.log(c / start),
        bounds=list(zip(lower, np.ones_like(lower), strict=True)),
        constraints={"type": "eq", "fun": lambda c: rules @ c - sums, "jac": lambda c: rules},
        options={"maxiter": 300, "ftol": 1e-10},
    )
    return found.x if found.success else None


def least_exchange(start, lower, rules, sums) -> np.ndarray | None:
    """Least total variation: the fewest atoms exchanged, by linear programming in what is added and what taken."""
    width = len(start)
    bounds = [(0, None)] * width + [(0, most) for most in start - lower]
    found = linprog(np.ones(2 * width), A_eq=np.hstack([rules, -rules]), b_eq=sums - rules @ start, bounds=bounds)
    return start + found.x[:width] - found.x[width:] if found.success else None


METHODS = {
    "as sampled": lambda problem, requests, start: start,
    "walk, relative steps": walk,
    "least squares": least_squares(0.0),
    "least squares, elements may vanish": partial(design.localize, keep=False),
    "least squares / sqrt(fraction)": least_squares(0.5),
    "least squares / fraction": least_squares(1.0),
    "least relative entropy": reference(least_entropy),
    "least total variation": reference(least_exchange),
}


def figures(problem, requests, start, moved) -> dict[str, float]:
    """What a method made of the designs of one split."""
    found = design.arrival(problem, requests, moved)
    exchanged = np.abs(moved.to_numpy() - start.to_numpy()).sum(axis=1) / 2
    before, after = start > spaces.PRESENT, moved > spaces.PRESENT
    return {
        "arrived": found["arrived"].mean(),
        "mae shear_modulus": np.abs(found["shear_modulus"].to_numpy() - requests["shear_modulus"].to_numpy()).mean(),
        "atoms moved": exchanged.mean(),
        "atoms moved, median": np.median(exchanged),
        "lost an element": (before & ~after).any(axis=1).mean(),
        "gained an element": (after & ~before).any(axis=1).mean(),
        "element near its limit": (before & (moved < 1.1 * spaces.PRESENT)).any(axis=1).mean(),
    }


def compare() -> None:
    """Every method on every split, for both kinds of requests."""
    results = Results("localisation.csv", key=("split", "requests", "method"), inputs=INPUTS)
    problem = problems.get("refractory")
    for split in tqdm(SPLITS):
        train, test = problem.split("random", seed=split)
        model = models.get("swap")(train).fit(seed=split)
        asked = {"training rows": train.requests_from_data(DESIGNS, seed=split), "grid": parity_requests(train, split)}
        for kind, requests in asked.items():
            start = model.sample(requests, seed=split)
            for method, move in METHODS.items():
                if (split, kind, method) in results:
                    continue
                moved = move(train, requests, start)
                card = figures(train, requests, start, moved)
                if kind == "training rows":
                    tables = (evaluation.clean(table) for table in (moved, train.designs, test.designs))
                    card |= evaluation.realism(*tables, seed=split)
                results.add((split, kind, method), card)
    print(results.summary(by=["requests", "method"]))


def speed() -> None:
    """Seconds to localise designs of `swap`, checks and tables included."""
    lines = []
    for name, n in (("refractory", 1_000), ("refractory", 100_000), ("mos2", 1_000)):
        problem = problems.get(name)
        requests = problem.requests_from_data(n, seed=0)
        start = models.get("swap")(problem).fit().sample(requests)
        forms = {"exact" if problem.slopes else "finite differences": problem}
        if problem.slopes and n == 1_000:
            forms["finite differences"] = replace(problem, slopes=None)
        for slopes, form in forms.items():
            seconds = []
            for _ in range(REPEATS if n == 1_000 else 2):
                begun = time.perf_counter()
                design.localize(form, requests, start)
                seconds.append(time.perf_counter() - begun)
            lines.append((name, n, slopes, np.median(seconds), min(seconds)))
    table = pd.DataFrame(lines, columns=["problem", "designs", "slopes", "median_s", "min_s"])
    write("localisation-speed.csv", table, (*INPUTS, "mos2.csv"))


if __name__ == "__main__":
    compare()
    speed()
