"""Structures that have a name and speak of labels, as zeros of T and limits of the noise rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._checks import check_integer, check_number, describe
from .._hints import SEE_ERRORS
from .._labels import show_labels
from ._arrays import Array

# Each with the keys that serve it alone.
NAMED_STRUCTURES = {
    "positive_unlabelled": ("positive", "positive_share"),
    "one_sided": ("negative",),
    "ordinal": ("distance",),
}
OWN_KEYS = tuple(key for keys in NAMED_STRUCTURES.values() for key in keys)
# Standard errors by which counted labels may be off before they contradict what is known.
CLEAR = 3.0


def check_named_structure(options: Mapping[str, Any]) -> None:
    """Raise if keys do not belong to the noise, or hold what no classes and labels can mend."""
    noise = options.get("noise")
    for name, keys in NAMED_STRUCTURES.items():
        foreign = [key for key in keys if key in options]
        if foreign and noise != name:
            raise ValueError(
                f'structure: {foreign[0]!r} serves "noise": {name!r} only; got "noise": {noise!r}.'
                f" {SEE_ERRORS}"
            )
    if "distance" in options:
        check_integer(options["distance"], "distance", 1)
    if "positive_share" in options:
        limits_of(options["positive_share"], "positive_share", "(0, 1)")
        if "noise_rate" in options:
            raise ValueError(
                "structure: positive_share and noise_rate say the same of positive and unlabelled "
                f"rows; pass one of them. {SEE_ERRORS}"
            )


def limits_of(value: Any, name: str, interval: str) -> tuple[float, float]:
    """A number, or a pair of a lower and an upper limit of it, as two limits."""
    if not isinstance(value, tuple | list):
        number = float(check_number(value, name, interval))
        return number, number
    if len(value) != 2:
        raise ValueError(
            f"{name} must be a number, or a pair (low, high); got {value!r}. {SEE_ERRORS}"
        )
    for limit in value:
        check_number(limit, name, interval)
    if value[0] > value[1]:
        raise ValueError(
            f"{name} must be a pair (low, high), low <= high; got {value!r}. {SEE_ERRORS}"
        )
    return float(value[0]), float(value[1])


def with_labels(structure: Any, classes: NDArray[Any], counts: Array) -> Any:
    """The structure with class numbers for labels, as `structured_estimate` takes it.

    `counts` are rows by noisy label. Raises ValueError if a label is none of the classes, or if
    the labels contradict what is said to be known of them.
    """
    if structure is None:
        return None
    options: dict[str, Any] = (
        {"noise": structure} if isinstance(structure, str) else dict(structure)
    )
    noise = options.get("noise")
    if noise == "ordinal":
        del options["noise"]
        return _with_zeros(options, _far(options.pop("distance", 1), len(classes)))
    if noise == "positive_unlabelled":
        options = _as_one_sided(options, classes, counts)
    if options.get("noise") == "one_sided":
        negative = _number_of(options.pop("negative", None), "negative", classes, 0)
        _check_rate_of_one_sided(options, classes, counts, negative)
        K = len(classes)
        zeros = np.ones((K, K), dtype=bool)
        zeros[:, negative] = False
        zeros[negative] = True
        np.fill_diagonal(zeros, False)
        return _with_zeros(options, zeros)
    if noise == "symmetric" and "noise_rate" in options:
        _check_rate_of_symmetric(options["noise_rate"], classes, counts)
    return structure


def _as_one_sided(options: dict[str, Any], classes: NDArray[Any], counts: Array) -> dict[str, Any]:
    if len(classes) != 2:
        raise ValueError(
            f'structure "positive_unlabelled" takes two classes; got {show_labels(classes)}. For '
            f'several positive classes pass {{"noise": "one_sided", "negative": ...}}, the label '
            f"of the unlabelled rows."
            f" {SEE_ERRORS}"
        )
    positive = _number_of(options.pop("positive", None), "positive", classes, 1)
    options |= {"noise": "one_sided", "negative": classes[1 - positive]}
    if "positive_share" not in options:
        return options
    low, high = limits_of(options.pop("positive_share"), "positive_share", "(0, 1)")
    labelled = counts[positive] / counts.sum()
    if high < labelled - CLEAR * _standard_error(labelled, counts):
        raise ValueError(
            f"structure: positive_share, the share of rows that are positive, must be at least "
            f"that of the rows labelled {classes.tolist()[positive]!r}, {labelled:.3g}; got "
            f"{high:.3g}. Pass the share among all rows, the labelled ones included."
            f" {SEE_ERRORS}"
        )
    options["noise_rate"] = max(low - labelled, 0.0), max(high - labelled, 0.0)
    return options


def _number_of(label: Any, name: str, classes: NDArray[Any], default: int) -> int:
    """The place of a label among the classes."""
    if label is None:
        return default
    known = classes.tolist()
    if isinstance(label, np.generic):
        label = label.item()
    if label not in known:
        raise ValueError(
            f"structure: {name!r} must be one of the classes {show_labels(classes)}; got "
            f"{describe(label)}."
            f" {SEE_ERRORS}"
        )
    return known.index(label)


def _far(distance: int, n_classes: int) -> NDArray[np.bool_]:
    """Which classes are further apart than that, in their order."""
    if distance > n_classes - 2:
        raise ValueError(
            f'structure "ordinal" says that labels are at most distance={distance} classes off; '
            f"with {n_classes} classes that rules nothing out. Pass a smaller distance, or leave "
            f"the structure out."
            f" {SEE_ERRORS}"
        )
    place = np.arange(n_classes)
    return np.abs(place[:, None] - place) > distance


def _with_zeros(options: dict[str, Any], zeros: NDArray[np.bool_]) -> dict[str, Any]:
    """With the zeros, and those of the user's that are of the right shape."""
    more = options.get("zeros")
    more = zeros if more is None else np.asarray(more, dtype=bool)
    return {**options, "zeros": zeros | more}


def _check_rate_of_one_sided(
    options: Mapping[str, Any], classes: NDArray[Any], counts: Array, negative: int
) -> None:
    share = counts[negative] / counts.sum()
    low = limits_of(options.get("noise_rate", 0.0), "noise_rate", "[0, 1)")[0]
    if low > share + CLEAR * _standard_error(share, counts):
        raise ValueError(
            f"structure: a noise_rate of {low:.3g} contradicts the labels: one-sided noise leaves "
            f"wrong labels {classes.tolist()[negative]!r} only, and {share:.3g} of the rows have "
            f"this label. Lower noise_rate, or say which label wrong ones are."
            f" {SEE_ERRORS}"
        )


def _check_rate_of_symmetric(rates: Any, classes: NDArray[Any], counts: Array) -> None:
    """Even spread gives each class some wrong labels; none may have fewer labels than that."""
    low = limits_of(rates, "noise_rate", "[0, 1)")[0]
    present = np.flatnonzero(counts)  # A class that is only named may have no rows.
    if len(present) < 2:
        return
    rarest = int(present[counts[present].argmin()])
    share, least = counts[rarest] / counts.sum(), low / (len(present) - 1)
    if share + CLEAR * _standard_error(share, counts) < least:
        raise ValueError(
            f"structure: a noise_rate of {low:.3g} contradicts the labels: spread evenly, it gives "
            f"each label to {least:.3g} of the rows at least, and {classes.tolist()[rarest]!r} has "
            f"{share:.3g}. Lower noise_rate, or leave out the kind of noise."
            f" {SEE_ERRORS}"
        )


def _standard_error(share: float, counts: Array) -> float:
    return float(np.sqrt(max(share * (1 - share), 0.0) / counts.sum()))
