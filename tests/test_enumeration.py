"""Enumerated composition spaces: counted before, made once each, in blocks; and the screening of them."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hea_lib import design, problems
from hea_lib.design import CompositionSpace
from hea_lib.design.distillation import draw
from hea_lib.errors import CompositionError, HeaError, UnsupportedError

PALETTE = ["Al", "Co", "Cr", "Fe", "Ni"]


@pytest.fixture(scope="module")
def phases():
    return problems.get("single-phase")


def by_hand(symbols, few, many, units, bounds):
    """All alloys of a small space as tuples of steps."""
    found = set()
    for size in range(few, many + 1):
        for chosen in combinations(range(len(symbols)), size):
            for amounts in product(*(range(bounds[at][0], bounds[at][1] + 1) for at in chosen)):
                if sum(amounts) == units:
                    row = [0] * len(symbols)
                    for at, amount in zip(chosen, amounts, strict=True):
                        row[at] = amount
                    found.add(tuple(row))
    return found


@settings(max_examples=40)
@given(
    st.integers(1, 4), st.sampled_from([50, 25, 20, 10]), st.data(), st.integers(1, 7), st.booleans()
)  # fmt: skip
def test_a_space_is_what_can_be_listed_by_hand(n, step, data, rows, alike):
    units, symbols = 100 // step, PALETTE[:n]
    few = data.draw(st.integers(1, n))
    many = data.draw(st.integers(few, n))
    pair = st.integers(1, units).flatmap(lambda low: st.tuples(st.just(low), st.integers(low, units)))
    limits = [data.draw(pair)] * n if alike else [data.draw(pair) for _ in symbols]
    expected = by_hand(symbols, few, many, units, limits)
    bounds = {symbol: (low * step, high * step) for symbol, (low, high) in zip(symbols, limits, strict=True)}
    if not expected:
        with pytest.raises(CompositionError, match="no alloy of"):
            CompositionSpace(symbols, (few, many), step, bounds)
        return
    space = CompositionSpace(symbols, (few, many), step, bounds)
    blocks = list(space.blocks(rows))
    assert all(len(block) == rows for block in blocks[:-1]) and 0 < len(blocks[-1]) <= rows
    made = [tuple(row) for block in blocks for row in (block * units).round().astype(int).to_numpy().tolist()]
    assert len(made) == len(set(made)) == space.count == len(space) and set(made) == expected


def test_sizes_that_cannot_be_made_are_counted_all_the_same():
    palette = problems.get("single-phase").designs.columns[:20]
    space = CompositionSpace(palette, 10, step=1)
    assert space.count == 184_756 * 1_731_030_945_644  # C(20, 10) sets, C(99, 9) ways each
    first = next(space.blocks(1_000))  # at once, in bounded memory
    assert len(first) == 1_000 and np.allclose(first.sum(axis=1), 1)


def test_the_palette_keeps_its_order_and_amounts_their_bounds():
    table = pd.concat(CompositionSpace(PALETTE, 3, step=10, bounds=(20, 50)).blocks())
    assert list(table.columns) == PALETTE and ((table > 0).sum(axis=1) == 3).all()
    held = table.to_numpy()[table.to_numpy() > 0]
    assert held.min() == pytest.approx(0.2) and held.max() == pytest.approx(0.5)


def rich_in_ni(designs):
    return pd.DataFrame({"single_phase": designs["Ni"]}, index=designs.index)


def test_screening_keeps_the_best_of_all_blocks_and_counts(phases):
    space = CompositionSpace(PALETTE, step=10)
    found = design.screen_space(phases, rich_in_ni, space, best=4, threshold=0.3, rows=7, threads=2)
    whole = pd.concat(space.blocks(), ignore_index=True)
    assert found.asked == found.passed == len(whole) == 126
    assert found.above == (whole["Ni"] >= 0.3 - 1e-12).sum()
    assert found.probability.tolist() == sorted(whole["Ni"], reverse=True)[:4]
    assert list(found.designs.columns) == list(phases.space.columns) and phases.space.contains(found.designs).all()
    assert np.allclose(found.designs["Ni"], found.probability)
    one = design.screen_space(phases, rich_in_ni, space, best=4, threshold=0.3, rows=1_000)
    assert one.designs.equals(found.designs) and one.above == found.above
    least = design.screen_space(phases, rich_in_ni, space, {"single_phase": 0}, best=1)
    assert least.probability.iloc[0] == pytest.approx(0.9)


def test_a_sieve_spares_the_predictor(phases):
    seen = []

    def asked(designs):
        seen.append(len(designs))
        return rich_in_ni(designs)

    space, sizes = CompositionSpace(PALETTE, step=10), []
    found = design.screen_space(
        phases, asked, space, sieve=lambda table: table["Al"] >= 0.3, rows=50, progress=sizes.append
    )
    assert found.passed == sum(seen) == len(found.designs) == 35 and (found.designs["Al"] >= 0.3).all()
    assert found.asked == sum(sizes) == 126
    none = design.screen_space(phases, asked, space, sieve=lambda table: table["Al"] > 2)
    assert none.designs.empty and none.passed == none.above == 0 and none.asked == 126


def test_a_screening_agrees_with_the_predictor(phases):
    found = design.screen_space(phases, phases.forward, CompositionSpace(["Co", "Cr", "Ni"], step=10), best=5)
    assert np.allclose(phases.forward(found.designs)["single_phase"], found.probability)


def test_absurd_sizes_are_refused_with_their_count(phases):
    space = CompositionSpace(phases.space.columns, 5, step=1)
    with pytest.raises(HeaError, match=r"536,446,166,256 alloys, more than the 100,000,000"):
        design.screen_space(phases, rich_in_ni, space)
    with pytest.raises(HeaError, match="126 alloys, more than the 100 that"):
        design.screen_space(phases, rich_in_ni, CompositionSpace(PALETTE, step=10), limit=100)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"elements": ["Al", "Xx"]}, "elements names 'Xx'"),
        ({"elements": ["Al", "Al"]}, "twice"),
        ({"elements": []}, "one element or more"),
        ({"size": 6}, "size is 6"),
        ({"size": (3, 2)}, r"size is \(3, 2\)"),
        ({"size": 2.5}, "size is 2.5"),
        ({"step": 0}, "step is 0"),
        ({"step": 7}, "whole number of steps"),
        ({"bounds": (0, 50)}, "bounds of Al are 0 to 50"),
        ({"bounds": (5,)}, r"bounds of Al are \(5,\); give a lowest and a highest"),
        ({"bounds": {"Al": 5}}, "bounds of Al are 5; give a lowest and a highest"),
        ({"bounds": (7, 50)}, "whole steps of 5"),
        ({"bounds": {"Ti": (5, 50)}}, "bounds names 'Ti'"),
        ({"bounds": (5, 10)}, "no alloy of"),
    ],
)
def test_spaces_that_do_not_exist_are_refused(options, words):
    with pytest.raises(CompositionError, match=words):
        CompositionSpace(**({"elements": PALETTE} | options))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"space": CompositionSpace(["Al", "Xe"])}, "names 'Xe'"),
        ({"best": 0}, "best is 0"),
        ({"threshold": 2}, "threshold is 2"),
        ({"threads": 0}, "threads is 0"),
        ({"predictor": []}, "no predictor"),
    ],
)
def test_bad_screenings_are_refused(phases, options, words):
    given = {"predictor": rich_in_ni, "space": CompositionSpace(PALETTE, step=20)} | options
    with pytest.raises(HeaError, match=words):
        design.screen_space(phases, **given)


def test_blocks_hold_something_and_cells_are_no_alloys(phases):
    with pytest.raises(HeaError, match="rows is 0"):
        next(CompositionSpace(PALETTE).blocks(0))
    mos2 = problems.get("mos2")
    with pytest.raises(UnsupportedError, match="no alloys"):
        design.screen_space(mos2, mos2.forward, CompositionSpace(PALETTE))


def test_alloys_drawn_from_a_space_are_all_as_likely():
    space = CompositionSpace(PALETTE[:4], (2, 3), step=20, bounds={"Al": (20, 60), "Co": (40, 80)})
    drawn = (draw(space, 20_000, np.random.default_rng(0)) * space.units).round().astype(int)
    counts = drawn.value_counts()
    listed = {tuple(row) for block in space.blocks() for row in (block * space.units).round().astype(int).to_numpy()}
    assert set(counts.index) == listed and len(listed) == space.count
    expected = 20_000 / space.count
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()


def test_a_distilled_sieve_lets_what_matters_through(phases):
    space = CompositionSpace(PALETTE, step=5)
    sieve = design.distil(phases, rich_in_ni, space, threshold=0.4, n=2_000)
    assert sieve.error < 0.03 and sieve.kept > 0.9 and sieve.passed < 0.3
    whole = pd.concat(space.blocks(), ignore_index=True)
    through = sieve(whole)
    assert through[whole["Ni"] >= 0.4 - 1e-9].mean() > 0.9 and through[whole["Ni"] < 0.3].mean() < 0.02
    found = design.screen_space(phases, rich_in_ni, space, threshold=0.4, sieve=sieve)
    assert found.passed == through.sum() < found.asked and found.probability.iloc[0] == pytest.approx(0.8)
    few = design.distil(phases, rich_in_ni, space, {"single_phase": 0}, n=500)
    assert few(whole)[whole["Ni"] > 0.7].mean() == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 10}, "n is 10"),
        ({"width": 0}, "width is 0"),
        ({"keep": 0}, "keep is 0"),
        ({"threshold": 0}, "threshold is 0"),
        ({"threshold": 0.99}, r"none of 1\d\d alloys drawn from this space reaches 0.99"),
        ({"space": CompositionSpace(["Al", "Xe"])}, "names 'Xe'"),
    ],
)
def test_bad_distillations_are_refused(phases, options, words):
    given = {"space": CompositionSpace(PALETTE), "n": 200} | options
    with pytest.raises(HeaError, match=words):
        design.distil(phases, rich_in_ni, **given)
