"""Posteriors of the noisy labels: each row asked of a classifier that has not seen it."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from .._net import build_net, fit_net, is_net, predict_proba
from .._validation import TrainingSet, n_rows, sample_shape, take_rows


class CrossFit(NamedTuple):
    """How posteriors are made: the parameters of `TransitionMatrixEstimator` that say so."""

    estimator: Any
    cv: Any
    device: str
    n_jobs: int | None
    verbose: int

    def posteriors(self, data: TrainingSet, seed: int) -> tuple[list[Any], NDArray[np.float64]]:
        """The fitted classifiers, and P(noisy | x) for every row."""
        if isinstance(self.estimator, FrozenEstimator):
            check_is_fitted(self.estimator)
            return [self.estimator], ask(self.estimator, data.X, data.classes)
        if self.cv is None:
            fitted = self._fit(data, np.arange(len(data.y)), seed, "noisy labels")
            return [fitted], ask(fitted, data.X, data.classes)
        folds = self._folds(data, seed)
        fits = Parallel(n_jobs=self.n_jobs)(
            delayed(self._fit_fold)(
                data, train, test, seed + k, f"noisy labels, fold {k}/{len(folds)}"
            )
            for k, (train, test) in enumerate(folds, start=1)
        )
        proba = np.full((len(data.y), len(data.classes)), np.nan)
        for (_, test), (_, fold_proba) in zip(folds, fits, strict=True):
            proba[test] = fold_proba
        if np.isnan(proba).any():
            raise ValueError(
                f"cv must put every row into exactly one test fold; {self.cv!r} leaves "
                f"{int(np.isnan(proba).any(axis=1).sum())} of {len(proba)} rows out."
            )
        return [fitted for fitted, _ in fits], proba

    def _folds(self, data: TrainingSet, seed: int) -> list[tuple[Any, Any]]:
        counts = np.bincount(data.y, minlength=len(data.classes))
        rare = np.where(counts == 0, len(data.y), counts).argmin()
        cv = self.cv
        if isinstance(cv, int | np.integer):
            if cv < 2:
                raise ValueError(f"cv must be at least 2 folds, or None for in-sample; got {cv}.")
            if cv > counts[rare]:
                n_folds = max(2, int(counts[rare]))
                rows = "1 row" if counts[rare] == 1 else f"{counts[rare]} rows"
                warnings.warn(
                    f"cv={cv} folds, but the smallest class, {data.classes.tolist()[rare]!r}, has "
                    f"{rows}: {n_folds} folds are used instead. Pass a smaller cv, or drop "
                    f"classes this rare.",
                    UserWarning,
                    stacklevel=2,
                )
                cv = n_folds
            # A class of one row is absent from the training part of that row's fold.
            splitter = StratifiedKFold if counts[rare] > 1 else KFold
            cv = splitter(int(cv), shuffle=True, random_state=seed)
        if isinstance(cv, str) or not (hasattr(cv, "split") or hasattr(cv, "__iter__")):
            raise ValueError(
                f"cv must be a number of folds, a splitter of scikit-learn's, pairs of lists of "
                f"row numbers, or None for in-sample; got {cv!r}."
            )
        if not hasattr(cv, "split"):  # Lists of row numbers, as the user counts the rows.
            return [(_among(data.kept, train), _among(data.kept, test)) for train, test in cv]
        return list(cv.split(np.empty((len(data.y), 1)), data.y))

    def _fit_fold(
        self, data: TrainingSet, train: Any, test: Any, seed: int, stage: str
    ) -> tuple[Any, NDArray[np.float64]]:
        fitted = self._fit(data, train, seed, stage)
        return fitted, ask(fitted, take_rows(data.X, test), data.classes)

    def _fit(self, data: TrainingSet, rows: Any, seed: int, stage: str) -> Any:
        X = data.X if len(rows) == len(data.y) else take_rows(data.X, rows)
        # A network's step should not depend on the scale of the weights; a penalty of
        # scikit-learn's does, as the user means it to.
        weight = data.loss_weight if is_net(self.estimator) else data.sample_weight
        weight = None if weight is None else weight[rows]
        if is_net(self.estimator):
            net = build_net(
                self.estimator,
                n_classes=len(data.classes),
                sample_shape=sample_shape(data.X),
                device=self.device,
            )
            return fit_net(
                net,
                X,
                data.y[rows],
                weight,
                n_classes=len(data.classes),
                seed=seed,
                progress=stage if self.verbose else None,
            )
        params = {}
        if weight is not None:
            if not has_fit_parameter(self.estimator, "sample_weight"):
                raise ValueError(
                    f"{type(self.estimator).__name__} does not take sample_weight; leave the "
                    f"weights out or choose an estimator that does."
                )
            params["sample_weight"] = weight
        fitted = clone(self.estimator)
        for name in fitted.get_params():
            if name.split("__")[-1] == "random_state" and fitted.get_params()[name] is None:
                fitted.set_params(**{name: seed})
        return fitted.fit(X, data.classes[data.y[rows]], **params)


def ask(fitted: Any, X: Any, classes: NDArray[Any]) -> NDArray[np.float64]:
    """Posteriors with one column per class, also for classes that `fitted` never saw."""
    if not hasattr(fitted, "classes_") or is_net(fitted):
        return predict_proba(fitted, X)
    unknown = np.setdiff1d(fitted.classes_, classes)
    if len(unknown):
        raise ValueError(
            f"The estimator knows classes {unknown.tolist()} that y does not hold; name all "
            f"classes with classes=."
        )
    proba = np.zeros((n_rows(X), len(classes)))
    proba[:, np.searchsorted(classes, fitted.classes_)] = fitted.predict_proba(X)
    return proba


def _among(kept: NDArray[np.intp] | None, rows: ArrayLike) -> NDArray[np.intp]:
    """Where those of `rows` that were kept stand among the kept ones."""
    numbers = np.asarray(rows)
    return numbers if kept is None else np.searchsorted(kept, numbers[np.isin(numbers, kept)])
