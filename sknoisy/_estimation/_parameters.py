"""What is wrong with the parameters of an estimator of T is said before anything is fitted."""

from __future__ import annotations

from typing import Any

from .._checks import is_number
from .._net import build_net, is_net, resolve_device
from .._transition import check_method, structure_options


def check_parameters(estimator: Any, X_unlabelled: Any, y_trusted: Any) -> None:
    """Raise if a parameter of a `TransitionMatrixEstimator` is not usable.

    Parameters
    ----------
    estimator : TransitionMatrixEstimator
        Its parameters.
    X_unlabelled, y_trusted : array-like or None
        What `fit` was given beside the rows with noisy labels.

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
    if not estimator.keep_proba and method != "count":
        raise ValueError(
            f'keep_proba=False serves method="count" only, which needs one pass over the '
            f"posteriors; method={method!r} needs more of them."
        )
    if not estimator.keep_proba and y_trusted is not None:
        raise ValueError("y_trusted needs the posteriors: set keep_proba=True, the default.")
    if estimator.structure is not None:
        structure_options(estimator.structure)
    if is_net(estimator.estimator):  # Its settings are checked even if trees take its place.
        build_net(estimator.estimator, n_classes=2, sample_shape=None, device=estimator.device)
    elif not hasattr(estimator.estimator, "predict_proba"):
        raise TypeError(
            f"estimator must be a classifier with predict_proba, a torch.nn.Module class, a "
            f"skorch net or None; got {type(estimator.estimator).__name__}."
        )


def check_kept(estimator: Any, what: str) -> None:
    """Raise if `what` needs posteriors that a fitted estimator of T did not keep."""
    if not hasattr(estimator, "noisy_proba_"):
        raise ValueError(
            f"{what} needs the posteriors of the training rows, which were not kept: fit with "
            f"keep_proba=True, the default."
        )
