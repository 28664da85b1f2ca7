"""T and clean posteriors, fitted together to the noisy labels by maximum likelihood."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from .._transition import NoisyRows, canonical_rows, check_transition_matrix, estimate
from .._transition._identification import TradeOff, identification_doubt
from .._transition._likelihood import (
    LikelihoodFit,
    check_number_of_classes,
    fit_likelihood,
    rank_logits,
    sorted_columns,
)
from .._transition._likelihood_prior import Prior
from .._warn import warn
from ._inputs import check_numbers_of_rows, check_proba, read_noisy_posteriors

Array = NDArray[np.float64]


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
    mass : ndarray of shape (n_samples + 1, n_classes)
        The weight of the rows before each entry of `reference`, and at last that of all rows.

    See Also
    --------
    fit_noise_model : Returns it.

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy.metrics import fit_noise_model
    >>> second = 0.1 + 0.8 / (1 + np.exp(-np.linspace(-9, 9, 1000)))
    >>> y_noisy = (np.random.RandomState(0).uniform(size=1000) < second).astype(int)
    >>> model = fit_noise_model(np.column_stack([1 - second, second]), y_noisy)
    >>> model.predict_clean_proba([[0.5, 0.5], [0.9, 0.1]]).round(1)
    array([[0.5, 0.5],
           [1. , 0. ]])
    """

    transition_matrix: Array
    clean_proba: Array
    classes: NDArray[Any]
    coef: Array
    intercept: Array
    reference: Array
    prior: Prior
    mass: Array

    def predict_clean_proba(self, noisy_proba: ArrayLike) -> Array:
        """Return the posteriors of the clean labels of other rows.

        Parameters
        ----------
        noisy_proba : array-like of shape (n_samples, n_classes)
            Posteriors of their noisy labels.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Rows sum to 1.
        """
        g = check_proba(
            noisy_proba, len(self.classes), name="noisy_proba", classes=np.asarray(self.classes)
        )
        logits = rank_logits(g, self.reference, self.mass) @ self.coef.T + self.intercept
        return np.asarray(softmax(logits, axis=1))


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
        How often each row counts: a row of weight 2 is two rows.

    Returns
    -------
    NoiseModel
        T, the clean posteriors and the map.

    Raises
    ------
    ValueError
        If labels, probabilities, lengths or weights do not fit, or there are more than 100
        classes.

    Warns
    -----
    UserWarning
        If the labels hardly tell noise from overlap of the classes, so that T may be far off:
        if steeper clean posteriors with more noise explain them so nearly as well that the
        accuracy of the best classifier has a standard error above 0.04 for this reason alone.

    See Also
    --------
    NoiseModel : What it returns.
    denoise_proba : Where T is known.
    sknoisy.TransitionMatrixEstimator : Fits the classifier too.

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
    model, unsure = noise_model_and_trade_off(
        noisy_proba, y_noisy, start=start, classes=classes, sample_weight=sample_weight
    )
    doubt = identification_doubt(unsure)
    if doubt is not None:
        warn(doubt)
    return model


def noise_model_and_trade_off(
    noisy_proba: ArrayLike,
    y_noisy: ArrayLike,
    *,
    start: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> tuple[NoiseModel, TradeOff]:
    """As `fit_noise_model`, which warns; here how far noise and overlap can trade is returned."""
    g, labels, noisy = read_noisy_posteriors(noisy_proba, y_noisy, classes)
    check_number_of_classes(len(labels))
    weights = check_numbers_of_rows(sample_weight, len(noisy))
    if start is None:
        T = estimate(g, noisy, method="count", sample_weight=weights).transition_matrix
    else:
        T = check_transition_matrix(start, classes=labels, name="start")
    reference, mass = sorted_columns(g, weights)
    rows, order = canonical_rows(NoisyRows(g, noisy, weights))
    h = rank_logits(rows.proba, reference[:, order], mass[:, order])
    fit = fit_likelihood(h, rows.y, rows.weights, T[np.ix_(order, order)])
    unsure = fit.trade_off(h, rows.weights)
    T, coef, intercept, prior = fit.in_order(np.argsort(order))
    clean_proba = LikelihoodFit(T, coef, intercept).clean_proba(rank_logits(g, reference, mass))
    return NoiseModel(T, clean_proba, labels, coef, intercept, reference, prior, mass), unsure
