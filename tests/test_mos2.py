"""The MoS2 table as curated, and the geometry of strained cells."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hea_lib import _resources, models, problems, strain
from hea_lib.curation import mos2
from hea_lib.errors import HeaError, RawDataError

DESIGN = [*strain.CELL, strain.FIELD]
REFERENCE = pd.DataFrame([strain.REFERENCE])

#: Lengths and angles up to 25 % from the reference, a little more than the published box.
deformed_cells = st.lists(st.floats(-0.25, 0.25), min_size=6, max_size=6).map(
    lambda change: pd.DataFrame(
        [np.array(list(strain.REFERENCE.values())) * (1 + np.array(change))], columns=strain.CELL
    )
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return _resources.read_csv("mos2.csv")


def test_table_has_the_published_counts(table):
    assert list(table) == [*DESIGN, "band_gap", "campaign", "duplicate", "published_split"]
    assert len(table) == 10_798
    assert table["duplicate"].sum() == table[[*DESIGN, "band_gap"]].duplicated().sum() == 368
    assert (table["band_gap"] == 0).mean() == pytest.approx(0.641, abs=5e-4)
    assert table["campaign"].value_counts().to_dict() == {1: 4997, 2: 1998, 3: 1804, 4: 1999}


def test_campaigns_are_what_the_card_says(table):
    away = (table[list(strain.CELL)] / pd.Series(strain.REFERENCE) - 1).abs().groupby(table["campaign"]).max()
    assert (away.loc[[1, 2]] > 0.19).all(axis=None)
    assert (away < 0.2002).all(axis=None)
    assert (away.loc[3] < 0.1002).all()
    assert (away.loc[4, ["alpha", "beta", "gamma"]] == 0).all()
    assert (table["field"] == 0).eq(table["campaign"] == 2).all()


def test_the_fourth_campaign_is_two_plans_as_the_card_says(table):
    away = (table[list(strain.CELL)] / pd.Series(strain.REFERENCE) - 1).abs().max(axis=1)
    wide, narrow = table.loc[8799:9797], table.loc[9798:]
    assert (away[wide.index].max() > 0.19) and (away[narrow.index].max() < 0.1002)
    assert (away[wide.index[-5:]] > 0.101).any()  # the border is where it is said to be, within a few rows
    shares = [(part["band_gap"] == 0).mean() for part in (wide, narrow)]
    assert shares == pytest.approx([0.42, 0.055], abs=0.005)


def test_gaps_stand_on_the_grid_that_the_card_gives(table):
    gaps = table.loc[table["band_gap"] > 0, "band_gap"]
    thousandths = (1000 * gaps).round(6) % 10
    assert thousandths.isin([0, 1, 2]).all()
    assert (thousandths == 0).mean() == pytest.approx(2 / 3, abs=0.02)


def test_published_split_leaks_as_the_card_says(table):
    train, test = (table[table["published_split"] == name] for name in ("train", "test"))
    seen = set(train[DESIGN].itertuples(index=False, name=None))
    assert len(test) == 2160
    assert sum(row in seen for row in test[DESIGN].itertuples(index=False, name=None)) == 102


def write_raw(folder, cells, gaps):
    (folder / "mos2").mkdir()
    (folder / "mos2" / "data_x.csv").write_text(cells)
    (folder / "mos2" / "data_y.csv").write_text(gaps)


CELL_LINE = "3.16,3.16,12.295,90,90,120,0\n"


def test_curation_keeps_every_digit(tmp_path):
    lines = [f"3.{n:09d},3.16,12.30794047,90,72.40513821,120,-0.771024618" for n in range(8800)]
    write_raw(tmp_path, "\n".join([*lines, lines[5]]), "\n".join(["0", "0.28", *["1.341"] * 8799]))
    built = mos2.build(tmp_path)["mos2.csv"]
    stored = _resources.to_csv(built).decode().splitlines()
    assert stored[1].startswith("3.0,3.16,12.30794047,90.0,72.40513821,120.0,-0.771024618,0.0,1,False,")
    assert built["duplicate"].to_numpy().nonzero()[0].tolist() == [8800]
    assert built["campaign"].iloc[[0, 4996, 4997, 6995, 8799]].tolist() == [1, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("cells", "gaps", "complaint"),
    [
        (CELL_LINE * 9, "0\n" * 8, "9 rows but mos2/data_y.csv 8"),
        (CELL_LINE * 9, "0\n" * 9, "9 rows, fewer than the four campaigns need"),
        (CELL_LINE + "3.16,oops,12.3,90,90,120,0\n", "0\n0\n", "oops"),
        ("3.16,3.16\n", "0\n", "2 columns instead of 7"),
        (CELL_LINE + CELL_LINE.replace("12.295", "nan"), "0\n0\n", "line 2"),
    ],
)
def test_damaged_raw_files_are_named(tmp_path, cells, gaps, complaint):
    write_raw(tmp_path, cells, gaps)
    with pytest.raises(RawDataError, match=complaint):
        mos2.build(tmp_path)


def test_missing_raw_file_is_named(tmp_path):
    with pytest.raises(RawDataError, match="data_x"):
        mos2.build(tmp_path)


@given(deformed_cells)
@settings(max_examples=50, deadline=None)
def test_strain_and_cell_are_inverse(cell):
    try:
        strained = strain.green(cell)
    except strain.CellError:
        return  # angles that close no cell
    pd.testing.assert_frame_equal(strain.cells(strained), cell, rtol=1e-9, check_dtype=False)


def test_lattice_has_the_lengths_and_angles_of_the_cell(table):
    vectors = strain.lattice(table[:500])
    lengths = np.linalg.norm(vectors, axis=2)
    np.testing.assert_allclose(lengths, table[:500][["a", "b", "c"]])
    directions = vectors / lengths[:, :, None]
    for name, (i, j) in {"alpha": (1, 2), "beta": (0, 2), "gamma": (0, 1)}.items():
        angle = np.degrees(np.arccos((directions[:, i] * directions[:, j]).sum(axis=1)))
        np.testing.assert_allclose(angle, table[:500][name])
    assert (np.linalg.det(vectors) > 0).all()


@pytest.mark.parametrize("stretch", [0.9, 1.1])
def test_strain_of_a_stretch_along_one_axis(stretch):
    strained = strain.green(REFERENCE.assign(c=12.295 * stretch)).iloc[0]
    assert strained["ezz"] == pytest.approx((stretch**2 - 1) / 2)
    assert strained.drop("ezz").abs().max() < 1e-12


def test_point_group_is_closed_and_has_twelve_members():
    group = strain.point_group()
    for left in group:
        for right in group:
            assert np.isclose(left @ right, group).all(axis=(1, 2)).sum() == 1


def test_symmetry_action_agrees_with_turning_the_tensor():
    values = np.random.default_rng(0).normal(size=(5, 6))
    for operation, action in zip(strain.point_group(), strain.symmetry_action(), strict=True):
        turned = strain.components(operation @ strain.tensors(values) @ operation.T)
        np.testing.assert_allclose(values @ action[:6, :6].T, turned, atol=1e-12)


def test_exchange_of_a_and_b_is_a_symmetry():
    """A mirror swaps the two in-plane vectors, and with them alpha and beta: the cells are images of each other."""
    cell = pd.DataFrame([{"a": 3.0, "b": 3.3, "c": 12.0, "alpha": 85.0, "beta": 97.0, "gamma": 118.0}])
    swapped = cell.rename(columns={"a": "b", "b": "a", "alpha": "beta", "beta": "alpha"})
    images = strain.symmetry_action()[:, :6, :6] @ strain.green(cell).to_numpy()[0]
    assert np.isclose(images, strain.green(swapped).to_numpy()[0]).all(axis=1).any()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"a": -3.16}, "a = -3.16; lengths are positive"),
        ({"c": np.nan}, "c is nan"),
        ({"gamma": 180.0}, "gamma = 180; angles lie between"),
        ({"gamma": 170.0, "alpha": 30.0}, r"gamma = 170 close no cell \(singular lattice\)"),
        ({"alpha": np.pi / 2, "beta": np.pi / 2, "gamma": 2 * np.pi / 3}, "look like radians; in degrees.*120.0"),
        ({"b": "wide"}, r"columns \['b'\] are not numeric"),
        ({"a": 0.316, "b": 0.316, "c": 1.2295}, "row 'sample 7': a = 0.316 is shorter than any .* angstrom, not in nm"),
        ({"a": 1.02, "b": 1.02, "c": 1.0}, "a = 1.02 is shorter .* or as shares"),
    ],
)
def test_impossible_cells_are_refused(change, complaint):
    with pytest.raises(strain.CellError, match=complaint):
        strain.green(pd.DataFrame([strain.REFERENCE | change], index=["sample 7"]))


def test_wrong_columns_are_named():
    with pytest.raises(HeaError, match=r"columns \['gamma'\] are missing"):
        strain.green(REFERENCE.drop(columns="gamma"))
    with pytest.raises(HeaError, match=r"columns \['a'\] appear more than once"):
        strain.green(pd.concat([REFERENCE, REFERENCE[["a"]]], axis=1))


def test_an_array_is_no_table_of_cells():
    with pytest.raises(strain.CellError, match="columns a, b, c, alpha, beta, gamma is needed, not ndarray"):
        strain.green(REFERENCE.to_numpy())


@pytest.mark.parametrize("given", [5.0, -5.0, 1.0])
def test_strain_in_per_cent_is_refused(given):
    """Fractions beyond 1 are no strain that a crystal bears, and the published box ends below it."""
    per_cent = pd.DataFrame([dict.fromkeys(strain.STRAIN, 0.0) | {"eyy": given}])
    words = f"row 0: eyy = {given:g} looks like per cent; as a fraction it is {given / 100:g}"
    with pytest.raises(strain.CellError, match=words):
        strain.cells(per_cent)
    cell = strain.cells(per_cent / 100)
    assert strain.green(cell)["eyy"][0] == pytest.approx(given / 100)


def test_strain_that_leaves_no_volume_is_refused():
    with pytest.raises(strain.CellError, match=r"row 0: principal strain -0.6"):
        strain.cells(pd.DataFrame([dict.fromkeys(strain.STRAIN, 0.0) | {"ezz": -0.6}]))


def test_slopes_of_strain_are_those_of_small_changes(table):
    cells = table[list(strain.CELL)].iloc[::500].to_numpy()
    found, slopes = strain.green_slopes(cells)
    np.testing.assert_allclose(found, strain.green(pd.DataFrame(cells, columns=list(strain.CELL))), atol=1e-12)
    for column in range(6):
        step = 1e-5 * np.eye(6)[column]
        change = strain.green_slopes(cells + step)[0] - strain.green_slopes(cells - step)[0]
        np.testing.assert_allclose(slopes[:, :, column], change / 2e-5, atol=1e-9)


def test_strain_is_smooth_where_cells_are_flat():
    flat = np.array([[3.8, 3.8, 14.0, 108.0, 108.0, 144.0]])
    assert not strain.closes(flat[:, 3:]).any()
    assert all(np.isfinite(part).all() for part in strain.green_slopes(flat))


def test_points_that_are_no_cells_are_drawn_into_the_space_of_cells():
    space = problems.get("mos2").space
    corner = np.array([space.upper])
    assert not space.contains(pd.DataFrame(corner, columns=list(space.columns))).any()
    settled = space.settle(np.vstack([corner, np.array([space.lower])]))
    assert space.contains(pd.DataFrame(settled, columns=list(space.columns))).all()
    assert (settled[1] == space.lower).all()  # what is a cell stays
    assert np.abs(settled[0] - corner[0]).max() < 0.01 * space.half_width.max()


def test_the_forward_model_of_cells_has_exact_slopes():
    problem = problems.get("mos2")
    gapped = problem.designs[problem.properties["band_gap"] > 0.3].iloc[::200]
    values = gapped.to_numpy(dtype=float)
    found, slopes = problem.slopes(values)
    np.testing.assert_allclose(found, problem.forward(gapped), atol=1e-5)
    for column in range(7):
        up, down = (problem.space.probe(values, column, sign * 1e-3) for sign in (1, -1))
        change = problem.slopes(up)[0] - problem.slopes(down)[0]
        risen = slopes[:, :, column] * 2e-3 * problem.space.half_width[column]
        np.testing.assert_allclose(risen, change, atol=2e-3 * np.abs(change).max() + 2e-6)


def test_gradient_descent_passes_flat_cells():
    problem = problems.get("mos2")
    made = models.get("gradient", "mos2")(problem).sample({"band_gap": 0.5}, n=60, seed=0)
    assert problem.space.contains(made).all()
    assert ((problem.forward(made)["band_gap"] - 0.5).abs() < 0.01).mean() > 0.8
