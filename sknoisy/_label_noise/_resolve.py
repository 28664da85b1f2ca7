"""Where T comes from: an argument, the previous step of a Pipeline, or an estimate."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from .. import _carrier
from .._checks import describe
from .._estimation import (
    GroupTransitionMatrixEstimator,
    NoiseGroups,
    TransitionMatrixEstimator,
    TrustedLabels,
    weight_params,
)
from .._hints import SEE_ERRORS
from .._interruptions import ctrl_c_passed_on
from .._labels import show_labels
from .._transition import check_transition_matrix, doubts_of_given
from .._validation import TrainingSet, written_out
from .._warn import warn, warn_of
from ._cache import cached
from ._cache_folder import explained
from ._value import LabelNoise


def resolve_label_noise(
    transition_matrix: Any,
    data: TrainingSet,
    fit: Callable[[Any], Any],
    *,
    carried: _carrier.Tag | None = None,
    groups: NoiseGroups | None = None,
    name: str = "transition_matrix",
) -> LabelNoise:
    """The noise of the training rows: an argument beats what X carries, that an estimate.

    The argument, a parameter called `name`, is one T for all rows; one per group, as a dict by
    name or a stack for groups that are numbered from 0; an estimator of either; "carried"; or
    None. `fit` maps an unfitted estimator of T, or None for the default one, to a fitted one or
    to the noise itself.
    A matrix must fit the classes and allow every label that y holds. What is doubtful about it is
    warned of here, whether it was estimated now, earlier or not at all.
    """
    if callable(transition_matrix) and not hasattr(transition_matrix, "fit"):
        raise TypeError(
            f'{name} must be an array, an estimator, None or "carried"; got '
            f"{describe(transition_matrix)}."
            f" {SEE_ERRORS}"
        )
    if inspect.isclass(transition_matrix):
        raise TypeError(
            f"{name} must be an instance, not a class: pass {transition_matrix.__name__}(...)."
            f" {SEE_ERRORS}"
        )
    if isinstance(transition_matrix, str):
        _check_carried(transition_matrix, carried)
        transition_matrix = None
    if transition_matrix is None and carried is not None:
        T = _of_tag(carried, data.classes)
        noise = LabelNoise.of_all_rows(T, "carried", doubts=carried.doubts)
    elif transition_matrix is None or hasattr(transition_matrix, "fit"):
        noise = _estimated(fit(transition_matrix), data, groups, name)
    elif _is_by_group(transition_matrix):
        noise = _given_by_group(transition_matrix, data, groups, name)
    else:
        T = check_transition_matrix(transition_matrix, classes=data.classes)
        noise = LabelNoise.of_all_rows(T, "given", doubts=doubts_of_given(T, data.classes))
    if groups is not None and noise.groups is None:
        raise TypeError(
            "noise_groups need a T of each group: as transition_matrix pass a dict from groups to "
            "matrices, None, a TransitionMatrixEstimator or a GroupTransitionMatrixEstimator. A "
            "single T, also one that was carried through a Pipeline, is the same for all groups."
            f" {SEE_ERRORS}"
        )
    _check_support(noise, data)
    warn_of(noise.doubts)
    return noise


def noise_for_classifier(
    classifier: Any,
    X: Any,
    data: TrainingSet,
    seed: int,
    trusted: TrustedLabels | None = None,
    groups: NoiseGroups | None = None,
    keep_all: bool = False,
    behind: Any = None,
) -> LabelNoise:
    """The noise by a classifier's `transition_matrix`, what X carries, or a first stage.

    With `keep_all` the estimator of T holds posteriors and classifiers, for the classifier to use.
    `behind` is what the estimator of T takes for its own `estimator`; default the classifier's.
    """
    carried = _carrier.read(X)
    noise = resolve_label_noise(
        classifier.transition_matrix,
        data,
        lambda estimator: fit_stage_one(
            classifier, estimator, data, seed, trusted, groups, keep_all, behind
        ),
        carried=carried,
        groups=groups,
    )
    if noise.source == "estimated":
        _warn_of_replaced(carried, classifier)
    return noise


def fit_stage_one(
    classifier: Any,
    estimator: Any,
    data: TrainingSet,
    seed: int,
    trusted: TrustedLabels | None = None,
    groups: NoiseGroups | None = None,
    keep_all: bool = False,
    behind: Any = None,
) -> Any:
    """Fit a clone of an estimator of T, or the default one for None.

    It takes from the classifier what it leaves open: the network, the classes, the random state
    and the device. The classifier's `memory` caches it.
    """
    random_state = classifier.random_state
    if random_state is not None and not isinstance(random_state, int | np.integer):
        random_state = seed  # The state of a generator is no key for a cache.
    settings = {
        "estimator": classifier.estimator if behind is None else behind,
        "classes": data.classes,
        "random_state": random_state,
        "device": getattr(classifier, "device", "auto"),
    }
    prepared = _prepared(TransitionMatrixEstimator() if estimator is None else estimator, settings)
    if groups is not None and isinstance(prepared, TransitionMatrixEstimator):
        prepared = GroupTransitionMatrixEstimator(prepared)
    if getattr(prepared, "_reads_numbers", False):
        data = data.as_numbers(classifier)
    else:
        data, trusted = data.as_passed(), None if trusted is None else trusted.as_passed()
    data = data._replace(passed=None)  # What is not read should not miss the cache.
    trusted = None if trusted is None else trusted._replace(passed=None)
    # T is that of the labels: weights of the classes neither change it nor miss the cache.
    arguments = (prepared, data.without_class_weights(), trusted, groups, keep_all)
    with explained(getattr(classifier, "memory", None)) as memory:
        fit = cached(_fit_stage_one, memory, prepared, data.X)
        return fit(*arguments, verbose=getattr(classifier, "verbose", 0))


def _fit_stage_one(
    estimator: Any,
    data: TrainingSet,
    trusted: TrustedLabels | None,
    groups: NoiseGroups | None,
    keep_all: bool,
    verbose: int,
) -> Any:
    """A function of its own so that joblib can cache it; validates nothing twice.

    What is trained by half never gets out of it, and so not into the cache.
    """
    with ctrl_c_passed_on():
        return _fitted(estimator, data, trusted, groups, keep_all, verbose)


def _fitted(
    estimator: Any,
    data: TrainingSet,
    trusted: TrustedLabels | None,
    groups: NoiseGroups | None,
    keep_all: bool,
    verbose: int,
) -> Any:
    if isinstance(estimator, GroupTransitionMatrixEstimator) and groups is not None:
        estimator.set_params(estimator__verbose=max(estimator.estimator.verbose, verbose))
        return estimator.fit_validated(data, groups, trusted=trusted, keep_all=keep_all)
    if isinstance(estimator, TransitionMatrixEstimator):
        estimator.set_params(verbose=max(estimator.verbose, verbose))
        return estimator.fit_validated(data, trusted=trusted, keep_all=keep_all)
    passed = {} if trusted is None else trusted.fit_params(data.classes)
    if groups is not None:
        passed["noise_groups"] = groups.names[groups.which]
    params = {name: value for name, value in passed.items() if has_fit_parameter(estimator, name)}
    if data.fold_groups is not None and has_fit_parameter(estimator, "fold_groups"):
        params["fold_groups"] = data.fold_groups
    params |= weight_params(
        estimator, None if data.sample_weight is None else data.sample_weight.copy()
    )
    return estimator.fit(_own_copy(written_out(data.X)), data.labels, **params)


def _own_copy(X: Any) -> Any:
    """Rows for a user's estimator, which may write to them: X is the user's object."""
    if isinstance(X, np.memmap):
        view = X.view()
        view.flags.writeable = False
        return view
    return X.copy() if isinstance(X, np.ndarray) or sparse.issparse(X) else X


def _prepared(estimator: Any, settings: Mapping[str, Any]) -> Any:
    prepared = clone(estimator)
    if isinstance(prepared, GroupTransitionMatrixEstimator):
        common = prepared.estimator
        common = TransitionMatrixEstimator() if common is None else common
        return prepared.set_params(estimator=_prepared(common, settings))
    if not isinstance(prepared, TransitionMatrixEstimator):
        return prepared
    left_open = [name for name in settings if getattr(prepared, name) in (None, "auto")]
    return prepared.set_params(**{name: settings[name] for name in left_open})


def _check_carried(transition_matrix: str, carried: _carrier.Tag | None) -> None:
    if transition_matrix != "carried":
        raise ValueError(
            f'transition_matrix must be an array, an estimator, None or "carried"; '
            f"got {transition_matrix!r}."
            f" {SEE_ERRORS}"
        )
    if carried is None:
        raise ValueError(
            'transition_matrix="carried", but X carries none: place '
            f"TransitionMatrixEstimator directly before this step of the Pipeline. {SEE_ERRORS}"
        )


def _warn_of_replaced(carried: _carrier.Tag | None, classifier: Any) -> None:
    """An estimate has taken the place of the T that an earlier step estimated."""
    if carried is not None:
        why = (
            "X carries one from an earlier step, but transition_matrix is an estimator. Leave out "
            "one of the two, or set transition_matrix=None to use the one that X carries."
        )
    elif _carrier.is_lost(classifier):
        why = (
            "an earlier step of the Pipeline estimated one, which a step in between lost: it "
            "returned new rows, perhaps with another noise. Place TransitionMatrixEstimator "
            "directly before the classifier, or leave it out."
        )
    else:
        return
    warn(f"T was estimated anew, though {why}")


def _of_tag(tag: _carrier.Tag, classes: NDArray[Any]) -> NDArray[np.float64]:
    if not np.array_equal(tag.classes, classes):
        raise ValueError(
            f"X carries a transition matrix for the classes {tag.classes.tolist()}, but y "
            f"holds {classes.tolist()}. Name all classes with classes= in both steps. {SEE_ERRORS}"
        )
    return check_transition_matrix(tag.transition_matrix)


def _estimated(fitted: Any, data: TrainingSet, groups: NoiseGroups | None, name: str) -> LabelNoise:
    if isinstance(fitted, LabelNoise):
        return fitted
    _check_classes(fitted, data, name)
    T = getattr(fitted, "transition_matrix_", None)
    matrices = getattr(fitted, "transition_matrices_", None)
    if groups is not None and matrices is not None:
        names = np.asarray(getattr(fitted, "noise_groups_", groups.names)).tolist()
        by_name = dict(zip(names, matrices, strict=True))
        _check_groups(by_name, groups, name, f"fit {type(fitted).__name__} on all of them")
        noise = _by_group(by_name, data, groups, name)
        common = noise.transition_matrix if T is None else T
        doubts = tuple(getattr(fitted, "doubts_", noise.doubts))
        return noise._replace(
            transition_matrix=common, source="estimated", estimator=fitted, doubts=doubts
        )
    if T is None:
        raise TypeError(
            f"{name} must be an array or an estimator that sets {name}_ when fitted; "
            f"{type(fitted).__name__} does not."
            f" {SEE_ERRORS}"
        )
    T = check_transition_matrix(T, classes=data.classes)
    # A user's estimator has none, and may know T.
    doubts = getattr(fitted, "doubts_", tuple(doubts_of_given(T, data.classes)))
    return LabelNoise.of_all_rows(T, "estimated", fitted, doubts)


def _check_classes(fitted: Any, data: TrainingSet, name: str) -> None:
    """One that is frozen may have been fitted to other labels, in as many rows and columns."""
    classes = getattr(fitted, "classes_", None)
    if classes is not None and not np.array_equal(classes, data.classes):
        raise ValueError(
            f"The estimator of {name} was fitted for the classes {show_labels(classes)}, but y "
            f"holds {show_labels(data.classes)}. Name the same classes with classes= in both, or "
            f"fit it to these labels. {SEE_ERRORS}"
        )


def _is_by_group(transition_matrix: Any) -> bool:
    if isinstance(transition_matrix, Mapping):
        return True
    try:
        return np.ndim(transition_matrix) == 3
    except ValueError:  # Ragged: the check of a single T says what is wrong.
        return False


def _given_by_group(
    transition_matrix: Any, data: TrainingSet, groups: NoiseGroups | None, name: str
) -> LabelNoise:
    if groups is None:
        raise ValueError(
            f"{name} holds one T per group: pass noise_groups=, the group of each row, to the fit "
            f"of a classifier that takes them. {SEE_ERRORS}"
        )
    by_name = transition_matrix
    cure = "add them to the dict"
    if not isinstance(by_name, Mapping):
        by_name = dict(enumerate(transition_matrix))
        cure = "number the groups from 0, or pass a dict from names to matrices"
    _check_groups(by_name, groups, name, cure)
    return _by_group(by_name, data, groups, name)


def _check_groups(by_name: Mapping[Any, Any], groups: NoiseGroups, name: str, cure: str) -> None:
    unknown = [group for group in groups.names.tolist() if group not in by_name]
    if unknown:
        raise ValueError(
            f"{name} has no T for the groups {unknown}, only for {list(by_name)[:20]}: {cure}."
            f" {SEE_ERRORS}"
        )


def _by_group(
    by_name: Mapping[Any, Any], data: TrainingSet, groups: NoiseGroups, name: str
) -> LabelNoise:
    matrices = np.stack(
        [
            check_transition_matrix(by_name[group], classes=data.classes, name=f"{name}[{group!r}]")
            for group in groups.names.tolist()
        ]
    )
    share = np.bincount(groups.which, data.sample_weight, minlength=len(matrices))
    common = np.einsum("g,gij->ij", share / share.sum(), matrices)
    # Of the common T alone: a group that errs more often than not is told by the others.
    doubts = tuple(doubts_of_given(common, data.classes))
    return LabelNoise(matrices, groups.which, common, "given", groups=groups.names, doubts=doubts)


def _check_support(noise: LabelNoise, data: TrainingSet) -> None:
    """A label that T says never occurs has no finite corrected loss."""
    which = np.zeros(len(data.y), dtype=np.intp) if noise.which is None else noise.which
    never = (noise.matrices.sum(axis=1) == 0)[which, data.y]
    if not never.any():
        return
    labels = data.classes[np.unique(data.y[never])].tolist()
    of_group = ""
    if noise.groups is not None:
        row = never.argmax()
        labels = data.classes[data.y[[row]]].tolist()
        of_group = f" of group {noise.groups.tolist()[which[row]]!r}"
    raise ValueError(
        f"The transition matrix{of_group} ({noise.source}) says that the labels {labels} never "
        f"occur: their columns are zero, but y holds them. Give those columns some probability."
        f" {SEE_ERRORS}"
    )
