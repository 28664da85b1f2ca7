"""Arguments that several kinds of noise share."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from .._checks import check_number
from .._hints import SEE_ERRORS
from .._labels import EncodedLabels, encode_labels, show_labels


def check_rate(value: Any, name: str = "noise_rate") -> float:
    """Return a fraction in [0, 1]."""
    return check_number(value, name, "[0, 1]", hint="Rates are fractions: 0.2, not 20.")


def encode_several_classes(y: ArrayLike, classes: ArrayLike | None = None) -> EncodedLabels:
    """`encode_labels` where one class alone has no other to be confused with."""
    encoded = encode_labels(y, classes)
    if len(encoded.classes) < 2:
        raise ValueError(
            f"y must hold at least two classes; got 1 class: {show_labels(encoded.classes)}."
            f" {SEE_ERRORS}"
        )
    return encoded
