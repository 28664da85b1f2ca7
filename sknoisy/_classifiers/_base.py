"""What all classifiers share: validate, encode y, train a net, predict its softmax."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from .._net import build_net, fit_net, predict_proba
from .._predictions import CleanLabels
from .._validation import TrainingSet, sample_shape, validate_rows, validate_training_set


class NetClassifier(CleanLabels, ClassifierMixin, BaseEstimator):
    """Validate, encode y, train a net with some criterion, predict its softmax."""

    estimator: Any
    classes: ArrayLike | None
    class_weight: Any
    device: str
    random_state: Any
    verbose: int

    _stage: str

    @abstractmethod
    def _plan(self, X: Any, data: TrainingSet) -> Mapping[str, Any]:
        """What `fit_net` is told beside the data: the criterion, and where the network starts."""

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Any:
        """Train on noisy labels.

        Parameters
        ----------
        X : array-like, sparse matrix, frame or Dataset of n_samples rows
            Features; images as (n, channels, height, width), token ids as (n, length). A torch
            Dataset yields pairs (x, label), or x alone beside `y`.
        y : array-like of shape (n_samples,)
            Noisy labels of any type.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights; only their ratios matter.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not usable; the message says what to do.
        """
        data = self._validated(X, y, sample_weight, self.classes)
        return self._train(data, self._new_net(data), **self._plan(X, data))

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """Train on a batch of rows for one epoch; T is resolved at the first call and kept.

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
        """
        first = not hasattr(self, "estimator_")
        known = self.classes if first else self.classes_
        data = self._validated(X, y, sample_weight, known if classes is None else classes, first)
        if not first and not np.array_equal(data.classes, self.classes_):
            raise ValueError(
                f"classes must stay those of the first call, {self.classes_.tolist()}; "
                f"got {data.classes.tolist()}."
            )
        if first:
            net = self._new_net(data)
            return self._train(data, net, **self._plan(X, data), epochs=1)
        return self._train(data, self.estimator_, epochs=1)

    def _validated(
        self, X: Any, y: Any, sample_weight: Any, classes: Any, reset: bool = True
    ) -> TrainingSet:
        # The net's own settings are checked first: nothing may be trained before an error.
        build_net(self.estimator, n_classes=2, sample_shape=None, device=self.device)
        return validate_training_set(
            self,
            X,
            y,
            sample_weight,
            classes=classes,
            class_weight=self.class_weight,
            reset=reset,
        )

    def _new_net(self, data: TrainingSet) -> Any:
        self.classes_ = data.classes
        self._seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        return self._built_net(data)

    def _built_net(self, data: TrainingSet) -> Any:
        return build_net(
            self.estimator,
            n_classes=len(data.classes),
            sample_shape=sample_shape(data.X),
            device=self.device,
        )

    def _train(self, data: TrainingSet, net: Any, **settings: Any) -> Any:
        self.estimator_ = fit_net(
            net,
            data.X,
            data.y,
            data.loss_weight,
            n_classes=len(self.classes_),
            seed=self._seed + len(net.history_ or ()),
            progress=self._stage if self.verbose else None,
            **settings,
        )
        self.history_ = self.estimator_.history_
        self.n_iter_ = len(self.history_)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Posteriors of the clean labels.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            ``P(clean = k | x)``, in the order of `classes_`.
        """
        check_is_fitted(self)
        return predict_proba(self.estimator_, validate_rows(self, X))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
