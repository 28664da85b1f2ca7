"""What both corrections share: trusted labels, the start of the network, a look at its end."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._net import WarmUpPlan, check_net, fine_tune, first_stage_state
from .._predictions import CleanAndNoisyLabels
from .._validation import TrainingSet, is_number, n_rows
from ._base import NetClassifier
from ._class_shares import ClassShares
from ._groups import groups_of_rows
from ._row_matrices import RowMatrices
from ._source import TransitionMatrixSource
from ._trusted import TrustedLabels, trusted_labels


class CorrectedClassifier(TransitionMatrixSource, CleanAndNoisyLabels, NetClassifier):
    """Resolve T, then train with the loss corrected for it."""

    base_loss: Any
    start: str
    warm_up: float
    fine_tune_epochs: int
    fine_tune_lr_factor: float

    @abstractmethod
    def _corrected_loss(self, transition_matrix: NDArray[np.float64]) -> Mapping[str, Any]:
        """Parameters ``criterion`` and ``criterion__*`` for some T."""

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        y_trusted: ArrayLike | None = None,
        X_trusted: Any = None,
        groups: ArrayLike | None = None,
    ) -> Any:
        """Train on noisy labels, and on clean ones where there are some.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features; images as (n, channels, height, width), token ids as (n, length). A torch
            Dataset yields pairs (x, label), or x alone beside `y`.
        y : array-like of shape (n_samples,)
            Noisy labels of any type.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights; only their ratios matter.
        y_trusted : array-like of shape (n_samples,), default=None
            Clean labels of some rows of X, the others NaN or None; or of all rows of
            `X_trusted`. They go to the estimator of T; rows that have one are trained with it,
            without correction; and with `fine_tune_epochs` they end the training.
        X_trusted : like X, default=None
            Rows of the clean labels `y_trusted`, where these are not rows of X.
        groups : array-like of shape (n_samples,), default=None
            What each row comes from (site, source, annotator), where these err in different
            ways: every row is trained through the T of its group. `transition_matrix` is then a
            dict from groups to matrices, a stack of shape (n_groups, n_classes, n_classes) for
            groups that are numbered from 0, or an estimator, whose T each group departs from.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not usable; the message says what to do.

        Warns
        -----
        UserWarning
            If training lost a class, or if T is doubtful.
        """
        data = self._validated(X, y, sample_weight, self.classes)
        self._check_settings()
        self._check_fine_tuning(y_trusted)
        n_passed = len(data.y) if y_trusted is None and groups is None else n_rows(X)
        trusted = trusted_labels(self, data, y_trusted, X_trusted, n_passed)
        groups = groups_of_rows(groups, data, n_passed)
        net = self._new_net(data)
        passed_on = {} if trusted is None else trusted.fit_params(self.classes_)
        if groups is not None:
            passed_on["groups"] = groups
        self._resolve_transition_matrix(X, data, **passed_on)
        training, rows = data, self._rows_of(data, groups)
        if trusted is not None:
            training, rows = trusted.join(training, rows)
        training = training._replace(y=rows.targets(training.y).astype(np.int32))
        self._train(training, net, **self._losses(rows))
        if trusted is not None and self.fine_tune_epochs:
            self._fine_tune(data, trusted, len(rows.matrices) - 1)
        if data.loss_weight is None:  # Weighted rows say nothing of the shares of classes.
            self._warn_of_lost_classes(ClassShares(data, self.transition_matrix_))
        return self

    def _plan(self, X: Any, data: TrainingSet) -> Mapping[str, Any]:
        self._check_settings()
        self._resolve_transition_matrix(X, data)
        return self._losses(self._rows_of(data, None))

    def _validated(
        self, X: Any, y: Any, sample_weight: Any, classes: Any, reset: bool = True
    ) -> TrainingSet:
        if not reset and hasattr(self, "groups_"):
            raise ValueError(
                "partial_fit cannot go on after fit(groups=...): it does not know the groups of "
                "the new rows. Fit all rows at once."
            )
        return super()._validated(X, y, sample_weight, classes, reset)

    def _losses(self, rows: RowMatrices) -> Mapping[str, Any]:
        """The corrected loss, that of the warm-up, and where the network starts."""
        several = len(rows.matrices) > 1 or hasattr(self, "groups_")
        T = rows.matrices if several else self.transition_matrix_
        # The same loss with T = I is the uncorrected one.
        identity = np.broadcast_to(np.eye(len(self.classes_)), T.shape)
        return {
            "criterion": self._corrected_loss(T),
            "initial_state": self._first_stage_state(),
            "warm_up": WarmUpPlan(self._corrected_loss(identity), self.warm_up),
        }

    def _from_estimator(
        self, estimator: Any, data: TrainingSet, fit_params: Mapping[str, Any]
    ) -> NDArray[np.float64]:
        """Estimate T, which may take long: so only if the second stage will be able to train."""
        identity = np.eye(len(self.classes_))
        check_net(
            self._built_net(data),
            data.X,
            n_classes=len(self.classes_),
            seed=self._seed,
            criterion=self._corrected_loss(identity),
        )
        return super()._from_estimator(estimator, data, fit_params)

    def _check_settings(self) -> None:
        if self.start not in ("random", "first_stage"):
            raise ValueError(f'start must be "first_stage" or "random"; got {self.start!r}.')
        epochs = self.warm_up
        counted = isinstance(epochs, int | np.integer) and epochs >= 0
        if not (counted or is_number(epochs) and 0 <= epochs < 1):
            raise ValueError(
                f"warm_up must be a number of epochs >= 0, or a share in [0, 1) of all; got "
                f"{epochs!r}."
            )

    def _check_fine_tuning(self, y_trusted: ArrayLike | None) -> None:
        epochs, factor = self.fine_tune_epochs, self.fine_tune_lr_factor
        if not isinstance(epochs, int | np.integer) or epochs < 0:
            raise ValueError(f"fine_tune_epochs must be a number of epochs >= 0; got {epochs!r}.")
        if not (is_number(factor) and 0 < factor < np.inf):
            raise ValueError(f"fine_tune_lr_factor must be positive; got {factor!r}.")
        if epochs and y_trusted is None:
            raise ValueError(
                f"fine_tune_epochs={epochs} needs clean labels: pass y_trusted to fit, or set "
                f"fine_tune_epochs=0."
            )

    def _first_stage_state(self) -> Mapping[str, Any] | None:
        fitted = getattr(self, "transition_matrix_estimator_", None)
        first_stage = getattr(fitted, "estimators_", None)
        if self.start != "first_stage" or not first_stage:
            return None
        return first_stage_state(first_stage[0])

    def _fine_tune(self, data: TrainingSet, trusted: TrustedLabels, identity: int) -> None:
        """Go on with the trusted rows alone, as [A] does on Clothing1M, without correction."""
        X, y = trusted.rows(data.X)
        weights = None
        if data.loss_weight is not None and trusted.X is None:
            weights = data.loss_weight[trusted.known]
        fine_tune(
            self.estimator_,
            X,
            identity * len(self.classes_) + y,
            weights,
            n_classes=len(self.classes_),
            seed=self._seed + len(self.history_),
            epochs=self.fine_tune_epochs,
            lr_factor=self.fine_tune_lr_factor,
            progress="fine-tuning" if self.verbose else None,
        )
        self.n_iter_ = len(self.history_)

    def _warn_of_lost_classes(self, shares: ClassShares) -> None:
        lost, found = shares.lost(self.estimator_)
        if len(lost):
            k = lost[0]
            warnings.warn(
                f"Training ended in a minimum that lost the classes "
                f"{self.classes_[lost].tolist()}: class {self.classes_.tolist()[k]!r} should make "
                f"up {shares.implied[k]:.1%} of the rows by y and the transition matrix, but its "
                f"mean posterior is {found[k]:.1%}. Scale the features, raise warm_up, start from "
                f"the first stage, or try another random_state.",
                UserWarning,
                stacklevel=2,
            )
