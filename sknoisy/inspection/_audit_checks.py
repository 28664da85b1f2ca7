"""What is wrong with the arguments of an audit is said before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._checks import check_flag, check_integer, check_number, describe, has_method
from .._hints import SEE_ERRORS
from .._net import is_net


def check_audit(
    candidates: Any,
    learning_curve: Any,
    tolerance: Any,
    confidence_level: Any,
    n_bootstrap: Any,
) -> None:
    """Raise unless the arguments of `noise_audit` can be used."""
    check_flag(learning_curve, "learning_curve")
    check_number(tolerance, "tolerance", "[0, 1)")
    check_number(confidence_level, "confidence_level", "(0, 1)")
    check_integer(n_bootstrap, "n_bootstrap", 2)
    if candidates is None or (isinstance(candidates, str) and candidates == "networks"):
        return
    if not isinstance(candidates, Mapping):
        raise ValueError(
            f'candidates must be None, "networks" or a mapping from names to classifiers; '
            f"got {describe(candidates)}."
            f" {SEE_ERRORS}"
        )
    if "none" not in candidates:
        raise ValueError(
            f'candidates must hold "none"; got {sorted(map(str, candidates))}. {SEE_ERRORS}'
        )
    for name, classifier in candidates.items():
        if not is_net(classifier) and (
            isinstance(classifier, type) or not has_method(classifier, "predict_proba")
        ):
            raise TypeError(
                f"candidates[{name!r}] must be a classifier with predict_proba; got "
                f"{describe(classifier)}."
                f" {SEE_ERRORS}"
            )
