"""Clean posteriors from where the rows lie: classes as mixtures, their labels seen through T.

A classifier learns P(clean | x) from labels alone, and noise near a boundary then looks like
classes that overlap. Here the overlap comes from the shape of the classes in feature space, and
the labels only tell which class is which.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from .._hints import SEE_ERRORS

Array = NDArray[np.float64]

N_COMPONENTS = (1, 2, 4)
MIN_ROWS_PER_COMPONENT = 60
MANY_CLASSES = 20
DEGREES = (200.0, 5.0)  # Of freedom of the components: nearly Gaussian, or with heavy tails.
MAX_DIMENSIONS = 12
MAX_FEATURES = 30
LARGEST_DEVIATION = 5.0  # So that rare values of a feature that is mostly zero do not dominate.
SHRINKAGE = 0.05
N_ROUNDS = 15
N_INIT = 4
ANCHOR_SHARE = 0.02  # The surest rows of a class stay in it, so that components keep their class.
TIED_ROWS = 5


class ClassMixture(NamedTuple):
    """Classes as mixtures of elliptic components, `n_components` in all.

    `clean_proba` has shape (n_samples, n_classes); fits are selected by `criterion`.
    """

    clean_proba: Array
    transition_matrix: Array
    criterion: float
    n_components: int

    @property
    def noise_rate(self) -> float:
        prior = self.clean_proba.mean(axis=0)
        return float(1 - prior @ self.transition_matrix.diagonal())


def fit_class_mixture(
    X: Array,
    y: NDArray[np.integer],
    clean_proba: Array,
    transition_matrix: Array,
    *,
    random_state: int = 0,
) -> ClassMixture:
    """Fit mixtures to the classes, from out-of-fold clean posteriors and a T to start with.

    ``P(x, noisy = j) = sum_c w_c f_c(x) T[k(c), j]``, component c of class k(c), the f_c
    elliptic with heavy or nearly Gaussian tails, in the discriminant space of clusters inside
    the predicted classes. Expectation-maximisation fits weights, shapes and T together; the
    number of components per class and their tails are chosen by the Bayesian information
    criterion. With T known this is the discriminant analysis of [1]_.

    .. [1] Lawrence, Schoelkopf, "Estimating a Kernel Fisher Discriminant in the Presence of
       Label Noise", ICML 2001.
    """
    K = clean_proba.shape[1]
    predicted = clean_proba.argmax(axis=1)
    features = _standardised(X)
    if features.shape[1] > MAX_FEATURES:
        features = PCA(MAX_FEATURES, random_state=random_state).fit_transform(features)
    numbers = [m for m in N_COMPONENTS if m == 1 or K <= MANY_CLASSES]
    cluster, _ = _clusters(features, predicted, numbers[-1], random_state)
    dimensions = min(cluster.max(), features.shape[1], MAX_DIMENSIONS)
    if dimensions < 1:
        raise ValueError(
            f"All rows are predicted to be of one class; there is nothing to compare. {SEE_ERRORS}"
        )
    space = LinearDiscriminantAnalysis(n_components=dimensions, solver="eigen", shrinkage=SHRINKAGE)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Only one sample")  # Of a cluster; it is shrunk anyway.
        Z = np.asarray(space.fit_transform(features, cluster))
    anchored = _anchored(clean_proba, predicted)
    starts = [_clusters(Z, predicted, m, random_state) for m in numbers]
    fits = [_fit(Z, y, start, anchored, transition_matrix, DEGREES[0]) for start in starts]
    best = max(range(len(fits)), key=lambda number: fits[number].criterion)
    heavy = _fit(Z, y, starts[best], anchored, transition_matrix, DEGREES[1])
    return max(fits[best], heavy, key=lambda fit: fit.criterion)


def _standardised(X: Array) -> Array:
    spread = X.std(axis=0)
    kept = spread > 1e-12
    z = (X[:, kept] - X[:, kept].mean(axis=0)) / spread[kept]
    return np.clip(z, -LARGEST_DEVIATION, LARGEST_DEVIATION)


def _clusters(
    Z: Array, predicted: NDArray[np.intp], n_clusters: int, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """A cluster for each row, inside its predicted class, and the class of each cluster."""
    cluster = np.empty(len(Z), dtype=np.intp)
    owners: list[int] = []
    for k in np.unique(predicted):
        rows = np.flatnonzero(predicted == k)
        m = int(np.clip(len(rows) // MIN_ROWS_PER_COMPONENT, 1, n_clusters))
        inside = 0 if m == 1 else KMeans(m, n_init=N_INIT, random_state=seed).fit_predict(Z[rows])
        cluster[rows] = len(owners) + inside
        owners += [k] * m
    return cluster, np.array(owners)


def _anchored(clean_proba: Array, predicted: NDArray[np.intp]) -> NDArray[np.intp]:
    """The class of the rows that are surest of it, -1 for the others."""
    anchored = np.full(len(predicted), -1)
    for k in np.unique(predicted):
        rows = np.flatnonzero(predicted == k)
        order = rows[np.argsort(-clean_proba[rows, k], kind="stable")]
        anchored[order[: int(np.ceil(ANCHOR_SHARE * len(rows)))]] = k
    return anchored


def _fit(
    Z: Array,
    y: NDArray[np.integer],
    start: tuple[NDArray[np.intp], NDArray[np.intp]],
    anchored: NDArray[np.intp],
    T: Array,
    degrees: float,
) -> ClassMixture:
    cluster, owner = start
    n, d = Z.shape
    C, K = len(owner), len(T)
    of_class = np.eye(K)[owner]  # Sums over the components of each class.
    allowed = (anchored[:, None] == owner) | (anchored[:, None] < 0)
    share = np.full((n, C), 0.1 / C)
    share[np.arange(n), cluster] += 0.9
    tail = np.ones((n, C))
    criterion = -np.inf
    proba = np.zeros((n, K))
    for _ in range(N_ROUNDS):
        log_density, tail = _log_density(Z, share, tail, degrees)
        log_density = np.where(allowed, log_density, -np.inf)
        top = log_density.max(axis=1, keepdims=True)
        density = np.exp(log_density - top)
        joint = density * T[owner][:, y].T
        total = joint.sum(axis=1, keepdims=True)
        share = joint / np.maximum(total, 1e-300)
        by_class = share @ of_class
        counts = np.stack([by_class[y == j].sum(axis=0) for j in range(K)], axis=1) + 0.01
        T = counts / counts.sum(axis=1, keepdims=True)
        proba = density / density.sum(axis=1, keepdims=True) @ of_class
        criterion = float((top + np.log(np.maximum(total, 1e-300))).sum())
    n_parameters = C * (1 + d + d * (d + 1) / 2)
    return ClassMixture(proba, T, criterion - 0.5 * np.log(n) * n_parameters, C)


def _log_density(Z: Array, share: Array, tail: Array, degrees: float) -> tuple[Array, Array]:
    """Log of weight times density of each component, and the weights of rows in its tails."""
    n, d = Z.shape
    mass = share.sum(axis=0) + 1e-9
    weighted = share * tail
    centres = weighted.T @ Z / (weighted.sum(axis=0) + 1e-9)[:, None]
    scatter = np.stack(
        [((Z - c) * w[:, None]).T @ (Z - c) for c, w in zip(centres, weighted.T, strict=True)]
    )
    pooled = scatter.sum(axis=0) / n
    log_density, tails = np.empty_like(share), np.empty_like(share)
    constant = gammaln((degrees + d) / 2) - gammaln(degrees / 2) - d / 2 * np.log(degrees * np.pi)
    for c, centre in enumerate(centres):
        weight = mass[c] / (mass[c] + TIED_ROWS * d)  # Small ones borrow the common shape.
        shape = weight * scatter[c] / mass[c] + (1 - weight) * pooled + 1e-6 * np.eye(d)
        factor = np.linalg.cholesky(shape)
        distance = ((np.linalg.inv(factor) @ (Z - centre).T) ** 2).sum(axis=0)
        tails[:, c] = (degrees + d) / (degrees + distance)
        log_density[:, c] = (
            np.log(mass[c] / n)
            + constant
            - np.log(factor.diagonal()).sum()
            - (degrees + d) / 2 * np.log1p(distance / degrees)
        )
    return log_density, tails
