"""Noise inside a Pipeline or a cross-validation: on the training labels only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import (
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

from .._base_estimator import HouseEstimator
from .._checks import check_classifier, check_flag, has_method, naming
from .._fitted import publish
from .._hints import SEE_ERRORS
from .._labels import (
    accuracy,
    as_label_array,
    check_labels,
    check_same_length,
    refuse_several_columns,
)
from .._random import RandomState
from .._stages import with_stages
from .._transition import check_transition_matrix
from .._typed_bases import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from ._arguments import encode_several_classes
from ._corruption import corrupt_labels

if TYPE_CHECKING:
    from typing_extensions import Self


def _estimator_has(method: str) -> Callable[[Any], bool]:
    """Whether the fitted estimator, or the one to fit, has a method (for `available_if`)."""

    def check(self: Any) -> bool:
        estimator = getattr(self, "estimator_", self.estimator)
        if not has_method(estimator, method):
            getattr(estimator, method)  # Its error says why.
        return True

    return check


class CorruptedLabelsClassifier(MetaEstimatorMixin, ClassifierMixin, HouseEstimator):
    """Fit a classifier to labels from `corrupt_labels`; predict and score as usual.

    Transformers cannot change y, and labels corrupted before a cross-validation would be noisy
    in the test folds too. Here the noise is made inside `fit`: every fold trains on noisy labels
    and is scored on clean ones. Labels that are noisy already, by people or by noise that T
    cannot describe, go beside the clean ones as `y_noisy`, which scikit-learn splits as y.

    Parameters
    ----------
    estimator : classifier
        The classifier to train; cloned.
    transition_matrix : array-like of shape (n_classes, n_classes) or callable, default=None
        ``T[i, j] = P(noisy = j | clean = i)``, ordered as the sorted labels unless `classes`
        says otherwise; or a function of ``n_classes`` that returns T, such as
        `symmetric_transition_matrix`. None where `fit` gets `y_noisy`.
    classes, exact
        As in `corrupt_labels`; `classes` is needed if a fold may lack a class.
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
    n_features_in_, feature_names_in_
        If `estimator_` has them.

    See Also
    --------
    corrupt_labels : Makes the labels noisy, outside of a search.
    sknoisy.ForwardCorrectedClassifier : A classifier that corrects such noise.

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

    estimator_: Any
    transition_matrix_: NDArray[np.float64]
    noise_rate_: float

    def __init__(
        self,
        estimator: BaseEstimator,
        transition_matrix: ArrayLike | Callable[[int], ArrayLike] | None = None,
        *,
        classes: ArrayLike | None = None,
        exact: bool = False,
        random_state: RandomState = None,
    ) -> None:
        self.estimator = estimator
        self.transition_matrix = transition_matrix
        self.classes = classes
        self.exact = exact
        self.random_state = random_state

    @with_stages
    def fit(
        self, X: Any, y: ArrayLike, y_noisy: ArrayLike | None = None, **fit_params: Any
    ) -> Self:
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

        Raises
        ------
        ValueError
            If both `transition_matrix` and `y_noisy` are given, or none, or one does not fit y.
        """
        check_flag(self.exact, "exact")
        check_classifier(self.estimator, needs_proba=False)
        if y is None:
            raise ValueError(
                "CorruptedLabelsClassifier requires y to be passed, but the target y is None."
                f" {SEE_ERRORS}"
            )
        refuse_several_columns(y)
        labels = as_label_array(y)
        y = check_labels(column_or_1d(labels, warn=True) if labels.ndim == 2 else y)
        with naming("X"):
            X = indexable(X)[0]
        if hasattr(X, "shape") or hasattr(X, "__len__"):
            check_same_length(X=X, y=y)
        check_classification_targets(y)
        if (self.transition_matrix is None) == (y_noisy is None):
            raise ValueError(
                "CorruptedLabelsClassifier needs either a transition_matrix or noisy labels, "
                f"fit(X, y, y_noisy=...); got {'none' if y_noisy is None else 'both'}."
                f" {SEE_ERRORS}"
            )
        attributes: dict[str, Any] = {}
        if y_noisy is None:
            attributes["transition_matrix_"], y_noisy = self._draw_labels(y)
        else:
            y_noisy = check_labels(y_noisy, "y_noisy")
            check_same_length(y=y, y_noisy=y_noisy)
        if _routing_enabled():
            fit_params = process_routing(self, "fit", **fit_params).estimator.fit
        fitted = clone(self.estimator).fit(X, y_noisy, **fit_params)
        names = ("n_features_in_", "feature_names_in_")
        attributes |= {name: getattr(fitted, name) for name in names if hasattr(fitted, name)}
        attributes |= {"estimator_": fitted, "noise_rate_": float(np.mean(y_noisy != y))}
        publish(self, attributes)
        return self

    def _draw_labels(self, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """T, and labels drawn from it."""
        labels = encode_several_classes(y, self.classes).classes
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
        """Return the labels that the fitted estimator predicts.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.
        """
        check_is_fitted(self)
        with naming("X"):
            return self.estimator_.predict(X)

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Fraction of rows whose predicted label is that in y.

        Parameters
        ----------
        X : like X of `fit`
            Rows.
        y : array-like of shape (n_samples,)
            Labels, clean ones for the accuracy on clean labels.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts.

        Returns
        -------
        float
        """
        return accuracy(y, self.predict(X), sample_weight)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return the posteriors of the noisy labels by the fitted estimator.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        check_is_fitted(self)
        with naming("X"):
            return self.estimator_.predict_proba(X)

    @available_if(_estimator_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithms of `predict_proba`.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        check_is_fitted(self)
        return self.estimator_.predict_log_proba(X)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return the scores of the fitted estimator.

        Parameters
        ----------
        X : like X of `fit`
            Rows.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            The former for two classes.
        """
        check_is_fitted(self)
        return self.estimator_.decision_function(X)

    def get_metadata_routing(self) -> MetadataRouter:
        """Keep `y_noisy`, route what else `fit` gets to the estimator's `fit`."""
        fit_to_fit = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(estimator=self.estimator, method_mapping=fit_to_fit)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        if inner.classifier_tags is not None:
            tags.classifier_tags = inner.classifier_tags
        return tags
