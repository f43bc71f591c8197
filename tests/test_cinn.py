"""The conditional invertible network: coordinates without a loss, variations that are trusted, designs that fit."""

import numpy as np
import pandas as pd
import pytest
import torch

from hea_lib import design, models, problems
from hea_lib.errors import HeaError, TrainingError, UnsupportedError
from hea_lib.models.encoding import PropertyCodes, quantile_edges
from hea_lib.networks.coordinates import coordinates_of
from hea_lib.training import fit

SMALL = {"width": 16, "last_width": 32, "bins": 8, "batch": 64, "steps": 60}


@pytest.fixture(scope="module")
def cells():
    return problems.get("mos2")


@pytest.fixture(scope="module")
def alloys():
    return problems.get("refractory")


@pytest.fixture(scope="module")
def trained(cells):
    return models.get("cinn")(cells, variations=2_000, **SMALL).fit(seed=0)


def test_an_alloy_comes_back_from_its_coordinates(alloys):
    coordinates = coordinates_of(alloys.space)
    known = alloys.designs.where(alloys.designs > 0.01, 0.0)
    known = known.div(known.sum(axis=1), axis=0).to_numpy()
    noise = torch.rand(len(known), coordinates.size, dtype=torch.float64)
    points = coordinates.view(torch.tensor(known), noise)
    assert points.abs().max() <= 1
    back = coordinates.designs(points)
    np.testing.assert_allclose(back, known, atol=1e-12)
    assert ((back == 0) == (known == 0)).all()  # zeros are exact


def test_equal_shares_are_zero_and_random_numbers_mean_nothing(alloys):
    coordinates, equal = coordinates_of(alloys.space), torch.zeros(1, 15, dtype=torch.float64)
    equal[0, [1, 4, 8, 11]] = 0.25
    first, second = (coordinates.view(equal, torch.rand(1, 30, dtype=torch.float64)) for _ in range(2))
    assert (first[0, [16, 19, 23]].abs() < 1e-12).all()  # the last one takes the rest
    np.testing.assert_allclose(coordinates.designs(first), coordinates.designs(second), atol=1e-12)
    assert not torch.equal(first, second)


def test_any_point_is_an_alloy(alloys):
    coordinates = coordinates_of(alloys.space)
    anywhere = 2 * torch.rand(2_000, 30, generator=torch.Generator().manual_seed(0)) - 1
    anywhere[0] = -1.0  # not even one element
    made = pd.DataFrame(coordinates.designs(anywhere), columns=list(alloys.space.columns))
    assert alloys.space.contains(made).all()
    assert (made > 0).sum(axis=1).min() >= 2


def test_variations_are_labelled_where_the_forward_model_is_sure(cells):
    designs, properties = design.vary(cells, 3_000, trust=0.02, seed=1)
    assert cells.space.contains(designs).all() and len(designs) == len(properties) < 3_000
    np.testing.assert_allclose(properties, cells.forward(designs), atol=1e-6)
    doubted, _ = design.vary(cells, 3_000, trust=0.005, seed=1)
    assert len(doubted) < len(designs)
    spread = [np.maximum(cells.opinions(table), 0).std(axis=0).mean() for table in (doubted, designs)]
    assert spread[0] < spread[1]
    again, _ = design.vary(cells, 3_000, trust=0.02, seed=1)
    pd.testing.assert_frame_equal(designs, again)


def test_variations_need_an_ensemble(alloys):
    with pytest.raises(UnsupportedError, match="no ensemble"):
        design.vary(alloys, 100)


def test_rare_values_are_drawn_more_often_but_all_are_drawn():
    values = np.array([0.0] * 90 + [1.0] * 9 + [2.0])
    for power, share in ((0.0, 0.01), (1.0, 1 / 3)):
        chances = design.even(values, power)
        assert chances.sum() == pytest.approx(1) and chances[-1] == pytest.approx(share)
    np.testing.assert_allclose(design.even(np.zeros(5)), 0.2)


