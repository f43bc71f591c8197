"""How much strain closes a gap: against gaps whose answer is known, and against the calculations."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import datasets, strain, surrogates
from hea_lib.errors import SurrogateError, UnknownNameError
from hea_lib.surrogates import onset

COUNT = np.array([1, 1, 1, 2, 2, 2.0])


class Known:
    """Two members with gaps 1 - n E - bend |E|^2 of a given slope n, the second 10 % steeper."""

    def __init__(self, slope, bend=0.0):
        self.slope, self.bend = np.array([np.array(slope), 1.1 * np.array(slope)], dtype=float), bend

    def member_slopes(self, values):
        strains, rises = strain.green_slopes(values[:, :6])
        said = 1 - self.slope @ strains.T - self.bend * (COUNT * strains**2).sum(axis=1)
        steep = -self.slope[:, None] - 2 * self.bend * COUNT * strains
        per_cell = np.einsum("mni,nij->mnj", steep, rises)
        return said[..., None], np.pad(per_cell, ((0, 0), (0, 0), (0, 1)))[:, :, None]

    def predict_uncensored(self, designs):
        return self.member_slopes(designs[[*strain.CELL, strain.FIELD]].to_numpy())[0]


class Folded:
    """One member whose gap 1 - 10 |E_ij| falls with the size of a single component, whatever its sign."""

    def __init__(self, component):
        self.component = strain.STRAIN.index(component)

    def member_slopes(self, values):
        strains, rises = strain.green_slopes(values[:, :6])
        way = strains[:, self.component]
        per_cell = -10 * np.sign(way)[:, None] * rises[:, self.component]
        return (1 - 10 * np.abs(way))[None, :, None], np.pad(per_cell, ((0, 0), (0, 1)))[None, :, None]


@pytest.fixture(scope="module")
def forward():
    return surrogates.load("mos2-forward")


def test_the_size_counts_shears_twice():
    strains = pd.DataFrame(np.eye(6), columns=list(strain.STRAIN))
    np.testing.assert_allclose(onset.size(strains) ** 2, COUNT)


def test_on_a_plane_the_smallest_strain_is_the_foot_of_the_perpendicular():
    slope = np.array([5.0, 5, -8, 0, 0, 2])
    found = onset.smallest(Known(slope), member=0, starts=6)
    foot = slope / COUNT
    np.testing.assert_allclose(found.loc[0, list(strain.STRAIN)], foot / (slope @ foot), atol=1e-4)
    assert len(found) == 1 and found.loc[0, "starts"] == 6
    assert found.loc[0, "size"] == pytest.approx(1 / np.sqrt(slope @ foot), rel=1e-3)
    half = onset.smallest(Known(slope), member=0, gap=0.5, starts=6)
    assert half.loc[0, "size"] == pytest.approx(found.loc[0, "size"] / 2, rel=1e-2)
    steeper = onset.smallest(Known(slope), member=1, starts=6)
    assert steeper.loc[0, "size"] == pytest.approx(found.loc[0, "size"] / 1.1, rel=1e-2)
    mean = onset.smallest(Known(slope), starts=6)
    assert mean.loc[0, "size"] == pytest.approx(found.loc[0, "size"] / 1.05, rel=1e-2)


def test_a_bent_surface_and_a_held_component():
    slope = np.array([6.0, 0, -8, 0, 0, 0])
    found = onset.smallest(Known(slope, bend=20.0), member=0, starts=6)
    least = (-10 + np.sqrt(100 + 4 * 20)) / 40  # 1 - 10 s - 20 s^2 = 0, straight down the slope
    assert found.loc[0, "size"] == pytest.approx(least, rel=1e-3)
    held = onset.smallest(Known(slope), member=0, costs={"ezz": np.inf}, starts=6)
    assert held.loc[0, "ezz"] == 0 and held.loc[0, "exx"] == pytest.approx(1 / 6, rel=1e-3)


def test_what_costs_more_is_used_less():
    model = Known([6.0, 0, -8, 0, 0, 0])
    usual, dear = (onset.smallest(model, member=0, costs=costs, starts=6) for costs in (None, {"ezz": 4.0}))
    assert abs(dear.loc[0, "ezz"]) < abs(usual.loc[0, "ezz"]) and dear.loc[0, "size"] > usual.loc[0, "size"]
    assert dear.loc[0, "exx"] / dear.loc[0, "ezz"] == pytest.approx(6 / (-8 / 4), rel=1e-3)


def test_different_strains_of_one_size_stay_apart():
    found = onset.smallest(Folded("ezz"), starts=8)
    assert sorted(found["ezz"].round(4)) == [-0.1, 0.1] and found["starts"].sum() == 8
    assert found["size"].to_numpy() == pytest.approx([0.1, 0.1], abs=2e-4)


def test_images_count_as_one_unless_the_field_tells_them_apart():
    model = Folded("eyz")  # the layer's mirror turns its sign round, and the field as well
    assert onset.smallest(model, starts=8)["starts"].tolist() == [8]
    assert onset.smallest(model, starts=8, field=0.5)["starts"].sum() == 8
    assert len(onset.smallest(model, starts=8, field=0.5)) == 2


@pytest.mark.parametrize(
    ("ease", "count"), [([1, 1, 1, 0.5, 0.5, 0.5], 12), ([1, 1, 0, 0, 0, 0.5], 12), ([0.5, 1, 1, 0.5, 0.5, 0.5], 4)]
)
def test_images_are_taken_by_operations_that_leave_the_costs(ease, count):
    assert len(onset._operations(np.array(ease), field=0.0)) == count
    assert len(onset._operations(np.array(ease), field=0.5)) == count / 2


def test_along_a_line_each_member_has_its_own_end():
    model = Known([5.0, 5, 0, 0, 0, 0])
    ends = onset.along(model, {"exx": 2, "eyy": 2})
    np.testing.assert_allclose(ends, np.array([1, 1 / 1.1]) / (5 * np.sqrt(2)), atol=1e-3)
    np.testing.assert_allclose(onset.along(model, {"exx": 1, "eyy": 1}, gap=1.2), 0)
    assert np.isnan(onset.along(model, {"exx": -1})).all()


def test_the_shipped_model_closes_the_gap_where_the_calculations_do(forward):
    best = onset.smallest(forward, starts=8).iloc[0]
    table = datasets.load_mos2()
    sizes = onset.size(strain.green(table))
    metals = table["band_gap"] == 0
    assert best["size"] == pytest.approx(sizes[metals].min(), abs=0.005)
    assert (metals & (sizes < best["size"] - 0.005)).sum() == 0


def test_the_smallest_strain_is_smaller_than_on_any_line_through_the_origin(forward):
    best = onset.smallest(forward, starts=8)["size"].min()
    rng = np.random.default_rng(0)
    lines = [dict(zip(strain.STRAIN, rng.normal(size=6), strict=True)) for _ in range(30)]
    ends = np.array([onset.along(forward, line, reach=0.2) for line in lines])
    assert np.isfinite(ends).any() and np.nanmin(ends) > best - 0.003


def test_what_cannot_be_done_is_said(forward):
    with pytest.raises(UnknownNameError, match="eww"):
        onset.along(forward, {"eww": 1.0})
    with pytest.raises(SurrogateError, match="no length"):
        onset.along(forward, {"exx": 0.0})
    with pytest.raises(UnknownNameError, match="eww"):
        onset.smallest(forward, costs={"eww": 1.0})
    with pytest.raises(SurrogateError, match="positive"):
        onset.smallest(forward, costs={"exx": 0.0})
    with pytest.raises(SurrogateError, match="member 7 does not exist; there are 3"):
        onset.smallest(forward, member=7, starts=2)
    with pytest.raises(SurrogateError, match="starts is 0; at least 1 search"):
        onset.smallest(forward, starts=0)
    with pytest.raises(SurrogateError, match="none of 2 searches"):
        onset.smallest(Known(np.full(6, 1e-3)), gap=0.0, starts=2)
