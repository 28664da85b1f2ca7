"""Labels from several annotators, each with a T."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_flag, describe
from .._hints import SEE_ERRORS
from .._labels import NUMBERS, TEXT, encode_labels
from .._random import RandomState, random_generator
from .._transition import check_transition_matrix
from ._arguments import check_rate
from ._corruption import noisy_codes


def annotator_labels(
    y: ArrayLike,
    transition_matrices: Sequence[ArrayLike],
    *,
    classes: ArrayLike | None = None,
    coverage: float | Sequence[float] = 1.0,
    missing: Any = None,
    exact: bool = False,
    random_state: RandomState = None,
) -> NDArray[Any]:
    """Label every example once per annotator, with gaps where an annotator does not answer.

    Parameters
    ----------
    y, classes, exact, random_state
        As in `corrupt_labels`; `exact` holds for each annotator before the gaps are made.
    transition_matrices : sequence of array-like of shape (n_classes, n_classes)
        One T per annotator, ``T[i, j] = P(given = j | clean = i)``.
    coverage : float in [0, 1] or sequence of n_annotators of them, default=1.0
        Probability that an annotator labels an example, whatever its class.
    missing : object, default=None
        Stands where there is no label: None, NaN, pandas.NA, -1, "", ..., but not a class.

    Returns
    -------
    ndarray of shape (n_samples, n_annotators)
        In the type of `y` if every coverage is 1 or the type can hold `missing`; else in the
        next wider one: object for None, float64 for NaN among ints.

    Raises
    ------
    ValueError
        If there is no matrix, one does not fit the classes, a coverage is outside [0, 1], or
        `missing` is one of the classes.

    See Also
    --------
    sknoisy.annotators.DawidSkene : Estimates the matrices from such labels.
    corrupt_labels : One noisy label per example.

    References
    ----------
    .. [1] Dawid, Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM
       Algorithm", Applied Statistics 1979 (one matrix per observer).

    Examples
    --------
    >>> from sknoisy.noise import symmetric_transition_matrix
    >>> careful, careless = (symmetric_transition_matrix(2, rate) for rate in (0.0, 0.5))
    >>> annotator_labels(["cat", "dog", "dog"], [careful, careless], coverage=[1, 0.5],
    ...                  random_state=1)
    array([['cat', 'cat'],
           ['dog', None],
           ['dog', None]], dtype=object)
    """
    check_flag(exact, "exact")
    codes, labels = encode_labels(y, classes)
    if not hasattr(transition_matrices, "__len__"):
        raise TypeError(
            f"transition_matrices must be a sequence of matrices, one per annotator; got "
            f"{describe(transition_matrices)}."
            f" {SEE_ERRORS}"
        )
    if len(transition_matrices) == 0:
        raise ValueError(
            f"transition_matrices must hold one matrix per annotator; got none. {SEE_ERRORS}"
        )
    matrices = [
        check_transition_matrix(T, classes=labels, name=f"transition_matrices[{a}]")
        for a, T in enumerate(transition_matrices)
    ]
    answer_rates = [check_rate(rate, "coverage") for rate in np.ravel(coverage).tolist()]
    if np.ndim(coverage) > 1 or len(answer_rates) not in (1, len(matrices)):
        raise ValueError(
            f"coverage must be one fraction, or one for each of the {len(matrices)} annotators; "
            f"got {len(answer_rates)}."
            f" {SEE_ERRORS}"
        )
    rng = random_generator(random_state)
    given = np.column_stack([labels[noisy_codes(codes, T, rng, exact=exact)] for T in matrices])
    if min(answer_rates) == 1:
        return given
    given = given.astype(_type_with(labels, missing))
    given[rng.random_sample(given.shape) >= answer_rates] = missing
    return given


def _type_with(labels: NDArray[Any], missing: Any) -> np.dtype[Any]:
    """The narrowest type, from that of the labels upwards, that also holds `missing`."""
    # A set, for it asks for the hash first: pandas.NA does not say whether it equals a label.
    if missing in set(labels.tolist()):
        raise ValueError(f"missing must not be one of the classes; got {missing!r}. {SEE_ERRORS}")
    kind = np.asarray(missing).dtype
    if labels.dtype.kind in NUMBERS and kind.kind in NUMBERS:
        # NaN among ints must widen, and so must -1 among unsigned ones or bools.
        fits = labels.dtype.kind == "f" or (
            kind.kind != "f" and np.array(missing).astype(labels.dtype) == missing
        )
        return labels.dtype if fits else np.result_type(labels.dtype, kind)
    if labels.dtype.kind in TEXT and kind.kind == labels.dtype.kind:
        return np.result_type(labels.dtype, kind)
    return np.dtype(object)
