"""Shares that add up and agree with one another, maps that can be trusted, and changes that are the smallest."""

import warnings

import numpy as np
import pandas as pd
import pytest

from hea_lib import alloys, datasets, descriptors, interpretation, problems
from hea_lib.descriptors.statistics import FACTS
from hea_lib.errors import HeaError, TargetError, TrainingError, UnknownNameError, UnsupportedError
from hea_lib.models.vae import DisentangledVAE

EIGHT = ["k", "vm", "tm", "vac", "delta", "delta_chi", "delta_s_mix", "delta_h_mix"]


@pytest.fixture(scope="module")
def zeng():
    return datasets.load_zeng2024()


@pytest.fixture(scope="module")
def networks(zeng):
    train = zeng[zeng["split"] != "test"]
    return interpretation.DescriptorHead().fit(train[EIGHT], train["single_phase"])


@pytest.fixture(scope="module")
def trees(zeng):
    train = zeng[zeng["split"] != "test"].iloc[::4]
    return interpretation.DescriptorHead("trees").fit(train[EIGHT], train["single_phase"])


@pytest.fixture(scope="module")
def some(zeng):
    """Five alloys to explain, and a background of ten."""
    return zeng.loc[zeng["split"] == "test", EIGHT].head(5), zeng[EIGHT].sample(10, random_state=0)


@pytest.fixture(scope="module")
def model():
    return DisentangledVAE(problems.single_phase(table="zeng2024"), steps=60).fit(seed=0)


@pytest.fixture
def toy():
    rng = np.random.default_rng(0)
    return pd.DataFrame(rng.normal(size=(30, 3)), columns=["a", "b", "c"])


# Shapley values ----------------------------------------------------------------------------------------------------


def test_a_sum_is_shared_out_by_its_terms(toy):
    found = interpretation.exact_shapley(lambda x: (2 * x["a"] - x["b"] ** 2).to_numpy(), toy, toy)
    assert found.values["a"].to_numpy() == pytest.approx(2 * (toy["a"] - toy["a"].mean()))
    assert found.values["b"].to_numpy() == pytest.approx((toy["b"] ** 2).mean() - toy["b"] ** 2)
    assert found.values["c"].abs().max() == pytest.approx(0, abs=1e-12)  # a player that does nothing gets nothing


def test_a_product_is_shared_out_evenly():
    one, zero = pd.DataFrame({"a": [1.0], "b": [1.0]}), pd.DataFrame({"a": [0.0], "b": [0.0]})
    found = interpretation.exact_shapley(lambda x: (x["a"] * x["b"]).to_numpy(), one, zero)
    assert found.values.to_numpy().tolist() == [[0.5, 0.5]]


def test_shares_are_means_over_all_orders(toy):
    """Against the definition by permutations, which the library does not use."""
    from itertools import permutations

    def function(x):
        return (np.tanh(x["a"] * x["b"]) + x["c"] * x["a"]).to_numpy()

    row, shares = toy.iloc[[3]], dict.fromkeys(toy, 0.0)
    for order in permutations(toy):
        mixed, before = toy.copy(), function(toy).mean()
        for name in order:
            mixed[name] = row[name].item()
            shares[name] += (function(mixed).mean() - before) / 6
            before = function(mixed).mean()
    found = interpretation.exact_shapley(function, row, toy)
    assert found.values.iloc[0].to_dict() == pytest.approx(shares)


def test_shares_of_the_eight_features_add_up_and_kernel_agrees(networks, some):
    exact = interpretation.exact_shapley(networks, *some)
    assert exact.gap < 1e-6
    assert exact.answers.to_numpy() == pytest.approx(networks(some[0]))
    assert exact.base == pytest.approx(networks(some[1]).mean(), abs=1e-6)
    whole = interpretation.kernel_shapley(networks, *some, samples=2**8 - 2)
    assert whole.values.to_numpy() == pytest.approx(exact.values.to_numpy(), abs=1e-6)
    part = interpretation.kernel_shapley(networks, *some, samples=120)
    assert 0 < np.abs(part.values - exact.values).to_numpy().max() < 0.03
    assert part.gap < 1e-6


