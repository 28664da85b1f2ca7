"""What is wrong with the parameters of an estimator of T is said before anything is fitted."""

from __future__ import annotations

from typing import Any

from .._net import build_net, is_net, resolve_device
from .._transition import check_method, find_method, methods_with


def check_parameters(
    estimator: Any, *, n_classes: int, with_unlabelled: bool, with_trusted: bool
) -> None:
    """Raise if a parameter of a `TransitionMatrixEstimator` is not usable.

    `with_unlabelled` and `with_trusted` say what `fit` was given beside the rows with noisy labels.
    """
    name = estimator.method
    check_method(name, quantile=estimator.quantile, structure=estimator.structure)
    method = find_method(name)
    if method.check_classes is not None:
        method.check_classes(n_classes)
    resolve_device(estimator.device)
    if with_unlabelled and not method.takes_unlabelled:
        raise ValueError(
            f"X_unlabelled serves {methods_with('takes_unlabelled')} only; method={name!r} needs "
            f"labels."
        )
    if is_net(estimator.estimator):  # Its settings are checked even if trees take its place.
        build_net(estimator.estimator, n_classes=2, sample_shape=None, device=estimator.device)
    elif not hasattr(estimator.estimator, "predict_proba"):
        raise TypeError(
            f"estimator must be a classifier with predict_proba, a torch.nn.Module class, a "
            f"skorch net or None; got {type(estimator.estimator).__name__}."
        )


def reads_top_rows(estimator: Any) -> bool:
    """Whether the method of a `TransitionMatrixEstimator` needs one pass over posteriors only."""
    return find_method(estimator.method).from_top_counts is not None
