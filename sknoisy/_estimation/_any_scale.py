"""A classifier that does not see the units of the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone

from .._base_estimator import HouseEstimator
from .._typed_bases import ClassifierMixin
from ._wrapped import weight_params

if TYPE_CHECKING:
    from typing_extensions import Self


class AnyScaleClassifier(ClassifierMixin, HouseEstimator):
    """Fit a classifier to columns divided by powers of two, between 1/2 and 1 at their largest.

    scikit-learn's trees take a column for constant if its values differ by less than 1e-7. Powers
    of two round nothing, so that ordinary columns give the same trees as before.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        largest = abs(X if sparse.issparse(X) else np.asarray(X)).max(axis=0)
        largest = largest.toarray().ravel() if sparse.issparse(largest) else largest
        self.exponents_ = -np.frexp(largest)[1]
        params = weight_params(self.estimator, sample_weight)
        self.estimator_ = clone(self.estimator).fit(self._scaled(X), y, **params)
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        return self.estimator_.predict_proba(self._scaled(X))

    def predict(self, X: Any) -> NDArray[Any]:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _scaled(self, X: Any) -> Any:
        if not sparse.issparse(X):
            return np.ldexp(np.asarray(X), self.exponents_)
        scaled = X.tocsr(copy=True)
        scaled.data = np.ldexp(scaled.data, self.exponents_[scaled.indices])
        return scaled
