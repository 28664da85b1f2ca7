"""Posteriors of the noisy labels: each row predicted by a classifier that has not seen it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from .._hints import SEE_ERRORS
from .._interruptions import ctrl_c_passed_on
from .._iterators import RepeatedRows
from .._net import HeldOut, drop_training_state, is_net, predict_proba, proba_blocks
from .._stages import stage as reported_stage
from .._transition import TopRows, default_n_top, row_weights
from .._validation import TrainingSet, n_rows, take_rows, written_out
from .._warn import warn
from ._folds import make_folds, with_equal_rows
from ._held_out import MAX_EPOCHS, Stopping
from ._nets import net_for, rivals
from ._race import fit_likeliest
from ._wrapped import check_takes_sparse, seeded_clone, weight_params

# Rows that are predicted at once, where not all posteriors are kept.
ROWS_AT_A_TIME = 8192


class CrossFit(NamedTuple):
    """How posteriors are made: the parameters of `TransitionMatrixEstimator` that say so."""

    estimator: Any
    cv: Any
    device: str
    n_jobs: int | None
    verbose: int

    def posteriors(
        self, data: TrainingSet, seed: int, doubt: Callable[[str], None] = warn
    ) -> tuple[list[Any], NDArray[np.float64]]:
        """The fitted classifiers, and P(noisy | x) for every row.

        `doubt` is told what is wrong with the folds.
        """
        parts = self.parts(data, seed, doubt)
        fits = self._fit_all(data, parts, seed, predict=True)
        proba = np.empty((len(data.y), len(data.classes)))
        for (_, rows), (_, posteriors) in zip(parts, fits, strict=True):
            proba[rows] = posteriors
        return [fitted for fitted, _ in fits], proba

    def top_rows(
        self, data: TrainingSet, seed: int, doubt: Callable[[str], None] = warn
    ) -> tuple[list[Any], TopRows]:
        """The fitted classifiers, and the labels of the rows that are surest of each class.

        Read off the same posteriors, of which no more than some thousand rows exist at a time.
        """
        parts = self.parts(data, seed, doubt)
        fits = self._fit_all(data, parts, seed, predict=False)
        K, weights = len(data.classes), row_weights(data.sample_weight, len(data.y))
        top = TopRows(K, default_n_top(np.bincount(data.y, weights, minlength=K)))
        for (_, rows), (fitted, _) in zip(parts, fits, strict=True):
            done = 0
            for block in posterior_blocks(fitted, _rows_of(data, rows), data.classes):
                asked = rows[done : done + len(block)]
                top.add(block, data.y[asked], weights[asked])
                done += len(block)
        return [fitted for fitted, _ in fits], top

    def grouped(self, data: TrainingSet, told: bool = False) -> TrainingSet:
        """The rows with groups for the folds, where there will be folds.

        Many equal rows are warned of, unless the user was `told`.
        """
        if self.cv is None or isinstance(self.estimator, FrozenEstimator):
            return data
        return with_equal_rows(data, self.cv, told)

    def parts(
        self, data: TrainingSet, seed: int, doubt: Callable[[str], None] = warn
    ) -> list[tuple[Any, Any]]:
        """Rows to train on, None where nothing is trained, and rows to predict.

        `doubt` is told what is wrong with the folds.
        """
        check_takes_sparse(self.estimator, data.X)
        everything = np.arange(len(data.y))
        if isinstance(self.estimator, FrozenEstimator):
            check_is_fitted(self.estimator)
            return [(None, everything)]
        if self.cv is None:
            return [(everything, everything)]
        return make_folds(self.grouped(data), self.cv, seed, doubt)

    def _fit_all(
        self, data: TrainingSet, parts: list[tuple[Any, Any]], seed: int, predict: bool
    ) -> list[tuple[Any, NDArray[np.float64] | None]]:
        """A fitted classifier for each part and, if asked, its posteriors."""
        if len(parts) == 1:
            return [self._fit_part(data.X, data, *parts[0], seed, "noisy labels", predict)]
        rest = data._replace(X=None, passed=None)
        return Parallel(n_jobs=self.n_jobs)(
            # X by itself: dask sends a large argument once, but not what is inside a tuple.
            delayed(self._fit_part)(
                data.X, rest, train, test, seed + k, f"noisy labels, fold {k}/{len(parts)}", predict
            )
            for k, (train, test) in enumerate(parts, start=1)
        )

    def _fit_part(
        self, X: Any, rest: TrainingSet, train: Any, test: Any, seed: int, stage: str, predict: bool
    ) -> tuple[Any, NDArray[np.float64] | None]:
        data = rest._replace(X=X)
        if train is None:
            fitted = self.estimator
        else:
            fitted = self.fit_rows(data, train, seed, stage, asked=test)
        if not predict:
            return fitted, None
        return fitted, known_posteriors(fitted, _rows_of(data, test), data.classes)

    def fit_rows(
        self, data: TrainingSet, rows: Any, seed: int, stage: str, asked: Any = None
    ) -> Any:
        """A classifier fitted to some rows, whole: Ctrl-C is passed on.

        Of the default nets for a wide table, stopped by the rows to be `asked` about, it is the one
        by which the labels of these are likeliest.
        """
        with ctrl_c_passed_on():
            if is_net(self.estimator):
                return self._fitted_net(data, rows, seed, stage, asked)
            return self._fitted(data, rows, seed, stage)

    def _fitted_net(self, data: TrainingSet, rows: Any, seed: int, stage: str, asked: Any) -> Any:
        net = net_for(self.estimator, data, self.device)
        nets, epochs, held_out = [net], None, None
        others = [] if asked is None else rivals(self.estimator, data, self.device)
        if others and not np.isin(asked, rows).any():
            is_asked = np.zeros(len(data.y), dtype=bool)
            is_asked[asked] = True
            rows = np.union1d(rows, asked)
            nets, epochs = [net, *others], MAX_EPOCHS
            held_out = HeldOut(np.where(is_asked[rows], 0, -1), Stopping().n_iter_no_change)
        # A step should not depend on the scale of the weights; a penalty of scikit-learn's does,
        # as the user means it to.
        weight = data.loss_weight
        (net,) = fit_likeliest(
            nets,
            _rows_of(data, rows),
            data.y[rows],
            None if weight is None else weight[rows],
            n_classes=len(data.classes),
            seed=seed,
            epochs=epochs,
            held_out=held_out,
            stage=stage,
            verbose=self.verbose,
        )
        drop_training_state(net)
        return net

    def _fitted(self, data: TrainingSet, rows: Any, seed: int, stage: str) -> Any:
        X = _rows_of(data, rows)
        weight = data.sample_weight
        params = weight_params(self.estimator, None if weight is None else weight[rows])
        if data.fold_groups is not None and has_fit_parameter(self.estimator, "fold_groups"):
            params["fold_groups"] = data.fold_groups[rows]
        labels = data.classes[data.y[rows]]
        with reported_stage(stage):
            return seeded_clone(self.estimator, seed).fit(written_out(X), labels, **params)


def class_posteriors(fitted: Any, X: Any, classes: NDArray[Any]) -> NDArray[np.float64]:
    """Posteriors with one column per class, also for classes that `fitted` never saw."""
    if isinstance(X, RepeatedRows):
        return class_posteriors(fitted, X.source, classes)[X.rows]
    if not hasattr(fitted, "classes_") or is_net(fitted):
        return predict_proba(fitted, X)
    unknown = np.setdiff1d(fitted.classes_, classes)
    if len(unknown):
        raise ValueError(
            f"The estimator knows classes {unknown.tolist()} that y does not hold; name all "
            f"classes with classes=. {SEE_ERRORS}"
        )
    proba = np.zeros((n_rows(X), len(classes)))
    proba[:, np.searchsorted(classes, fitted.classes_)] = fitted.predict_proba(X)
    return proba


def known_posteriors(fitted: Any, X: Any, classes: NDArray[Any]) -> NDArray[np.float64]:
    """Those of `class_posteriors`, which must be numbers: T and weights are made of them."""
    proba = class_posteriors(fitted, X, classes)
    unknown = ~np.isfinite(proba).all(axis=1)
    if unknown.any():
        raise ValueError(
            f"The posteriors of the classifier must be finite; they are not for {unknown.sum()} of "
            f"{len(proba)} rows that it was not trained on. Look for rows or columns that it "
            f"cannot read, or scale the features. {SEE_ERRORS}"
        )
    return proba


def posterior_blocks(fitted: Any, X: Any, classes: NDArray[Any]) -> Iterator[NDArray[np.float64]]:
    """The rows of `class_posteriors`, a few thousand at a time, to save memory."""
    is_network = not hasattr(fitted, "classes_") or is_net(fitted)
    if is_network and not isinstance(X, RepeatedRows):
        yield from proba_blocks(fitted, X)
        return
    for start in range(0, n_rows(X), ROWS_AT_A_TIME):
        rows = np.arange(start, min(start + ROWS_AT_A_TIME, n_rows(X)))
        yield class_posteriors(fitted, take_rows(X, rows), classes)


def _rows_of(data: TrainingSet, rows: NDArray[np.intp]) -> Any:
    """Some rows of X; X itself, not a copy, where these are all in their order."""
    everything = len(rows) == len(data.y) and bool((np.diff(rows) == 1).all())
    return data.X if everything else take_rows(data.X, rows)
