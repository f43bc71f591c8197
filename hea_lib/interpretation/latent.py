"""Maps of latent spaces: where alloys lie, what an axis does, and what the numbers know of the class.

References:
    Trustworthiness of a map: J. Venna, S. Kaski, Neural Netw. 19, 889 (2006), doi:10.1016/j.neunet.2006.05.014
    t-SNE: L. van der Maaten, G. Hinton, J. Mach. Learn. Res. 9, 2579 (2008)
    Mutual information gap: R. T. Q. Chen et al., NeurIPS 2018, arXiv:1802.04942
    Mutual information that chance gives: N. X. Vinh, J. Epps, J. Bailey, J. Mach. Learn. Res. 11, 2837 (2010)
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .. import errors, spaces
from ..errors import HeaError, UnknownNameError

#: Elements of the three shares that colour a map; refractory are groups 4 to 6 (Senkov et al., 2018,
#: doi:10.1557/jmr.2018.153), so that no element is both noble and refractory.
KINDS = {
    "magnetic": ("Fe", "Co", "Ni"),
    "noble": ("Ru", "Rh", "Pd", "Ag", "Re", "Os", "Ir", "Pt", "Au"),
    "refractory": ("Ti", "V", "Cr", "Zr", "Nb", "Mo", "Hf", "Ta", "W"),
}
_FOLDS = 5
_TYPICAL = 0.999  # share of normal vectors that count as near to known alloys


def character(designs: pd.DataFrame) -> pd.DataFrame:
    """What a chemist sees at once ``(n, 4)``: the number of elements above 1 at%, and three shares of atoms.

    Example:
        >>> from hea_lib import alloys
        >>> character(alloys.fractions(["CoNi", "MoNbTaW"])).round(2).values.tolist()
        [[2.0, 1.0, 0.0, 0.0], [4.0, 0.0, 0.0, 1.0]]
    """
    shares = {name: designs.reindex(columns=list(symbols)).sum(axis=1) for name, symbols in KINDS.items()}
    return pd.DataFrame({"elements": (designs > spaces.PRESENT).sum(axis=1), **shares})


def project(latents: pd.DataFrame, method: str = "tsne", seed: int = 0) -> tuple[pd.DataFrame, float]:
    """A flat map of latent vectors, and how far its neighbourhoods can be trusted.

    Args:
        latents: ``(n, n_latent)``. method: ``"tsne"`` keeps neighbours together and gives up distances; ``"pca"`` is
            the flattest shadow, linear. Perplexity is 30, or a third of the alloys where that is less.

    Returns:
        Places ``(n, 2)``, columns ``x`` and ``y``, and the trustworthiness of the ten nearest neighbours: 1 where none
        on the map is a stranger, about 0.5 for a random map.

    Raises:
        UnknownNameError: no such method. HeaError: fewer than 25 alloys, or a value that is not finite.
    """
    from sklearn.manifold import trustworthiness

    values = _finite(latents)
    if len(values) < 25:
        raise HeaError(f"a map of {len(values)} alloys says nothing; it needs 25 or more")
    places = _mapped(values, method, seed)
    trust = trustworthiness(values, places, n_neighbors=10)
    return pd.DataFrame(places, latents.index, ["x", "y"]), float(trust)


def _mapped(values: np.ndarray, method: str, seed: int) -> np.ndarray:
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if method == "pca":
        return PCA(2, random_state=seed).fit_transform(values)
    if method == "tsne":
        perplexity = min(30.0, len(values) / 3)
        return TSNE(2, perplexity=perplexity, init="pca", random_state=seed).fit_transform(values)
    raise UnknownNameError.of("method", method, ["pca", "tsne"])


def traverse(
    model, latents: pd.DataFrame, coordinate: str, places: Sequence[float], label: float | Mapping[str, float]
) -> pd.DataFrame:
    """Walk along one latent coordinate from a point, all others and the class held fixed.

    Args:
        model: a trained model that decodes, such as :class:`hea_lib.models.vae.DisentangledVAE`.
        latents: the point, a table of one row. places: values of the coordinate ``(n,)``.
        label: the class, 0 or 1; or one value for each target of a model that has several.

    Returns:
        Alloys ``(n, n_elements)``, one a place; the index is the place.

    Raises:
        UnknownNameError: no such coordinate. HeaError: not one point, or no places.
        TargetError: a label other than 0 and 1.

    Warns:
        UserWarning: places further out than one normal vector in a thousand, where no alloy is known.
    """
    if len(latents) != 1 or not len(places):
        raise HeaError(f"a walk has one point and a place or more, not {len(latents)} and {len(places)}")
    if coordinate not in latents:
        raise UnknownNameError.of("latent coordinate", coordinate, latents.columns)
    path = latents.loc[latents.index.repeat(len(places))].set_axis(pd.Index(places, name=coordinate))
    path[coordinate] = np.asarray(places, dtype=float)
    far = (_finite(path) ** 2).sum(axis=1) > _reach(len(path.columns))
    if far.any():
        first = path[coordinate].iloc[far.argmax()]
        warnings.warn(
            f"{far.sum()} of {len(path)} places, the first at {coordinate} = {first:g}, lie where no alloy is known: "
            "what is decoded there is a guess",
            stacklevel=2,
        )
    held = label if isinstance(label, Mapping) else {model.problem.target_names[0]: float(label)}
    return model.decode(path, pd.DataFrame(held, index=path.index))


def _reach(dimensions: int) -> float:
    """Squared length that one in a thousand standard normal vectors exceeds."""
    from scipy.stats import chi2

    return float(chi2.ppf(_TYPICAL, dimensions))


def probe(latents: pd.DataFrame, labels: np.ndarray, seed: int = 0) -> pd.Series:
    """How well probes tell the class from latent vectors: AUC in five folds, 0.5 where the vectors know nothing.

    Args:
        latents: ``(n, n_latent)``. labels: 0 or 1 ``(n,)``.

    Returns:
        AUC of a logistic regression, the 15 nearest neighbours and a forest, and of the ``best``. The best of three is
        a little above 0.5 even for noise.

    Raises:
        HeaError: fewer than five alloys of a class, other labels than 0 and 1, or a value that is not finite.
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    values, labels = _finite(latents), np.asarray(labels)
    if len(labels) != len(values) or not np.isin(labels, (0, 1)).all():
        raise HeaError(
            f"a probe needs {len(values)} labels that are 0 or 1, not {len(labels)} of {labels[:3].tolist()}"
        )
    if min((labels == 0).sum(), (labels == 1).sum()) < _FOLDS:
        raise HeaError(f"a probe needs {_FOLDS} alloys of each class; {int(labels.sum())} of {len(labels)} are 1")
    probes = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
        "neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier(15)),
        "forest": ExtraTreesClassifier(100, min_samples_leaf=3, random_state=seed),
    }
    folds, found = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed), {}
    for name, classifier in probes.items():
        votes = cross_val_predict(classifier, values, labels, cv=folds, method="predict_proba")[:, 1]
        found[name] = float(roc_auc_score(labels, votes))
    return pd.Series(found | {"best": max(found.values())}, name="AUC")


