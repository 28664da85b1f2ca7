"""T and the clean posterior, fitted together to the noisy labels by maximum likelihood."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from .._transition import count_transition_matrix
from ._identification import TradeOff, trade_off, warn_if_unknown
from ._inputs import check_proba, check_weights, resolve
from ._noise_prior import STRONGEST, Prior, penalty, prior_of

Array = NDArray[np.float64]

# Penalties in units of a row's log-likelihood: on the squared entries of W off the diagonal, and
# on b and the spread of W's diagonal, without which ranks cannot follow classes of unlike shape.
RIDGE = 8.0
SMALL_RIDGE = 0.1
MAX_ROUNDS = 300
TOLERANCE = 1e-7  # Of the mean log-likelihood: far below its sampling error.
PRIOR_ROUNDS = 2


class NoiseModel(NamedTuple):
    """What :func:`fit_noise_model` returns.

    Attributes
    ----------
    transition_matrix : ndarray of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``; rows sum to 1.
    clean_proba : ndarray of shape (n_samples, n_classes)
        Posteriors of the clean labels of the rows it was fitted to.
    classes : ndarray of shape (n_classes,)
        Labels in the order of both.
    coef : ndarray of shape (n_classes, n_classes)
        Matrix W of the map from ranks to posteriors of the clean labels.
    intercept : ndarray of shape (n_classes,)
        Vector b of that map.
    reference : ndarray of shape (n_samples, n_classes)
        Sorted columns of the posteriors that were fitted to, among which others are ranked.
    prior : tuple (per_class, per_entry)
        How strongly the rows of T were drawn together: as if so many further rows of each class
        had labels that are right as often as in the mean class, and so many more had each of
        its wrong labels.

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy.metrics import fit_noise_model
    >>> noisy_proba = np.tile([[0.9, 0.1], [0.1, 0.9]], (50, 1))
    >>> model = fit_noise_model(noisy_proba, np.tile([0, 1], 50))
    >>> model.predict_clean_proba([[0.5, 0.5]]).shape
    (1, 2)
    """

    transition_matrix: Array
    clean_proba: Array
    classes: NDArray[Any]
    coef: Array
    intercept: Array
    reference: Array
    prior: Prior

    def predict_clean_proba(self, noisy_proba: ArrayLike) -> Array:
        """Posteriors of the clean labels of other rows, from those of the noisy labels."""
        g = check_proba(noisy_proba, len(self.classes), name="noisy_proba")
        return softmax(rank_logits(g, self.reference) @ self.coef.T + self.intercept)


def fit_noise_model(
    noisy_proba: ArrayLike,
    y_noisy: ArrayLike,
    *,
    start: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> NoiseModel:
    """Fit T together with a map from noisy to clean posteriors, by maximum likelihood.

    Parameters
    ----------
    noisy_proba : array-like of shape (n_samples, n_classes)
        Posteriors of the noisy labels by a classifier that has not seen the rows' own labels
        (out-of-fold, or trained on other rows). Only the ranks within each column matter.
    y_noisy : array-like of shape (n_samples,)
        Noisy labels of any type.
    start : array-like of shape (n_classes, n_classes), default=None
        T to start from; default: the count of labels among the top rows of each class.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of the columns of `noisy_proba`. Default: those in `y_noisy`, sorted.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights; only their ratios matter.

    Returns
    -------
    NoiseModel
        T, the clean posteriors and the map.

    Raises
    ------
    ValueError
        If labels, probabilities, lengths or weights do not fit.

    Warns
    -----
    UserWarning
        If the labels hardly tell noise from overlap of the classes, so that T may be far off:
        if steeper clean posteriors with more noise explain them so nearly as well that the
        accuracy of the best classifier has a standard error above 0.04 for this reason alone.

    Notes
    -----
    The model is ``p = softmax(W h + b)`` and ``P(noisy = j | x) = (p @ T)_j``, where ``h_k`` is
    the log-odds of the rank of x by its posterior of class k, among all rows and as a fraction,
    centred over k. W, b and T maximise the likelihood of the noisy labels, less a small penalty
    on the distance of W from a multiple of the identity.

    Nothing but a model of p identifies T, unless some rows are surely of their class: T times
    any mixing of its rows fits as well with p unmixed. Here p can follow the ranks to 0 and 1
    but cannot level off in between, so that where the frequency of a noisy label levels off, T
    must have done it. With the posteriors themselves for h that would not hold: calibrated ones
    level off too, ``p = g`` then fits with T the identity, and that is what comes out. The rows
    of T are told apart by where the start puts them; most labels of a class must be right.

    Where the posteriors are weak, T can trade with p at hardly any cost in likelihood. A prior
    holds it then: the rates of right labels are drawn to their mean and the wrong labels of a
    class to equal shares, by 30 rows per class and one row per entry at most. Its strengths are
    the likeliest ones given the rows counted by probable class and noisy label (empirical
    Bayes), so that it lets go of noise that treats classes differently.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017 (the
       forward correction, with T known).
    .. [2] Guo et al., "On Calibration of Modern Neural Networks", ICML 2017 (matrix scaling).

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy.metrics import fit_noise_model
    >>> from sknoisy.noise import corrupt_labels
    >>> rng, T = np.random.RandomState(0), np.array([[0.8, 0.2], [0.3, 0.7]])
    >>> x = rng.uniform(-3, 3, 20000)
    >>> clean = 1 / (1 + np.exp(-2 * x))
    >>> noisy = 0.2 + 0.5 * clean
    >>> y_noisy = corrupt_labels((rng.uniform(size=20000) < clean) + 0, T, random_state=1)
    >>> fit_noise_model(np.column_stack([1 - noisy, noisy]), y_noisy).transition_matrix.round(1)
    array([[0.8, 0.2],
           [0.3, 0.7]])
    """
    K = np.shape(noisy_proba)[1] if np.ndim(noisy_proba) == 2 else 2
    _, known, noisy = resolve(np.eye(K), classes, y_noisy=y_noisy)
    g = check_proba(noisy_proba, K, n_rows=len(noisy), name="noisy_proba")
    weights = check_weights(sample_weight, len(noisy))
    if start is None:
        T = count_transition_matrix(g, noisy, sample_weight=weights)
    else:
        T = resolve(start, known)[0]
    reference = np.sort(g, axis=0)
    h = rank_logits(g, reference)
    prior, found = STRONGEST, fit_by_likelihood(h, noisy, weights, T)
    for _ in range(PRIOR_ROUNDS):
        before, prior = prior, prior_of(rows_by_class(found, h, noisy, weights))
        if prior == before:
            break
        found = fit_by_likelihood(h, noisy, weights, found[0], found[1:], prior=prior)
    T, coef, intercept = found
    p = softmax(h @ coef.T + intercept)
    model = NoiseModel(T, p, known, coef, intercept, reference, prior)
    warn_if_unknown(trade_off_of(model, h, weights))
    return model


def trade_off_of(model: NoiseModel, h: Array, weights: Array) -> TradeOff:
    """How well the model tells noise from overlap, given its rows as `rank_logits` has them."""
    share = weights / weights.sum()
    logits = h @ model.coef.T
    T = model.transition_matrix
    return trade_off(model.clean_proba, logits, T, share, effective_rows(share))


def likelihood_transition_matrix(noisy_proba: ArrayLike, y: ArrayLike) -> Array:
    """T of :func:`fit_noise_model`, in the form that ``TransitionMatrixEstimator(method=)`` takes.

    Parameters
    ----------
    noisy_proba : array-like of shape (n_samples, n_classes)
        Out-of-fold posteriors of the noisy labels.
    y : array-like of int of shape (n_samples,)
        Noisy labels as column numbers, 0 to n_classes - 1.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)

    Raises
    ------
    ValueError
        As for :func:`fit_noise_model`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sknoisy import TransitionMatrixEstimator
    >>> X, y = load_iris(return_X_y=True)
    >>> estimator = TransitionMatrixEstimator(
    ...     LogisticRegression(max_iter=1000), method=likelihood_transition_matrix, random_state=0
    ... )
    >>> bool(estimator.fit(X, y).transition_matrix_.diagonal().min() > 0.9)
    True
    """
    K = np.shape(noisy_proba)[1]
    return fit_noise_model(noisy_proba, y, classes=np.arange(K)).transition_matrix


def fit_by_likelihood(
    h: Array,
    noisy: NDArray[np.intp],
    weights: Array,
    start: Array,
    start_map: tuple[Array, Array] | None = None,
    *,
    prior: Prior = STRONGEST,
    n_rows: float | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[Array, Array, Array]:
    """T, W and b of the largest penalised likelihood, by L-BFGS.

    `n_rows` is what the penalties are measured against; default Kish's effective number.
    """
    K = len(start)
    coef, intercept = start_map or (2 * np.eye(K), np.zeros(K))
    # The logarithm of a zero in T has no finite start; 1e-3 of a row's mass can still vanish.
    log_T = np.log(start.clip(min=1e-3))
    weights = weights / weights.sum()
    rows = effective_rows(weights) if n_rows is None else n_rows
    label = np.zeros((len(noisy), K))
    label[np.arange(len(noisy)), noisy] = 1
    result = minimize(
        _loss_and_gradient,
        np.concatenate([coef.ravel(), intercept, log_T.ravel()]),
        args=(h, noisy, label, weights, 1 / rows, prior),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MAX_ROUNDS, "ftol": tolerance},
    )
    coef, intercept, log_T = _unpacked(result.x, K)
    return softmax(log_T), coef, intercept


def effective_rows(weights: Array) -> float:
    """Kish's effective number of rows, for weights that sum to 1."""
    return float(1 / (weights**2).sum())


