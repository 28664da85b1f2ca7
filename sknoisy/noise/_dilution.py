"""Dilution: a clean set plus many examples whose labels say little or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_flag, check_integer, check_number
from .._hints import SEE_ERRORS
from .._labels import encode_labels
from .._random import RandomState, random_generator
from .._transition import check_transition_matrix
from ._corruption import noisy_codes

MOST_ROWS = 2**40  # row numbers of eight terabytes
PIECE = 2**16  # labels drawn at once


class Dilution(NamedTuple):
    """Rows and labels of a diluted set: the clean examples first, then the noisy ones.

    Attributes
    ----------
    indices : ndarray of int of shape (n_diluted,)
        Which row of X each example is; see `IndexedRows`.
    labels : ndarray of shape (n_diluted,)
        The labels to train on.
    is_clean : ndarray of bool of shape (n_diluted,)
        True for the clean examples. The label of a noisy one may be right by chance.

    See Also
    --------
    dilute : Returns it.
    dilute_out_of_vocabulary : Returns it too.

    Examples
    --------
    >>> diluted = dilute(["a", "b"], alpha=1.5, random_state=0)
    >>> diluted.labels[diluted.is_clean]
    array(['a', 'b'], dtype='<U1')
    >>> [part.shape for part in diluted]
    [(5,), (5,), (5,)]
    """

    indices: NDArray[Any]
    labels: NDArray[Any]
    is_clean: NDArray[np.bool_]


def dilute(
    y: ArrayLike,
    alpha: float,
    *,
    transition_matrix: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    n_clean: int | None = None,
    unique: bool = False,
    random_state: RandomState = None,
) -> Dilution:
    """Add `alpha` noisy examples to each clean one.

    Only row numbers come back, so that X is not copied: train on ``X[indices]``, or where that
    would be too large on the view ``IndexedRows(X, indices)``. Split off test and validation
    rows before: copies of one row must not be on both sides.

    Parameters
    ----------
    y, classes, random_state
        As in `corrupt_labels`; rows are drawn too.
    alpha : float
        Noisy examples per clean one, >= 0; may be fractional.
    transition_matrix : array-like of shape (n_classes, n_classes), default=None
        T of the noisy examples alone; default: uniform over all classes, the true one
        included. `structured_transition_matrix` makes others with ``part="noisy"``.
    n_clean : int, default=None
        How many rows, drawn at random, stay clean; default: all.
    unique : bool, default=False
        False repeats the clean rows with noisy labels. True takes the noisy examples from the
        reserve of rows that `n_clean` leaves, each at most once.

    Returns
    -------
    Dilution
        Of ``n_clean + round(alpha * n_clean)`` examples.

    Raises
    ------
    ValueError
        If `alpha` is negative, `y` is empty, the matrix does not fit the classes, or the
        reserve is too small.

    See Also
    --------
    dilute_out_of_vocabulary : Adds examples of no class.
    sknoisy.losses.HAlphaLoss : Dilutes the loss instead.
    IndexedRows : The view that holds the rows.

    References
    ----------
    .. [1] Rolnick et al., "Deep Learning is Robust to Massive Label Noise", 2017 (dilution
       by `alpha`; repeated and unique examples).

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.arange(6.0).reshape(3, 2), ["a", "b", "c"]
    >>> from sknoisy.noise import IndexedRows
    >>> indices, labels, is_clean = dilute(y, alpha=2, random_state=0)
    >>> indices
    array([0, 1, 2, 0, 1, 2, 0, 1, 2], dtype=int32)
    >>> IndexedRows(X, indices).shape
    (9, 2)
    """
    check_flag(unique, "unique")
    codes, labels = encode_labels(y, classes)
    if transition_matrix is None:
        T = np.full((len(labels), len(labels)), 1 / len(labels))
    else:
        T = check_transition_matrix(transition_matrix, classes=labels)
    rng = random_generator(random_state)
    rows = _row_numbers(len(codes))
    clean, reserve = rows, rows[:0]
    if n_clean is not None:
        if check_integer(n_clean, "n_clean", 1) > len(rows):
            raise ValueError(
                f"n_clean must be at most the {len(rows)} rows of y; got {n_clean}. {SEE_ERRORS}"
            )
        clean, reserve = np.split(rng.permutation(rows), [n_clean])
    n_noisy = _n_noisy(alpha, len(clean))
    if unique and n_noisy > len(reserve):
        raise ValueError(
            f"unique=True needs {n_noisy} rows besides the {len(clean)} clean ones; got "
            f"{len(reserve)} of {len(codes)}. Lower alpha or n_clean, or repeat rows with "
            f"unique=False."
            f" {SEE_ERRORS}"
        )
    return _labelled(
        _clean_then_noisy(clean, reserve if unique else clean, n_noisy, rng),
        clean_labels=labels[codes[clean]],
        draw=lambda rows: labels[noisy_codes(codes[rows], T, rng)],
    )


def dilute_out_of_vocabulary(
    y: ArrayLike,
    alpha: float,
    n_other: int,
    *,
    classes: ArrayLike | None = None,
    random_state: RandomState = None,
) -> Dilution:
    """Add examples that belong to none of the classes, with labels that say nothing.

    The examples are those of another data set, or noise from `white_noise_like`: train on the
    view ``IndexedRows(X, indices, other)``.

    Parameters
    ----------
    y, alpha, random_state
        As in `dilute`.
    n_other : int
        Rows in the other set. Each is taken once before any is taken twice.
    classes : array-like of shape (n_classes,), default=None
        Labels to draw from, all with one probability; default: those of `y`.

    Returns
    -------
    Dilution
        Indices from ``n_samples`` on are rows of the other set, shifted by ``n_samples``.

    Raises
    ------
    ValueError
        If `alpha` is negative, or `y` or the other set is empty.

    See Also
    --------
    dilute : Adds examples of the classes with noisy labels.
    white_noise_like : Examples that show nothing.

    References
    ----------
    .. [1] Rolnick et al., "Deep Learning is Robust to Massive Label Noise", 2017
       (out-of-vocabulary examples).

    Examples
    --------
    >>> import numpy as np
    >>> from sknoisy.noise import IndexedRows
    >>> digits, letters, y = np.zeros((2, 4)), np.ones((3, 4)), [0, 1]
    >>> indices, labels, is_clean = dilute_out_of_vocabulary(y, 1.5, len(letters), random_state=0)
    >>> IndexedRows(digits, indices, letters)[:].mean(axis=1)
    array([0., 0., 1., 1., 1.])
    """
    codes, labels = encode_labels(y, classes)
    n_rows = len(codes) + check_integer(n_other, "n_other", 1)
    clean, others = np.split(_row_numbers(n_rows), [len(codes)])
    rng = random_generator(random_state)
    return _labelled(
        _clean_then_noisy(clean, others, _n_noisy(alpha, len(clean)), rng),
        clean_labels=labels[codes],
        draw=lambda rows: labels[rng.randint(len(labels), size=len(rows))],
    )


def _n_noisy(alpha: float, n_clean: int) -> int:
    n_noisy = check_number(alpha, "alpha", "[0, inf)") * n_clean
    if n_noisy > MOST_ROWS:
        raise ValueError(
            f"alpha={alpha!r} asks for {n_noisy:.3g} noisy examples: lower alpha. {SEE_ERRORS}"
        )
    return round(n_noisy)


def _row_numbers(n_rows: int) -> NDArray[Any]:
    # Half the memory of numpy's default int, and the index is all that a diluted set costs.
    return np.arange(n_rows, dtype=np.int32 if n_rows <= np.iinfo(np.int32).max else np.int64)


def _clean_then_noisy(
    clean: NDArray[Any], source: NDArray[Any], n_noisy: int, rng: np.random.RandomState
) -> NDArray[Any]:
    """The clean rows, then rows of `source` in turn; the last, incomplete turn is drawn."""
    indices = np.empty(len(clean) + n_noisy, dtype=clean.dtype)
    indices[: len(clean)] = clean
    n_full, n_rest = divmod(n_noisy, len(source)) if n_noisy else (0, 0)
    rest = len(indices) - n_rest
    # Filled in place: np.tile and np.concatenate would hold the index twice over.
    indices[len(clean) : rest].reshape(n_full, len(source))[:] = source
    indices[rest:] = rng.permutation(source)[:n_rest]
    return indices


def _labelled(
    indices: NDArray[Any],
    *,
    clean_labels: NDArray[Any],
    draw: Callable[[NDArray[Any]], NDArray[Any]],
) -> Dilution:
    n_clean, n_all = len(clean_labels), len(indices)
    labels = np.empty(n_all, dtype=clean_labels.dtype)
    labels[:n_clean] = clean_labels
    # By the piece, so that the scratch memory does not grow with alpha.
    for start in range(n_clean, n_all, PIECE):
        labels[start : start + PIECE] = draw(indices[start : start + PIECE])
    is_clean = np.zeros(n_all, dtype=bool)
    is_clean[:n_clean] = True
    return Dilution(indices, labels, is_clean)
