"""The backward correction: the noise is taken out of the loss."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._transition import mix_with_identity
from .._validation import is_number
from ..losses import BackwardLoss
from ._corrected import CorrectedClassifier
from ._row_matrices import RowMatrices

# Condition numbers of T from which the backward correction warns, and from which it refuses.
LARGE_CONDITION = 100.0
SINGULAR_CONDITION = 1e8


class BackwardCorrectedClassifier(CorrectedClassifier):
    """Undo the noise: train on ``inv(T)`` applied to the losses of all labels.

    The corrected loss is unbiased: averaged over the noise it equals the loss on the clean label
    ([1]_, Theorem 1). Its variance grows with the condition number of T.

    Parameters
    ----------
    estimator : None, torch.nn.Module class or skorch net, default=None
        As for :class:`ForwardCorrectedClassifier`.
    transition_matrix : None, array-like, DataFrame, estimator or "carried", default=None
        As for :class:`ForwardCorrectedClassifier`; must not be singular.
    base_loss : {"cross_entropy", "squared_error"} or callable, default="cross_entropy"
        The loss that is corrected, see :class:`sknoisy.losses.BackwardLoss`.
    identity_mixing : float in [0, 1], default=0.0
        Correct with ``a I + (1 - a) T``: a little bias for much less variance.
    start : {"random", "first_stage"}, default="random"
        As for :class:`ForwardCorrectedClassifier`. From a first stage that has fitted its noisy
        labels the loss, which has no lower bound, tends to run away.
    warm_up : int or float in [0, 1), default=0
        As for :class:`ForwardCorrectedClassifier`.
    fine_tune_epochs, fine_tune_lr_factor : int and float, default=0 and 0.1
        As for :class:`ForwardCorrectedClassifier`.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    class_weight : dict, "balanced" or None, default=None
        Factors of the sample weights, by noisy label.
    device : str, default="auto"
        "auto" is the net's own device, or CUDA where there is one.
    memory : None, str or joblib.Memory, default=None
        Where to cache the fitted estimator of T.
    random_state : int, RandomState instance or None, default=None
        Seeds everything; the global generators are never touched.
    verbose : int, default=0
        1 shows a progress bar per stage.

    Attributes
    ----------
    classes_, transition_matrix_, transition_matrices_, groups_, transition_matrix_source_, \
transition_matrix_estimator_, estimator_, history_, n_iter_, n_features_in_, feature_names_in_
        As for :class:`ForwardCorrectedClassifier`; `transition_matrix_` is T before mixing.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise: a Loss Correction
       Approach", CVPR 2017, section 4.1.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy import BackwardCorrectedClassifier
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> clf = BackwardCorrectedClassifier(transition_matrix=T, random_state=0)
    >>> clf.fit(X, corrupt_labels(y, T, random_state=0)).score(X, y) > 0.9
    True
    """

    _stage = "backward correction"

    def __init__(
        self,
        estimator: Any = None,
        *,
        transition_matrix: Any = None,
        base_loss: Any = "cross_entropy",
        identity_mixing: float = 0.0,
        start: str = "random",
        warm_up: float = 0,
        fine_tune_epochs: int = 0,
        fine_tune_lr_factor: float = 0.1,
        classes: ArrayLike | None = None,
        class_weight: Any = None,
        device: str = "auto",
        memory: Any = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.transition_matrix = transition_matrix
        self.base_loss = base_loss
        self.identity_mixing = identity_mixing
        self.start = start
        self.warm_up = warm_up
        self.fine_tune_epochs = fine_tune_epochs
        self.fine_tune_lr_factor = fine_tune_lr_factor
        self.classes = classes
        self.class_weight = class_weight
        self.device = device
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    def _corrected_loss(self, transition_matrix: NDArray[np.float64]) -> Mapping[str, Any]:
        return {
            "criterion": BackwardLoss,
            "criterion__transition_matrix": transition_matrix,
            "criterion__base_loss": self.base_loss,
            "criterion__identity_mixing": self.identity_mixing,
        }

    def _check_settings(self) -> None:
        super()._check_settings()
        if not (is_number(self.identity_mixing) and 0 <= self.identity_mixing <= 1):
            raise ValueError(f"identity_mixing must be in [0, 1]; got {self.identity_mixing!r}.")

    def _losses(self, rows: RowMatrices) -> Mapping[str, Any]:
        self._check_condition()
        return super()._losses(rows)

    def _check_condition(self) -> None:
        mixed = mix_with_identity(self.transition_matrix_, self.identity_mixing)
        condition = np.linalg.cond(mixed)
        cure = "Raise identity_mixing (to 0.1, say) or use ForwardCorrectedClassifier."
        if condition > SINGULAR_CONDITION:
            raise ValueError(
                f"The transition matrix ({self.transition_matrix_source_}) must be invertible "
                f"for the backward correction; its condition number is {condition:.3g}. {cure}"
            )
        if condition > LARGE_CONDITION:
            warnings.warn(
                f"The backward correction may multiply the noise of the gradient by {condition:.3g}"
                f", the condition number of the transition matrix. {cure}",
                UserWarning,
                stacklevel=2,
            )