def test_kernel_is_the_same_under_a_seed_and_leaves_other_chance_alone(networks, some):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    twice = [interpretation.kernel_shapley(networks, some[0].head(2), some[1], samples=60, seed=3) for _ in "ab"]
    pd.testing.assert_frame_equal(twice[0].values, twice[1].values)
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


def test_trees_are_walked_to_the_same_shares(trees, some):
    exact = interpretation.exact_shapley(trees, *some)
    walked = interpretation.tree_shapley(trees, *some)
    # A two-hundredth of a tree's answer is what one tree more or less on a threshold can make of a share.
    assert walked.values.to_numpy() == pytest.approx(exact.values.to_numpy(), abs=5e-4)
    assert walked.base == pytest.approx(exact.base, abs=5e-4) and walked.gap < 1e-3


def test_a_group_enters_as_one(toy):
    def function(x):
        return (x["a"] * x["b"] + x["c"]).to_numpy()

    found = interpretation.exact_shapley(function, toy.head(4), toy, {"both": ["a", "b"], "c": ["c"]})
    product = (toy["a"] * toy["b"]).to_numpy()
    assert found.values["both"].to_numpy() == pytest.approx(product[:4] - product.mean())
    assert found.importance()["direction"].isna().to_dict() == {"both": True, "c": False}


def test_importance_orders_players_and_says_their_direction(toy):
    table = interpretation.exact_shapley(lambda x: (x["b"] - 5 * x["a"]).to_numpy(), toy, toy).importance()
    assert table.index[:2].tolist() == ["a", "b"]
    assert table["direction"].iloc[:2].tolist() == pytest.approx([-1, 1])
    assert np.isnan(table.loc["c", "direction"])


def test_what_cannot_be_explained_is_said(toy, trees):
    def first(x):
        return x.iloc[:, 0].to_numpy()

    exact, kernel = interpretation.exact_shapley, interpretation.kernel_shapley
    wide = pd.DataFrame(np.zeros((2, 13)), columns=[f"x{number}" for number in range(13)])
    with pytest.raises(HeaError, match=r"13 players make 8,192 coalitions; .* at most 12"):
        exact(first, wide, wide)
    with pytest.raises(HeaError, match="a row or more"):
        exact(first, toy.head(0), toy)
    with pytest.raises(HeaError, match="differ in their columns: a"):
        exact(first, toy[["b", "c"]], toy)
    with pytest.raises(HeaError, match="their order"):
        exact(first, toy[["b", "a", "c"]], toy)
    with pytest.raises(HeaError, match="row 2: b is nan"):
        exact(first, toy, toy.assign(b=toy["b"].where(toy.index != 2)))
    with pytest.raises(HeaError, match="look at a, c"):
        exact(first, toy, toy, {"one": ["a", "b"], "two": ["a"]})
    with pytest.raises(HeaError, match="one a row, not shape"):
        exact(lambda x: x.to_numpy(), toy, toy)
    mixed = toy.set_axis(["size", "b", "c"], axis="columns").round(1)
    row, other = mixed.head(1).to_dict("records")[0], mixed.iloc[[1]]
    with pytest.raises(HeaError, match=rf"gives nan for size = {row['size']}, b = {other['b'].item()}, c = "):
        exact(lambda x: np.where((x["size"] == row["size"]) & (x["b"] != row["b"]), np.nan, 1.0), mixed.head(1), other)
    wide = pd.DataFrame(np.zeros((2, 12)), columns=[f"x{number}" for number in range(12)])
    with pytest.raises(HeaError, match=r"gives inf for x0 = 0, .*x7 = 0, 4 more inputs; it must be finite"):
        exact(lambda x: np.full(len(x), np.inf), wide, wide)
    with pytest.raises(HeaError, match="5 samples are too few for 3 players; take 6"):
        kernel(first, toy, toy, samples=5)
    with pytest.raises(UnsupportedError, match="'logistic' has no trees"):
        interpretation.tree_shapley(
            interpretation.DescriptorHead("logistic").fit(toy, (toy["a"] > 0).astype(int)), toy, toy
        )
    with pytest.raises(HeaError, match="a row or more"):
        interpretation.tree_shapley(trees, pd.DataFrame(columns=EIGHT, dtype=float), pd.DataFrame(columns=EIGHT))


