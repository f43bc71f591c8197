"""Progress of a training: a bar in a terminal or notebook, a few plain lines in a log."""

import sys
import time

from .run import Run

#: Seconds between two lines of a log.
_LINES_APART = 15.0


def of(run: Run, steps: int, show: bool):
    """What shows the progress of a run; call its ``update()`` after each step and ``close()`` at the end."""
    if not show:
        return _Silent()
    return _Bar(run, steps) if _interactive() else _Lines(run, steps)


def _interactive() -> bool:
    """A terminal, or a kernel of Jupyter or Colab."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return sys.stderr.isatty() or (shell is not None and "IPKernelApp" in shell.config)


class _Silent:
    def update(self) -> None:
        pass

    close = update


class _Bar:
    def __init__(self, run: Run, steps: int):
        from tqdm.auto import tqdm

        self.run, self.rows = run, len(run.rows)
        self.bar = tqdm(total=steps, initial=run.learner.done, unit="step", dynamic_ncols=True)

    def update(self) -> None:
        self.bar.update()
        if len(self.run.rows) > self.rows:
            self.rows = len(self.run.rows)
            self.bar.set_postfix_str(_losses(self.run), refresh=False)

    def close(self) -> None:
        self.bar.close()


class _Lines:
    def __init__(self, run: Run, steps: int):
        self.run, self.steps, self.rows, self.last = run, steps, len(run.rows), time.monotonic()

    def update(self) -> None:
        if len(self.run.rows) > self.rows and time.monotonic() - self.last >= _LINES_APART:
            self._print()

    def close(self) -> None:
        if len(self.run.rows) > self.rows:
            self._print()

    def _print(self) -> None:
        self.rows, self.last = len(self.run.rows), time.monotonic()
        done, seconds = self.run.learner.done, self.run.elapsed()
        print(f"step {done} of {self.steps}, {seconds:.0f} s: {_losses(self.run)}", file=sys.stderr, flush=True)


def _losses(run: Run) -> str:
    """Means over the members of the last row."""
    row = run.rows[-1]
    training = row[row[:, 2] == 1]
    return ", ".join(
        f"{name} {value:.4g}" for name, value in zip(run.losses, training[:, 4:].mean(axis=0), strict=True)
    )
