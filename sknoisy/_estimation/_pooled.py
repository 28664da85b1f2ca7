"""Trees, a linear model and perhaps another, pooled as far as each predicts the labels."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags

from .._base_estimator import HouseEstimator
from .._hints import SEE_ERRORS
from .._transition import row_weights, sharpened, smoothed_log
from .._typed_bases import ClassifierMixin
from .._validation import n_rows, take_rows
from ._wrapped import weight_params

if TYPE_CHECKING:
    from typing_extensions import Self

Array = NDArray[np.float64]

# Every third row is left out once, to see how far each model is to be believed.
LEFT_OUT = 3
# Rows left out say little if there are fewer of them; all models then count alike.
FEWEST_LEFT_OUT = 30
LOG_POWERS = -5.0, 2.5


class PooledClassifier(ClassifierMixin, HouseEstimator):
    """The product of the posteriors of several classifiers, each raised to a power.

    The powers are those under which labels of left-out rows are likeliest, so that a model that
    is wrong for the data, or too sure, counts less: a logarithmic opinion pool [1]_. `own`, if
    there is one, is a user's classifier, which gets the labels as they are written.

    References
    ----------
    .. [1] Genest, Zidek, "Combining Probability Distributions: A Critique and an Annotated
       Bibliography", Statistical Science 1, 1986.
    """

    def __init__(self, trees: Any, linear: Any, own: Any = None) -> None:
        self.trees = trees
        self.linear = linear
        self.own = own

    def fit(self, X: Any, y: Any, sample_weight: Any = None, fold_groups: Any = None) -> Self:
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"Noisy labels of at least two classes are needed; all {len(codes)} rows that "
                f"remain where some are left out are labelled {self.classes_[0]}. Rows are left "
                f"out in turn, with their copies: add rows, or pass fold_groups=np.arange(n_rows) "
                f"if equal rows are different examples. {SEE_ERRORS}"
            )
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        group = np.arange(len(codes)) if fold_groups is None else np.asarray(fold_groups)
        # Rows of one group are left out together.
        out = np.unique(group, return_inverse=True)[1] % LEFT_OUT == LEFT_OUT - 1
        self.powers_ = self._fitted_powers(X, codes, weights, out)
        self.members_ = self._fitted_members(X, codes, weights)
        return self

    def predict_proba(self, X: Any) -> Array:
        logs = self._log_posteriors(self.members_, X)
        return sharpened(np.tensordot(self.powers_, logs, axes=1), 1.0)

    def predict(self, X: Any) -> NDArray[Any]:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def _members(self) -> list[Any]:
        return [self.trees, self.linear, *([] if self.own is None else [self.own])]

    def _fitted_members(self, X: Any, codes: NDArray[np.intp], weights: Array | None) -> list[Any]:
        labels = self.classes_[codes]
        with warnings.catch_warnings():
            # It stops where a further step would not change what the pool says.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return [
                clone(member).fit(X, labels, **weight_params(member, weights))
                for member in self._members
            ]

    def _log_posteriors(self, members: list[Any], X: Any) -> Array:
        logs = []
        for member in members:
            proba = np.zeros((n_rows(X), len(self.classes_)))
            proba[:, np.searchsorted(self.classes_, member.classes_)] = member.predict_proba(X)
            logs.append(smoothed_log(proba))
        return np.stack(logs)

    def _fitted_powers(
        self, X: Any, codes: NDArray[np.intp], weights: Array | None, out: NDArray[np.bool_]
    ) -> Array:
        n_members = len(self._members)
        if out.sum() < FEWEST_LEFT_OUT or len(np.unique(codes[~out])) < 2:
            return np.full(n_members, 1 / n_members)
        rest, rows = np.flatnonzero(~out), np.flatnonzero(out)
        members = self._fitted_members(
            take_rows(X, rest), codes[rest], None if weights is None else weights[rest]
        )
        logs = self._log_posteriors(members, take_rows(X, rows))
        return fitted_powers(logs, codes[rows], row_weights(weights, len(codes))[rows])


def fitted_powers(log_posteriors: Array, y: NDArray[np.intp], weights: Array) -> Array:
    """The powers of the product of posteriors under which labels are likeliest."""
    cells, weights = (np.arange(len(y)), y), weights / weights.sum()

    def loss_and_gradient(log_powers: Array) -> tuple[float, Array]:
        powers = np.exp(log_powers)
        p = sharpened(np.tensordot(powers, log_posteriors, axes=1), 1.0)
        gain = [weights @ (log[cells] - (p * log).sum(axis=1)) for log in log_posteriors]
        return float(-weights @ np.log(p[cells].clip(1e-300))), -powers * np.array(gain)

    found = minimize(
        loss_and_gradient,
        np.full(len(log_posteriors), -np.log(len(log_posteriors))),
        jac=True,
        method="L-BFGS-B",
        bounds=[LOG_POWERS] * len(log_posteriors),
    )
    return np.exp(found.x)
