"""Trusted labels on their way into the training of a corrected classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from torch.utils.data import ConcatDataset, Dataset

from .._estimation import TrustedLabels
from .._hints import SEE_ERRORS
from .._iterators import RepeatedRows, is_in_memory
from .._label_noise import LabelNoise
from .._net import fine_tune
from .._validation import TrainingSet, n_rows
from ..noise import IndexedRows

# With the default network a trusted row counts so many times, as long as all of them are no more
# than this part of the noisy ones: these set early stopping and the size of the network.
TRUSTED_WEIGHT, LARGEST_PART = 5.0, 0.15


def check_fine_tuning(epochs: int, y_trusted: Any) -> None:
    """Fine-tuning needs clean labels."""
    if epochs and y_trusted is None:
        raise ValueError(
            f"fine_tune_epochs={epochs} needs clean labels: pass y_trusted to "
            f"fit, or set fine_tune_epochs=0."
            f" {SEE_ERRORS}"
        )


def with_trusted_labels(
    data: TrainingSet, noise: LabelNoise, trusted: TrustedLabels, heavier: bool
) -> tuple[TrainingSet, LabelNoise]:
    """The training set with trusted labels in it, which go through the identity.

    A row that has one is trained with that and no longer with its noisy label; rows that are not
    among the training rows come last. If they are to be `heavier`, few trusted rows weigh more
    than others.
    """
    X, labels = trusted.rows(data.X)
    if trusted.X is None:
        y = data.y.copy()
        y[trusted.known] = labels
        joined = data._replace(y=y)
        if heavier:
            more = _weighing_more(data.loss_weight, trusted.known, len(y))
            joined = joined._replace(loss_weight=more)
        return joined, noise.with_clean_rows(trusted.known, len(y))
    n_before, n_more = len(data.y), len(labels)
    weights = data.loss_weight
    if weights is not None:
        weights = np.concatenate([weights, np.ones(n_more)])
    if heavier:
        weights = _weighing_more(weights, n_before + np.arange(n_more), n_before + n_more)
    groups = data.fold_groups
    if groups is not None:  # Each of the rows has one of its own.
        groups = np.concatenate([groups, groups.max() + 1 + np.arange(n_more)])
    joined = data._replace(
        X=_join_rows(data.X, X),
        fold_groups=groups,
        y=np.concatenate([data.y, labels.astype(data.y.dtype)]),
        loss_weight=weights,
    )
    return joined, noise.with_clean_rows(trusted_rows(data, trusted), n_before + n_more)


def trusted_rows(data: TrainingSet, trusted: TrustedLabels) -> NDArray[np.intp]:
    """Their places in the training set of `with_trusted_labels`."""
    known = trusted.known
    return known if trusted.X is None else len(data.y) + np.arange(len(known))


def fine_tune_on_trusted(
    classifier: Any, net: Any, data: TrainingSet, trusted: TrustedLabels, matrix: int, seed: int
) -> None:
    """Go on with the trusted rows alone, as Patrini et al. do on Clothing1M.

    They go through the `matrix`-th T of the criterion, the identity.
    """
    X, y = trusted.rows(data.X)
    weights = None
    if data.loss_weight is not None and trusted.X is None:
        weights = data.loss_weight[trusted.known]
    fine_tune(
        net,
        X,
        y,
        weights,
        matrix=np.full(len(y), matrix),
        seed=seed + len(net.history_),
        epochs=classifier.fine_tune_epochs,
        lr_factor=classifier.fine_tune_lr_factor,
        stage="fine-tuning",
        verbose=classifier.verbose,
    )


def _weighing_more(
    weights: NDArray[np.float64] | None, rows: NDArray[np.intp], n_all: int
) -> NDArray[np.float64]:
    """Weights of the same mean, under which trusted `rows` count more than others."""
    weights = np.ones(n_all) if weights is None else weights
    heavier = weights.copy()
    heavier[rows] *= np.clip(LARGEST_PART * (n_all - len(rows)) / len(rows), 1, TRUSTED_WEIGHT)
    return np.asarray(heavier * (weights.sum() / heavier.sum()))


def _join_rows(X: Any, more: Any) -> Any:
    """The rows of X, then those of `more`; what does not lie in memory stays where it is."""
    if isinstance(X, RepeatedRows):
        new = n_rows(X.source) + np.arange(n_rows(more))
        return X.with_rows(_join_rows(X.source, more), np.concatenate([X.rows, new]))
    if isinstance(X, Dataset) or isinstance(more, Dataset):
        if not (isinstance(X, Dataset) and isinstance(more, Dataset)):
            raise TypeError(
                f"X_trusted must be a Dataset if X is one, and only then; got "
                f"{type(more).__name__} beside {type(X).__name__}."
                f" {SEE_ERRORS}"
            )
        return ConcatDataset([X, more])
    if sparse.issparse(X) or sparse.issparse(more):
        return sparse.vstack([X, more], format="csr")
    if is_in_memory(X) and isinstance(more, np.ndarray):
        return np.concatenate([X, more])
    return IndexedRows(X, np.arange(n_rows(X) + n_rows(more)), other=more)
