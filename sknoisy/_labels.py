"""Labels as the user writes them, and as class numbers."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Number
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.metrics import accuracy_score

from ._checks import check_weights, describe, naming, refuse_unread
from ._hints import SEE_ERRORS

NUMBERS = "biuf"
TEXT = "US"
NEVER_MISSING = {str, bytes, int, bool}
LABELS_SHOWN = 10
# Integers up to here are floating-point numbers too.
EXACT_FLOATS = 2**53
BOOLEANS = (bool, np.bool_)
# Stands for a label that is missing, among class numbers.
MISSING = -1


class EncodedLabels(NamedTuple):
    """Class numbers of labels, and the classes that they count: ``classes[codes]`` is y again."""

    codes: NDArray[np.intp]
    classes: NDArray[Any]


def check_labels(y: ArrayLike, name: str = "y") -> NDArray[Any]:
    """Return a 1-D array of at least one label, none missing, all of one type.

    Numbers and booleans in an object array, such as a pandas column with its own types gives,
    become an array of their type. `name` is what the user calls the labels.
    """
    refuse_several_columns(y, name)
    labels = _as_column(y, name)
    if labels.size == 0:
        raise ValueError(f"{name} must hold at least one label; got an empty array. {SEE_ERRORS}")
    if labels.dtype.kind == "c":
        raise ValueError(
            f"Complex data not supported: {name} must hold labels of classes. {SEE_ERRORS}"
        )
    if labels.dtype.kind not in "fO":
        return labels
    boxed = labels.dtype.kind == "O"
    values = labels.tolist() if boxed else []
    types = {str if issubclass(kind, str) else kind for kind in set(map(type, values))}
    # Strings and whole numbers cannot be missing: a million of them need no look at each.
    suspects = values if boxed and not types <= NEVER_MISSING else []
    missing = np.array([is_missing(v) for v in suspects], bool) if boxed else np.isnan(labels)
    if missing.any():
        raise ValueError(
            f"Input {name} contains NaN or None: {missing.sum()} of {len(labels)} labels are "
            f"missing, the first in row {missing.argmax()}. Leave those rows out. {SEE_ERRORS}"
        )
    kinds = set(map(_kind_of, types))
    if len(kinds) > 1:
        names = sorted(kind.__name__ for kind in types)
        raise TypeError(
            f"The labels in {name} must be of one type; got {', '.join(names)}. Make all of them "
            f"strings, for example. {SEE_ERRORS}"
        )
    unboxed = np.array(values) if kinds <= {"number", "bool"} and kinds else labels
    labels = unboxed if unboxed.ndim == 1 and unboxed.dtype.kind in NUMBERS else labels
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        # scikit-learn's words.
        raise ValueError(
            f"Input {name} contains infinity or a value too large for dtype('float64')."
            f" {SEE_ERRORS}"
        )
    return labels


def check_same_length(**columns: Any) -> None:
    """Raise a ValueError unless all columns, by the user's names of them, are equally long."""
    lengths = {
        name: column.shape[0] if hasattr(column, "shape") else len(column)
        for name, column in columns.items()
    }
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"{' and '.join(lengths)} have inconsistent numbers of samples: "
            f"{' and '.join(map(str, lengths.values()))}. There must be one of each per row."
            f" {SEE_ERRORS}"
        )


def joint_classes(**columns: NDArray[Any]) -> NDArray[Any]:
    """All labels in some columns, sorted; a ValueError if one holds text and another numbers."""
    distinct = [encode_labels(y, name=name).classes for name, y in columns.items()]
    # True is 1 to numbers; numpy would write numbers beside text as text.
    types = {type(label) for classes in distinct for label in classes.tolist()}
    if len({_kind_of(kind) for kind in types} - {"bool"}) > 1:
        raise ValueError(
            f"{' and '.join(columns)} must hold labels of one type; got "
            f"{', '.join(sorted(kind.__name__ for kind in types))}."
            f" {SEE_ERRORS}"
        )
    return encode_labels(np.concatenate(distinct), name=" and ".join(columns)).classes


def accuracy(y: Any, predicted: NDArray[Any], sample_weight: Any = None) -> float:
    """Share of the rows of X whose prediction is the label in `y`, perhaps with weights."""
    labels = check_labels(y)
    check_same_length(X=predicted, y=labels)
    if sample_weight is not None:
        sample_weight = check_weights(sample_weight, len(labels))
    return float(accuracy_score(labels, predicted, sample_weight=sample_weight))


