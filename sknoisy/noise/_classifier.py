"""Noise inside a Pipeline or a cross-validation: on the training labels only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import (
    assert_all_finite,
    check_consistent_length,
    column_or_1d,
    get_tags,
    indexable,
)
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    _routing_enabled,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from .._transition import check_transition_matrix, show_labels
from ._checks import RandomStateLike
from ._corruption import corrupt_labels
from ._labels import check_labels, encode_labels


def _estimator_has(method: str) -> Callable[[Any], bool]:
    """Whether the fitted estimator, or the one to fit, has a method (for `available_if`)."""

    def check(self: Any) -> bool:
        getattr(getattr(self, "estimator_", self.estimator), method)
        return True

    return check


class CorruptedLabelsClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Fit a classifier to corrupted labels; predict and score as usual.

    A transformer cannot do this: scikit-learn hands it y but takes only X back, so that a
    Pipeline trains the next step on the labels that the user passed. And labels corrupted
    before a cross-validation would be noisy in the test folds too. Here the noise is made
    inside `fit`: every fold trains on noisy labels and is scored on clean ones. Labels that are
    noisy already, by people or by noise that T cannot describe, go beside the clean ones as
    `y_noisy`, which scikit-learn splits as it splits y.

    Parameters
    ----------
    estimator : classifier
        The classifier to train; cloned.
    transition_matrix : array-like of shape (n_classes, n_classes) or callable, default=None
        ``T[i, j] = P(noisy = j | clean = i)``, ordered as the sorted labels unless `classes`
        says otherwise; or a function of ``n_classes`` that returns T, such as
        `symmetric_transition_matrix`. None where `fit` gets `y_noisy`.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of T's rows; needed if a fold may lack a class.
    exact : bool, default=False
        As in `corrupt_labels`.
    random_state : int, RandomState or None, default=None
        Draws the noise. With an int, candidates of a grid meet the same noise.

    Attributes
    ----------
    estimator_ : classifier
        Fitted to the noisy labels.
    classes_ : ndarray of shape (n_classes,)
        The labels that `estimator_` has seen.
    transition_matrix_ : ndarray of shape (n_classes, n_classes)
        The T from which the labels were drawn; not there if `fit` got `y_noisy`.
    noise_rate_ : float
        Fraction of the training labels that changed.
    n_features_in_ : int
        If `estimator_` has it.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        If `estimator_` has it.

    See Also
    --------
    corrupt_labels : The same on an array of labels.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sknoisy.noise import pair_flip_transition_matrix
    >>> X, y = load_iris(return_X_y=True)
    >>> noisy = CorruptedLabelsClassifier(
    ...     LogisticRegression(), pair_flip_transition_matrix(3, 0.3), random_state=0
    ... )
    >>> scores = cross_val_score(make_pipeline(StandardScaler(), noisy), X, y)
    >>> bool(scores.mean() > 0.8)  # against clean labels
    True

    Noise that depends on the features, made beforehand:

    >>> from sknoisy.noise import part_dependent_noise
    >>> y_noisy = part_dependent_noise(X, y, 0.2, random_state=0).labels
    >>> noisy = CorruptedLabelsClassifier(LogisticRegression(max_iter=500))
    >>> scores = cross_val_score(noisy, X, y, params={"y_noisy": y_noisy})
    >>> bool(scores.mean() > cross_val_score(LogisticRegression(max_iter=500), X, y_noisy).mean())
    True
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        transition_matrix: ArrayLike | Callable[[int], ArrayLike] | None = None,
        *,
        classes: ArrayLike | None = None,
        exact: bool = False,
        random_state: RandomStateLike = None,
    ) -> None:
        self.estimator = estimator
        self.transition_matrix = transition_matrix
        self.classes = classes
        self.exact = exact
        self.random_state = random_state

    def fit(
        self, X: Any, y: ArrayLike, y_noisy: ArrayLike | None = None, **fit_params: Any
    ) -> CorruptedLabelsClassifier:
        """Corrupt the labels, then fit a clone of the estimator to them.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Whatever the estimator takes.
        y : array-like of shape (n_samples,)
            Clean labels.
        y_noisy : array-like of shape (n_samples,), default=None
            Noisy labels to train on; default: drawn from `transition_matrix`.
        **fit_params : dict
            Passed to the estimator's `fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If both `transition_matrix` and `y_noisy` are given, or none, or one does not fit y.
        """
        X, y = _check_X_y(X, y)
        if (self.transition_matrix is None) == (y_noisy is None):
            raise ValueError(
                "CorruptedLabelsClassifier needs either a transition_matrix or noisy labels, "
                f"fit(X, y, y_noisy=...); got {'none' if y_noisy is None else 'both'}."
            )
        if y_noisy is None:
            self.transition_matrix_, y_noisy = self._drawn(y)
        else:
            y_noisy = check_labels(y_noisy, "y_noisy")
            check_consistent_length(y, y_noisy)
        if _routing_enabled():
            fit_params = process_routing(self, "fit", **fit_params).estimator.fit
        self.estimator_ = clone(self.estimator).fit(X, y_noisy, **fit_params)
        self.noise_rate_ = float(np.mean(y_noisy != y))
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    def _drawn(self, y: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """T, and noisy labels drawn from it."""
        _, labels = encode_labels(y, self.classes)
        if len(labels) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least 2 classes; got 1 class: "
                f"{show_labels(labels)}."
            )
        T: Any = self.transition_matrix
        T = check_transition_matrix(T(len(labels)) if callable(T) else T, classes=labels)
        return T, corrupt_labels(
            y, T, classes=labels, exact=self.exact, random_state=self.random_state
        )

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels that the fitted estimator has seen."""
        return self.estimator_.classes_

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict with the fitted estimator.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Whatever the estimator takes.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        return self.estimator_.predict(X)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Probabilities of the labels it was trained on: the noisy ones.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Whatever the estimator takes.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self.estimator_.predict_proba(X)

    @available_if(_estimator_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Logarithms of `predict_proba`.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Whatever the estimator takes.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self.estimator_.predict_log_proba(X)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[Any]:
        """Scores from the fitted estimator.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Whatever the estimator takes.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    def get_metadata_routing(self) -> MetadataRouter:
        """Keep `y_noisy`, route what else `fit` gets to the estimator's `fit`.

        Returns
        -------
        MetadataRouter
        """
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                estimator=self.estimator,
                method_mapping=MethodMapping().add(caller="fit", callee="fit"),
            )
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        if inner.classifier_tags is not None:
            tags.classifier_tags = inner.classifier_tags
        return tags


def _check_X_y(X: Any, y: Any) -> tuple[Any, NDArray[Any]]:
    if y is None:
        raise ValueError(
            "CorruptedLabelsClassifier requires y to be passed, but the target y is None."
        )
    X, y = indexable(X, y)
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    return X, y
