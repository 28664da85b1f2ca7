"""Clean posteriors from where the rows lie: classes as mixtures, their labels seen through T.

The corrected classifiers learn P(clean | x) from labels alone, and noise near a boundary then
looks like classes that overlap. Here the shape of the classes in feature space says how far they
overlap, and the labels only say which class is which.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

Array = NDArray[np.float64]

N_COMPONENTS = (1, 2, 4)
MIN_ROWS_PER_COMPONENT = 60
MANY_CLASSES = 20
# Degrees of freedom of the components: nearly Gaussian, or with heavy tails.
DEGREES = (200.0, 5.0)
MAX_DIMENSIONS = 12
MAX_FEATURES = 30
# A feature that is zero nearly everywhere must not rule by its rare values.
LARGEST_DEVIATION = 5.0
SHRINKAGE = 0.05
N_ROUNDS = 15
N_INIT = 4
# Rows of a class that are surest of it stay in it: the components keep their names.
ANCHOR_SHARE = 0.02
TIED_ROWS = 5


class ClassMixture(NamedTuple):
    """Classes as mixtures of elliptic components.

    `clean_proba` has shape (n_samples, n_classes); `n_components` counts all of them.
    """

    clean_proba: Array
    transition_matrix: Array
    noise_rate: float
    n_components: int


class Components(NamedTuple):
    """Responsibilities and what they were judged by."""

    proba: Array
    transition_matrix: Array
    criterion: float
    n_components: int


def fit_class_mixture(
    X: Array,
    y: NDArray[np.integer],
    clean_proba: Array,
    transition_matrix: Array,
    *,
    random_state: int = 0,
) -> ClassMixture:
    """Fit mixtures to the classes, with T and the clean labels unknown.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Features.
    y : ndarray of int of shape (n_samples,)
        Noisy labels, 0 to n_classes - 1.
    clean_proba : ndarray of shape (n_samples, n_classes)
        Out-of-fold clean posteriors, from which the mixture starts.
    transition_matrix : ndarray of shape (n_classes, n_classes)
        T to start from.
    random_state : int, default=0
        Seeds the clusters.

    Returns
    -------
    ClassMixture

    Notes
    -----
    ``P(x, noisy = j) = sum_c w_c f_c(x) T[k(c), j]``, component c of class k(c), the f_c
    elliptic with heavy or nearly Gaussian tails, in the discriminant space of clusters inside
    the predicted classes. Expectation-maximisation fits weights, shapes and T together; the
    number of components per class and their tails are chosen by the Bayesian information
    criterion. Known T aside this is the discriminant analysis of [1]_.

    References
    ----------
    .. [1] Lawrence, Schoelkopf, "Estimating a Kernel Fisher Discriminant in the Presence of
       Label Noise", ICML 2001.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(400) % 2
    >>> X = rng.normal(size=(400, 2)) + 6 * y[:, None]
    >>> fit_class_mixture(X, y, np.eye(2)[y], np.eye(2)).clean_proba.round(1)[:2]
    array([[1., 0.],
           [0., 1.]])
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
        raise ValueError("All rows are predicted to be of one class; there is nothing to compare.")
    space = LinearDiscriminantAnalysis(n_components=dimensions, solver="eigen", shrinkage=SHRINKAGE)
    Z = np.asarray(space.fit_transform(features, cluster))
    anchored = _anchored(clean_proba, predicted)
    best: tuple[Components, Any] | None = None
    for m in numbers:
        start = _clusters(Z, predicted, m, random_state)
        found = _fit(Z, y, start, anchored, transition_matrix, DEGREES[0])
        if best is None or found.criterion > best[0].criterion:
            best = found, start
    assert best is not None
    heavy = _fit(Z, y, best[1], anchored, transition_matrix, DEGREES[1])
    found = max(best[0], heavy, key=lambda fit: fit.criterion)
    prior = found.proba.mean(axis=0)
    noise_rate = float(1 - prior @ found.transition_matrix.diagonal())
    return ClassMixture(found.proba, found.transition_matrix, noise_rate, found.n_components)


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
) -> Components:
    cluster, owner = start
    n, d = Z.shape
    C, K = len(owner), len(T)
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
        by_class = _summed(share, owner, K)
        counts = np.stack([by_class[y == j].sum(axis=0) for j in range(K)], axis=1) + 0.01
        T = counts / counts.sum(axis=1, keepdims=True)
        proba = _summed(density / density.sum(axis=1, keepdims=True), owner, K)
        criterion = float((top + np.log(np.maximum(total, 1e-300))).sum())
    n_parameters = C * (1 + d + d * (d + 1) / 2)
    return Components(proba, T, criterion - 0.5 * np.log(n) * n_parameters, C)


def _summed(share: Array, owner: NDArray[np.intp], K: int) -> Array:
    """Sum over the components of each class."""
    return share @ np.eye(K)[owner]


def _log_density(Z: Array, share: Array, tail: Array, degrees: float) -> tuple[Array, Array]:
    """Of weight times density of each component, and the weights of rows in its tails."""
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
        own = mass[c] / (mass[c] + TIED_ROWS * d)  # Small components borrow the common shape.
        shape = own * scatter[c] / mass[c] + (1 - own) * pooled + 1e-6 * np.eye(d)
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
