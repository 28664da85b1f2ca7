"""Training with a loss that resists noise by itself."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from torch import nn

from .._hints import SEE_ERRORS
from .._random import random_seed
from .._stages import with_stages
from .._validation import TrainingSet
from ..losses import LOSSES
from ._net_classifier import NetClassifier

if TYPE_CHECKING:
    from typing_extensions import Self


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
    early_stopping, validation_fraction, n_iter_no_change, n_members, keep_proba
        As for :class:`ForwardCorrectedClassifier`; left-out rows are judged by the loss itself,
        by cross-entropy where it remembers single rows or is not one of `sknoisy.losses`.
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
    classes_, estimator_, history_, n_iter_, clean_proba_, n_features_in_, feature_names_in_
        As for :class:`ForwardCorrectedClassifier`.

    See Also
    --------
    ForwardCorrectedClassifier : Training that accounts for the noise by T.
    sknoisy.losses.LOSSES : The losses by name.

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
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        n_members: int | str = "auto",
        keep_proba: bool = False,
        classes: ArrayLike | None = None,
        class_weight: Any = None,
        device: str = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.loss = loss
        self.loss_params = loss_params
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.n_members = n_members
        self.keep_proba = keep_proba
        self.classes = classes
        self.class_weight = class_weight
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @with_stages
    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Train on noisy labels.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features; images as (n, channels, height, width), token ids as (n, length). A torch
            Dataset yields pairs (x, label), or x alone beside `y`.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Noisy labels of any type, or soft ones as for :class:`ForwardCorrectedClassifier`;
            "early_learning", which remembers the label of a row, takes no soft ones. Booleans
            mark candidates, of which one is the label: for "cross_entropy", whose loss of a row
            is then ``-log`` of the sum of their posteriors (Jin, Ghahramani, "Learning with
            Multiple Labels", NIPS 2002).
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights; only their ratios matter.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If the loss is unknown, does not take `loss_params`, or the network returns no logits.
        """
        data = self._validated(X, y, sample_weight, self.classes)
        return self._fit(data, random_seed(self.random_state))

    def _begin(self, X: Any, data: TrainingSet, seed: int) -> Self:
        return self._fit(data, seed, epochs=1)

    def _fit(self, data: TrainingSet, seed: int, epochs: int | None = None) -> Self:
        criterion = _criterion_class(self.loss)
        if data.is_soft:
            _check_soft(criterion, self.loss)
        arguments = _checked_params(criterion, self.loss_params)
        is_log_loss = getattr(criterion(**arguments), "is_log_loss", False)
        if data.has_candidates and not is_log_loss:
            raise ValueError(
                f"loss={self.loss!r} is not defined for candidate sets, whose likelihood is the "
                f"sum of the probabilities of the marked classes. Pass loss='cross_entropy'."
                f" {SEE_ERRORS}"
            )
        params = {f"criterion__{name}": value for name, value in arguments.items()}
        trained = self._train_net(
            self._new_net(data),
            data,
            seed,
            criterion={"criterion": criterion, **params},
            epochs=epochs,
            likelihoods=np.eye(len(data.classes))[data.y] if is_log_loss else None,
        )
        return self._publish(trained, data, seed, {}, goes_on=epochs is not None)

    def _check_partial_fit(self, first: bool) -> None:
        if getattr(_criterion_class(self.loss), "keeps_state", False):
            raise ValueError(
                f"partial_fit cannot serve loss={self.loss!r}, which remembers each training row "
                f"by its number: the rows of a later call would meet what was kept of others. "
                f"Use fit. {SEE_ERRORS}"
            )

    _takes_candidates = True

    @property
    def _stage(self) -> str:  # type: ignore[override]
        return self.loss if isinstance(self.loss, str) else self.loss.__name__


def _check_soft(criterion: type[nn.Module], loss: Any) -> None:
    """A loss that remembers rows knows one label of each."""
    if getattr(criterion, "needs_index", False) or getattr(criterion, "keeps_state", False):
        raise ValueError(
            f"loss={loss!r} remembers one label of each row and is not defined for soft labels. "
            f"Pass one label per row, or choose another loss, such as 'gce'."
            f" {SEE_ERRORS}"
        )


def _criterion_class(loss: Any) -> type[nn.Module]:
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise ValueError(f"loss must be one of {sorted(LOSSES)}; got {loss!r}. {SEE_ERRORS}")
        return LOSSES[loss]
    if inspect.isclass(loss) and issubclass(loss, nn.Module):
        return loss
    raise TypeError(
        f"loss must be a name of sknoisy.losses.LOSSES or the class of a criterion; got {loss!r}. "
        f"The arguments of the class go into loss_params."
        f" {SEE_ERRORS}"
    )


def _checked_params(criterion: type[nn.Module], params: Any) -> dict[str, Any]:
    """`loss_params` as a dict, or say why the criterion cannot take them."""
    if not isinstance(params, Mapping | None):
        raise TypeError(
            f'loss_params must be a dict such as {{"q": 0.5}}; got {params!r}. {SEE_ERRORS}'
        )
    arguments = dict(params or {})
    if arguments.get("reduction") == "none":
        raise ValueError(
            'loss_params must not ask for reduction="none", for a net trains on one number per '
            'batch; leave it out, or ask for "sum".'
            f" {SEE_ERRORS}"
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
        raise TypeError(f"{message} {SEE_ERRORS}") from error
    return arguments