def refuse_several_columns(y: Any, name: str = "y") -> None:
    """Raise a ValueError that names the way out if y is one-hot or multi-label."""
    with naming(name):
        refuse_unread(y)
    try:
        table = y.toarray() if sparse.issparse(y) else np.asarray(y)
    except ValueError:  # Lists of different lengths.
        table = None
    if table is not None and (table.ndim != 2 or table.shape[1] < 2):
        return
    got = "several labels in a row (multi-label)"
    cure = (
        "Fit one classifier for each label: sklearn.multioutput.MultiOutputClassifier, or a loop "
        "over the columns"
    )
    if table is not None:
        shape = f" of shape {table.shape}"
        numbers = table.dtype.kind in NUMBERS
        is_indicator = numbers and bool(((table == 0) | (table == 1)).all())
        if numbers and (table >= 0).all() and np.allclose(table.sum(axis=1), 1):
            got = ("one-hot rows" if is_indicator else "probabilities") + shape
            cure = f"Pass {name}.argmax(axis=1), the column of the largest entry of each row"
        else:
            got = (got if is_indicator else "an array") + shape
            if not is_indicator:
                cure += "; of several annotators, see sknoisy.annotators"
    raise ValueError(
        f"{name} must be a 1d array, one label per row; got {got}. {cure}. {SEE_ERRORS}"
    )


def check_classes(classes: ArrayLike | int, name: str = "classes") -> NDArray[Any]:
    """Return the distinct class labels, in their order; an int K stands for 0, ..., K - 1."""
    if isinstance(classes, int | np.integer) and not isinstance(classes, bool):
        labels: NDArray[Any] = np.arange(classes)
    else:
        labels = as_label_array(classes, name)
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(
            f"{name} must be a 1-D array of at least one label; got "
            f"{describe(classes) if labels.ndim == 0 else f'shape {labels.shape}'}."
            f" {SEE_ERRORS}"
        )
    labels = check_labels(labels, name)
    if len(set(labels.tolist())) < len(labels):
        raise ValueError(f"{name} must be distinct; got {show_labels(labels)}. {SEE_ERRORS}")
    return labels


def sort_classes(classes: ArrayLike, name: str = "classes") -> NDArray[Any]:
    """Return the distinct class labels, sorted."""
    labels = check_classes(classes, name)
    return _sorted_labels(labels.tolist(), labels.dtype, name)


def encode_labels(
    y: ArrayLike, classes: ArrayLike | int | None = None, *, name: str = "y"
) -> EncodedLabels:
    """Number each label by its place among the classes, by default the labels of `y`, sorted.

    Raises ValueError if a label is missing or is not among `classes`, TypeError if labels are of
    several types or do not sort.

    Examples
    --------
    >>> encode_labels(["b", "a", "b"]).codes
    array([1, 0, 1])
    """
    labels = check_labels(y, name)
    order = None if classes is None else check_classes(classes)
    if labels.dtype.kind in NUMBERS and (order is None or order.dtype.kind in NUMBERS):
        codes, distinct = _encode_numbers(labels, order)
    else:
        codes, distinct = _encode_hashables(labels, order, name)
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        first = labels[unknown[:1]].tolist()[0]
        raise ValueError(
            f"{name} holds the label {first!r}, which is not among the classes "
            f"{show_labels(distinct)}. Pass classes= with every label. {SEE_ERRORS}"
        )
    return EncodedLabels(codes, _in_type_of(labels, distinct))


def encode_known_labels(
    y: ArrayLike, classes: NDArray[Any], *, n_expected: int, name: str, rows_of: str
) -> NDArray[np.intp]:
    """Number `n_expected` labels, of which some may be missing: those are `MISSING`.

    The messages call them `name`, and say that there must be one for each of the `rows_of`.

    Examples
    --------
    >>> classes = np.array(["a", "b"])
    >>> encode_known_labels(["b", None], classes, n_expected=2, name="y_trusted", rows_of="X")
    array([ 1, -1])
    """
    try:
        labels = np.asarray(y, dtype=object)
    except ValueError as error:
        raise ValueError(
            f"{name} must be a 1-D array of labels; got {error} {SEE_ERRORS}"
        ) from error
    if labels.shape != (n_expected,):
        raise ValueError(
            f"{name} must hold one label per row of {rows_of}, {n_expected}, missing ones as NaN "
            f"or None; got shape {labels.shape}."
            f" {SEE_ERRORS}"
        )
    present = np.flatnonzero([not is_missing(label) for label in labels])
    if classes.dtype.kind in "iuf" and any(isinstance(labels[row], BOOLEANS) for row in present):
        raise ValueError(
            f"{name} holds True or False, and the classes are numbers. Pass the labels that are "
            f"known, and NaN for the others: np.where(mask, labels, np.nan). {SEE_ERRORS}"
        )
    _refuse_lost_digits([labels[row] for row in present], classes, name)
    codes = np.full(n_expected, MISSING, dtype=np.intp)
    position = {label: k for k, label in enumerate(classes.tolist())}
    for row in present:
        if labels[row] not in position:
            raise ValueError(
                f"{name} holds {labels[row]!r}, which is not among {show_labels(classes)}. Correct "
                f"it, or name all classes with classes=. {SEE_ERRORS}"
            )
        codes[row] = position[labels[row]]
    return codes


