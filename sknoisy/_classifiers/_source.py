"""Where T comes from: an argument, the previous step of a Pipeline, or an estimate."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_memory, has_fit_parameter

from .. import _carrier
from .._estimation import TransitionMatrixEstimator
from .._transition import check_transition_matrix
from .._validation import TrainingSet
from ._groups import estimated_rows, given_rows, is_by_group
from ._row_matrices import RowMatrices


class TransitionMatrixSource:
    """Resolves the parameter `transition_matrix` of the classifiers that have one."""

    estimator: Any
    transition_matrix: Any
    memory: Any
    random_state: Any
    verbose: int
    classes_: NDArray[Any]
    _seed: int

    def _resolve_transition_matrix(self, X: Any, data: TrainingSet, **fit_params: Any) -> None:
        """Set `transition_matrix_`, where it is from, and its estimator if there was one.

        Of `fit_params` an estimator of T gets what its `fit` takes.
        """
        self.__dict__.pop("transition_matrix_estimator_", None)
        found = self._resolve(X, data, fit_params)
        self.transition_matrix_, self.transition_matrix_source_ = found
        self._check_support(data)

    def _resolve(
        self, X: Any, data: TrainingSet, fit_params: Mapping[str, Any]
    ) -> tuple[NDArray[np.float64], str]:
        """An argument beats the tag of X, the tag an estimate."""
        wanted, tag = self.transition_matrix, _carrier.read(X)
        if isinstance(wanted, str) and wanted != "carried":
            raise ValueError(
                f'transition_matrix must be an array, an estimator, None or "carried"; '
                f"got {wanted!r}."
            )
        if isinstance(wanted, str) and tag is None:
            raise ValueError(
                'transition_matrix="carried", but X carries none: place '
                "TransitionMatrixEstimator directly before this step of the Pipeline."
            )
        if inspect.isclass(wanted):
            raise TypeError(
                f"transition_matrix must be an instance, not a class: pass {wanted.__name__}(...)."
            )
        if tag is not None and (wanted is None or isinstance(wanted, str)):
            return self._from_tag(tag), "carried"
        if wanted is None or hasattr(wanted, "fit"):
            estimator = TransitionMatrixEstimator() if wanted is None else wanted
            return self._from_estimator(estimator, data, fit_params), "estimated"
        if is_by_group(wanted):
            rows = given_rows(wanted, fit_params.get("groups"), self.classes_)
            return rows.mean(data.sample_weight), "given"
        return check_transition_matrix(wanted, classes=self.classes_), "given"

    def _from_tag(self, tag: _carrier.Tag) -> NDArray[np.float64]:
        if not np.array_equal(tag.classes, self.classes_):
            raise ValueError(
                f"X carries a transition matrix for the classes {tag.classes.tolist()}, but y "
                f"holds {self.classes_.tolist()}. Name all classes with classes= in both steps."
            )
        return check_transition_matrix(tag.transition_matrix)

    def _from_estimator(
        self, estimator: Any, data: TrainingSet, fit_params: Mapping[str, Any]
    ) -> NDArray[np.float64]:
        fit = check_memory(self.memory).cache(_fit_transition_estimator, ignore=["verbose"])
        params = {k: v for k, v in fit_params.items() if has_fit_parameter(estimator, k)}
        if data.sample_weight is not None:
            params["sample_weight"] = data.sample_weight
        self.transition_matrix_estimator_ = fit(
            self._prepared(estimator), data.X, data.labels, params, self.verbose
        )
        found = getattr(self.transition_matrix_estimator_, "transition_matrix_", None)
        if found is None:
            raise TypeError(
                f"transition_matrix must be an array or an estimator that sets "
                f"transition_matrix_ when fitted, such as TransitionMatrixEstimator; "
                f"{type(estimator).__name__} does not."
            )
        return check_transition_matrix(found, classes=self.classes_)

    def _prepared(self, estimator: Any) -> Any:
        """A clone that takes from this classifier what it leaves open."""
        prepared = clone(estimator)
        if not isinstance(prepared, TransitionMatrixEstimator):
            return prepared
        seed = self.random_state
        if seed is not None and not isinstance(seed, int | np.integer):
            seed = self._seed  # The state of a generator is no key for a cache.
        mine = {
            "estimator": self.estimator,
            "classes": self.classes_,
            "random_state": seed,
            "device": getattr(self, "device", "auto"),
        }
        left_open = [name for name in mine if getattr(prepared, name) in (None, "auto")]
        return prepared.set_params(**{name: mine[name] for name in left_open})

    def _rows_of(self, data: TrainingSet, groups: NDArray[Any] | None) -> RowMatrices:
        """The T of every row; sets `transition_matrices_` and `groups_` if it has a group."""
        for name in ("transition_matrices_", "groups_"):
            self.__dict__.pop(name, None)
        if groups is None:
            return RowMatrices.alike(self.transition_matrix_, len(data.y))
        if is_by_group(self.transition_matrix):
            rows = given_rows(self.transition_matrix, groups, self.classes_)
        else:
            fitted = getattr(self, "transition_matrix_estimator_", None)
            rows = estimated_rows(fitted, data, groups)
        self.groups_, self.transition_matrices_ = np.unique(groups), rows.matrices
        impossible = np.flatnonzero(rows.impossible(data.y))
        if len(impossible):
            row = impossible[0]
            raise ValueError(
                f"The transition matrix of group {groups[row]!r} says that the label "
                f"{self.classes_.tolist()[data.y[row]]!r} never occurs, but a row of the group "
                f"has it. Give its column some probability."
            )
        return rows

    def _check_support(self, data: TrainingSet) -> None:
        """A label that T says never occurs has no finite corrected loss."""
        present = np.unique(data.y)
        impossible = present[self.transition_matrix_[:, present].sum(axis=0) == 0]
        if len(impossible):
            raise ValueError(
                f"The transition matrix ({self.transition_matrix_source_}) says that the labels "
                f"{self.classes_[impossible].tolist()} never occur: their columns are zero, but "
                f"y holds them. Give those columns some probability."
            )


def _fit_transition_estimator(
    estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any], verbose: int
) -> Any:
    """Fit stage one; a function of its own so that joblib can cache it."""
    if isinstance(estimator, TransitionMatrixEstimator):
        estimator.set_params(verbose=max(estimator.verbose, verbose))
    return estimator.fit(X, y, **fit_params)
