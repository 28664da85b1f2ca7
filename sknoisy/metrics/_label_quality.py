"""Which given labels to doubt, and what the clean ones probably are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Unpack

from .._checks import check_integer
from .._transition import check_transition_matrix
from ._inputs import Array, RowOptions, check_proba, check_weights, resolve
from ._score import Estimate, mean_of, with_uncertainty


def clean_proba(
    proba: ArrayLike,
    y_noisy: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    classes: ArrayLike | None = None,
) -> Array:
    """Posterior of the clean label of each row, given its features and its noisy label.

    Parameters
    ----------
    proba : array-like of shape (n_samples, n_classes)
        Posteriors of the clean labels from the features, ``P(clean = k | x)``, by a model that
        has not seen the row's own label (out-of-fold), columns in the order of T's rows. Of
        posteriors of the *noisy* labels :func:`denoise_proba` makes such.
    y_noisy, transition_matrix, classes
        As for :func:`noise_corrected_log_loss`, with its errors; T may be singular.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        Rows sum to 1. Where `proba` and T together say that the given label is impossible, the
        row of `proba` is returned.

    See Also
    --------
    label_quality : The posterior of the given label alone.
    most_probable_label : The label with the largest posterior.
    denoise_proba : Clean posteriors without the noisy label.

    Notes
    -----
    ``P(clean = k | x, noisy = j) = p_k T[k, j] / sum_l p_l T[l, j]`` (Bayes' rule; the noise is
    taken to depend on the class alone).

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> clean_proba([[0.5, 0.5], [0.9, 0.1]], [0, 1], T).round(3)
    array([[0.8  , 0.2  ],
           [0.692, 0.308]])
    """
    return _posterior(proba, transition_matrix, classes, y_noisy=y_noisy)[0]


def _posterior(
    proba: ArrayLike, transition_matrix: ArrayLike, classes: Any, **labels: ArrayLike
) -> tuple[Any, ...]:
    """`clean_proba`, the classes, and the labels (the noisy ones first) as column numbers."""
    T, all_classes, noisy, *others = resolve(transition_matrix, classes, **labels)
    p = check_proba(proba, len(T), n_rows=len(noisy), name="proba", classes=all_classes)
    joint = p * T.T[noisy]
    total = joint.sum(axis=1, keepdims=True)
    posterior = np.divide(joint, total, out=p.copy(), where=total > 0)
    return posterior, all_classes, noisy, *others


def label_quality(
    proba: ArrayLike,
    y_noisy: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    classes: ArrayLike | None = None,
) -> Array:
    """Probability that the given label of each row is the clean one.

    Parameters
    ----------
    proba, y_noisy, transition_matrix, classes
        As for :func:`clean_proba`, with its errors.

    Returns
    -------
    ndarray of shape (n_samples,)
        In [0, 1]; low values are the labels to look at first.

    See Also
    --------
    rows_to_relabel : The rows in the order of their quality.
    clean_proba : The posterior of every class.
    sknoisy.inspection.LabelQualityDisplay : Its histogram.

    Notes
    -----
    :func:`clean_proba` at the given label. Where T says that label j is rarely wrong, a row with
    label j is believed even against the features.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> label_quality([[0.5, 0.5], [0.9, 0.1]], [0, 1], T).round(3)
    array([0.8  , 0.308])
    """
    posterior, _, noisy = _posterior(proba, transition_matrix, classes, y_noisy=y_noisy)
    return posterior[np.arange(len(noisy)), noisy]


def most_probable_label(
    proba: ArrayLike,
    y_noisy: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    classes: ArrayLike | None = None,
) -> NDArray[Any]:
    """Most probable clean label of each row, given its features and its noisy label.

    Parameters
    ----------
    proba, y_noisy, transition_matrix, classes
        As for :func:`clean_proba`, with its errors.

    Returns
    -------
    ndarray of shape (n_samples,)
        Labels of the type of the classes.

    See Also
    --------
    clean_proba : The posterior of every class.
    rows_to_relabel : The rows to check first.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> most_probable_label([[0.5, 0.5], [0.9, 0.1]], ["cat", "dog"], T).tolist()
    ['cat', 'cat']
    """
    posterior, all_classes, _ = _posterior(proba, transition_matrix, classes, y_noisy=y_noisy)
    return all_classes[posterior.argmax(axis=1)]


def rows_to_relabel(
    proba: ArrayLike,
    y_noisy: ArrayLike,
    transition_matrix: ArrayLike,
    *,
    n_rows: int | None = None,
    classes: ArrayLike | None = None,
) -> NDArray[np.intp]:
    """Row numbers whose label to look at, the most doubtful first.

    Parameters
    ----------
    proba, y_noisy, transition_matrix, classes
        As for :func:`clean_proba`, with its errors.
    n_rows : int >= 0, default=None
        How many rows to return. Default: those whose :func:`most_probable_label` is another.

    Returns
    -------
    ndarray of int of shape (n_rows,)
        By ascending :func:`label_quality`; ties in the order of the rows.

    See Also
    --------
    label_quality : The probabilities behind the order.
    sknoisy.inspection.LabelQualityDisplay : A figure with the worst rows.
    most_probable_label : What their labels may be.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> proba, y_noisy = [[0.5, 0.5], [0.9, 0.1], [0.99, 0.01]], [0, 1, 1]
    >>> rows_to_relabel(proba, y_noisy, T)
    array([2, 1])
    """
    posterior, _, noisy = _posterior(proba, transition_matrix, classes, y_noisy=y_noisy)
    order = np.argsort(posterior[np.arange(len(noisy)), noisy], kind="stable")
    if n_rows is None:
        return order[(posterior.argmax(axis=1) != noisy)[order]]
    return order[: check_integer(n_rows, "n_rows", 0)]


@with_uncertainty
def expected_accuracy(
    y_noisy: ArrayLike,
    y_pred: ArrayLike,
    proba: ArrayLike,
    transition_matrix: ArrayLike,
    **rows: Unpack[RowOptions],
) -> Estimate[float]:
    """Mean probability that the predictions are the clean labels.

    Parameters
    ----------
    y_noisy, y_pred, transition_matrix, classes, sample_weight, return_std, confidence_level
        As for :func:`noise_corrected_accuracy`, with its errors; T may be singular.
    proba : array-like of shape (n_samples, n_classes)
        As for :func:`clean_proba`; the same for all models that are compared.

    Returns
    -------
    float or Score
        In [0, 1].

    See Also
    --------
    noise_corrected_accuracy : The accuracy by noisy labels.
    clean_proba : The posteriors that it takes.

    Notes
    -----
    The mean over rows of :func:`clean_proba` at the predicted label: the expected accuracy if
    `proba` and T are right. It has no inverse of T, and a smaller standard error than
    :func:`noise_corrected_accuracy`, but a bias towards models that agree with `proba`. No
    standard error shows this bias, and it may be the larger error, above all where `proba` came
    from one of the candidates.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> proba, y_noisy = [[0.5, 0.5], [0.9, 0.1]], [0, 1]
    >>> round(expected_accuracy(y_noisy, [0, 0], proba, T), 3)
    0.746
    """
    posterior, _, _, predicted = _posterior(
        proba, transition_matrix, rows.get("classes"), y_noisy=y_noisy, y_pred=y_pred
    )
    right = posterior[np.arange(len(predicted)), predicted]
    return mean_of(right, check_weights(rows.get("sample_weight"), len(right)))


def denoise_proba(
    noisy_proba: ArrayLike, transition_matrix: ArrayLike, *, n_rounds: int = 60
) -> Array:
    """Clean posteriors p whose ``p @ T`` is nearest to posteriors of the noisy labels.

    From the predictions of a classifier trained on noisy labels as they are to those that
    :func:`clean_proba` needs.

    Parameters
    ----------
    noisy_proba : array-like of shape (n_samples, n_classes)
        ``P(noisy = j | x)``, rows summing to 1.
    transition_matrix : array-like of shape (n_classes, n_classes)
        ``T[i, j] = P(noisy = j | clean = i)``, rows summing to 1; may be singular.
    n_rounds : int, default=60
        Rounds of the iteration.

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        Rows sum to 1 and are not negative, unlike those of ``noisy_proba @ inv(T)``.

    Raises
    ------
    ValueError
        If T is not row-stochastic, or the probabilities do not fit.

    See Also
    --------
    clean_proba : Uses the noisy label of each row too.
    fit_noise_model : Where T is not known.

    Notes
    -----
    Minimises the Kullback-Leibler divergence of ``p @ T`` from the noisy posterior g by
    ``p <- p * ((g / (p @ T)) @ T.T)``: expectation maximisation for the shares of a mixture whose
    components are the rows of T.

    Examples
    --------
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> denoise_proba([[0.8, 0.2], [0.5, 0.5], [0.95, 0.05]], T).round(2)
    array([[0.99, 0.01],
           [0.5 , 0.5 ],
           [1.  , 0.  ]])
    """
    check_integer(n_rounds, "n_rounds", 1)
    T = check_transition_matrix(transition_matrix)
    g = check_proba(noisy_proba, len(T), name="noisy_proba")
    p = np.full(g.shape, 1 / len(T))
    for _ in range(n_rounds):
        fitted = p @ T
        p *= np.divide(g, fitted, out=np.zeros(g.shape), where=fitted > 0) @ T.T
    # A label that T says never occurs takes its share of the posterior with it.
    total = p.sum(axis=1, keepdims=True)
    return np.divide(p, total, out=np.full(p.shape, 1 / len(T)), where=total > 0)