def test_the_images_of_a_cell_have_its_gap(cells):
    known = cells.designs.iloc[::100]
    coordinates = coordinates_of(cells.space)
    points = coordinates.view(torch.tensor(known.to_numpy()), torch.empty(0)).numpy()
    gaps = cells.forward(known).to_numpy()
    for image in cells.images:
        turned = pd.DataFrame(coordinates.designs(torch.tensor(points @ image.T)), columns=known.columns)
        np.testing.assert_allclose(cells.forward(turned), gaps, atol=1e-3)  # the published box is not quite symmetric


def test_opinions_below_zero_say_how_sure_a_metal_is(cells):
    known = cells.designs.iloc[::50]
    said = cells.opinions(known)
    np.testing.assert_allclose(np.maximum(said, 0).mean(axis=0), cells.forward(known), atol=1e-6)
    assert said.min() < -0.1


def test_zero_is_told_apart_from_a_small_property(cells):
    codes = PropertyCodes.fitted(cells)
    zero, small = codes(pd.DataFrame({"band_gap": [0.0, 0.021]}))
    assert np.abs(zero - small).max() > 1


def test_it_samples_cells_in_the_box_and_is_reproducible(trained, cells):
    made = trained.sample({"band_gap": 1.0}, n=200, seed=4)
    assert cells.space.contains(made).all()
    pd.testing.assert_frame_equal(made, trained.sample({"band_gap": 1.0}, n=200, seed=4))
    assert not made.equals(trained.sample({"band_gap": 1.0}, n=200, seed=5))


def test_it_learns(trained, cells):
    assert trained.history["surprise"].iloc[-1] < trained.history["surprise"].iloc[0] - 1
    known, properties = cells.designs.iloc[:300], cells.properties.iloc[:300]
    density = trained.log_density(known, properties)
    assert density.shape == (1, 300)
    other = properties.sample(frac=1, random_state=0).set_axis(properties.index)
    assert density.mean() > trained.log_density(known, other).mean()


def test_its_density_is_that_of_its_samples(trained, cells):
    """Mean log-density of own samples is minus their entropy, which importance weights against the box confirm."""
    made = trained.sample({"band_gap": 1.0}, n=4_000, seed=0)
    asked = pd.DataFrame({"band_gap": np.full(4_000, 1.0)})
    density = trained.log_density(made, asked)[0]
    uniform = 7 * np.log(0.5)
    assert np.exp(uniform - density).mean() == pytest.approx(1, abs=0.35)  # the box has volume one under its samples


def test_it_serves_alloys_with_exact_zeros(alloys):
    model = models.get("cinn")(alloys, **SMALL).fit(seed=0)
    made = model.sample({"shear_modulus": 80.0}, n=100, seed=0)
    assert alloys.space.contains(made).all() and (made == 0).any(axis=1).all()


def test_members_take_turns_and_weights_come_back(cells, tmp_path):
    model = models.get("cinn")(cells, variations=500, **SMALL)
    fit(model, seeds=[0, 1], steps=5, progress=False)
    assert model.log_density(cells.designs.iloc[:7], cells.properties.iloc[:7]).shape == (2, 7)
    model.save(tmp_path / "cinn")
    same = models.get("cinn").load(cells, tmp_path / "cinn")
    pd.testing.assert_frame_equal(same.sample({"band_gap": 0.5}, n=20), model.sample({"band_gap": 0.5}, n=20))


def test_bad_settings_are_named(cells, alloys):
    with pytest.raises(HeaError, match="bins is 0"):
        models.get("cinn")(cells, bins=0)
    with pytest.raises(HeaError, match="order"):
        models.get("cinn")(cells, order=(0, 1, 1, 2, 3, 4, 5))
    with pytest.raises(UnsupportedError, match="no ensemble"):
        models.get("cinn")(alloys, variations=10, **SMALL).fit()
    with pytest.raises(TrainingError, match="20 or more"):
        models.get("cinn")(cells.subset(np.arange(5)), variations=0, **SMALL).fit()


def test_rounding_opens_no_bin():
    """A sum of fractions may be 1 or 2e-16 more; were both edges, the number of inputs would hang on the last digit."""
    values = np.array([0.0, 0.2, 0.5, 0.8, 1.0 - 1e-16, 1.0, 1.0 + 2.2e-16, 1.0, 1.0])[:, None]
    (edges,) = quantile_edges(values, bins=8)
    assert (np.diff(edges) > 1e-6).all()
