"""What is wrong with the parameters of an estimator of T is said before anything is fitted."""

from __future__ import annotations

from typing import Any

from .._net import build_net, is_net, resolve_device
from .._transition import check_method, structure_options
from .._validation import is_number


def check_parameters(estimator: Any, X_unlabelled: Any) -> None:
    """Raise if a parameter of a `TransitionMatrixEstimator` is not usable.

    Parameters
    ----------
    estimator : TransitionMatrixEstimator
        With the attributes `method`, `quantile`, `device`, `structure` and `estimator`.
    X_unlabelled : array-like or None
        What `fit` was given beside the labelled rows.

    Raises
    ------
    ValueError, TypeError
        What was expected, what came, and what to do.
    """
    method, quantile = estimator.method, estimator.quantile
    check_method(method)
    resolve_device(estimator.device)
    if method == "anchor" and not (
        quantile in ("prior", "argmax")
        if isinstance(quantile, str)
        else is_number(quantile) and 0 < quantile < 1
    ):
        raise ValueError(
            f'quantile must be "prior", "argmax" or a number inside (0, 1); got {quantile!r}.'
        )
    if X_unlabelled is not None and method != "anchor":
        raise ValueError(
            f'X_unlabelled serves method="anchor" only; method={method!r} counts labels.'
        )
    if estimator.structure is not None:
        structure_options(estimator.structure)
    if is_net(estimator.estimator):  # Its settings are checked even if trees take its place.
        build_net(estimator.estimator, n_classes=2, sample_shape=None, device=estimator.device)
    elif not hasattr(estimator.estimator, "predict_proba"):
        raise TypeError(
            f"estimator must be a classifier with predict_proba, a torch.nn.Module class, a "
            f"skorch net or None; got {type(estimator.estimator).__name__}."
        )