def mutual_information(latents: pd.DataFrame, factors: pd.DataFrame, bins: int = 8) -> pd.DataFrame:
    """Share of what there is to know of each factor that each latent coordinate alone tells ``(n_latent, n_factors)``.

    Coordinates, and factors of many values, are put into quantile bins. A finite table shows information where there is
    none, so what shuffled alloys show on average, which has a closed form, is taken away; a share can be slightly
    negative. ``table.apply(lambda share: -share.nlargest(2).diff().iloc[-1])`` is the mutual information gap: how far
    the best coordinate is ahead.

    Raises:
        HeaError: tables of different length, a factor that never varies, a value that is not finite, or fewer than two
            bins.
    """
    from sklearn.metrics import mutual_info_score
    from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

    known, asked = _finite(latents), _finite(factors)
    if len(known) != len(asked):
        raise HeaError(f"{len(known)} latent vectors do not fit {len(asked)} rows of factors")
    if bins < 2:
        raise HeaError(f"bins is {bins}; with fewer than 2 there is nothing to know")
    constant = [name for name, column in zip(factors, asked.T, strict=True) if np.ptp(column) == 0]
    if constant:
        raise HeaError(f"factor {constant[0]!r} never varies, so nothing can be known of it")
    places, shares = [_binned(column, bins) for column in known.T], {}
    for name, column in zip(factors, asked.T, strict=True):
        factor = _binned(column, bins)
        counts = [contingency_matrix(factor, place, sparse=True) for place in places]
        told = [
            mutual_info_score(None, None, contingency=table) - expected_mutual_information(table, len(known))
            for table in counts
        ]
        shares[name] = np.array(told) / mutual_info_score(factor, factor)  # of its entropy
    return pd.DataFrame(shares, index=latents.columns)


def _binned(column: np.ndarray, bins: int) -> np.ndarray:
    """Numbers of quantile bins ``(n,)``; a column of few values keeps them.

    Equal values share the middle of their ranks, so that they come into one bin, and one value that most alloys have,
    such as no atom of a kind, into another than what lies beyond it.
    """
    values, place = np.unique(column, return_inverse=True)
    if len(values) <= bins:
        return place
    ranks = np.sort(column)
    middle = (np.searchsorted(ranks, column, side="left") + np.searchsorted(ranks, column, side="right")) / 2
    return (bins * middle / len(column)).astype(int)


def _finite(table: pd.DataFrame) -> np.ndarray:
    values = table.to_numpy(dtype=float)
    errors.check_finite(values, table.index, table.columns, HeaError)
    return values