# Heads -------------------------------------------------------------------------------------------------------------


def test_networks_on_the_eight_features_rank_as_well_as_a_forest(networks, zeng):
    from sklearn.metrics import roc_auc_score

    test = zeng[zeng["split"] == "test"]
    assert roc_auc_score(test["single_phase"], networks(test[EIGHT])) > 0.916  # the published model


def test_a_seed_gives_the_same_head_and_leaves_other_chance_alone(toy):
    import torch

    labels = (toy["a"] > 0).astype(int)
    torch.manual_seed(5)
    first = interpretation.DescriptorHead().fit(toy, labels, seed=1)(toy)
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.rand(1) == drawn
    assert interpretation.DescriptorHead().fit(toy, labels, seed=1)(toy) == pytest.approx(first)


def test_heads_say_what_is_wrong(toy):
    labels = (toy["a"] > 0).astype(int)
    with pytest.raises(UnknownNameError, match="unknown kind of head 'tree'; did you mean 'trees'"):
        interpretation.DescriptorHead("tree").fit(toy, labels)
    for bad in (np.ones(30), np.arange(30), labels[:3]):
        with pytest.raises(TrainingError, match="0 or 1 for each of 30 rows"):
            interpretation.DescriptorHead("trees").fit(toy, bad)
    with pytest.raises(TrainingError, match="row 0: b is nan"):
        interpretation.DescriptorHead("trees").fit(toy.assign(b=np.nan), labels)
    with pytest.raises(TrainingError, match="has learned nothing yet"):
        interpretation.DescriptorHead("trees")(toy)
    head = interpretation.DescriptorHead("logistic").fit(toy, labels)
    with pytest.raises(HeaError, match="no column 'b'; the head reads a, b, c"):
        head(toy[["a", "c"]])
    with pytest.raises(HeaError, match="row 0: c is inf"):
        head(toy.assign(c=np.inf))


def test_the_order_of_columns_does_not_matter_to_a_head(toy):
    head = interpretation.DescriptorHead("logistic").fit(toy, (toy["a"] > 0).astype(int))
    assert head(toy[["c", "a", "b"]]) == pytest.approx(head(toy))


def test_families_hold_all_that_the_classifier_reads():
    told = [name for members in interpretation.FAMILIES.values() for name in members]
    assert sorted(told) == sorted({*descriptors.finite_names(), *FACTS})


def test_the_classifier_by_families_is_the_classifier(model):
    head = interpretation.FamilyHead(model)
    designs = model.problem.designs.iloc[::200]
    features = head.features(designs)
    assert head(features) == pytest.approx(model.predict_heads(designs).mean(axis=0), abs=1e-6)
    assert sorted(name for members in head.groups.values() for name in members) == sorted(features)
    assert {*model.problem.space.columns} < {*head.groups["composition"]} and len(head.groups["composition"]) == 60
    assert "melting_temperature, bin 1" in head.groups["melting"] and "melting_temperature, mean" in features
    spread = features["mixing_entropy"] * model._features.spread[1] + model._features.mean[1]
    described = descriptors.compute(designs, ["mixing_entropy"])["mixing_entropy"]
    assert spread.to_numpy() == pytest.approx(described, abs=1e-3)
    found = interpretation.exact_shapley(head, features.head(2), features, head.groups)
    assert found.gap < 1e-5 and list(found.values) == [*interpretation.FAMILIES, "composition"]
    with pytest.raises(TrainingError, match="learned nothing"):
        interpretation.FamilyHead(DisentangledVAE(model.problem))


