"""Accuracy and balanced accuracy on the clean labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from typing_extensions import Unpack

from ._cells import read_cells, warn_if_cleaner
from ._inputs import RowOptions
from ._rates import averaged
from ._score import Estimate, corrected, with_uncertainty


@with_uncertainty
def noise_corrected_accuracy(
    y_noisy: ArrayLike, y_pred: ArrayLike, transition_matrix: ArrayLike, **rows: Unpack[RowOptions]
) -> Estimate[float]:
    """Accuracy on the clean labels, from noisy ones.

    Parameters
    ----------
    y_noisy : array-like of shape (n_samples,)
        Noisy labels of any type.
    y_pred : array-like of shape (n_samples,)
        Predictions of the clean labels.
    transition_matrix : array-like or DataFrame of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows. Default: the index of a DataFrame, else all labels in
        `y_noisy` and `y_pred`, sorted.
    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights; only their ratios matter.
    return_std : bool, default=False
        Whether to return a :class:`Score` with the standard error.
    confidence_level : float in (0, 1), default=None
        Of the interval in the :class:`Score` that is then returned.

    Returns
    -------
    float or Score
        An unbiased estimate, which may leave [0, 1] by chance; neither it nor the interval is cut.

    Raises
    ------
    ValueError
        If T is not row-stochastic, not invertible or not of the classes' size, or if labels,
        lengths or weights do not fit.

    Warns
    -----
    UserWarning
        If the condition number of T exceeds 20, with the inflation of the standard error; or if
        labels agree with the predictions more often than T allows, as clean ones do.

    See Also
    --------
    noise_corrected_balanced_accuracy : The mean over classes.
    bootstrap_noise_corrected_score : Where T is estimated from the same rows.
    make_noise_corrected_scorer : Makes a scorer of it.
    sklearn.metrics.accuracy_score : The counterpart for clean labels.

    Notes
    -----
    The mean over rows of ``inv(T)[noisy, predicted]``. Averaged over the noise, each term is 1
    where the clean label is the predicted one and 0 elsewhere ([1]_, Theorem 1, for the 0-1
    loss). The standard error takes T as known: see :func:`bootstrap_noise_corrected_score`.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> round(noise_corrected_accuracy(y_noisy, y_pred, T), 6)
    1.0
    """
    T, _, cells = read_cells(y_noisy, y_pred, transition_matrix, **rows)
    warn_if_cleaner(cells, T)
    return corrected(lambda R: Estimate(float((cells.share * R).sum()), cells.std(R)), T)


@with_uncertainty
def noise_corrected_balanced_accuracy(
    y_noisy: ArrayLike, y_pred: ArrayLike, transition_matrix: ArrayLike, **rows: Unpack[RowOptions]
) -> Estimate[float]:
    """Mean recall over the clean classes, from noisy labels.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`, with its errors and warnings.

    Returns
    -------
    float or Score
        Classes whose corrected share is not positive are left out.

    See Also
    --------
    noise_corrected_recall : The recall of each class.
    sklearn.metrics.balanced_accuracy_score : The counterpart for clean labels.

    Notes
    -----
    The mean of :func:`noise_corrected_recall`. For two classes, its difference from one half is
    that of the balanced accuracy on noisy labels, times a factor that is the same for all models
    (Menon et al., "Learning from Corrupted Binary Labels via Class-Probability Estimation", ICML
    2015): their order is right even where T is badly estimated. Choose models by this score in
    that case, unless classes are of very unequal size.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> y_noisy, y_pred = [0, 0, 0, 0, 1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    >>> round(noise_corrected_balanced_accuracy(y_noisy, y_pred, T), 6)
    1.0
    """
    T, labels, cells = read_cells(y_noisy, y_pred, transition_matrix, **rows)
    return corrected(averaged("recall", T, labels, cells, "macro", None, np.nan), T)
