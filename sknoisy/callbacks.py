"""Callbacks for skorch nets that stop and keep weights by what noisy labels say.

The nets of sknoisy's classifiers hold out nothing unless told to: give them a `train_split`, such
as ``skorch.dataset.ValidSplit(0.1, stratified=True)``. Their ``valid_loss`` is then already the
corrected loss, on the held-out noisy labels, so that skorch's own callbacks which watch it are
noise-aware too.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from skorch.callbacks import Callback

from ._checks import check_flag, check_integer, check_number
from ._hints import SEE_ERRORS
from ._net._data import targets_of
from ._net._device import place_of
from ._net._prediction import evaluating, logits_of
from ._transition import check_transition_matrix, clean_prior
from ._warn import warn
from .losses._matrix import as_transition_matrices
from .metrics import noise_corrected_accuracy, noise_floor

__all__ = ["BestEpoch", "CorrectedAccuracy", "NoiseFloor"]


class CorrectedAccuracy(Callback):
    """Record the noise-corrected accuracy on the held-out part after each epoch.

    Parameters
    ----------
    transition_matrix : array-like of shape (n_classes, n_classes), default=None
        ``T[i, j] = P(noisy = j | clean = i)``, in the order of the sorted classes. None takes it
        from the net's corrected loss. A net without one (the first stage, which learns the noisy
        labels) is judged by its accuracy on the noisy labels. Epochs of a warm-up have no score.
    name : str, default="valid_corrected_acc"
        Of the column in the net's history.

    Raises
    ------
    ValueError
        In training, if the net holds out nothing or T does not fit.

    See Also
    --------
    BestEpoch : Keeps the weights of the epoch with the best score.
    sknoisy.metrics.noise_corrected_accuracy : The score.

    Examples
    --------
    >>> from skorch.dataset import ValidSplit
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy import ForwardCorrectedClassifier, make_net
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> split = ValidSplit(0.25, stratified=True, random_state=0)
    >>> net = make_net(max_epochs=5, train_split=split, callbacks=[CorrectedAccuracy()])
    >>> clf = ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0)
    >>> clf = clf.fit(X.astype("float32"), corrupt_labels(y, T, random_state=0))
    >>> len(clf.history_[:, "valid_corrected_acc"])  # The first of five epochs is a warm-up.
    4
    """

    def __init__(
        self, transition_matrix: ArrayLike | None = None, name: str = "valid_corrected_acc"
    ) -> None:
        self.transition_matrix = transition_matrix
        self.name = name

    def initialize(self) -> CorrectedAccuracy:
        """Check the settings, before anything is trained."""
        _check_name(self.name, "name")
        if self.transition_matrix is not None:
            as_transition_matrices(self.transition_matrix)
        return self

    def on_epoch_end(self, net: Any, dataset_valid: Any = None, **kwargs: Any) -> None:
        """Score the held-out rows."""
        _check_held_out(self, dataset_valid)
        rows = _held_out_predictions(net, dataset_valid)
        matrices = self._matrices(net.criterion_, rows.n_classes)
        total = 0.0
        # Rows may go through several matrices; a given T is that of all rows.
        which = np.minimum(rows.matrix, len(matrices) - 1)
        for g in np.unique(which):
            chosen = which == g
            score = noise_corrected_accuracy(
                rows.labels[chosen],
                rows.predicted[chosen],
                matrices[g],
                classes=np.arange(rows.n_classes),
                sample_weight=rows.weight[chosen],
            )
            total += rows.weight[chosen].sum() * float(score)
        net.history.record(self.name, total / rows.weight.sum())

    def _matrices(self, criterion: Any, n_classes: int) -> list[NDArray[np.float64]]:
        T = self.transition_matrix
        if T is None:
            T = _matrices_of(criterion)
        if T is None:
            return [np.eye(n_classes)]
        stack = np.asarray(T) if np.ndim(T) == 3 else [T]
        return [check_transition_matrix(matrix, n_classes=n_classes) for matrix in stack]


class BestEpoch(Callback):
    """Keep the weights of the best epoch, and stop when none has been better for a while.

    Parameters
    ----------
    monitor : str, default="valid_loss"
        Column of the net's history. "valid_loss" is the corrected loss on the held-out noisy
        labels, by which [1]_ chooses the checkpoint: bounded below for the forward correction
        and less noisy than an accuracy. For the accuracy, put :class:`CorrectedAccuracy` before
        this callback and name its column here.
    lower_is_better : bool, default=None
        Default: whether the column's name ends in "loss".
    patience : int, default=None
        Stop after as many epochs without a better one; None goes on to `max_epochs`.
    min_improvement : float >= 0, default=0.0
        How much better an epoch must be.

    Attributes
    ----------
    best_epoch_ : int
        Number of the epoch whose weights are kept, from 1.
    best_score_ : float
        Its value in the column.

    Raises
    ------
    ValueError
        In training, if the net holds out nothing or the history has no such column.

    See Also
    --------
    CorrectedAccuracy : Records a score that this callback can monitor.
    skorch.callbacks.EarlyStopping : Stops, and can load the best weights.

    Notes
    -----
    The weights stay in memory and are put back at the end of the training, also where it was
    stopped early or interrupted. Epochs of a warm-up, which has another loss, do not count.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise", CVPR 2017,
       section 5 (the checkpoint with the lowest corrected loss on held-out noisy labels).

    Examples
    --------
    >>> from skorch.dataset import ValidSplit
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy import ForwardCorrectedClassifier, make_net
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> split = ValidSplit(0.25, stratified=True, random_state=0)
    >>> callbacks = [BestEpoch(patience=5)]
    >>> net = make_net(max_epochs=200, lr=0.01, train_split=split, callbacks=callbacks)
    >>> clf = ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0)
    >>> clf.fit(X.astype("float32"), corrupt_labels(y, T, random_state=0)).n_iter_ < 200
    True
    """

    def __init__(
        self,
        monitor: str = "valid_loss",
        *,
        lower_is_better: bool | None = None,
        patience: int | None = None,
        min_improvement: float = 0.0,
    ) -> None:
        self.monitor = monitor
        self.lower_is_better = lower_is_better
        self.patience = patience
        self.min_improvement = min_improvement

    def initialize(self) -> BestEpoch:
        """Check the settings, before anything is trained."""
        _check_name(self.monitor, "monitor")
        if self.lower_is_better is not None:
            check_flag(self.lower_is_better, "lower_is_better")
        if self.patience is not None:
            check_integer(self.patience, "patience", 1)
        check_number(self.min_improvement, "min_improvement", "[0, inf)")
        return self

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Forget an earlier training."""
        self._best_weights: dict[str, Any] | None = None
        self.best_score_ = np.inf if self._is_loss() else -np.inf
        self.best_epoch_ = 0
        self._n_waited = 0

    def on_epoch_end(self, net: Any, dataset_valid: Any = None, **kwargs: Any) -> None:
        """Keep the weights if they are the best so far; stop after long without."""
        row = net.history[-1]
        if self.monitor not in row:
            if self.monitor.startswith("valid_"):
                _check_held_out(self, dataset_valid)
            raise ValueError(
                f"The history has no column {self.monitor!r}; it has {sorted(row)}. A callback "
                f"that records it, such as CorrectedAccuracy, must come first. {SEE_ERRORS}"
            )
        gain = self.best_score_ - row[self.monitor]
        if (gain if self._is_loss() else -gain) > self.min_improvement:
            self.best_score_, self.best_epoch_ = row[self.monitor], row["epoch"]
            self._best_weights = copy.deepcopy(net.module_.state_dict())
            self._n_waited = 0
            return
        self._n_waited += 1
        if self.patience is not None and self._n_waited >= self.patience:
            raise KeyboardInterrupt  # How a callback of skorch ends the training.

    def on_train_end(self, net: Any, **kwargs: Any) -> None:
        """Put the best weights back."""
        if self._best_weights is not None:
            net.module_.load_state_dict(self._best_weights)
        self._best_weights = None

    def _is_loss(self) -> bool:
        named_so = self.monitor.endswith("loss")
        return named_so if self.lower_is_better is None else self.lower_is_better