def test_bins_hold_equal_shares_and_a_value_that_never_varies_has_none():
    from hea_lib.models.encoding import quantile_edges, risen

    values = np.column_stack([np.arange(9.0), np.ones(9), np.repeat([0.0, 1.0], [7, 2])])
    edges = quantile_edges(values, bins=4)
    assert [row.tolist() for row in edges] == [[0, 2, 4, 6, 8], [1], [0, 1]]  # equal edges once
    told = risen(np.array([[3.0, 1.0, 0.5], [99.0, 5.0, -9.0]]), edges)
    assert told.tolist() == [[1, 0, -1, -1, 0], [1, 1, 1, 1, -1]]


# Permutation importance --------------------------------------------------------------------------------------------


def test_shuffling_costs_where_the_head_looks(toy):
    labels = (toy["a"] > 0).astype(int)
    head = interpretation.DescriptorHead("logistic").fit(toy, labels)
    found = interpretation.permutation_importance(head, toy, labels, repeats=5)
    assert found.index[0] == "a" and found.loc["a", "lost AUC"] > 0.2
    assert found["lost AUC"].drop("a").abs().max() < 0.1
    with pytest.raises(HeaError, match="30 labels of both classes"):
        interpretation.permutation_importance(head, toy, np.ones(30))


# Latent spaces -----------------------------------------------------------------------------------------------------


def test_no_element_is_of_two_kinds():
    from hea_lib.interpretation.latent import KINDS

    told = [symbol for symbols in KINDS.values() for symbol in symbols]
    assert len(told) == len(set(told))
    found = interpretation.character(alloys.fractions(["CoCrFeNi", "AuPt3", "Al0.005Cu0.995"]))
    assert found["elements"].tolist() == [4, 2, 1]
    assert found[["magnetic", "noble", "refractory"]].to_numpy() == pytest.approx(
        np.array([[0.75, 0, 0.25], [0, 1, 0], [0, 0, 0]])
    )


@pytest.fixture
def heaps():
    """Three heaps in six dimensions, far from one another, and their numbers."""
    rng = np.random.default_rng(0)
    heap = np.repeat([0, 1, 2], 30)
    values = rng.normal(size=(90, 6)) + 10 * np.eye(6)[heap]
    return pd.DataFrame(values, columns=[f"z{number}" for number in range(6)]), heap


