"""The two loss corrections of Patrini et al.: through T forward, and back through its inverse."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_integer, check_number, check_option
from .._estimation import TrustedLabels, read_noise_groups, read_trusted_labels, with_fold_groups
from .._fitted import find_holder
from .._label_noise import LabelNoise, check_cache, noise_for_classifier
from .._net import WarmUp, first_stage_state
from .._predictions import CleanAndNoisyLabels
from .._random import random_seed
from .._validation import TrainingSet
from ..losses import BackwardLoss, ForwardLoss
from ..losses._uncorrected import UncorrectedLoss
from ._class_shares import warn_of_lost_classes
from ._condition import check_invertible
from ._net_classifier import NetClassifier
from ._trusted_rows import check_fine_tuning, fine_tune_on_trusted, with_trusted_labels
from ._warm_up import check_warm_up

if TYPE_CHECKING:
    from typing_extensions import Self


class CorrectedClassifier(CleanAndNoisyLabels, NetClassifier):
    """Algorithm 1 of Patrini et al.: resolve T, then train with the loss corrected for it."""

    def __init__(
        self,
        estimator: Any = None,
        *,
        transition_matrix: Any = None,
        base_loss: Any = "cross_entropy",
        start: str = "random",
        warm_up: float = 0.2,
        fine_tune_epochs: int = 0,
        fine_tune_lr_factor: float = 0.1,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        n_members: int | str = "auto",
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
        self.start = start
        self.warm_up = warm_up
        self.fine_tune_epochs = fine_tune_epochs
        self.fine_tune_lr_factor = fine_tune_lr_factor
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.n_members = n_members
        self.classes = classes
        self.class_weight = class_weight
        self.device = device
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    @abstractmethod
    def _criterion(self, transition_matrix: NDArray[np.float64]) -> dict[str, Any]:
        """Parameters ``criterion`` and ``criterion__*`` of a net, for some T or a stack of them."""

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        y_trusted: ArrayLike | None = None,
        X_trusted: Any = None,
        noise_groups: ArrayLike | None = None,
        fold_groups: ArrayLike | None = None,
    ) -> Self:
        """Train on noisy labels, and on clean ones where there are some.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features; images as (n, channels, height, width), token ids as (n, length). A torch
            Dataset yields pairs (x, label), or x alone beside `y`. A dict or tuple of arrays are
            several inputs.
        y : array-like of shape (n_samples,)
            Noisy labels of any type.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights; only their ratios matter.
        y_trusted : array-like of shape (n_samples,), default=None
            Clean labels of some rows of X, the others NaN or None; or of all of `X_trusted`. They
            go to the estimator of T, are trained on uncorrected, and are fine-tuned on.
        X_trusted : like X, default=None
            Rows of the clean labels `y_trusted`, where these are not rows of X.
        noise_groups : array-like of shape (n_samples,), default=None
            What each row comes from (site, source, annotator), where these err in different ways:
            every row goes through the T of its group. `transition_matrix` is then a dict by group,
            a stack for groups numbered from 0, or an estimator.
        fold_groups : array-like of shape (n_samples,), default=None
            Rows that belong together, such as patients: see :class:`TransitionMatrixEstimator`.

        Returns
        -------
        self

        Warns
        -----
        UserWarning
            If training lost a class, or if T is doubtful.
        """
        data = with_fold_groups(self._validated(X, y, sample_weight, self.classes), fold_groups)
        seed = random_seed(self.random_state)
        trusted = read_trusted_labels(self, data, y_trusted, X_trusted)
        groups = None if noise_groups is None else read_noise_groups(noise_groups, data)
        self._check_trainable(data, seed, y_trusted)
        keep_all = self.start == "first_stage"
        noise = noise_for_classifier(self, X, data, seed, trusted, groups, keep_all)
        net = self._train(data, noise, seed, trusted)
        warn_of_lost_classes(net, data, noise.transition_matrix)
        return self._publish(net, data, seed, noise.attributes())

    def _begin(self, X: Any, data: TrainingSet, seed: int) -> Self:
        self._check_trainable(data, seed)
        noise = noise_for_classifier(self, X, data, seed, keep_all=self.start == "first_stage")
        net = self._train(data, noise, seed, epochs=1)
        return self._publish(net, data, seed, noise.attributes(), goes_on=True)

    def _check_trainable(self, data: TrainingSet, seed: int, y_trusted: Any = ()) -> None:
        """Stage one may take long: refuse before it what the second stage could not train."""
        check_fine_tuning(self.fine_tune_epochs, y_trusted)
        self._check_net(data, seed, self._uncorrected())

    def _train(
        self,
        data: TrainingSet,
        noise: LabelNoise,
        seed: int,
        trusted: TrustedLabels | None = None,
        epochs: int | None = None,
    ) -> Any:
        self._check_noise(noise)
        source = find_holder(noise.estimator, "estimators_") if self.start != "random" else None
        networks = getattr(source, "estimators_", None)
        training, training_noise = data, noise
        if trusted is not None:
            training, training_noise = with_trusted_labels(data, noise, trusted)
        net = self._train_net(
            self._new_net(data),
            training,
            seed,
            training_noise.which,
            criterion=self._criterion(training_noise.of_criterion),
            initial_state=first_stage_state(networks),
            warm_up=WarmUp(self._uncorrected(), self.warm_up),
            epochs=epochs,
        )
        if trusted is not None and self.fine_tune_epochs:
            fine_tune_on_trusted(self, net, data, trusted, len(noise.matrices), seed)
        return net

    def _check_parameters(self) -> None:
        check_option(self.start, "start", ("first_stage", "random"))
        check_warm_up(self.warm_up)
        UncorrectedLoss(self.base_loss)
        check_cache(self.memory)
        check_integer(self.fine_tune_epochs, "fine_tune_epochs", 0)
        check_number(self.fine_tune_lr_factor, "fine_tune_lr_factor", "(0, inf)")

    def _check_partial_fit(self, first: bool) -> None:
        if not first and hasattr(self, "noise_groups_"):
            raise ValueError(
                "partial_fit does not know the noise_groups of the new rows. Fit all rows at once."
            )

    def _check_noise(self, noise: LabelNoise) -> None:
        """Refuse a T that cannot be corrected for."""

    def _uncorrected(self) -> dict[str, Any]:
        """Parameters of the criterion of the warm-up, which takes labels as they are."""
        return {"criterion": UncorrectedLoss, "criterion__base_loss": self.base_loss}


class ForwardCorrectedClassifier(CorrectedClassifier):
    """Train through the noise: fit ``p(x) @ T`` to the noisy labels.

    The network's softmax p(x) stands for the clean posterior; the noise is applied to it before
    it is compared with the noisy label. The minimiser of the corrected loss is that of the loss
    on clean labels ([1]_, Theorem 2).

    Parameters
    ----------
    estimator : None, torch.nn.Module class or skorch net, default=None
        The network, which returns logits; a given one sees X as it is. None takes a small MLP,
        for tables one that scales columns, for sparse X of over 1,000 columns a linear model.
    transition_matrix : None, array-like, DataFrame, estimator or "carried", default=None
        ``T[i, j] = P(noisy = j | clean = i)`` of shape (n_classes, n_classes), rows summing to
        1, in the order of `classes_` or labelled by class; or an estimator of it, which is
        cloned and fitted on the training rows. None takes T from the previous step of a Pipeline
        if that is a :class:`TransitionMatrixEstimator`, and estimates it otherwise; "carried"
        insists on the previous step. With `noise_groups` in `fit`, one T per group: see there.
    base_loss : {"cross_entropy", "squared_error"} or callable, default="cross_entropy"
        The loss that is corrected, see :class:`sknoisy.losses.ForwardLoss`.
    start : {"random", "first_stage"}, default="random"
        Whether the network starts from random weights, or from those of the first stage if T was
        estimated with the same network ([1]_, Algorithm 1). A network that has memorised its noisy
        labels keeps them.
    warm_up : int or float in [0, 1), default=0.2
        From random weights: so many epochs, or this share of the net's `max_epochs`, with the
        uncorrected loss first. A corrected loss has minima in which whole classes are never
        predicted; after a warm-up a network rarely ends there. A share takes no more than 500
        steps, or one epoch. Learning-rate schedulers run through the warm-up; all other
        callbacks of the net begin after it.
    fine_tune_epochs : int, default=0
        After the training, so many epochs on the trusted rows alone, without correction, as
        [1]_ does on Clothing1M. Needs `y_trusted` in `fit`.
    fine_tune_lr_factor : float > 0, default=0.1
        Learning rate of the fine-tuning, as a share of that of the training.
    early_stopping : bool or "auto", default="auto"
        Whether to leave rows out of the training, stop where their loss by the corrected criterion
        no longer falls, and keep the best weights. "auto": for the default networks with hidden
        layers, which have up to 200 epochs then.
    validation_fraction : float in (0, 1), default=0.1
        Share of the rows that a single network leaves out; of several members each leaves out a
        fold, and no row is lost.
    n_iter_no_change : int, default=10
        Epochs without a better loss after which the training stops.
    n_members : int or "auto", default="auto"
        Number of networks that are trained together and whose posteriors are averaged; "auto": 5
        of the default network for tables with early stopping, else 1. Several of a network of
        your own take as much more time.
    classes : array-like of shape (n_classes,), default=None
        All labels, where some may be absent from y (a fold of a cross-validation).
    class_weight : dict, "balanced" or None, default=None
        Factors of the sample weights, by noisy label.
    device : str, default="auto"
        "auto" is the net's own device, or CUDA where there is one.
    memory : None, str or joblib.Memory, default=None
        Where to cache the fitted estimator of T, so that the candidates of a grid share it. Give
        `random_state` an int then.
    random_state : int, RandomState instance or None, default=None
        Seeds everything; the global generators are never touched.
    verbose : int, default=0
        1 shows a progress bar per stage.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of all matrices and posteriors.
    transition_matrix_ : ndarray of shape (n_classes, n_classes)
        The T that was used; with noise groups what they have in common.
    transition_matrices_ : ndarray of shape (n_groups, n_classes, n_classes)
        With noise groups: the T of each.
    noise_groups_ : ndarray of shape (n_groups,)
        With noise groups: their names, in the order of `transition_matrices_`.
    transition_matrix_source_ : {"given", "carried", "estimated"}
        Where it came from.
    doubts_ : tuple of str
        Why T may be wrong, wherever it came from; `fit` warns of each.
    transition_matrix_estimator_ : estimator
        The fitted estimator of T, where one was fitted.
    estimator_ : skorch.NeuralNet
        The fitted net.
    history_ : skorch.History
        Epochs of the last stage, those of the fine-tuning included.
    n_iter_ : int
        Number of epochs of the last stage.
    n_features_in_, feature_names_in_ : int and ndarray of shape (n_features_in_,)
        Number of features, and their names if X had any.

    References
    ----------
    .. [1] Patrini et al., "Making Deep Neural Networks Robust to Label Noise: a Loss Correction
       Approach", CVPR 2017, section 4.2.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sknoisy import ForwardCorrectedClassifier
    >>> from sknoisy.noise import corrupt_labels, symmetric_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> T = symmetric_transition_matrix(3, 0.3)
    >>> clf = ForwardCorrectedClassifier(transition_matrix=T, random_state=0)
    >>> clf.fit(X, corrupt_labels(y, T, random_state=0)).score(X, y) > 0.9
    True
    """

    _stage = "forward correction"

    def _criterion(self, transition_matrix: NDArray[np.float64]) -> dict[str, Any]:
        return {
            "criterion": ForwardLoss,
            "criterion__transition_matrix": transition_matrix,
            "criterion__base_loss": self.base_loss,
        }


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
    fine_tune_epochs, fine_tune_lr_factor, early_stopping, validation_fraction, n_iter_no_change, \
n_members, classes, class_weight, device, memory, random_state, verbose
        As for :class:`ForwardCorrectedClassifier`.

    Attributes
    ----------
    classes_, transition_matrix_, transition_matrices_, noise_groups_, transition_matrix_source_, \
doubts_, transition_matrix_estimator_, estimator_, history_, n_iter_, n_features_in_, \
feature_names_in_
        As for :class:`ForwardCorrectedClassifier`; `transition_matrix_` is T before mixing.

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
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        n_members: int | str = "auto",
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

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number(self.identity_mixing, "identity_mixing", "[0, 1]")

    def _check_noise(self, noise: LabelNoise) -> None:
        check_invertible(noise, self.identity_mixing)
