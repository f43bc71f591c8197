"""The figures of what a training costs draw what they are given, name their axes, and leave nothing open."""

import numpy as np
import pandas as pd
import pytest

from hea_lib.figures import training

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


@pytest.fixture
def steps() -> pd.DataFrame:
    """Two widths, two batches, alone and four together, whose times follow 2 ms + MFLOP / 50."""
    rows = [
        (width, batch, members, width * batch * members / 100)
        for width in (64, 32)
        for batch in (512, 32)
        for members in (1, 4)
    ]
    table = pd.DataFrame(rows, columns=["width", "batch", "members", "mflop"])
    return table.assign(ms=2 + table["mflop"] / 50, times=1.5 ** (table["members"] - 1))


def line(axes, label: str):
    return next(found for found in axes.lines if found.get_label() == label)


def test_bounds_show_a_floor_a_slope_and_where_they_meet(steps):
    (axes,) = training.bounds(steps, overhead=2.0, rate=50.0, peak=80.0).axes
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.get_xlabel() == "arithmetic in a step [MFLOP]" and axes.get_ylabel() == "time of a step [ms]"
    work, time = line(axes, "overhead + arithmetic").get_data()
    assert time == pytest.approx(2 + work / 50)
    work, time = line(axes, "rate of a large product").get_data()
    assert time == pytest.approx(work / 80)
    crossing = next(found for found in axes.lines if np.allclose(found.get_xdata(), 100.0))
    assert list(crossing.get_ydata()) == [0, 1]


def test_bounds_draw_every_measurement_and_ensembles_hollow(steps):
    (axes,) = training.bounds(steps, 2.0, 50.0, 80.0).axes
    alone = line(axes, "width 32")
    assert sorted(alone.get_xdata()) == sorted(steps.query("width == 32 and members == 1")["mflop"])
    hollow = [found for found in axes.lines if found.get_markerfacecolor() == "none"]
    assert len(hollow) == 2 and sum(len(found.get_xdata()) for found in hollow) == 4
    colours = {found.get_color() for found in hollow}
    assert len(colours) == 2 and alone.get_color() in colours


def test_throughput_is_designs_per_second_in_the_order_of_the_batch(steps, legend):
    single = steps.query("members == 1")
    left, right = training.throughput(single).axes
    assert legend(left) == ["width 32", "width 64"]
    batch, rate = right.lines[0].get_data()
    assert list(batch) == [32, 512]
    expected = [1e3 * n / (2 + 32 * n / 100 / 50) for n in batch]
    assert rate == pytest.approx(expected)
    assert left.get_ylabel() == "time of a step [ms]" and right.get_ylabel() == "designs per second"
    assert list(left.get_xticks()) == [32, 512]
    assert right.yaxis.get_major_formatter()(20_000.0) == "20,000"


def test_ensembles_start_at_one_beside_the_diagonal_and_a_limit(steps, legend):
    (axes,) = training.ensembles(steps, wanted=5).axes
    labels = legend(axes)
    assert labels[:3] == ["one after another", "5 times", "width 32, batch 32"] and len(labels) == 6
    assert list(line(axes, "one after another").get_ydata()) == [1, 4]
    for found in axes.lines[2:]:
        assert list(found.get_xdata()) == [1, 4] and list(found.get_ydata()) == [1, 1.5**3]
    assert set(line(axes, "5 times").get_ydata()) == {5}


def test_stopping_marks_the_best_of_each_member():
    history = pd.DataFrame(
        {"step": [10, 10, 20, 20, 30], "seed": [0, 1, 0, 1, 1], "watched": [0.5, 0.7, 0.6, 0.4, 0.45]}
    )
    (axes,) = training.stopping(history, "loss on unseen alloys").axes
    dots = [tuple(map(float, found.get_xydata()[0])) for found in axes.lines if found.get_marker() == "o"]
    assert dots == [(10, 0.5), (20, 0.4)]
    assert [len(found.get_xdata()) for found in axes.lines if found.get_marker() != "o"] == [2, 3]
    assert axes.get_xlabel() == "step" and axes.get_ylabel() == "loss on unseen alloys"
