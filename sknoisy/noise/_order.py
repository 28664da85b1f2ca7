"""Which classes a classifier confuses, measured with few clean examples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils import _safe_indexing, indexable

from .._checks import check_classifier, check_integer, is_number, naming
from .._hints import SEE_ERRORS
from .._labels import check_same_length
from .._random import RandomState, random_generator, random_seed
from ._arguments import encode_several_classes


def confusion_order(
    classifier: BaseEstimator,
    X: Any,
    y: ArrayLike,
    *,
    train_size: int | float = 0.1,
    n_repeats: int = 10,
    random_state: RandomState = None,
) -> NDArray[np.intp]:
    """Order, for every class, the other classes by how often it is taken for them.

    The classifier is trained `n_repeats` times on small stratified subsets; the mistakes on
    the remaining rows are counted. `structured_transition_matrix` takes the result; its source is
    also that of this function.

    Parameters
    ----------
    classifier : estimator
        Cloned, never fitted itself. A `random_state` of None inside it is seeded from ours.
    X, y : array-likes of n_samples rows
        Examples and their clean labels.
    train_size : int or float, default=0.1
        Rows to train on, as a number or a fraction.
    n_repeats : int, default=10
        How many times to train.
    random_state : int, RandomState or None, default=None
        Draws the subsets and breaks ties.

    Returns
    -------
    ndarray of int of shape (n_classes, n_classes - 1)
        Row i holds the numbers of the other classes (places in the sorted labels), from that
        most often predicted for true class i to the least; ties in random order.

    Raises
    ------
    ValueError
        If there are fewer than two classes, or `train_size` leaves too few rows.

    See Also
    --------
    structured_transition_matrix : Takes the order.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.naive_bayes import GaussianNB
    >>> X, y = load_digits(return_X_y=True)
    >>> order = confusion_order(GaussianNB(), X, y, random_state=0)
    >>> order[9, :2]  # a 9 is most often taken for these digits
    array([1, 7])
    """
    check_integer(n_repeats, "n_repeats", 1)
    check_classifier(classifier, "classifier", needs_proba=False)
    if X is None:
        raise TypeError(f"X must hold the features of the rows; got None. {SEE_ERRORS}")
    codes, classes = encode_several_classes(y)
    with naming("X"):
        X = indexable(X)[0]
    if hasattr(X, "shape") or hasattr(X, "__len__"):
        check_same_length(X=X, y=codes)
    _check_train_size(train_size, len(codes), len(classes))
    rng = random_generator(random_state)
    splits = StratifiedShuffleSplit(n_repeats, train_size=train_size, random_state=rng)
    counts = np.zeros((len(classes), len(classes)))
    labels = classes[codes]
    for train, rest in splits.split(np.zeros(len(codes)), codes):
        with naming("X"):
            fitted = _seeded_clone(classifier, rng).fit(_safe_indexing(X, train), labels[train])
            predicted = fitted.predict(_safe_indexing(X, rest))
        counts += confusion_matrix(labels[rest], predicted, labels=classes)
    # By falling count, ties at random, then without the class itself.
    order = np.lexsort((rng.random_sample(counts.shape), -counts), axis=1)
    return order[order != np.arange(len(counts))[:, None]].reshape(len(counts), -1)


def _check_train_size(train_size: Any, n_rows: int, n_classes: int) -> None:
    """Raise unless both parts of a stratified split have a row of each class."""
    whole = isinstance(train_size, int | np.integer)
    n_train = train_size if whole else n_rows * train_size if is_number(train_size) else 0
    if isinstance(train_size, bool) or not n_classes <= n_train <= n_rows - n_classes:
        raise ValueError(
            f"train_size must be a number or a fraction of the {n_rows} rows that leaves at least "
            f"{n_classes}, one per class, to train on and to predict; got {train_size!r}."
            f" {SEE_ERRORS}"
        )


def _seeded_clone(classifier: BaseEstimator, rng: np.random.RandomState) -> Any:
    """A clone whose unset seeds come from `rng`, for None would draw from the global generator."""
    copy = clone(classifier)
    seeds = {
        name: random_seed(rng)
        for name, value in sorted(copy.get_params(deep=True).items())
        if name.split("__")[-1] == "random_state" and value is None
    }
    copy.set_params(**seeds)  # A FrozenEstimator's returns None.
    return copy
