"""What all classifiers with a network share: train a net, predict its softmax."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags

from .._base_estimator import HouseEstimator
from .._checks import check_flag, check_verbose
from .._estimation import (
    LabelEvidence,
    Stopping,
    TrainingPlan,
    fit_likeliest,
    grow_trees,
    left_out_mean,
    net_for,
    rivals,
    takes_trees,
)
from .._fitted import publish
from .._hints import SEE_ERRORS
from .._iterators import each_once
from .._net import (
    as_dataset,
    check_net_settings,
    check_trainable,
    copied_net,
    drop_training_state,
    predict_proba,
    side_by_side,
)
from .._predictions import CleanLabels
from .._random import random_seed
from .._typed_bases import ClassifierMixin
from .._validation import TrainingSet, validate_training_set

if TYPE_CHECKING:
    from typing_extensions import Self


class Trained(NamedTuple):
    """A fitted net and, if asked for, posteriors of the rows by members that left them out.

    `fold` says which member left out each row; None where each row was trained on.
    """

    net: Any
    clean_proba: NDArray[np.float64] | None = None
    fold: NDArray[np.integer] | None = None


class NetClassifier(CleanLabels, ClassifierMixin, HouseEstimator):
    """Train a net with some criterion, predict its softmax."""

    estimator: Any
    classes: ArrayLike | None
    class_weight: Any
    device: str
    early_stopping: bool | str
    validation_fraction: float
    n_iter_no_change: int
    n_members: int | str
    keep_proba: bool
    random_state: Any
    verbose: int

    estimator_: Any
    history_: Any
    n_iter_: int
    clean_proba_: NDArray[np.float64]
    _seed: int
    _takes_soft_labels = True

    @property
    @abstractmethod
    def _stage(self) -> str:
        """Name of the training, for the progress bar."""

    @abstractmethod
    def _begin(self, X: Any, data: TrainingSet, seed: int) -> Self:
        """The first call of `partial_fit`: train a new net for an epoch; X is as passed."""

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train on a batch of rows for one epoch; T is resolved at the first call and kept.

        The optimizer's state is kept from call to call. `fit` does not keep it, as it may take
        twice the weights: the first call after `fit` starts the optimizer anew, at its last
        learning rate. A call that fails or is interrupted leaves the classifier as it was.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            As for `fit`.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Noisy labels, or soft ones as for `fit`.
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
            If a later call brings other classes, T is one of groups, or the loss remembers rows.
        """
        first = not hasattr(self, "estimator_")
        self._check_partial_fit(first)
        if classes is None:
            classes = self.classes if first else self.classes_
        data = self._validated(X, y, sample_weight, classes, reset=first)
        if first:
            return self._begin(X, data, random_seed(self.random_state))
        if not np.array_equal(data.classes, self.classes_):
            raise ValueError(
                f"classes must stay those of the first call, {self.classes_.tolist()}; "
                f"got {data.classes.tolist()}. {SEE_ERRORS}"
            )
        # A copy, so that an epoch that fails or is interrupted leaves no trace.
        net = copied_net(self.estimator_)
        self._train_net(net, data, self._seed + len(net.history_), epochs=1)
        state = {**vars(self), **_attributes_of(net)}
        self.__dict__ = state
        return self

    def _check_parameters(self) -> None:
        """Refuse parameters that cannot be used, before any data is seen."""

    def _check_partial_fit(self, first: bool) -> None:
        """Refuse where the rows of a later call could not be trained as those of the first."""

    def _validated(
        self, X: Any, y: Any, sample_weight: Any, classes: Any, reset: bool = True
    ) -> TrainingSet:
        self._check_parameters()
        check_verbose(self.verbose)
        check_net_settings(self.estimator, self.device)
        Stopping.of(self)
        check_flag(self.keep_proba, "keep_proba")
        data = validate_training_set(
            self,
            X,
            y,
            sample_weight,
            classes=classes,
            class_weight=self.class_weight,
            reset=reset,
        )
        plan = self._plan(data)
        if self.keep_proba and (plan.stopping is None or plan.n_members == 1):
            raise ValueError(
                "keep_proba=True keeps posteriors by the members that left a row out, but no "
                "member leaves rows out here: set early_stopping=True and n_members to 2 or more."
                f" {SEE_ERRORS}"
            )
        return data

    def _new_net(self, data: TrainingSet) -> Any:
        return net_for(self.estimator, data, self.device, self._plan(data).n_members)

    def _plan(self, data: TrainingSet) -> TrainingPlan:
        return Stopping.of(self).plan_for(self.estimator, data)

    def _check_net(self, data: TrainingSet, seed: int, criterion: dict[str, Any]) -> None:
        """Raise what a training would raise before its first step."""
        check_trainable(
            self._new_net(data),
            each_once(data.X),
            n_classes=len(data.classes),
            seed=seed,
            criterion=criterion,
        )

    def _train_net(
        self,
        net: Any,
        data: TrainingSet,
        seed: int,
        matrix: Any = None,
        keep_proba: bool | None = None,
        likelihoods: NDArray[np.float64] | None = None,
        **training: Any,
    ) -> Trained:
        """Train a net in place; `training` is passed on to `fit_net`.

        Unless the epochs are given it is stopped as the parameters say, and left-out rows choose
        between it and its rivals, or take both. Posteriors by members that left a row out are kept
        where there are such, by default if the parameters ask. The default network gets trees where
        the loss is that of `likelihoods`, ``P(label | clean = k)`` of each row.
        """
        held_out, nets = None, [net]
        if training.get("epochs") is None:
            plan = self._plan(data)
            held_out = plan.held_out(data, seed)
            training |= {"epochs": plan.epochs, "held_out": held_out}
            if held_out is not None:
                nets += rivals(self.estimator, data, self.device, plan.n_members)
        nets = fit_likeliest(
            nets,
            data.X,
            data.y,
            data.loss_weight,
            matrix=matrix,
            n_classes=len(data.classes),
            seed=seed,
            stage=self._stage,
            verbose=self.verbose,
            # Who asks for a number of members gets no others beside.
            together=self.n_members == "auto",
            **training,
        )
        keep_proba = self.keep_proba if keep_proba is None else keep_proba
        if held_out is None or (held_out.fold < 0).any():
            return Trained(nets[0])
        dataset = as_dataset(nets[0], each_once(data.X), data.once(data.y))
        once = held_out._replace(fold=data.once(held_out.fold))
        if likelihoods is not None and self.estimator is None and takes_trees(nets[0], once):
            evidence = LabelEvidence.of(data, likelihoods)
            proba = grow_trees(nets, dataset, evidence, once, seed)
        elif keep_proba:
            proba = left_out_mean(nets, dataset, once)
        net = nets[0] if len(nets) == 1 else side_by_side(*nets)
        return Trained(net, data.repeated(proba), held_out.fold) if keep_proba else Trained(net)

    def _publish(
        self,
        trained: Trained,
        data: TrainingSet,
        seed: int,
        attributes: Mapping[str, Any],
        *,
        goes_on: bool = False,
    ) -> Self:
        """Set the fitted attributes; the state of the optimizer stays if the training goes on."""
        net = trained.net
        if not goes_on:
            drop_training_state(net)
        if self.keep_proba and trained.clean_proba is not None:
            attributes = {**attributes, "clean_proba_": _of_all_rows(trained.clean_proba, data)}
        publish(
            self,
            {
                **data.features,
                "classes_": data.classes,
                **attributes,
                **_attributes_of(net),
                "_seed": seed,
            },
        )
        return self

    def _clean_proba(self, X: Any) -> NDArray[np.float64]:
        return predict_proba(self.estimator_, X)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _attributes_of(net: Any) -> dict[str, Any]:
    return {"estimator_": net, "history_": net.history_, "n_iter_": len(net.history_)}


def _of_all_rows(proba: NDArray[np.float64], data: TrainingSet) -> NDArray[np.float64]:
    """Of posteriors by row, trusted ones at the end, those of the rows passed; NaN if unused."""
    proba = proba[: len(data.y)]
    if data.kept is None:
        return proba
    everywhere = np.full((data.n_passed, proba.shape[1]), np.nan)
    everywhere[data.kept] = proba
    return everywhere