class NoiseFloor(Callback):
    """Warn, or stop, when the training loss falls below what the noise allows.

    Noisy labels cannot be predicted better than T says; a training loss below that floor means
    that the network memorises them. Needs no held-out rows. Watches corrected losses only:
    for a net without T, such as one of the first stage, the floor is not known.

    Parameters
    ----------
    stop : bool, default=False
        Stop the training instead of a warning.
    tolerance : float >= 0, default=2.0
        By how many standard errors of the floor the loss must lie below it.

    Attributes
    ----------
    floor_ : float
        The floor; NaN where it is not known.
    below_ : int
        Number of the first epoch below it, from 1; 0 if there was none.

    Warns
    -----
    UserWarning
        Once in a training, unless `stop`.

    See Also
    --------
    sknoisy.metrics.noise_floor : Computes the floor.
    BestEpoch : Stops by the held-out loss.

    Notes
    -----
    The floor is that of :func:`sknoisy.metrics.noise_floor` with the clean class shares that the
    noisy labels and T imply: for the forward correction the entropy of the noisy label given
    the clean one, for the backward correction 0, since its loss estimates the clean one. Where T
    overstates the noise, the floor lies too high. The loss of an epoch is the mean over its
    batches, with dropout, so that it lies above that of the network at the end of the epoch.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> from sknoisy import ForwardCorrectedClassifier, make_net
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> net = make_net(lr=0.01, max_epochs=500, callbacks=[NoiseFloor(stop=True)])
    >>> clf = ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0)
    >>> clf.fit(scale(X), corrupt_labels(y, T, random_state=0)).n_iter_ < 500
    True
    """

    def __init__(self, *, stop: bool = False, tolerance: float = 2.0) -> None:
        self.stop = stop
        self.tolerance = tolerance

    def initialize(self) -> NoiseFloor:
        """Check the settings, before anything is trained."""
        check_flag(self.stop, "stop")
        check_number(self.tolerance, "tolerance", "[0, inf)")
        return self

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        """Forget an earlier training."""
        self.below_ = 0
        self.floor_: float | None = None

    def on_epoch_begin(self, net: Any, dataset_train: Any = None, **kwargs: Any) -> None:
        """Compute the floor in the first epoch."""
        if self.floor_ is None:
            self.floor_, self._lowest = _floor(net.criterion_, dataset_train, self.tolerance)

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Compare the training loss with it."""
        row = net.history[-1]
        loss = row.get("train_loss", np.nan)
        if self.below_ or not loss < self._lowest:
            return
        self.below_ = row["epoch"]
        if self.stop:
            raise KeyboardInterrupt  # How a callback of skorch ends the training.
        warn(
            f"In epoch {row['epoch']} the training loss is {loss:.4g}, below {self.floor_:.4g}, "
            f"the lowest that the noise allows: the network memorises noisy labels. Stop "
            f"earlier (NoiseFloor(stop=True), or BestEpoch with a train_split), use a smaller "
            f"network or more weight decay.",
        )


def _check_name(value: Any, name: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a column of the history; got {value!r}. {SEE_ERRORS}")


def _floor(criterion: Any, dataset: Any, tolerance: float) -> tuple[float, float]:
    """The floor of a corrected loss on a dataset, and what lies clearly below it."""
    T = _matrices_of(criterion)
    base_loss = getattr(criterion, "base_loss", None)
    if T is None or base_loss not in ("cross_entropy", "squared_error", "adaptive"):
        return np.nan, np.nan
    mixing = getattr(criterion, "identity_mixing", None)
    if mixing is not None:  # With a mixed T the backward loss is biased, perhaps below 0.
        return (0.0, 0.0) if mixing == 0 else (np.nan, np.nan)
    matrices = T if T.ndim == 3 else T[None]
    rows = _arrays_of(targets_of(dataset))
    labels, weight, which = rows["labels"], rows["weight"], rows["matrix"]
    mean = variance = 0.0
    for g in np.unique(which):
        chosen = which == g
        noisy = np.bincount(labels[chosen], weight[chosen], minlength=T.shape[-1])
        prior = clean_prior(matrices[g], noisy / noisy.sum())
        floor = noise_floor(matrices[g], prior, base_loss=base_loss)
        mean += weight[chosen].sum() * floor.mean
        variance += (weight[chosen] ** 2).sum() * floor.std**2
    mean /= weight.sum()
    return mean, mean - tolerance * float(np.sqrt(variance)) / weight.sum()


def _matrices_of(criterion: Any) -> NDArray[np.float64] | None:
    """The T, or stack of them, of a corrected loss; None for another loss."""
    T = getattr(criterion, "transition_matrix", None)
    if T is None:
        return None
    return T.detach().cpu().numpy() if isinstance(T, torch.Tensor) else np.asarray(T)


def _check_held_out(callback: Callback, dataset_valid: Any) -> None:
    if dataset_valid is None:
        raise ValueError(
            f"{type(callback).__name__} needs held-out rows, and the net holds out none: give it "
            f"a train_split, such as skorch.dataset.ValidSplit(0.1, stratified=True). {SEE_ERRORS}"
        )


class _HeldOutRows(NamedTuple):
    """Noisy labels, weights and matrices of held-out rows, and what the net predicts."""

    labels: NDArray[np.intp]
    weight: NDArray[np.float64]
    matrix: NDArray[np.intp]
    predicted: NDArray[np.intp]
    n_classes: int


def _held_out_predictions(net: Any, dataset_valid: Any) -> _HeldOutRows:
    targets, predicted = [], []
    with evaluating(net, draws=True):
        for X, target in net.get_iterator(dataset_valid, training=False):
            logits = logits_of(net, X.to(place_of(net)))
            predicted.append(logits.argmax(dim=1).cpu().numpy())
            targets.append(_arrays_of(target))
    labels, weight, matrix = (
        np.concatenate([target[name] for target in targets])
        for name in ("labels", "weight", "matrix")
    )
    return _HeldOutRows(labels, weight, matrix, np.concatenate(predicted), logits.shape[1])


def _arrays_of(target: Any) -> dict[str, Any]:
    """The fields of a target as arrays, with weight 1 and the first matrix where it has none."""
    fields = target if isinstance(target, Mapping) else {"labels": target}
    arrays = {name: values.cpu().numpy() for name, values in fields.items()}
    n = len(arrays["labels"])
    weight = arrays.get("weight", np.ones(n)).astype(np.float64)
    return {**arrays, "weight": weight, "matrix": arrays.get("matrix", np.zeros(n, np.intp))}
