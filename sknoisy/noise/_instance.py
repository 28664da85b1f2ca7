"""Noise that depends on the example, not only on its class: what T cannot describe."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import softmax
from scipy.stats import truncnorm
from sklearn.utils import check_array

from .._checks import check_number, check_numbers, naming, refuse_unread
from .._hints import SEE_ERRORS
from .._labels import check_same_length
from .._random import RandomState, random_generator
from ._arguments import check_rate, encode_several_classes
from ._as_series import as_series
from ._corruption import draw_from_rows


class InstanceNoise(NamedTuple):
    """Noisy labels and the probabilities from which they were drawn.

    Attributes
    ----------
    labels : ndarray or Series of shape (n_samples,)
        A Series where the clean labels are one.
    probabilities : ndarray of shape (n_samples, n_classes)
        ``P(noisy = j | x, clean)`` of each example: its row of ``T(x)``.

    See Also
    --------
    part_dependent_noise : Returns it.
    boundary_noise : Returns it too.

    Examples
    --------
    >>> noise = boundary_noise(["a", "b"], [[0.6, 0.4], [0.4, 0.6]], 0.3, random_state=2)
    >>> noise.labels
    array(['a', 'a'], dtype='<U1')
    >>> noise.probabilities
    array([[0.7, 0.3],
           [0.3, 0.7]])
    """

    labels: Any
    probabilities: NDArray[np.float64]


def part_dependent_noise(
    X: Any,
    y: ArrayLike,
    noise_rate: float = 0.2,
    *,
    rate_deviation: float = 0.1,
    classes: ArrayLike | None = None,
    random_state: RandomState = None,
) -> InstanceNoise:
    """Noise that depends on the features of the example.

    A flip rate is drawn for every example, and its features, projected at random, say to which
    classes it flips.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, ...)
        Features; more than two axes are flattened. Their scale sets how much an example
        prefers one wrong class: with large features nearly all its flips go to one class.
    y : array-like of shape (n_samples,)
        Clean labels.
    noise_rate : float in [0, 1], default=0.2
        Centre of the flip rates.
    rate_deviation : float, default=0.1
        Their standard deviation before truncation, >= 0. Truncation to [0, 1] moves the mean
        rate inwards where `noise_rate` is within two deviations of 0 or 1; at 0 and 1
        themselves no rate is drawn.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of the columns of the probabilities; default: those of `y`, sorted.
    random_state : int, RandomState or None, default=None
        Draws rates, projections and labels.

    Returns
    -------
    InstanceNoise
        Labels, and the probabilities that they were drawn from.

    Raises
    ------
    ValueError
        If a rate is outside [0, 1], or there are fewer than two classes.

    See Also
    --------
    boundary_noise : Noise where classes are hard to tell apart.
    corrupt_labels : Noise that depends on the class alone.

    Notes
    -----
    The noise of Xia et al., "Part-dependent Label Noise: Towards Instance-dependent Label Noise",
    NeurIPS 2020. With x of clean class c, flip rate q from the normal distribution around
    `noise_rate` truncated to [0, 1], and one standard normal matrix ``W_c`` of shape
    (n_features, n_classes) per class: ``P(noisy = c) = 1 - q``, and the other classes share q
    by the softmax of their entries of ``x @ W_c``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> noise = part_dependent_noise(X, y, 0.3, random_state=0)
    >>> noise.probabilities.shape
    (150, 3)
    >>> float((noise.labels != y).mean().round(2))
    0.33
    """
    codes, labels = encode_several_classes(y, classes)
    with naming("X"):
        refuse_unread(X)
        features = check_array(
            X, accept_sparse="csr", allow_nd=True, dtype=[np.float64, np.float32], input_name="X"
        )
    check_same_length(X=np.empty(features.shape[0]), y=codes)
    features = features.reshape(len(codes), -1)
    rng = random_generator(random_state)
    rate = check_rate(noise_rate)
    deviation = check_number(rate_deviation, "rate_deviation", "[0, inf)")
    flip_rates = np.full(len(codes), rate)
    if deviation > 0 and rate not in (0, 1):
        law = truncnorm(-rate / deviation, (1 - rate) / deviation, loc=rate, scale=deviation)
        flip_rates = law.rvs(len(codes), random_state=rng)
    others = np.empty((len(codes), len(labels)))
    for c in range(len(labels)):
        rows = np.flatnonzero(codes == c)
        preference = features[rows] @ rng.standard_normal((features.shape[1], len(labels)))
        preference[:, c] = -np.inf
        others[rows] = softmax(preference, axis=1)
    return _flipped(codes, labels, flip_rates, others, rng, y)


def boundary_noise(
    y: ArrayLike,
    proba: ArrayLike,
    noise_rate: float = 0.2,
    *,
    width: float = 0.2,
    classes: ArrayLike | None = None,
    random_state: RandomState = None,
) -> InstanceNoise:
    """Noise where the classes are hard to tell apart.

    Parameters
    ----------
    y, classes, random_state
        As in `part_dependent_noise`.
    proba : array-like of shape (n_samples, n_classes)
        Posteriors of the clean labels, for example out-of-fold predictions of a good model.
    noise_rate : float in [0, 1], default=0.2
        Mean flip probability over the examples, met exactly.
    width : float, default=0.2
        Growth of the margin over which the flip probability falls by the factor e, > 0. The
        margin, in [-1, 1], is the posterior of the clean label less the best of the others.

    Returns
    -------
    InstanceNoise
        The noisy labels and their probabilities.

    Raises
    ------
    ValueError
        If the rate is outside [0, 1], `width` is not positive, or `proba` does not hold one
        row of probabilities per label and one column per class.

    See Also
    --------
    part_dependent_noise : Noise that depends on the features.
    corrupt_labels : Noise that depends on the class alone.

    Notes
    -----
    The flip probability is ``min(1, c * exp(-margin / width))``, c such that its mean is
    `noise_rate`. The other classes share it in proportion to their posteriors. Flips that grow
    towards the boundary are the boundary-consistent noise of Menon, van Rooyen, Natarajan,
    "Learning from Binary Labels with Instance-dependent Noise", Machine Learning 2018; the
    exponential is our choice.

    Examples
    --------
    >>> proba = [[0.9, 0.1], [0.6, 0.4], [0.1, 0.9]]
    >>> noise = boundary_noise(["a", "a", "b"], proba, 0.3, random_state=0)
    >>> noise.probabilities.round(2)
    array([[0.96, 0.04],
           [0.18, 0.82],
           [0.04, 0.96]])
    """
    codes, labels = encode_several_classes(y, classes)
    others = _check_posteriors(proba, (len(codes), len(labels)))
    rate = check_rate(noise_rate)
    check_number(width, "width", "(0, inf)")
    rng = random_generator(random_state)
    rows = np.arange(len(codes))
    clean_posteriors = others[rows, codes]
    others[rows, codes] = 0
    margins = clean_posteriors - others.max(axis=1)
    flip_rates = _exponential_rates(-margins / width, rate)
    # Where the posterior is wholly on the clean class, the others share the flips evenly.
    others[others.sum(axis=1) == 0] = 1
    others[rows, codes] = 0
    others /= others.sum(axis=1, keepdims=True)
    return _flipped(codes, labels, flip_rates, others, rng, y)


def _flipped(
    codes: NDArray[np.intp],
    labels: NDArray[Any],
    flip_rates: NDArray[np.float64],
    others: NDArray[np.float64],
    rng: np.random.RandomState,
    y: ArrayLike,
) -> InstanceNoise:
    """Draw labels that flip at the given rates to the other classes by their shares."""
    probabilities = flip_rates[:, None] * others
    probabilities[np.arange(len(codes)), codes] = 1 - flip_rates
    return InstanceNoise(as_series(labels[draw_from_rows(probabilities, rng)], y), probabilities)


def _exponential_rates(exponents: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    """``min(1, exp(exponents + t))`` with the t that gives them their mean."""
    if mean in (0, 1):
        return np.full(len(exponents), mean)

    def rates(t: float) -> NDArray[np.float64]:
        return np.exp(np.minimum(0, exponents + t))

    # At the lower end every rate is below the mean, at the upper end all are 1.
    lower, upper = np.log(mean) - exponents.max() - 1, -exponents.min()
    return rates(brentq(lambda t: rates(t).mean() - mean, lower, upper))


def _check_posteriors(proba: ArrayLike, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return a copy of posteriors of the given shape."""
    posteriors = check_numbers(proba, "proba", str(shape))
    if posteriors.shape != shape:
        raise ValueError(
            f"proba must have a row per label and a column per class, shape {shape}; got "
            f"{posteriors.shape}. Pass classes= if y lacks some of its classes."
            f" {SEE_ERRORS}"
        )
    # Written so that NaN fails too.
    if not ((posteriors >= 0).all() and np.allclose(posteriors.sum(axis=1), 1, atol=1e-4)):
        raise ValueError(
            f"proba must hold probabilities >= 0 that sum to 1 in every row. {SEE_ERRORS}"
        )
    return posteriors
