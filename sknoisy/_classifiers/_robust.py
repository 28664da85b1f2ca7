"""Training with a loss that resists noise by itself."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from numpy.typing import ArrayLike
from torch import nn

from .._validation import TrainingSet
from ..losses import LOSSES
from ._base import NetClassifier


class RobustLossClassifier(NetClassifier):
    """Train with a loss that resists label noise, without a transition matrix.

    Parameters
    ----------
    estimator : None, torch.nn.Module class or skorch net, default=None
        As for :class:`ForwardCorrectedClassifier`.
    loss : str or torch.nn.Module class, default="gce"
        A name of :data:`sknoisy.losses.LOSSES`, such as "cross_entropy", "gce", "mae",
        "symmetric_cross_entropy", "bootstrap_soft", or the class of a criterion: one of
        `sknoisy.losses`, PyTorch's or your own. It takes the place of the net's.
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

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Train on a batch of rows for one epoch.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            As for `fit`.
        y : array-like of shape (n_samples,)
            Noisy labels.
        classes : array-like of shape (n_classes,), default=None
            All labels; needed at the first call unless the parameter `classes` or `y` names
            them all.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As for `fit`, and if the loss remembers the rows, as "early_learning" does.
        """
        if getattr(_criterion_class(self.loss), "needs_index", False):
            raise ValueError(
                f"partial_fit cannot serve loss={self.loss!r}, which remembers each training row "
                f"by its number: the rows of a later call would meet what was kept of others. "
                f"Use fit."
            )
        return super().partial_fit(X, y, classes, sample_weight)

    @property
    def _stage(self) -> str:  # type: ignore[override]
        return self.loss if isinstance(self.loss, str) else self.loss.__name__

    def _plan(self, X: Any, data: TrainingSet) -> Mapping[str, Any]:
        criterion = _criterion_class(self.loss)
        params = _checked_params(criterion, self.loss_params)
        return {
            "criterion": {
                "criterion": criterion,
                **{f"criterion__{name}": value for name, value in params.items()},
            }
        }


def _criterion_class(loss: Any) -> type[nn.Module]:
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise ValueError(f"loss must be one of {sorted(LOSSES)}; got {loss!r}.")
        return LOSSES[loss]
    if inspect.isclass(loss) and issubclass(loss, nn.Module):
        return loss
    raise TypeError(
        f"loss must be a name of sknoisy.losses.LOSSES or the class of a criterion; got {loss!r}. "
        f"The arguments of the class go into loss_params."
    )


def _checked_params(criterion: type[nn.Module], params: Any) -> dict[str, Any]:
    """`loss_params` as a dict, or say why the criterion cannot take them."""
    if not isinstance(params, Mapping | None):
        raise TypeError(f'loss_params must be a dict such as {{"q": 0.5}}; got {params!r}.')
    arguments = dict(params or {})
    if arguments.get("reduction") == "none":
        raise ValueError(
            'loss_params must not ask for reduction="none", for a net trains on one number per '
            'batch; leave it out, or ask for "sum".'
        )
    signature = inspect.signature(criterion)
    try:
        signature.bind(**arguments)
    except TypeError as error:
        message = (
            f"loss_params do not fit {criterion.__name__}, whose arguments are "
            f"{list(signature.parameters)}: {error}."
        )
        if getattr(criterion, "needs_transition_matrix", False):
            message += (
                " The classifiers ForwardCorrectedClassifier and BackwardCorrectedClassifier "
                "take this matrix as an argument, or estimate it."
            )
        raise TypeError(message) from error
    return arguments
