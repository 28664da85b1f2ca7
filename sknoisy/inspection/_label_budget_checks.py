"""What `label_budget` needs: weights, rows, labels of two classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._checks import describe
from .._estimation import takes_sample_weight
from .._hints import SEE_ERRORS
from .._labels import MISSING, show_labels
from .._validation import TrainingSet
from .._warn import warn

SHARES = (0.125, 0.25, 0.5, 1.0)  # Of the rows that are not tested on.
LEAST_ROWS = 50
# Of the second class of a share, so that folds of it have two classes.
LEAST_OF_CLASS = 6


def check_weights(estimator: Any) -> None:
    if estimator is not None and not takes_sample_weight(estimator):
        raise TypeError(
            f"label_budget needs a classifier whose fit takes sample_weight, for rows weigh as "
            f"much as their labels say; got {describe(estimator)}. Pass one that does, such as "
            f"LogisticRegression or RandomForestClassifier. {SEE_ERRORS}"
        )


def look_for_classes(codes: NDArray[np.intp], classes: NDArray[Any]) -> None:
    """Warn of classes of which no clean label is known, if any are."""
    known = codes[codes != MISSING]
    absent = np.setdiff1d(np.arange(len(classes)), known)
    if len(known) and len(absent):
        warn(
            f"No clean label in y_trusted is of the classes {show_labels(classes[absent])}: how "
            f"often these are mistaken is known from noisy labels alone, and the interval of the "
            f"accuracy may be too narrow. Have rows with these noisy labels verified."
        )


def check_splits(n_splits: int, data: TrainingSet) -> None:
    assert data.fold_groups is not None
    n_distinct = int(data.fold_groups.max()) + 1
    if n_splits > n_distinct:
        raise ValueError(
            f"n_splits={n_splits} needs as many rows that differ, for each part is tested on once; "
            f"X has {n_distinct}. Lower n_splits. {SEE_ERRORS}"
        )


def shares_to_train(y: NDArray[np.integer], n_splits: int) -> list[float]:
    """Shares of the rows with noisy labels alone that have rows enough of two classes."""
    if len(y) < LEAST_ROWS:
        raise ValueError(
            f"The plan needs at least {LEAST_ROWS} rows that have a noisy label only, to train "
            f"and test on; got {len(y)}. Buy noisy labels of more rows first. {SEE_ERRORS}"
        )
    of_second = np.sort(np.bincount(y, minlength=2))[-2]
    trained = of_second * (1 - 1 / n_splits)
    shares = [share for share in SHARES if share * trained >= LEAST_OF_CLASS]
    if len(shares) < 2:
        least = int(np.ceil(LEAST_OF_CLASS / SHARES[-2] / (1 - 1 / n_splits)))
        raise ValueError(
            f"The plan needs at least {least} rows with a noisy label of the second most frequent "
            f"class, to train on shares of them; got {of_second}. Buy noisy labels of more rows "
            f"first. {SEE_ERRORS}"
        )
    return shares
