"""The classifiers of the noisy labels, and what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from .._iterators import RepeatedRows
from .._random import random_seed
from .._transition import (
    ChosenRows,
    FittedEstimate,
    NoisyRows,
    TrustedRows,
    estimate,
    project_posterior,
    row_weights,
    temperature_scaled,
    with_trusted,
)
from .._validation import TrainingSet
from ._posteriors import CrossFit, class_posteriors
from ._through import is_wide_table, likelier_through
from ._trusted import TrustedLabels

Array = NDArray[np.float64]


class FirstStage(NamedTuple):
    """Fitted classifiers, and out-of-fold posteriors of the rows that they were fitted to."""

    cross_fit: CrossFit
    data: TrainingSet
    estimators: list[Any]
    noisy_proba: Array

    def mean_posterior(self, X: Any) -> Array:
        """Posteriors of other rows."""
        asked = [class_posteriors(estimator, X, self.data.classes) for estimator in self.estimators]
        return np.asarray(np.mean(asked, axis=0))

    def estimate(
        self,
        X_unlabelled: Any,
        trusted: TrustedLabels | None,
        random_state: Any,
        **asked_with: Any,
    ) -> FittedEstimate:
        """T of the noisy labels, with the help of rows without one, and of trusted labels."""
        asked, weight = self.noisy_proba, self.data.sample_weight
        if X_unlabelled is not None:
            more = self.mean_posterior(X_unlabelled)
            asked = np.concatenate([asked, more])
            weight = None if weight is None else np.concatenate([weight, np.ones(len(more))])
        fitted = estimate(asked, self.data.y, sample_weight=weight, **asked_with)
        fitted = self._likeliest(fitted, asked, weight, random_state, asked_with)
        return fitted if trusted is None else self.with_trusted(fitted, trusted, random_state)

    def _likeliest(
        self,
        fitted: FittedEstimate,
        asked: Array,
        weight: Array | None,
        random_state: Any,
        asked_with: Mapping[str, Any],
    ) -> FittedEstimate:
        """Of a wide table what "auto" found, or counts if linear models fit better through them."""
        cross_fit, by_default = self.cross_fit, asked_with["structure"] is None
        by_default &= cross_fit.estimator is None and fitted.rate_range is not None
        if not by_default or asked_with["method"] != "auto" or not is_wide_table(self.data.X):
            return fitted
        asked_with = {**asked_with, "method": "count"}
        counted = estimate(asked, self.data.y, sample_weight=weight, **asked_with)
        seed = random_seed(random_state)
        return likelier_through(
            fitted, counted, self.data, cross_fit.device, seed, cross_fit.verbose
        )

    def calibrated(self, at: Array | None = None) -> Array:
        """The posteriors, or those of other rows, as sure as they are right."""
        weight = self.data.sample_weight
        return temperature_scaled(self.noisy_proba, self.data.y, sample_weight=weight, at=at)

    def with_trusted(
        self, fitted: FittedEstimate, trusted: TrustedLabels, random_state: Any
    ) -> FittedEstimate:
        """The estimate with trusted labels in it."""
        X, clean = trusted.rows(self.data.X)
        if trusted.X is None:
            left_out, proba = trusted.known, self.calibrated()
            weights = row_weights(self.data.sample_weight, len(proba))
            chosen = ChosenRows(left_out, NoisyRows(proba, self.data.y, weights))
            rows = TrustedRows(proba[left_out], clean, chosen)
            if isinstance(X, RepeatedRows):
                rows, X = self._once(rows, X, left_out), X.source
        else:
            left_out = np.empty(0, dtype=np.intp)
            rows = TrustedRows(self.calibrated(at=self.mean_posterior(X)), clean)
        sharpen = partial(self._surer_posterior, X, left_out, random_state)
        return with_trusted(fitted, rows, sharpen)

    def _once(
        self, trusted: TrustedRows, X: RepeatedRows, left_out: NDArray[np.intp]
    ) -> TrustedRows:
        """Trusted rows with soft labels, without their repetitions."""
        weights = self.data.sample_weight
        weights = None if weights is None else weights[left_out]
        shares = X.shares(self.data.y[left_out], weights, len(self.data.classes))
        return TrustedRows(trusted.proba[X.first], trusted.clean[X.first], noisy_shares=shares)

    def _surer_posterior(
        self, X: Any, left_out: NDArray[np.intp], random_state: Any, transition_matrix: Array
    ) -> Array | None:
        """Posteriors of rows X from a classifier of the most probable clean labels, if it can be.

        That of the noisy labels hardly tells two classes apart whose labels hardly differ.
        """
        if isinstance(self.cross_fit.estimator, FrozenEstimator):
            return None
        y = self.data.y
        joint = project_posterior(self.calibrated(), transition_matrix) * transition_matrix.T[y]
        relabelled = self.data._replace(y=joint.argmax(axis=1).astype(y.dtype))
        others = np.setdiff1d(np.arange(len(y)), left_out)
        groups = self.data.fold_groups
        if groups is not None:
            others = others[~np.isin(groups[others], groups[left_out])]
        if len(np.unique(relabelled.y[others])) < 2:
            return None
        seed = random_seed(random_state)
        fitted = self.cross_fit.fit_rows(relabelled, others, seed, "clean labels")
        return class_posteriors(fitted, X, self.data.classes)
