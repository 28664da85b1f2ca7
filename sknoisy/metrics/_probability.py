"""Scores of predicted probabilities: log loss, Brier score, forward log loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._inputs import check_option, check_proba, check_weights, resolve
from ._score import corrected_score, standard_error, with_uncertainty

Array = NDArray[np.float64]

# Probabilities are kept above this before a logarithm, as in scikit-learn's log_loss.
SMALLEST = float(np.finfo(np.float64).eps)


def noise_corrected_log_loss(
    y_noisy: ArrayLike,
    y_proba: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
    confidence_level: float | None = None,
) -> Any:
    """Log loss on the clean labels, from noisy ones; smaller is better.

    Parameters
    ----------
    y_noisy : array-like of shape (n_samples,)
        Noisy labels of any type.
    y_proba : array-like of shape (n_samples, n_classes)
        Posteriors of the clean labels, columns in the order of T's rows; for two classes also
        those of the second class alone, of shape (n_samples,).
    transition_matrix : array-like or DataFrame of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows. Default: the index of a DataFrame, else the labels in
        `y_noisy`, sorted.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights; only their ratios matter.
    return_std : bool, default=False
        Whether to return a :class:`Score` with the standard error.
    confidence_level : float in (0, 1), default=None
        Of the interval in the :class:`Score` that is then returned.

    Returns
    -------
    float or Score
        An unbiased estimate, which may be negative.

    Raises
    ------
    ValueError
        If T is not row-stochastic, not invertible or not of the classes' size, or if labels,
        probabilities, lengths or weights do not fit.

    Warns
    -----
    UserWarning
        If the condition number of T exceeds 20, with the inflation of the standard error.

    Notes
    -----
    The mean over rows of ``(inv(T) @ s)[noisy]`` with ``s_k = -log p_k`` ([1]_, Theorem 1). A
    single overconfident row weighs heavily: its logarithms of tiny probabilities come with
    factors of either sign. To rank models prefer :func:`forward_log_loss`.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.0, 1.0]]
    >>> y_noisy, y_proba = [0, 1, 1], [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]
    >>> print(f"{noise_corrected_log_loss(y_noisy, y_proba, T):.3f}")
    0.157
    """
    return _mean_corrected(
        lambda p: -np.log(p.clip(min=SMALLEST)),
        y_noisy,
        y_proba,
        transition_matrix,
        classes,
        sample_weight,
        return_std=return_std,
        confidence_level=confidence_level,
    )


def noise_corrected_brier_score(
    y_noisy: ArrayLike,
    y_proba: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    scale_by_half: bool | str = "auto",
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
    confidence_level: float | None = None,
) -> Any:
    """Brier score on the clean labels, from noisy ones; smaller is better.

    Parameters
    ----------
    y_noisy, y_proba, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_log_loss`.
    scale_by_half : bool or "auto", default="auto"
        Whether to halve the sum over classes, so that 1 is the worst value; "auto" does so for
        two classes, as `sklearn.metrics.brier_score_loss` does.

    Returns
    -------
    float or Score
        An unbiased estimate, which may be negative.

    Raises
    ------
    ValueError
        As for :func:`noise_corrected_log_loss`.

    Warns
    -----
    UserWarning
        If the condition number of T exceeds 20, with the inflation of the standard error.

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

    def squared_distances(p: Array) -> Array:
        halved = p.shape[1] == 2 if scale_by_half == "auto" else scale_by_half
        distances = (p**2).sum(axis=1, keepdims=True) - 2 * p + 1
        return distances / 2 if halved else distances

    return _mean_corrected(
        squared_distances,
        y_noisy,
        y_proba,
        transition_matrix,
        classes,
        sample_weight,
        return_std=return_std,
        confidence_level=confidence_level,
    )


def _mean_corrected(
    score_vectors: Any,
    y_noisy: ArrayLike,
    y_proba: ArrayLike,
    transition_matrix: ArrayLike,
    classes: ArrayLike | None,
    sample_weight: ArrayLike | None,
    *,
    return_std: bool,
    confidence_level: float | None,
) -> Any:
    """Mean of ``(inv(T) @ s(x))[noisy]`` for score vectors s that depend on the posterior."""
    T, _, noisy = resolve(transition_matrix, classes, y_noisy=y_noisy)
    scores = score_vectors(check_proba(y_proba, len(T), n_rows=len(noisy)))
    weights = check_weights(sample_weight, len(noisy))

    def evaluate(R: Array) -> tuple[float, Any]:
        corrected = np.einsum("nk,nk->n", R[noisy], scores)
        value = float(weights @ corrected)
        return value, float(standard_error(corrected - value, weights))

    return corrected_score(evaluate, T, return_std=return_std, confidence_level=confidence_level)


def forward_log_loss(
    y_noisy: ArrayLike,
    y_proba: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    classes: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    return_std: bool = False,
    confidence_level: float | None = None,
) -> Any:
    """Log loss of the noisy labels under ``p @ T``, to rank models by; smaller is better.

    Parameters
    ----------
    y_noisy, y_proba, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_log_loss`; T may be singular.

    Returns
    -------
    float or Score
        Not an estimate of the loss on clean labels: its minimum is the entropy of the noisy
        ones. The minimiser is the same ([1]_, Theorem 2).

    Raises
    ------
    ValueError
        If T is not row-stochastic or not of the classes' size, or if labels, probabilities,
        lengths or weights do not fit.

    Notes
    -----
    The mean over rows of ``-log (p @ T)[noisy]``. Proper, bounded below and without an inverse, so
    that it ranks models with less noise than a corrected score does, and models may bring their
    own T: each is then judged by its prediction of the noisy labels.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.0, 1.0]]
    >>> y_noisy, y_proba = [0, 1, 1], [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]
    >>> print(f"{forward_log_loss(y_noisy, y_proba, T):.3f}")
    0.338
    """
    T, _, noisy = resolve(transition_matrix, classes, y_noisy=y_noisy)
    p = check_proba(y_proba, len(T), n_rows=len(noisy))
    weights = check_weights(sample_weight, len(noisy))
    # Log after mixing: log(p @ T) is not log(p) @ T.
    given = np.einsum("nk,nk->n", p, T.T[noisy])
    losses = -np.log(given.clip(min=SMALLEST))
    value = float(weights @ losses)
    std = float(standard_error(losses - value, weights))
    return with_uncertainty(value, std, return_std=return_std, confidence_level=confidence_level)
