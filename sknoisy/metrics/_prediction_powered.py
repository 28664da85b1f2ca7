"""Scores from a few trusted labels and many noisy ones: unbiased whatever T is."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit
from typing_extensions import Unpack

from .._checks import check_option
from .._labels import (
    MISSING,
    check_labels,
    check_same_length,
    encode_labels,
    is_missing,
    joint_classes,
)
from .._soft_labels import is_soft, read_soft_labels
from .._transition import (
    check_transition_matrix,
    classes_of_frame,
    clean_prior,
    likeliest_adjustment,
    mixed_if_likelier,
)
from ._confusion import most_likely_joint
from ._inputs import Array, RowOptions, check_proba, check_weights
from ._label_quality import clean_proba
from ._score import Estimate, with_uncertainty
from ._trusted_labels import agreeing, one_rate, read_trusted

SCORES = ("accuracy", "brier_score")
# What the noisy labels say of the spread of the score counts as so many trusted rows.
MODEL_ROWS = 10
# Guesses whose mean is further off than by so many standard errors say nothing of the spread.
MOST_ERRORS = 3.0
# Standard deviation of the scale and shifts that calibrate posteriors, before labels are seen.
CHANGE = 0.5
CLOSE = 1e-6
TINY = 1e-12


@with_uncertainty
def prediction_powered_score(
    y_trusted: ArrayLike,
    y_noisy: ArrayLike,
    prediction: ArrayLike,
    transition_matrix: ArrayLike | None = None,
    *,
    score: str = "accuracy",
    proba: ArrayLike | None = None,
    trusted_weight: ArrayLike | None = None,
    **rows: Unpack[RowOptions],
) -> Estimate[float]:
    """A score on the clean labels, from a few trusted labels and many noisy ones.

    It is the score of the trusted rows, made surer by the noisy labels as far as these tell of
    it. It needs no correct T: a wrong one makes the interval wider, and does not shift it.

    Parameters
    ----------
    y_trusted : array-like of shape (n_samples,)
        Clean labels of some rows, NaN or None for the others. At least 10, of rows drawn at
        random or by :func:`sknoisy.inspection.rows_to_verify`.
    y_noisy : array-like of shape (n_samples,) or (n_samples, n_classes)
        Noisy labels of all rows, or soft ones: shares of votes, or a consensus of several
        annotators such as `consensus_proba_` of :class:`sknoisy.annotators.DawidSkene`.
    prediction : array-like of shape (n_samples,) or (n_samples, n_classes)
        What is scored, by a model that was trained on none of the trusted labels: predicted
        labels, or for "brier_score" posteriors as for :func:`noise_corrected_brier_score`.
    transition_matrix : array-like or DataFrame of shape (n_classes, n_classes), default=None
        ``T[i, j] = P(noisy = j | clean = i)``, however rough; a better one makes the score surer.
        None: every class has the same rate of wrong labels, counted at the trusted rows, which
        shifts the score by less than a fifth of its standard error; soft labels are taken for
        clean ones.
    score : {"accuracy", "brier_score"}, default="accuracy"
        Scores that are means over rows with a largest value. The log loss has none: no interval
        from 100 rows holds for it.
    proba : array-like of shape (n_samples, n_classes), default=None
        Posteriors of the clean labels from the features, as for :func:`clean_proba`, perhaps of
        the model that is scored: they make the score surer. The Brier score takes those that it
        scores, if none are given.
    trusted_weight : array-like of shape (n_samples,), default=None
        How many rows each trusted row stands for, as :func:`sknoisy.inspection.rows_to_verify`
        returns it for rows of unequal probability. Entries of other rows are not read.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows and of all columns. Default: those that label T, or else
        all labels, sorted.
    sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`.

    Returns
    -------
    float or Score
        The interval is a score interval, as Wilson's, within the range of the score.

    Raises
    ------
    ValueError
        If there are fewer than 10 trusted labels, or labels, T, posteriors or weights do not fit.

    See Also
    --------
    noise_corrected_accuracy : Needs no trusted label, but a correct T.
    sknoisy.inspection.rows_to_verify : Which rows to have labelled.

    Notes
    -----
    With a the score of a row at its clean label, f its expectation over :func:`clean_proba`, and
    means over the trusted rows and over all of them, ``mean_trusted(a) + lambda (mean_all(f) -
    mean_trusted(f))`` has the mean of the score for every lambda. The lambda in [0, 1] of the
    smallest variance is taken ([1]_, equation 6), 0 where f does not help. Models
    are mostly right, so that few trusted rows hold all of the information on the variance:
    it is estimated with the help of the variance of f, as if by 10 further rows, and of
    one row in the middle of the range, as by Agresti and Coull. Logits of posteriors are scaled,
    shifted and mixed first, as T and the noisy labels ask for. A T with a rate of wrong labels
    that is two standard errors from that of the trusted rows is first scaled to their rate.

    References
    ----------
    .. [1] Angelopoulos, Duchi, Zrnic, "PPI++: Efficient Prediction-Powered Inference", 2023.
    .. [2] Angelopoulos et al., "Prediction-Powered Inference", Science 382, 2023.
    .. [3] Zrnic, Candes, "Active Statistical Inference", ICML 2024 (rows of unequal probability).

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(3, size=2000)
    >>> y_pred = np.where(rng.random(2000) < 0.8, y, 0)
    >>> T = symmetric_transition_matrix(3, 0.1)
    >>> y_noisy = corrupt_labels(y, T, random_state=0)
    >>> y_trusted = np.where(np.arange(2000) < 100, y, np.nan)
    >>> score = prediction_powered_score(y_trusted, y_noisy, y_pred, T, confidence_level=0.95)
    >>> low, high = score.interval
    >>> bool(low < (y == y_pred).mean() < high), f"{high - low:.2f}"
    (True, '0.07')
    """
    check_option(score, "score", SCORES)
    read = _read(
        y_trusted, y_noisy, prediction, transition_matrix, score, proba, trusted_weight, rows
    )
    if_clean, largest = _scores_if_clean(score, read)
    guess = (read.posterior * if_clean).sum(axis=1)
    variance = (read.posterior * if_clean**2).sum(axis=1) - guess**2
    known = np.flatnonzero(read.trusted != MISSING)
    weights = read.of_trusted[known] / read.of_trusted[known].sum()
    seen = _Seen(if_clean[known, read.trusted[known]], guess[known], variance[known], weights)
    return _powered(seen, _Guesses(guess, variance, read.weights), largest)


class _Rows(NamedTuple):
    """Checked arguments; labels as column numbers."""

    trusted: NDArray[np.intp]
    prediction: Any  # Column numbers, or posteriors.
    posterior: Array  # Of the clean label, given all that is known of a row but its trusted label.
    weights: Array  # Of sum 1.
    of_trusted: Array  # Of the rows, if trusted.


class _Guesses(NamedTuple):
    """What the noisy label of each row says of its score, with weights of sum 1."""

    mean: Array
    variance: Array
    weights: Array


class _Seen(NamedTuple):
    """The trusted rows: their score, what was expected of it, and weights of sum 1."""

    score: Array
    guess: Array
    variance: Array
    weights: Array


def _read(
    y_trusted: ArrayLike,
    y_noisy: ArrayLike,
    prediction: ArrayLike,
    transition_matrix: ArrayLike | None,
    score: str,
    proba: ArrayLike | None,
    trusted_weight: ArrayLike | None,
    rows: RowOptions,
) -> _Rows:
    classes: Any = rows.get("classes")
    if classes is None:
        classes = classes_of_frame(transition_matrix)
    columns: dict[str, Any] = {}
    if is_soft(y_noisy):
        shares, classes = read_soft_labels(y_noisy, classes, name="y_noisy")
    else:
        columns["y_noisy"] = check_labels(y_noisy, "y_noisy")
    if score == "accuracy":
        columns["prediction"] = check_labels(prediction, "prediction")
    if classes is None:
        known = [y for y in np.asarray(y_trusted, object).ravel().tolist() if not is_missing(y)]
        given = {"y_trusted": check_labels(known, "y_trusted")} if known else {}
        classes = joint_classes(**columns, **given)
    if "y_noisy" in columns:
        codes, classes = encode_labels(columns["y_noisy"], classes, name="y_noisy")
        shares = np.eye(len(classes))[codes]
    n, K = shares.shape
    if score == "accuracy":
        check_same_length(y_noisy=shares, prediction=columns["prediction"])
    weights = check_weights(rows.get("sample_weight"), n)
    trusted, of_trusted = read_trusted(y_trusted, classes, weights, trusted_weight)
    has_posteriors = proba is not None or score == "brier_score"
    if transition_matrix is not None:
        T = check_transition_matrix(transition_matrix, classes=classes)
        if has_posteriors:
            T = agreeing(T, trusted, shares, of_trusted)
    elif is_soft(y_noisy) or not has_posteriors:
        T = np.eye(K)  # For the latter one rate makes no difference.
    else:
        T = one_rate(trusted, shares)
    if score == "accuracy":
        predicted = encode_labels(columns["prediction"], classes, name="prediction").codes
        scored: Any = predicted
    else:
        scored = check_proba(prediction, K, n_rows=n, name="prediction", classes=classes)
        predicted = scored.argmax(axis=1)
    if proba is not None:
        model = check_proba(proba, K, n_rows=n, name="proba", classes=classes)
    elif score == "brier_score":
        model = scored
    else:
        prior = _prior_by_prediction(shares, predicted, weights, T)[predicted]
        return _Rows(trusted, scored, _posterior(prior, shares, T), weights, of_trusted)
    prior = _calibrated(model, shares, weights, T)
    return _Rows(trusted, scored, _posterior(prior, shares, T), weights, of_trusted)


def _posterior(prior: Array, shares: Array, T: Array) -> Array:
    """P(clean | features, noisy label), in the mean over the labels of a row."""
    posterior = np.zeros(prior.shape)
    for j in np.flatnonzero(shares.any(axis=0)):
        rows = np.flatnonzero(shares[:, j])
        labels = np.full(len(rows), j)
        given = clean_proba(prior[rows], labels, T, classes=len(T))
        posterior[rows] += shares[rows, j, None] * given
    return posterior


def _calibrated(proba: Array, shares: Array, weights: Array, T: Array) -> Array:
    """The posteriors, their logits scaled, shifted and mixed as T and the noisy labels ask for."""
    likelihoods, numbers = shares @ T.T, weights * len(proba)
    penalties = np.full(1 + len(T), CHANGE**-2)
    scaled = likeliest_adjustment(proba, likelihoods, numbers, penalties).applied(proba)
    return mixed_if_likelier(scaled, likelihoods, numbers)


def _prior_by_prediction(
    shares: Array, predicted: NDArray[np.intp], weights: Array, T: Array
) -> Array:
    """P(clean | predicted class), from T and the shares of noisy labels for each prediction."""
    K = len(T)
    share = np.zeros((K, K))
    np.add.at(share, predicted, shares * weights[:, None])
    joint = most_likely_joint(T, share.T).T
    total = joint.sum(axis=1, keepdims=True)
    prior = np.tile(clean_prior(T, share.sum(axis=0)), (K, 1))
    return np.divide(joint, total, out=prior, where=total > 0)


def _scores_if_clean(score: str, rows: _Rows) -> tuple[Array, float]:
    """The score of each row for each class that may be its clean one, and the largest possible."""
    if score == "accuracy":
        return np.eye(rows.posterior.shape[1])[rows.prediction], 1.0
    p = rows.prediction
    scores = (p**2).sum(axis=1, keepdims=True) - 2 * p + 1
    return (scores / 2, 1.0) if p.shape[1] == 2 else (scores, 2.0)


def _powered(seen: _Seen, guesses: _Guesses, largest: float) -> Estimate[float]:
    """The mean score of the trusted rows, moved by what the noisy labels say of the other rows."""
    weights = seen.weights
    n, share = 1 / (weights**2).sum(), (guesses.weights**2).sum() / (weights**2).sum()
    alone, mean = float(weights @ seen.score), float(guesses.weights @ guesses.mean)
    powers = _powers(seen)
    moved = seen.score - powers * (seen.guess - mean)
    value, power = float(weights @ moved), float(weights @ powers)
    # As sums of squares over n rows of equal weight.
    squares = (n * weights) ** 2

    def expected(part: float) -> float:
        """Mean square by the guesses, of which this part of their spread counts, for n rows."""
        of_all = guesses.variance + part * (guesses.mean - mean) ** 2
        of_seen = seen.variance + part * (seen.guess - mean) ** 2
        by_weight = float(weights @ of_seen)
        # Rows of larger spread may have been drawn more often, and weigh less.
        design = float(squares @ of_seen) / (n * by_weight) if by_weight > 0 else 1.0
        return design * float(guesses.weights @ of_all)

    missed = seen.score - seen.guess
    error = float(np.sqrt(weights**2 @ (missed - weights @ missed) ** 2))
    model_rows = MODEL_ROWS if abs(weights @ missed) <= MOST_ERRORS * error else 0
    seen_whole = float(squares @ (seen.score - alone) ** 2)
    seen_rest = float(squares @ (moved - value) ** 2)
    whole = seen_whole + model_rows * expected(1.0)
    rest = seen_rest + model_rows * expected((1 - power) ** 2)
    middle = (largest / 2) ** 2 * n / len(weights)
    # Guesses of a wrong T may be surer than they are right.
    rest = max(rest, whole * seen_rest / seen_whole if seen_whole > 0 else whole)
    # What the noisy labels leave of the variance, but for the rows that both means share.
    left = min((rest + middle) / (whole + middle), 1.0)
    left += (1 - left) * share
    variance = whole / (n - 1 + model_rows)
    # The variance of a score which is either 0 or the largest, the greatest there is.
    possible = n * alone * (1 - alone / largest) + model_rows * mean * (1 - mean / largest)
    possible /= n + model_rows
    dispersion = min(variance / possible, largest) if possible > CLOSE * largest else largest

    def interval(confidence_level: float) -> tuple[float, float]:
        t = float(stdtrit(n - 1, 0.5 + confidence_level / 2))
        return _score_interval(value, t**2 * dispersion * left / n, largest)

    return Estimate(value, float(np.sqrt(variance * left / n)), interval=interval)


def _powers(seen: _Seen) -> Array:
    """How far to trust the guesses, for each row from the other rows: the slope of the score.

    A power that knew the row itself would make the mean biased.
    """
    squares, a, f = seen.weights**2, seen.score, seen.guess
    total, s_a, s_f, s_af, s_ff = (
        (squares @ x) - squares * x for x in (np.ones(len(a)), a, f, a * f, f * f)
    )
    covariance, variance = s_af - s_a * s_f / total, s_ff - s_f**2 / total
    positive = variance > 1e-12 * total
    powers = np.divide(covariance, variance, out=np.zeros(len(a)), where=positive)
    return np.asarray(powers.clip(0, 1))


def _score_interval(value: float, spread: float, largest: float) -> tuple[float, float]:
    """All means m with ``(value - m)^2 <= spread m (1 - m / largest)``, as Wilson's interval."""
    value = min(max(value, 0.0), largest)
    a, b = 1 + spread / largest, 2 * value + spread
    root = np.sqrt(max(b**2 - 4 * a * value**2, 0.0))
    return float((b - root) / (2 * a)), float(min((b + root) / (2 * a), largest))
