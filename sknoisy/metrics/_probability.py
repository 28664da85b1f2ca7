"""Scores of predicted probabilities: log loss, Brier score, forward log loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Unpack

from .._checks import check_option
from ._inputs import Array, RowOptions, read_posteriors
from ._score import Estimate, corrected, mean_of, with_uncertainty

# Probabilities are kept above this before a logarithm, as in scikit-learn's log_loss.
SMALLEST = float(np.finfo(np.float64).eps)


@with_uncertainty
def noise_corrected_log_loss(
    y_noisy: ArrayLike, y_proba: ArrayLike, transition_matrix: ArrayLike, **rows: Unpack[RowOptions]
) -> Estimate[float]:
    """Log loss on the clean labels, from noisy ones; smaller is better.

    Parameters
    ----------
    y_noisy, transition_matrix, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`, with its errors and warnings.
    y_proba : array-like of shape (n_samples, n_classes)
        Posteriors of the clean labels, columns in the order of T's rows; for two classes also
        those of the second class alone, of shape (n_samples,).
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows. Default: the index of a DataFrame, else the labels in
        `y_noisy`, sorted.

    Returns
    -------
    float or Score
        An unbiased estimate, which may be negative.

    See Also
    --------
    forward_log_loss : Has less variance; for ranking models.
    noise_corrected_brier_score : A bounded score of posteriors.

    Notes
    -----
    The mean over rows of ``(inv(T) @ s)[noisy]`` with ``s_k = -log p_k`` (Patrini et al., CVPR
    2017, Theorem 1). A single overconfident row weighs heavily: its logarithms of tiny
    probabilities have factors of either sign. To rank models prefer :func:`forward_log_loss`.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.0, 1.0]]
    >>> y_noisy, y_proba = [0, 1, 1], [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]
    >>> print(f"{noise_corrected_log_loss(y_noisy, y_proba, T):.3f}")
    0.157
    """
    T, _, noisy, p, weights = read_posteriors(y_noisy, y_proba, transition_matrix, **rows)
    scores = -np.log(p.clip(min=SMALLEST))
    return corrected(lambda R: mean_of(_of_noisy(scores, R, noisy), weights), T)


@with_uncertainty
def noise_corrected_brier_score(
    y_noisy: ArrayLike,
    y_proba: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    scale_by_half: bool | str = "auto",
    **rows: Unpack[RowOptions],
) -> Estimate[float]:
    """Brier score on the clean labels, from noisy ones; smaller is better.

    Parameters
    ----------
    y_noisy, y_proba, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_log_loss`, with its errors and warnings.
    scale_by_half : bool or "auto", default="auto"
        Whether to halve the sum over classes, so that 1 is the worst value; "auto" does so for
        two classes, as `sklearn.metrics.brier_score_loss` does.

    Returns
    -------
    float or Score
        An unbiased estimate, which may be negative.

    See Also
    --------
    noise_corrected_log_loss : Another score of posteriors.
    noise_corrected_calibration_curve : Where posteriors are too high or low.

    Notes
    -----
    The mean over rows of ``(inv(T) @ s)[noisy]`` with ``s_k = sum_j (p_j - 1[j = k])^2``. Bounded,
    so that no single row weighs as heavily as it may in the log loss.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.0, 1.0]]
    >>> y_noisy, y_proba = [0, 1, 1], [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]
    >>> print(f"{noise_corrected_brier_score(y_noisy, y_proba, T):.3f}")
    0.033
    """
    check_option(scale_by_half, "scale_by_half", (True, False, "auto"))
    T, _, noisy, p, weights = read_posteriors(y_noisy, y_proba, transition_matrix, **rows)
    scores = (p**2).sum(axis=1, keepdims=True) - 2 * p + 1
    if scale_by_half is True or (scale_by_half == "auto" and len(T) == 2):
        scores = scores / 2
    return corrected(lambda R: mean_of(_of_noisy(scores, R, noisy), weights), T)


@with_uncertainty
def forward_log_loss(
    y_noisy: ArrayLike, y_proba: ArrayLike, transition_matrix: ArrayLike, **rows: Unpack[RowOptions]
) -> Estimate[float]:
    """Log loss of the noisy labels under ``p @ T``, to rank models by; smaller is better.

    Parameters
    ----------
    y_noisy, y_proba, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_log_loss`, with its errors; T may be singular.

    Returns
    -------
    float or Score
        Not an estimate of the loss on clean labels: its minimum is the entropy of the noisy ones.

    See Also
    --------
    noise_corrected_log_loss : An estimate of the loss on clean labels.
    make_noise_corrected_scorer : Makes a scorer of it.

    Notes
    -----
    The mean over rows of ``-log (p @ T)[noisy]``, with the minimiser of the clean loss (Patrini et
    al., CVPR 2017, Theorem 2). Bounded below and without an inverse, so that it ranks models with
    less noise than a corrected score does. Models may bring their own T: each is then judged by
    its prediction of the noisy labels.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.0, 1.0]]
    >>> y_noisy, y_proba = [0, 1, 1], [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]
    >>> print(f"{forward_log_loss(y_noisy, y_proba, T):.3f}")
    0.338
    """
    T, _, noisy, p, weights = read_posteriors(y_noisy, y_proba, transition_matrix, **rows)
    # Log after mixing: log(p @ T) is not log(p) @ T.
    return mean_of(-np.log(_of_noisy(p, T.T, noisy).clip(min=SMALLEST)), weights)


def _of_noisy(columns: Array, matrix: Array, noisy: NDArray[np.intp]) -> Array:
    """``(matrix @ columns[n])[noisy[n]]`` of each row n."""
    return np.einsum("nk,nk->n", matrix[noisy], columns)
