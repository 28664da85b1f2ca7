"""What is wrong with the parameters of an estimator of T is said before anything is fitted."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import check_flag, check_n_jobs, check_verbose, describe, has_method
from .._hints import SEE_ERRORS
from .._net import build_net, is_net, resolve_device
from .._transition import check_method, find_method, methods_with


def check_parameters(
    estimator: Any, *, n_classes: int, with_unlabelled: bool, is_soft: bool
) -> None:
    """Raise if a parameter of a `TransitionMatrixEstimator` is not usable.

    `with_unlabelled` says whether `fit` was given rows without labels, `is_soft` whether the noisy
    labels are soft: a user's function gets rows without weights.
    """
    name = estimator.method
    check_method(
        name,
        quantile=estimator.quantile,
        structure=estimator.structure,
        n_classes=n_classes,
    )
    check_flag(estimator.keep_proba, "keep_proba")
    method = find_method(name)
    if method.check_classes is not None:
        method.check_classes(n_classes)
    if with_unlabelled and not method.takes_unlabelled:
        raise ValueError(
            f"X_unlabelled serves {methods_with('takes_unlabelled')} only; method={name!r} needs "
            f"labels."
            f" {SEE_ERRORS}"
        )
    if is_soft and callable(name):
        raise ValueError(
            "A callable method does not see the shares of soft labels. Choose a method by name, or "
            "pass one label per row."
            f" {SEE_ERRORS}"
        )
    check_learning(
        estimator.estimator,
        cv=estimator.cv,
        device=estimator.device,
        n_jobs=estimator.n_jobs,
        verbose=estimator.verbose,
    )


def check_learning(
    estimator: Any, *, cv: Any, device: Any = "auto", n_jobs: Any = None, verbose: Any = 0
) -> None:
    """Raise unless out-of-fold posteriors can be had: parameters that several estimators share."""
    check_verbose(verbose)
    check_n_jobs(n_jobs)
    resolve_device(device)
    check_cv(cv)
    if is_net(estimator):  # Its settings are checked even if trees take its place.
        build_net(estimator, n_classes=2, sample_shape=None, device=device)
    elif isinstance(estimator, type) or not has_method(estimator, "predict_proba"):
        raise TypeError(
            f"estimator must be a classifier with predict_proba, a torch.nn.Module class, a "
            f"skorch net or None; got {describe(estimator)}."
            f" {SEE_ERRORS}"
        )


def check_cv(cv: Any) -> None:
    """Raise unless `cv` is of a kind that folds can be made of."""
    if isinstance(cv, int | np.integer) and not isinstance(cv, bool):
        if cv < 2:
            raise ValueError(
                f"cv must be at least 2 folds, or None for in-sample; got {cv}. {SEE_ERRORS}"
            )
        return
    pairs = cv if isinstance(cv, list | tuple) else []
    if (
        isinstance(cv, str)
        or not (cv is None or hasattr(cv, "split") or hasattr(cv, "__iter__"))
        or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs)
    ):
        raise ValueError(
            f"cv must be a number of folds, a splitter of scikit-learn's, pairs of lists of "
            f"row numbers, or None for in-sample; got {describe(cv)}."
            f" {SEE_ERRORS}"
        )


def reads_top_rows(estimator: Any) -> bool:
    """Whether the method of a `TransitionMatrixEstimator` needs one pass over posteriors only."""
    return find_method(estimator.method).from_top_counts is not None
