"""Folds of the training rows: copies of a row, and rows of one group, stay together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.model_selection import (
    BaseCrossValidator,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeavePGroupsOut,
    StratifiedGroupKFold,
    StratifiedKFold,
)

from .._equal_rows import equal_rows, in_order_of_appearance
from .._hints import SEE_ERRORS
from .._iterators import RepeatedRows
from .._labels import show_labels
from .._validation import TrainingSet
from .._warn import warn
from ._noise_groups import read_row_names

Rows = NDArray[np.intp]
Folds = list[tuple[Rows, Rows]]

GROUP_SPLITTERS = (GroupKFold, StratifiedGroupKFold, LeaveOneGroupOut, LeavePGroupsOut)
DIVISIBLE = KFold | StratifiedKFold  # They split groups of rows as they split rows.
MANY = 0.05  # Share of the rows that repeat another from which the user is told.


def with_fold_groups(data: TrainingSet, fold_groups: ArrayLike | None) -> TrainingSet:
    """The training set with the groups that the user named, one name for each row passed."""
    if fold_groups is None:
        return data
    cure = "Give each row that belongs to no group a name of its own."
    names = data.kept_rows(read_row_names(fold_groups, data, "fold_groups", cure))
    number: dict[Any, int] = {}  # Names of several types do not sort.
    numbers = [number.setdefault(name, len(number)) for name in names.tolist()]
    return data._replace(fold_groups=np.array(numbers, dtype=np.intp))


def with_equal_rows(data: TrainingSet, cv: Any, told: bool = False) -> TrainingSet:
    """The training set with groups for folds: those that the user named, or else equal rows.

    Many equal rows are warned of, unless the user was `told`. `cv` is that of the folds to come.
    """
    if data.fold_groups is not None:
        if data.fold_groups.max() == 0:
            raise ValueError(
                f"fold_groups names a single group; folds need two at least. {SEE_ERRORS}"
            )
        return data
    if isinstance(cv, GROUP_SPLITTERS):
        raise ValueError(
            f"cv={cv!r} needs the groups of the rows: pass fold_groups= to fit. In a Pipeline or a "
            "search they are routed as metadata: set_fit_request(fold_groups=True), after "
            f"sklearn.set_config(enable_metadata_routing=True). {SEE_ERRORS}"
        )
    groups = equal_rows(data.X)
    rows = data.X.rows if isinstance(data.X, RepeatedRows) else np.arange(len(groups))
    n_rows, n_groups = int(rows.max()) + 1, int(groups.max()) + 1
    if n_groups == 1:
        groups = rows
    elif (
        not told
        and n_rows - n_groups > MANY * n_rows
        and isinstance(cv, int | np.integer | DIVISIBLE)
    ):
        warn(
            f"{n_rows - n_groups} of {n_rows} rows of X are copies of another row. Copies were "
            f"kept in one fold: else the labels of rows would be predicted by classifiers that "
            f"were trained on them, and T would come out too close to the identity. If copies were "
            f"changed a little, say which rows belong together by fold_groups= in fit; if these "
            f"are different examples that look alike, pass fold_groups=np.arange(len(y)).",
        )
    return data._replace(fold_groups=groups)


def make_folds(data: TrainingSet, cv: Any, seed: int, doubt: Callable[[str], None] = warn) -> Folds:
    """Rows to train on and rows to predict, of each fold: every row is predicted once.

    `data` has groups, as of `with_equal_rows`. Where all rows differ, an int makes the folds of
    :class:`~sklearn.model_selection.StratifiedKFold`. `doubt` is told of what makes T wrong.
    """
    assert data.fold_groups is not None
    groups = in_order_of_appearance(data.fold_groups)
    if isinstance(cv, int | np.integer):
        return _default_folds(data, groups, int(cv), seed, doubt)
    if isinstance(cv, str) or not (hasattr(cv, "split") or hasattr(cv, "__iter__")):
        raise ValueError(
            f"cv must be a number of folds, a splitter of scikit-learn's, pairs of lists of "
            f"row numbers, or None for in-sample; got {cv!r}."
            f" {SEE_ERRORS}"
        )
    folds = _folds_of(data, groups, cv)
    times = np.bincount(np.concatenate([test for _, test in folds]), minlength=len(data.y))
    if (times != 1).any():
        raise ValueError(
            f"cv must put every row into exactly one test fold; {_shown(cv)} leave "
            f"{int((times == 0).sum())} of {len(times)} rows out, and puts "
            f"{int((times > 1).sum())} into several. {SEE_ERRORS}"
        )
    _doubt_leaks(folds, groups, cv, doubt)
    _doubt_absent_classes(folds, groups, data, doubt)
    return folds


def _folds_of(data: TrainingSet, groups: Rows, cv: Any) -> Folds:
    """The folds of a splitter, or of lists of rows as the user counts them."""
    if isinstance(data.X, RepeatedRows):
        return _folds_of_repeated(data, data.X, groups, cv)
    if not hasattr(cv, "split"):
        return [(_among(data.kept, train), _among(data.kept, test)) for train, test in cv]
    no_features = np.empty((len(groups), 1))
    if isinstance(cv, GROUP_SPLITTERS):
        return list(cv.split(no_features, data.y, groups))
    if isinstance(cv, DIVISIBLE) and groups.max() + 1 < len(groups):
        labels = _counts(data, groups).argmax(axis=1)
        parts = cv.split(np.empty((len(labels), 1)), np.asarray(labels).reshape(-1))
        return _expanded((test for _, test in parts), groups)
    # scikit-learn's splitters warn of groups that they do not need.
    takes_groups = not isinstance(cv, BaseCrossValidator)
    takes_groups = takes_groups and "groups" in inspect.signature(cv.split).parameters
    return list(cv.split(no_features, data.y, *([groups] if takes_groups else [])))


def _folds_of_repeated(data: TrainingSet, X: RepeatedRows, groups: Rows, cv: Any) -> Folds:
    """Folds of the rows without their repetitions, whose label is that of the largest share."""
    shares = X.shares(data.y, data.sample_weight, len(data.classes))
    once = data._replace(
        X=X.source,
        y=shares.argmax(axis=1).astype(data.y.dtype),
        kept=None if data.kept is None else data.kept[X.first],
    )
    folds = _folds_of(once, in_order_of_appearance(groups[X.first]), cv)
    return [
        (np.flatnonzero(np.isin(X.rows, train)), np.flatnonzero(np.isin(X.rows, test)))
        for train, test in folds
    ]


def _default_folds(
    data: TrainingSet, groups: Rows, cv: int, seed: int, doubt: Callable[[str], None]
) -> Folds:
    if cv < 2:
        raise ValueError(
            f"cv must be at least 2 folds, or None for in-sample; got {cv}. {SEE_ERRORS}"
        )
    n_groups = int(groups.max()) + 1
    counts = _counts(data, groups)
    of_class = np.bincount(counts.indices, minlength=len(data.classes))
    rare = int(np.where(of_class == 0, len(groups), of_class).argmin())
    n_rare = int(of_class[rare])
    if cv > n_rare:
        unit = "row" if n_groups == len(groups) else "fold group"
        n_folds = max(2, n_rare)
        warn(
            f"cv={cv} folds, but the smallest class, {data.classes.tolist()[rare]!r}, has "
            f"{n_rare} {unit}{'s' if n_rare > 1 else ''}: {n_folds} folds are used instead. Pass "
            f"a smaller cv, or drop classes this rare.",
        )
        cv = n_folds
    if n_groups < len(groups):
        fold = _dealt(counts, cv, np.random.default_rng(seed))
        folds = _expanded((np.flatnonzero(fold == k) for k in range(cv)), groups)
        _doubt_absent_classes(folds, groups, data, doubt)
        return folds
    # A class of one row is absent from the training part of that row's fold.
    kind = StratifiedKFold if n_rare > 1 else KFold
    splitter = kind(cv, shuffle=True, random_state=seed)
    return list(splitter.split(np.empty((len(groups), 1)), data.y))


def dealt_folds(data: TrainingSet, groups: Rows, n_folds: int, seed: int) -> Rows:
    """The fold of each row: groups stay together, and classes are spread as evenly as they can."""
    rng = np.random.default_rng(seed)
    if groups.max() + 1 < len(groups):
        return _dealt(_counts(data, groups), n_folds, rng)[groups]
    fold = np.empty(len(groups), dtype=np.intp)
    fold[np.lexsort((rng.random(len(groups)), data.y))] = np.arange(len(groups)) % n_folds
    return fold


def _counts(data: TrainingSet, groups: Rows) -> Any:
    """Sparse numbers of rows by group and class."""
    shape = (int(groups.max()) + 1, len(data.classes))
    counts = sparse.csr_array((np.ones(len(groups)), (groups, data.y)), shape=shape)
    counts.sum_duplicates()
    return counts


def _dealt(counts: Any, n_folds: int, rng: np.random.Generator) -> Rows:
    """A fold for each group, so that every fold has about as many rows of each class.

    Large groups come first; each goes where there are the fewest rows of its classes yet.
    """
    n_groups, K = counts.shape
    size, share = counts.sum(axis=1), counts.data / counts.sum(axis=0)[counts.indices]
    loads = rng.random((K, n_folds)) * 1e-9 / n_groups  # Decides between equals.
    fold = np.empty(n_groups, dtype=np.intp)
    starts, classes = counts.indptr.tolist(), counts.indices
    for group in np.lexsort([rng.random(n_groups), -size]).tolist():
        part = slice(starts[group], starts[group + 1])
        of = classes[part]
        mine = share[part]
        chosen = loads[of[0]].argmin() if len(of) == 1 else (mine @ loads[of]).argmin()
        loads[of, chosen] += mine
        fold[group] = chosen
    return fold


def _expanded(tests: Iterable[Rows], groups: Rows) -> Folds:
    """Folds of rows, from the groups that each predicts."""
    folds = []
    for test in tests:
        is_test = np.zeros(int(groups.max()) + 1, dtype=bool)
        is_test[test] = True
        folds.append((np.flatnonzero(~is_test[groups]), np.flatnonzero(is_test[groups])))
    return folds


def _doubt_leaks(folds: Folds, groups: Rows, cv: Any, doubt: Callable[[str], None]) -> None:
    n_leaks = sum(int(np.isin(groups[test], groups[train]).sum()) for train, test in folds)
    if n_leaks > MANY * len(groups):
        doubt(
            f"{n_leaks} of {len(groups)} rows are predicted by a classifier that was trained on a "
            f"copy of them, or on a row of their fold group: cv is {_shown(cv)}. T comes out too "
            f"close to the identity. Pass a number of folds, or a splitter such as "
            f"StratifiedGroupKFold.",
        )


def _shown(cv: Any) -> str:
    return repr(cv) if hasattr(cv, "split") else "lists of rows"


def _doubt_absent_classes(
    folds: Folds, groups: Rows, data: TrainingSet, doubt: Callable[[str], None]
) -> None:
    """A classifier gives probability zero to a class that it has not seen."""
    in_several = np.bincount(_counts(data, groups).indices, minlength=len(data.classes)) > 1
    absent = np.zeros(len(data.classes), dtype=bool)
    for train, _ in folds:
        absent |= in_several & (np.bincount(data.y[train], minlength=len(absent)) == 0)
    if absent.any():
        doubt(
            f"The training parts of some folds hold no row of the classes "
            f"{show_labels(data.classes[absent])}, whose posterior is then zero for all rows of "
            f"the fold: T is wrong. Where rows are sorted by label, shuffle the folds: pass a "
            f"number, or StratifiedKFold(shuffle=True). Where fold groups are few and large, use "
            f"fewer folds.",
        )


def _among(kept: NDArray[np.intp] | None, rows: ArrayLike) -> NDArray[np.intp]:
    """Where those of `rows` that were kept stand among the kept ones."""
    numbers = np.asarray(rows)
    return numbers if kept is None else np.searchsorted(kept, numbers[np.isin(numbers, kept)])