def rows_by_class(
    found: tuple[Array, Array, Array], h: Array, noisy: NDArray[np.intp], weights: Array
) -> Array:
    """Expected number of rows by clean class and noisy label."""
    T, coef, intercept = found
    joint = softmax(h @ coef.T + intercept) * T.T[noisy]
    joint /= joint.sum(axis=1, keepdims=True).clip(min=1e-300)
    label = np.eye(len(T))[noisy]
    return (joint * weights[:, None]).T @ label * effective_rows(weights)


def _unpacked(parameters: Array, K: int) -> tuple[Array, Array, Array]:
    coef, intercept, log_T = np.split(parameters, [K * K, K * K + K])
    return coef.reshape(K, K), intercept, log_T.reshape(K, K)


def _loss_and_gradient(
    parameters: Array,
    h: Array,
    noisy: NDArray[np.intp],
    label: Array,
    weights: Array,
    a_row: float,
    prior: Prior,
) -> tuple[float, Array]:
    K = h.shape[1]
    coef, intercept, log_T = _unpacked(parameters, K)
    p, T = softmax(h @ coef.T + intercept), softmax(log_T)
    joint = p * T.T[noisy]
    given = joint.sum(axis=1).clip(min=1e-300)
    joint *= (weights / given)[:, None]  # Posterior of the clean label, times the weight.
    counts = joint.T @ label
    off = coef - np.eye(K) * np.trace(coef) / K
    drawn = np.where(np.eye(K), SMALL_RIDGE, RIDGE) * off
    of_T, of_T_by_log_T = penalty(log_T, prior)
    loss = -(weights @ np.log(given)) + a_row * ((drawn * off).sum() / 2 + of_T)
    loss += a_row * SMALL_RIDGE * (intercept @ intercept) / 2
    residual = p * weights[:, None] - joint
    # The diagonal of `off` sums to zero, so that the penalty's gradient needs no correction.
    by_coef = residual.T @ h + a_row * drawn
    by_intercept = residual.sum(axis=0) + a_row * SMALL_RIDGE * intercept
    by_log_T = counts.sum(axis=1, keepdims=True) * T - counts + a_row * of_T_by_log_T
    return float(loss), np.concatenate([by_coef.ravel(), by_intercept, by_log_T.ravel()])


def rank_logits(g: Array, reference: Array) -> Array:
    """Log-odds of the ranks of posteriors among sorted columns, centred over classes."""
    columns = zip(g.T, reference.T, strict=True)
    n_rows = len(reference)
    ranks = [
        np.searchsorted(known, found, "left") + np.searchsorted(known, found, "right")
        for found, known in columns
    ]
    share = (np.array(ranks).T / 2 + 0.5) / (n_rows + 1)
    h = np.log(share) - np.log1p(-share)
    return h - h.mean(axis=1, keepdims=True)


def softmax(logits: Array) -> Array:
    """Rows of probabilities."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
