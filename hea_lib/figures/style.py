"""The house style: sizes, a colour-blind-safe palette, and a light card that stays readable on a dark page."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from functools import wraps
from io import BytesIO

import matplotlib
from matplotlib.figure import Figure

from ..errors import HeaError

# Okabe and Ito's palette, chosen to be told apart with every common colour blindness (black and yellow left out).
BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7"
CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY)
INK, MUTED, GRID, CARD = "#22252a", "#6b7178", "#e4e4df", "#fcfcfa"
SEQUENTIAL, DIVERGING = "cividis", "RdBu_r"

_RC = {
    "figure.facecolor": CARD,
    "savefig.facecolor": CARD,
    "axes.facecolor": CARD,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.labelsize": 10,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": matplotlib.cycler(color=CYCLE),
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "font.size": 10,
    "font.family": "DejaVu Sans",  # ships with matplotlib, so that a page looks the same on every machine
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "figure.constrained_layout.use": True,
}


@contextmanager
def style():
    """Apply the house style inside a ``with`` block and leave the caller's own settings untouched."""
    with matplotlib.rc_context(_RC):
        yield


def styled(draw):
    """Decorate a function that draws, so that everything it adds is in the house style."""

    @wraps(draw)
    def wrapper(*args, **options):
        with style():
            return draw(*args, **options)

    return wrapper


def with_looks(names: Iterable, known: Sequence, what: str = "lines") -> list[tuple]:
    """Pairs of a name and its look, in turn; with too few looks an error, for a name without one would not be drawn.

    Raises:
        HeaError: more names than looks.

    Example:
        >>> with_looks(["alone", "repaired"], ["-", "--", ":"])
        [('alone', '-'), ('repaired', '--')]
    """
    names, known = list(names), list(known)
    if len(names) > len(known):
        rest = ", ".join(map(str, names[len(known) :]))
        raise HeaError(f"{len(names)} {what} are asked for, {rest} too many; at most {len(known)} can be told apart")
    return list(zip(names, known, strict=False))


class BookFigure(Figure):
    """A figure that a notebook shows by itself, once: it never enters ``pyplot``, so nothing stays open."""

    savefig = styled(Figure.savefig)  # ticks are made when a figure is drawn

    def _repr_png_(self) -> bytes:
        from PIL import Image  # matplotlib needs it too

        drawn, picture = BytesIO(), BytesIO()
        self.savefig(drawn, format="png")
        palette = Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE)  # a third of the bytes
        palette.save(picture, format="png", optimize=True)
        return picture.getvalue()


def _show_as_drawn() -> None:
    """Tell a running notebook to show our figures as they are: pyplot, which seaborn imports, has its own way."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.display_formatter.formatters["image/png"].for_type(BookFigure, BookFigure._repr_png_)


_show_as_drawn()


@styled
def figure(width: float = 7.0, height: float = 4.0, rows: int = 1, columns: int = 1, **subplots):
    """Make a figure of ``width`` x ``height`` [inch] with ``rows`` x ``columns`` axes in the house style.

    Returns:
        The figure, and its axes as :meth:`matplotlib.figure.Figure.subplots` gives them.
    """
    drawing = BookFigure(figsize=(width, height), layout="constrained")
    return drawing, drawing.subplots(rows, columns, **subplots)