@pytest.mark.parametrize("method", ["tsne", "pca"])
def test_a_map_keeps_heaps_apart(heaps, method):
    latents, heap = heaps
    places, trust = interpretation.project(latents, method)
    centres = places.groupby(heap).mean().to_numpy()
    nearest = np.linalg.norm(places.to_numpy()[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == heap).all() and 0.7 < trust <= 1
    assert interpretation.project(latents, method)[0].equals(places)


def test_probes_find_what_is_there_and_nothing_else(heaps):
    latents, heap = heaps
    assert interpretation.probe(latents, (heap == 1).astype(int))["best"] > 0.99
    shuffled = np.random.default_rng(1).permutation((heap == 1).astype(int))
    assert interpretation.probe(latents, shuffled)["best"] < 0.7


def test_a_ring_escapes_a_straight_line_and_no_other_probe():
    rng = np.random.default_rng(0)
    points = pd.DataFrame(rng.normal(size=(300, 2)), columns=["a", "b"])
    found = interpretation.probe(points, (np.hypot(points["a"], points["b"]) > 1.2).astype(int))
    assert found["logistic"] < 0.65 < 0.95 < found[["neighbours", "forest"]].min()


def test_information_is_where_it_was_put():
    rng = np.random.default_rng(0)
    latents = pd.DataFrame(rng.normal(size=(2_000, 3)), columns=["z1", "z2", "z3"])
    factors = pd.DataFrame(
        {"copy": latents["z2"], "class": (latents["z1"] > latents["z1"].median()) * 1, "noise": rng.normal(size=2_000)}
    )
    found = interpretation.mutual_information(latents, factors)
    assert found.loc["z2", "copy"] == pytest.approx(1, abs=0.02)
    assert found.loc["z1", "class"] == pytest.approx(1, abs=0.02)
    assert found["noise"].abs().max() < 0.02 and found.loc["z3"].abs().max() < 0.02


def test_a_factor_that_is_mostly_zero_can_be_known():
    rng = np.random.default_rng(0)
    share = np.where(rng.random(2_000) < 0.95, 0.0, rng.random(2_000))  # more than half its quantiles are zero
    latents = pd.DataFrame({"whether": (share > 0) + 0.01 * rng.normal(size=2_000), "noise": rng.normal(size=2_000)})
    found = interpretation.mutual_information(latents, pd.DataFrame({"share": share, "rest": 1 - share}))
    assert (found.loc["whether"] > 0.4).all() and found.loc["noise"].abs().max() < 0.03
    rare = pd.DataFrame({"share": np.r_[np.zeros(1_990), np.linspace(0.1, 0.9, 10)]})
    assert interpretation.mutual_information(rare, rare).loc["share", "share"] == pytest.approx(1, abs=0.02)


def test_what_chance_shows_is_taken_away_whatever_the_order_of_alloys():
    rng = np.random.default_rng(0)
    latents = pd.DataFrame(rng.normal(size=(60, 50)))
    factors = pd.DataFrame({"many": rng.normal(size=60), "two": rng.random(60) < 0.5})
    found = interpretation.mutual_information(latents, factors)
    again = interpretation.mutual_information(latents[::-1], factors[::-1])
    pd.testing.assert_frame_equal(found, again)
    assert found.mean().abs().max() < 4 * (found.std() / np.sqrt(50)).max() < 0.04


def test_a_walk_decodes_along_one_coordinate(model):
    point = model.encode(model.problem.designs.iloc[[0]], model.problem.properties.iloc[[0]])
    walked = interpretation.traverse(model, point, "z3", [-2.0, 0.0, 2.0], 1)
    assert walked.index.tolist() == [-2.0, 0.0, 2.0] and walked.sum(axis=1).to_numpy() == pytest.approx(1)
    moved = point.assign(z3=2.0)
    one = pd.DataFrame({"single_phase": [1.0]}, index=point.index)
    assert walked.iloc[2].to_numpy() == pytest.approx(model.decode(moved, one).iloc[0].to_numpy())


def test_a_walk_warns_where_no_alloy_is_known(model):
    origin = pd.DataFrame(np.zeros((1, 12)), columns=model.latent_names)
    with pytest.warns(UserWarning, match="1 of 3 places, the first at z2 = 6, lie where no alloy is known") as seen:
        interpretation.traverse(model, origin, "z2", [0.0, 3.0, 6.0], 1)
    assert seen[0].filename == __file__  # the line that asked, not one of the library
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        interpretation.traverse(model, origin, "z2", [-5.0, 0.0, 5.0], 1)  # length 25, below 32.9


def test_latent_tools_say_what_is_wrong(model, heaps):
    latents, heap = heaps
    with pytest.raises(UnknownNameError, match="unknown method 'umap'"):
        interpretation.project(latents, "umap")
    with pytest.raises(HeaError, match="a map of 10 alloys"):
        interpretation.project(latents.head(10))
    with pytest.raises(HeaError, match="row 0: z1 is nan"):
        interpretation.project(latents.assign(z1=np.nan))
    with pytest.raises(HeaError, match="labels that are 0 or 1"):
        interpretation.probe(latents, heap)
    with pytest.raises(HeaError, match="5 alloys of each class; 2 of 90 are 1"):
        interpretation.probe(latents, (np.arange(90) < 2).astype(int))
    with pytest.raises(HeaError, match="90 latent vectors do not fit 3"):
        interpretation.mutual_information(latents, latents.head(3))
    with pytest.raises(HeaError, match="'z0' never varies"):
        interpretation.mutual_information(latents, latents.assign(z0=1.0))
    with pytest.raises(HeaError, match="bins is 1"):
        interpretation.mutual_information(latents, latents, bins=1)
    point = pd.DataFrame(np.zeros((1, 12)), columns=model.latent_names)
    with pytest.raises(UnknownNameError, match="unknown latent coordinate 'z13'"):
        interpretation.traverse(model, point, "z13", [0.0], 1)
    with pytest.raises(HeaError, match="a walk has one point"):
        interpretation.traverse(model, pd.concat([point, point]), "z1", [0.0], 1)
    with pytest.raises(TargetError, match="0 or 1"):
        interpretation.traverse(model, point, "z1", [0.0], 0.5)


# Counterfactuals ---------------------------------------------------------------------------------------------------


def nickel(designs):
    """Single-phase where there is more than 30 at% nickel."""
    return (designs["Ni"] > 0.3 + 1e-9).to_numpy() * 0.8 + 0.1 * designs["Ni"].to_numpy()


@pytest.fixture
def alloy():
    return pd.DataFrame({"Al": [0.25], "Co": [0.5], "Ni": [0.25], "Fe": [0.0]})


def test_the_smallest_exchange_is_found(alloy):
    found = interpretation.exchanges(nickel, alloy)
    flips = found.dropna()
    assert flips[["from", "to"]].to_numpy().tolist() == [["Al", "Ni"], ["Co", "Ni"]]
    assert flips["amount"].to_numpy() == pytest.approx(0.06)
    assert (flips["probability"] > 0.5).all()
    assert len(found) == 3 * 3 and not found.duplicated(["from", "to"]).any()


def test_fixed_elements_stay_and_the_nearest_miss_is_told(alloy):
    found = interpretation.exchanges(nickel, alloy, fixed=["Ni"])
    assert found["amount"].isna().all() and "Ni" not in {*found["from"], *found["to"]}
    short = interpretation.exchanges(nickel, alloy, most=0.04)
    assert short["amount"].isna().all()
    assert short.iloc[0]["to"] == "Ni" and short.iloc[0]["probability"] == pytest.approx(0.029)


def test_an_element_can_vanish_and_none_goes_below_zero(alloy):
    seen = []

    def watched(designs):
        seen.append(designs)
        return (designs["Al"] < 1e-12).to_numpy() * 1.0

    found = interpretation.exchanges(watched, alloy, most=0.3)
    assert found.dropna()["amount"].to_numpy() == pytest.approx(0.25)
    assert (seen[0] >= 0).all(axis=None) and seen[0].sum(axis=1).to_numpy() == pytest.approx(1)


def test_exchanges_say_what_is_wrong(alloy):
    with pytest.raises(HeaError, match="2 alloys are given"):
        interpretation.exchanges(nickel, pd.concat([alloy, alloy]))
    with pytest.raises(HeaError, match="fixed element 'W' is no column"):
        interpretation.exchanges(nickel, alloy, fixed=["W"])
    with pytest.raises(HeaError, match="0 < step <= most <= 1"):
        interpretation.exchanges(nickel, alloy, step=0.3)
    with pytest.raises(HeaError, match="no element may be exchanged"):
        interpretation.exchanges(nickel, alloy, fixed=["Al", "Co", "Ni"])
    with pytest.raises(HeaError, match="one a row, not shape"):
        interpretation.exchanges(lambda designs: 1.0, alloy)
