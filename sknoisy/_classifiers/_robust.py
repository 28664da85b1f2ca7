"""Training with a loss that resists noise by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike

from .._validation import TrainingSet
from ..losses import LOSSES
from ._base import NetClassifier


class RobustLossClassifier(NetClassifier):
    """Train with a loss that resists label noise, without a transition matrix.

    Parameters
    ----------
    estimator : None, torch.nn.Module class or skorch net, default=None
        As for :class:`ForwardCorrectedClassifier`.
    loss : str or Criterion class, default="gce"
        A name of :data:`sknoisy.losses.LOSSES`, such as "cross_entropy", "gce", "mae",
        "symmetric_cross_entropy", "bootstrap_soft", or a class of that kind.
    loss_params : dict, default=None
        Arguments of the loss, such as ``{"q": 0.5}``.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y.
    class_weight : dict, "balanced" or None, default=None
        Factors of the sample weights, by noisy label.
    device : str, default="auto"
        "auto" is the net's own device, or CUDA where there is one.
    random_state : int, RandomState instance or None, default=None
        Seeds everything; the global generators are never touched.
    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    classes_, estimator_, history_, n_iter_, n_features_in_, feature_names_in_
        As for :class:`ForwardCorrectedClassifier`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy import RobustLossClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> RobustLossClassifier(loss="cross_entropy", random_state=0).fit(X, y).score(X, y) > 0.9
    True
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        loss: Any = "gce",
        loss_params: Mapping[str, Any] | None = None,
        classes: ArrayLike | None = None,
        class_weight: Any = None,
        device: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.loss = loss
        self.loss_params = loss_params
        self.classes = classes
        self.class_weight = class_weight
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @property
    def _stage(self) -> str:  # type: ignore[override]
        return self.loss if isinstance(self.loss, str) else self.loss.__name__

    def _plan(self, X: Any, data: TrainingSet) -> Mapping[str, Any]:
        if isinstance(self.loss, str) and self.loss not in LOSSES:
            raise ValueError(f"loss must be one of {sorted(LOSSES)}; got {self.loss!r}.")
        criterion = LOSSES[self.loss] if isinstance(self.loss, str) else self.loss
        params = {f"criterion__{name}": value for name, value in (self.loss_params or {}).items()}
        return {"criterion": {"criterion": criterion, **params}}
