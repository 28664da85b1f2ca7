"""Intervals that know that T was estimated from the rows that are scored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from .._checks import check_integer, check_number, check_numbers
from .._hints import SEE_ERRORS
from .._labels import as_label_array, check_labels, check_same_length
from .._random import random_generator
from .._transition import check_method
from .._transition import estimate as estimate_from_posteriors
from .._transition._likelihood import ROUGH_TOLERANCE, LikelihoodFit, maximised, rank_logits
from ._accuracy import noise_corrected_accuracy
from ._inputs import Array, check_numbers_of_rows, read_noisy_posteriors
from ._noise_model import fit_noise_model
from ._score import Score


def bootstrap_noise_corrected_score(
    y_noisy: ArrayLike,
    prediction: ArrayLike,
    noisy_proba: ArrayLike,
    *,
    score: Callable[..., Any] = noise_corrected_accuracy,
    method: str | Callable[..., ArrayLike] = "likelihood",
    n_bootstrap: int = 200,
    confidence_level: float = 0.95,
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    random_state: Any = None,
) -> Score:
    """A corrected score with T estimated from the same rows, and the uncertainty of both.

    Parameters
    ----------
    y_noisy, classes, sample_weight
        As for :func:`noise_corrected_log_loss`; a callable `method` does not see the weights.
    prediction : array-like of shape (n_samples,) or (n_samples, n_classes)
        What `score` takes: predicted labels or probabilities.
    noisy_proba : array-like of shape (n_samples, n_classes)
        Out-of-fold posteriors of the noisy labels, from which T is estimated.
    score : callable, default=noise_corrected_accuracy
        A score of this module, ``score(y_noisy, prediction, T, classes=, sample_weight=)``;
        options go in by `functools.partial`.
    method : {"likelihood", "count", "anchor", "confident_joint"} or callable, \
default="likelihood"
        How to estimate T: by :func:`fit_noise_model`, as
        :class:`~sknoisy.TransitionMatrixEstimator`, or by a callable ``(noisy_proba, y) -> T``
        with y as column numbers.
    n_bootstrap : int, default=200
        Number of replicates.
    confidence_level : float in (0, 1), default=0.95
        Of the interval.
    random_state : int, RandomState instance or None, default=None
        Draws the replicates.

    Returns
    -------
    Score
        The score of all rows, the root mean square distance of the replicates from it, and the
        interval that follows from Student's t with `n_bootstrap` degrees of freedom.

    Raises
    ------
    ValueError
        If an argument does not fit, or fewer than two replicates are asked for.

    Warns
    -----
    UserWarning
        With "likelihood", if the labels hardly tell noise from overlap of the classes: the score
        and its interval are then unreliable.

    See Also
    --------
    noise_corrected_accuracy : A score with a known T.
    sknoisy.TransitionMatrixEstimator : Estimates T, with intervals.

    Notes
    -----
    Each replicate draws rows with replacement, estimates T from them and scores them with it. The
    standard error of the score itself takes T as known: where T comes from the same rows it is too
    small if T is hard to estimate, and too large if T and the score err together. A shift of the
    replicates against the score is a sign of bias and widens the interval; a bias that resampling
    does not show, such as that of posteriors that are not sure of any row, is not in it (Efron,
    Tibshirani, "An Introduction to the Bootstrap", 1993).

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy.noise import corrupt_labels
    >>> rng, T = np.random.RandomState(0), np.array([[0.8, 0.2], [0.3, 0.7]])
    >>> x = rng.uniform(-3, 3, 2000)
    >>> clean, noisy = x > 0, 0.2 + 0.5 / (1 + np.exp(-4 * x))
    >>> y_noisy = corrupt_labels(clean, T, random_state=1)
    >>> score = bootstrap_noise_corrected_score(
    ...     y_noisy, x > 0, np.column_stack([1 - noisy, noisy]), n_bootstrap=20, random_state=0
    ... )
    >>> low, high = score.interval
    >>> bool(low < 1 < high)
    True
    """
    check_number(confidence_level, "confidence_level", "(0, 1)")
    check_integer(n_bootstrap, "n_bootstrap", 2)
    if not callable(score):
        raise TypeError(f"score must be a score of sknoisy.metrics; got {score!r}. {SEE_ERRORS}")
    g, all_classes, noisy = read_noisy_posteriors(noisy_proba, y_noisy, classes)
    weights = check_numbers_of_rows(sample_weight, len(noisy))
    labels, predicted = check_labels(y_noisy, "y_noisy"), _check_prediction(prediction)
    check_same_length(y_noisy=labels, prediction=predicted)
    T, estimate = _estimator(method, g, noisy, weights)

    def score_of(rows: Any, T: Array) -> Any:
        return score(
            labels[rows], predicted[rows], T, classes=all_classes, sample_weight=weights[rows]
        )

    value = score_of(slice(None), T)
    rng = random_generator(random_state)
    draws = (rng.randint(len(noisy), size=len(noisy)) for _ in range(n_bootstrap))
    errors = [np.asarray(score_of(rows, estimate(rows))) - value for rows in draws]
    std = np.sqrt(np.mean(np.square(errors), axis=0))
    # Of few replicates the mean square is itself uncertain, as a variance of as many rows is.
    half_width = float(stdtrit(n_bootstrap, 0.5 + confidence_level / 2)) * std
    return Score(value, std, (value - half_width, value + half_width))


def _check_prediction(prediction: ArrayLike) -> NDArray[Any]:
    """Labels, or rows of numbers; whether they fit the score, that says itself."""
    if as_label_array(prediction, "prediction").ndim == 2:
        return check_numbers(prediction, "prediction", "(n_samples, n_classes)")
    return check_labels(prediction, "prediction")


def _estimator(
    method: str | Callable[..., ArrayLike], g: Array, noisy: NDArray[np.intp], weights: Array
) -> tuple[Array, Callable[[NDArray[np.intp]], Array]]:
    """T of all rows, and a function of row numbers, which may repeat, that returns theirs."""
    if isinstance(method, str) and method == "likelihood":
        model = fit_noise_model(g, noisy, classes=np.arange(g.shape[1]), sample_weight=weights)
        h = rank_logits(g, model.reference, model.mass)
        n_rows = float(weights.sum())

        def refit(rows: NDArray[np.intp]) -> Array:
            # Each row once, with its repetitions in the weight. Not from the solution of all
            # rows: where the likelihood is flat, the search would end where it began.
            drawn, times = np.unique(rows, return_counts=True)
            share = weights[drawn] * times
            start = estimate_from_posteriors(
                g[drawn], noisy[drawn], method="count", sample_weight=share
            ).transition_matrix
            return maximised(
                LikelihoodFit.starting_at(start)._replace(prior=model.prior),
                h[drawn],
                noisy[drawn],
                share,
                n_rows=n_rows,
                tolerance=ROUGH_TOLERANCE,
            ).transition_matrix

        return model.transition_matrix, refit
    check_method(method)

    def estimate(rows: NDArray[np.intp]) -> Array:
        return estimate_from_posteriors(
            g[rows], noisy[rows], method=method, sample_weight=weights[rows]
        ).transition_matrix

    return estimate(np.arange(len(noisy))), estimate
