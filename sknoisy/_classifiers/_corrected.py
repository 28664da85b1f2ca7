"""What the two loss corrections of Patrini et al. share: resolve T, then train corrected."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_integer, check_number, check_option
from .._estimation import TrustedLabels, read_noise_groups, read_trusted_labels, with_fold_groups
from .._fitted import find_holder
from .._hints import SEE_ERRORS
from .._label_noise import LabelNoise, check_cache, noise_for_classifier
from .._net import WarmUp, first_stage_state
from .._predictions import CleanAndNoisyLabels
from .._random import random_seed
from .._stages import with_stages
from .._validation import TrainingSet
from ..losses._uncorrected import UncorrectedLoss
from ._candidates import check_candidates
from ._class_shares import warn_of_lost_classes
from ._net_classifier import NetClassifier, Trained
from ._trusted_judge import judged_by_trusted
from ._trusted_rows import (
    check_fine_tuning,
    fine_tune_on_trusted,
    trusted_rows,
    with_trusted_labels,
)
from ._warm_up import check_warm_up

if TYPE_CHECKING:
    from typing_extensions import Self


class CorrectedClassifier(CleanAndNoisyLabels, NetClassifier):
    """Algorithm 1 of Patrini et al.: resolve T, then train with the loss corrected for it."""

    # Values of `base_loss` that stand for the cross-entropy of clean labels.
    _log_losses: ClassVar[tuple[str, ...]] = ("cross_entropy",)

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
        keep_proba: bool = False,
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
        self.keep_proba = keep_proba
        self.classes = classes
        self.class_weight = class_weight
        self.device = device
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    @abstractmethod
    def _criterion(self, transition_matrix: NDArray[np.float64]) -> dict[str, Any]:
        """Parameters ``criterion`` and ``criterion__*`` of a net, for some T or a stack of them."""

    @with_stages
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
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Noisy labels of any type. Or soft ones, such as shares of votes: non-negative rows that
            sum to 1, with a column for each class in sorted order, or a frame whose columns name
            the classes. Each class of a row is then trained on with its share as weight.
            Booleans mark candidates, of which one is the label: for the forward correction with
            a given T.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights. A row of weight 2 counts as two rows where T is estimated.
        y_trusted : array-like of shape (n_samples,), default=None
            Clean labels of some rows of X, the others NaN or None; or of all of `X_trusted`. They
            go to the estimator of T, are trained on uncorrected, and are fine-tuned on. Where the
            default network for tables leaves them out, 20 or more random rows set the scale and
            shift of its logits.
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

        Raises
        ------
        ValueError
            If T does not fit the labels, rules out one that y holds, or cannot be inverted where
            the backward correction needs it; or if X or y holds what a network cannot read.
        TypeError
            If `noise_groups` meets a single T, or a module or criterion is an instance.

        Warns
        -----
        UserWarning
            If training lost a class, if T is doubtful, or if a classifier of the trusted rows
            alone is surely better on trusted rows that members left out.
        """
        data = with_fold_groups(self._validated(X, y, sample_weight, self.classes), fold_groups)
        seed = random_seed(self.random_state)
        trusted = read_trusted_labels(self, data, y_trusted, X_trusted)
        groups = None if noise_groups is None else read_noise_groups(noise_groups, data)
        self._check_trainable(data, seed, y_trusted)
        keep_all = self.start == "first_stage"
        noise = noise_for_classifier(self, X, data, seed, trusted, groups, keep_all)
        trained = self._train(data, noise, seed, trusted)
        warn_of_lost_classes(trained.net, data, noise.transition_matrix)
        return self._publish(trained, data, seed, noise.attributes())

    def _begin(self, X: Any, data: TrainingSet, seed: int) -> Self:
        self._check_trainable(data, seed)
        noise = noise_for_classifier(self, X, data, seed, keep_all=self.start == "first_stage")
        trained = self._train(data, noise, seed, epochs=1)
        return self._publish(trained, data, seed, noise.attributes(), goes_on=True)

    def _check_trainable(self, data: TrainingSet, seed: int, y_trusted: Any = ()) -> None:
        """Stage one may take long: refuse before it what the second stage could not train."""
        check_fine_tuning(self.fine_tune_epochs, y_trusted)
        if data.has_candidates:
            check_candidates(self.transition_matrix, self.base_loss)
        self._check_net(data, seed, self._uncorrected())

    def _train(
        self,
        data: TrainingSet,
        noise: LabelNoise,
        seed: int,
        trusted: TrustedLabels | None = None,
        epochs: int | None = None,
    ) -> Trained:
        self._check_noise(noise)
        source = find_holder(noise.estimator, "estimators_") if self.start != "random" else None
        networks = getattr(source, "estimators_", None)
        training, training_noise = data, noise
        if trusted is not None:
            training, training_noise = with_trusted_labels(
                data, noise, trusted, heavier=self.estimator is None
            )
        is_log_loss = self.base_loss in self._log_losses
        trained = self._train_net(
            self._new_net(data),
            training,
            seed,
            training_noise.which,
            criterion=self._criterion(training_noise.of_criterion),
            initial_state=first_stage_state(networks),
            warm_up=WarmUp(self._uncorrected(), self.warm_up),
            epochs=epochs,
            keep_proba=self.keep_proba or (trusted is not None and not data.is_soft),
            likelihoods=training_noise.columns(training.y) if is_log_loss else None,
        )
        if trusted is not None:
            trained = judged_by_trusted(trained, training, data, trusted_rows(data, trusted))
        if trusted is not None and self.fine_tune_epochs:
            fine_tune_on_trusted(self, trained.net, data, trusted, len(noise.matrices), seed)
        return trained

    def _check_parameters(self) -> None:
        check_option(self.start, "start", ("first_stage", "random"))
        check_warm_up(self.warm_up)
        self._check_base_loss()
        check_cache(self.memory)
        check_integer(self.fine_tune_epochs, "fine_tune_epochs", 0)
        check_number(self.fine_tune_lr_factor, "fine_tune_lr_factor", "(0, inf)")

    def _check_partial_fit(self, first: bool) -> None:
        if not first and hasattr(self, "noise_groups_"):
            raise ValueError(
                "partial_fit does not know the noise_groups of the new rows. Fit all rows at once."
                f" {SEE_ERRORS}"
            )

    def _check_base_loss(self) -> None:
        UncorrectedLoss(self.base_loss)

    def _check_noise(self, noise: LabelNoise) -> None:
        """Refuse a T that cannot be corrected for."""

    def _uncorrected(self) -> dict[str, Any]:
        """Parameters of the criterion of the warm-up, which takes labels as they are."""
        return {"criterion": UncorrectedLoss, "criterion__base_loss": self.base_loss}