def _refuse_lost_digits(labels: list[Any], classes: NDArray[Any], name: str) -> None:
    """Floating-point numbers cannot stand for integers that differ in their last digits."""
    if classes.dtype.kind not in "iu" or max(map(abs, classes.tolist())) <= EXACT_FLOATS:
        return
    if any(isinstance(label, float) for label in labels):
        raise ValueError(
            f"{name} holds floating-point numbers, which do not tell the classes "
            f"{show_labels(classes)} apart: integers beyond 2**53 lose digits. Pass a list with "
            f"None for what is missing. {SEE_ERRORS}"
        )


def is_missing(value: Any) -> bool:
    """Whether a label or name is NaN, NaT, None or pandas.NA."""
    # pandas.NA does not even say whether it equals itself.
    return value is None or type(value).__name__ == "NAType" or bool(value != value)


def show_labels(labels: ArrayLike) -> str:
    """Labels for a message, cut where they would flood it."""
    items = np.asarray(labels).tolist()
    shown = ", ".join(map(repr, items[:LABELS_SHOWN]))
    return f"[{shown}]" if len(items) <= LABELS_SHOWN else f"[{shown}, ...] ({len(items)} classes)"


def _encode_numbers(
    labels: NDArray[Any], classes: NDArray[Any] | None
) -> tuple[NDArray[np.intp], NDArray[Any]]:
    distinct = np.unique(labels) if classes is None else classes
    order = np.argsort(distinct)
    ordered = distinct[order]
    place = np.searchsorted(ordered, labels)
    np.minimum(place, len(ordered) - 1, out=place)
    codes = order[place]
    codes[ordered[place] != labels] = MISSING
    return codes, distinct


def _encode_hashables(
    labels: NDArray[Any], classes: NDArray[Any] | None, name: str
) -> tuple[NDArray[np.intp], NDArray[Any]]:
    # Hashing beats numpy's sort of all n strings, and keeps objects as they are.
    items = labels.tolist()
    distinct = _sorted_labels(items, labels.dtype, name) if classes is None else classes
    code_of = {label: code for code, label in enumerate(distinct.tolist())}
    codes = (code_of.get(item, MISSING) for item in items)
    return np.fromiter(codes, dtype=np.intp, count=len(items)), distinct


def _sorted_labels(items: list[Any], dtype: np.dtype[Any], name: str) -> NDArray[Any]:
    try:
        ordered = sorted(set(items))
    except TypeError as error:
        raise TypeError(
            f"{name} holds labels that do not sort ({error}). Pass classes= in the order of "
            f"T's rows, and drop rows without a label first. {SEE_ERRORS}"
        ) from error
    return _object_array(ordered) if dtype.kind == "O" else np.array(ordered, dtype)


def _in_type_of(labels: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    """`classes` in the type of `labels`, or in the next wider one that holds them all."""
    if labels.dtype.kind == "O":
        return _object_array(classes.tolist())
    if labels.dtype.kind in TEXT or classes.dtype.kind not in NUMBERS:
        return classes.astype(np.result_type(labels, classes))
    same = classes.astype(labels.dtype)
    return same if (same == classes).all() else classes.astype(np.result_type(labels, classes))


def _object_array(items: list[Any]) -> NDArray[Any]:
    # np.array(items, dtype=object) would turn labels that are tuples into a 2-D array.
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def as_label_array(values: Any, name: str = "y") -> NDArray[Any]:
    """As an array; labels of several types in a list stay what they are.

    numpy would make text of the numbers, and of what stands for a missing label, beside text.
    """
    with naming(name):
        refuse_unread(values)
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{name} must be a 1-D array of labels; got {describe(values)} that does not convert: "
            f"{error}"
            f" {SEE_ERRORS}"
        ) from error
    if array.ndim == 1 and isinstance(values, list | tuple) and _several_kinds(values):
        return _object_array(list(values))
    return array


def _several_kinds(values: Iterable[Any]) -> bool:
    return len(set(map(_kind_of, set(map(type, values))))) > 1


def _kind_of(label: type) -> str:
    """What labels of a type are: text, numbers, booleans, or of a type of their own."""
    kinds = {"str": str, "bytes": bytes, "bool": bool | np.bool_, "number": Number}
    return next((name for name, kind in kinds.items() if issubclass(label, kind)), label.__name__)


def _as_column(values: Any, name: str) -> NDArray[Any]:
    """As a 1-D array; a column of shape (n, 1) is one too."""
    array = as_label_array(values, name)
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim != 1:
        got = describe(values) if array.ndim == 0 else f"an array of shape {array.shape}"
        cure = (
            " Of one-hot rows take the column of the 1: argmax(axis=1)." if array.ndim == 2 else ""
        )
        raise ValueError(
            f"{name} must be a 1d array, one label per row; got {got}.{cure} {SEE_ERRORS}"
        )
    return array
