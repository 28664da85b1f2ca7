"""The backward correction of Patrini et al.: train through the inverse of T."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_number
from .._label_noise import LabelNoise
from ..losses import BackwardLoss
from ..losses._backward import BACKWARD_BASE_LOSSES
from ..losses._base_losses import check_base_loss
from ..losses._uncorrected import UncorrectedLoss
from ._condition import check_invertible
from ._corrected import CorrectedClassifier


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
    base_loss : {"adaptive", "cross_entropy", "squared_error", "non_negative"} or callable, \
default="adaptive"
        The loss that is corrected, see :class:`sknoisy.losses.BackwardLoss`. Cross-entropy, as in
        [1]_, has no lower bound once corrected: networks memorise wrong labels. "non_negative"
        gives it one, as is usual for positive and unlabelled rows.
    identity_mixing : float in [0, 1], default=0.0
        Correct with ``a I + (1 - a) T``: a little bias for much less variance.
    start : {"random", "first_stage"}, default="random"
        As for :class:`ForwardCorrectedClassifier`.
    warm_up : int or float in [0, 1), default=0
        As for :class:`ForwardCorrectedClassifier`.
    fine_tune_epochs, fine_tune_lr_factor, early_stopping, validation_fraction, n_iter_no_change, \
n_members, keep_proba, classes, class_weight, device, memory, random_state, verbose
        As for :class:`ForwardCorrectedClassifier`.

    Attributes
    ----------
    classes_, transition_matrix_, transition_matrices_, noise_groups_, transition_matrix_source_, \
doubts_, corrected_, transition_matrix_estimator_, estimator_, history_, n_iter_, clean_proba_, \
n_features_in_, feature_names_in_
        As for :class:`ForwardCorrectedClassifier`; `transition_matrix_` is T before mixing.

    See Also
    --------
    ForwardCorrectedClassifier : The usual choice: bounded below, no inverse of T.
    sknoisy.losses.BackwardLoss : The loss alone, for a training loop of your own.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise: a Loss Correction
       Approach", CVPR 2017, section 4.1.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy import BackwardCorrectedClassifier, make_net
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> net = make_net(max_epochs=20)
    >>> clf = BackwardCorrectedClassifier(net, transition_matrix=T, random_state=0)
    >>> clf.fit(X, corrupt_labels(y, T, random_state=0)).score(X, y) > 0.9
    True
    """

    _stage = "backward correction"

    _log_losses = ("cross_entropy", "adaptive", "non_negative")

    def __init__(
        self,
        estimator: Any = None,
        *,
        transition_matrix: Any = None,
        base_loss: Any = "adaptive",
        identity_mixing: float = 0.0,
        start: str = "random",
        warm_up: float = 0,
        fine_tune_epochs: int = 0,
        fine_tune_lr_factor: float = 0.1,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        n_members: int | str = "auto",
        keep_proba: bool = False,
        classes: ArrayLike | None = None,
        class_weight: Any = None,
        device: str = "auto",
        memory: Any = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            estimator,
            transition_matrix=transition_matrix,
            base_loss=base_loss,
            start=start,
            warm_up=warm_up,
            fine_tune_epochs=fine_tune_epochs,
            fine_tune_lr_factor=fine_tune_lr_factor,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            n_members=n_members,
            keep_proba=keep_proba,
            classes=classes,
            class_weight=class_weight,
            device=device,
            memory=memory,
            random_state=random_state,
            verbose=verbose,
        )
        self.identity_mixing = identity_mixing

    def _criterion(self, transition_matrix: NDArray[np.float64]) -> dict[str, Any]:
        return {
            "criterion": BackwardLoss,
            "criterion__transition_matrix": transition_matrix,
            "criterion__base_loss": self.base_loss,
            "criterion__identity_mixing": self.identity_mixing,
        }

    def _uncorrected(self) -> dict[str, Any]:
        if self.base_loss not in ("adaptive", "non_negative"):
            return super()._uncorrected()
        return {"criterion": UncorrectedLoss}  # What both are where there is no noise.

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number(self.identity_mixing, "identity_mixing", "[0, 1]")

    def _check_base_loss(self) -> None:
        check_base_loss(self.base_loss, names=BACKWARD_BASE_LOSSES)

    def _check_noise(self, noise: LabelNoise) -> None:
        check_invertible(noise, self.identity_mixing)
