"""All public callables with good arguments, and of which kind each argument is.

A constructor and the method that uses its parameters are one call: sknoisy's estimators check in
`fit`. `BAD` holds, beside what `_bad_values` has for a kind, further bad arguments of a call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import torch
from _bad_values import N_FEATURES, VOTES, Nothing, T, X, Y
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LinearRegression, LogisticRegression
from torch.utils.data import Dataset, TensorDataset

import sknoisy
from sknoisy import TransitionMatrixEstimator, calibration, make_net, modules, noise
from sknoisy import annotators as a

mpl.use("Agg")


class StageOne(Exception):
    """The first stage was trained: too late to complain about what was known before."""


class Late(BaseEstimator):
    """A classifier whose training is too late for any complaint."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> None:
        raise StageOne

    def predict(self, X: Any) -> None:
        raise StageOne

    predict_proba = predict


class Made(NamedTuple):
    """A bad argument that may be refused when it is made; the message has to say `name`."""

    make: Callable[[], Any]
    name: str


class Call(NamedTuple):
    """A public callable, its good arguments, and the kinds of those that are tried."""

    name: str
    function: Callable[..., Any]
    good: dict[str, Any]
    kinds: dict[str, str]
    bad: dict[str, dict[str, Any]] = {}


def fitting(cls: type, method: str = "fit") -> Callable[..., Any]:
    """A function of the parameters of a class and the arguments of its method, which calls both."""
    parameters = set(inspect.signature(cls).parameters)

    def call(**arguments: Any) -> Any:
        of_class = {k: v for k, v in arguments.items() if k in parameters}
        of_method = {k: v for k, v in arguments.items() if k not in parameters}
        return getattr(cls(**of_class), method)(**of_method)

    return call


LINEAR = LogisticRegression(max_iter=20)
QUICK = make_net(max_epochs=1)
LATE = TransitionMatrixEstimator(Late())
COUNTED = TransitionMatrixEstimator(LINEAR, method="count", random_state=0)
IMAGES = np.zeros((len(Y), 1, 8, 8), np.float32) + Y[:, None, None, None]
DATA = {"X": X, "y": Y, "sample_weight": np.ones(len(Y))}
SEEDED = {"random_state": 0}
LABEL_KINDS = {"y": "labels", "sample_weight": "weights?"}
DATA_KINDS = {"X": "features", **LABEL_KINDS}
SEED = {"random_state": "random state?"}
CLASSES = {"classes": "classes?"}
DEVICE = {"device": "device?"}
TRUSTED = {"y_trusted": np.r_[Y[:9].astype(float), np.full(len(Y) - 9, np.nan)]}

NETS = {
    "batch_size": (0, -2, 1.5, None, "64", np.nan, True),
    "max_epochs": (0, -1, 1.5, None, "10", np.nan, True),
    "lr": (-1.0, None, "fast", np.nan, np.inf),
    "train_split": (0.2, "half"),
    "iterator_train": (None, "loader", 3),
    "iterator_valid": (None, "loader"),
    "optimizer": (None, "Adam", 3),
    "criterion": (None, "loss", torch.nn.CrossEntropyLoss()),
    "callbacks": ("stop", 3, [3]),
    "autocast": ("float8", True),
    "replay": ("yes", None),
    "channels_last": ("yes", None),
    "module__hidden_sizes": (3, "large", [0], [1.5]),
    "module__dropout": (-1, 1, 2.0, "half"),
    "module__nonsense": (1,),
    "device": ("gpu",),
}


def bad_nets() -> dict[str, Any]:
    """Unfitted nets with a wrong setting, by what is wrong."""
    return {
        f"{name}={value!r}": Made(partial(make_net, **{name: value}), name.split("__")[-1])
        for name, values in NETS.items()
        for value in values
    }


MATRIX_SOURCES = {
    "a word": "nonsense",
    "a class": TransitionMatrixEstimator,
    "a classifier": LINEAR,
    "a function": abs,
    "carried": "carried",
    "a dict without groups": {"a": T},
    "a stack without groups": np.stack([T, T]),
    **{
        f"{name}={value!r}": Made(
            partial(TransitionMatrixEstimator, Late(), **{name: value}),
            name,
        )
        for name, value in (
            ("method", "nonsense"),
            ("structure", "nonsense"),
            ("structure", {"zeros": np.zeros((2, 2))}),
            ("structure", {"rank": 9}),
            ("cv", "nonsense"),
            ("n_jobs", 0),
            ("keep_proba", "no"),
        )
    },
}
STRUCTURES = {
    "unknown": "nonsense",
    "number": 3,
    "unknown key": {"nonsense": 1},
    "unknown noise": {"noise": "nonsense"},
    "zeros of two classes": {"zeros": np.zeros((2, 2), bool)},
    "zeros on the diagonal": {"zeros": np.eye(3, dtype=bool)},
    "zeros of text": {"zeros": np.full((3, 3), "a")},
    "zeros of NaN": {"zeros": np.full((3, 3), np.nan)},
    "groups of two classes": {"groups": [0, 1]},
    "rank 0": {"rank": 0},
    "rank 9": {"rank": 9},
    "rank 1.5": {"rank": 1.5},
    "prior of two classes": {"prior": np.eye(2)},
    "prior of counts": {"prior": 10 * T},
    "negative strength": {"prior": T, "prior_strength": -1},
    "NaN as strength": {"prior": T, "prior_strength": np.nan},
    "text as strength": {"prior": T, "prior_strength": "strong"},
}
CLASS_WEIGHTS = {
    "negative": {0: -1, 1: 1, 2: 1},
    "all zero": {0: 0, 1: 0, 2: 0},
    "NaN": {0: np.nan, 1: 1, 2: 1},
    "infinite": {0: np.inf, 1: 1, 2: 1},
    "text": {0: "heavy", 1: 1, 2: 1},
    "unknown word": "nonsense",
    "number": 3,
    "list": [1, 1, 1],
    "unknown class": {7: 1.0},
    "complex": {0: 1j, 1: 1, 2: 1},
}
TRUSTED_LABELS = {
    "a row less": TRUSTED["y_trusted"][:-1],
    "unknown class": np.r_[7.0, TRUSTED["y_trusted"][1:]],
    "two-dimensional": TRUSTED["y_trusted"][:, None],
    "scalar": 3,
    "text": "labels",
    "object": Nothing(),
}
NOISE_GROUPS = {
    "a row less": Y[:-1],
    "missing": np.r_[np.nan, Y[1:]],
    "mixed types": [0, "a", *Y[2:].tolist()],
    "mixed objects": np.array([0, "a", *Y[2:].tolist()], dtype=object),
    "two-dimensional": np.stack([Y, Y], axis=1),
    "scalar": 3,
    "complex": Y + 1j,
    "ragged": [[0], [0, 1]],
}
GROUPS = next(
    name
    for name in ("noise_groups", "groups")
    if name in inspect.signature(sknoisy.ForwardCorrectedClassifier.fit).parameters
)


def corrected(cls: type, **kinds: str) -> list[Call]:
    """A corrected classifier: all that is wrong is said before stage one is trained."""
    good = {"estimator": QUICK, "transition_matrix": LATE, **SEEDED, **DATA}
    every = {
        "estimator": "net",
        "base_loss": "option",
        "start": "option",
        "warm_up": "not negative",
        "fine_tune_epochs": "integer >= 0",
        "fine_tune_lr_factor": "positive",
        "verbose": "verbosity",
        **CLASSES,
        **DEVICE,
        **SEED,
        **DATA_KINDS,
        **kinds,
    }
    bad = {
        "class_weight": CLASS_WEIGHTS,
        "y_trusted": TRUSTED_LABELS,
        "X_trusted": {"without labels": X},
        GROUPS: NOISE_GROUPS,
        "memory": {"number": 3},
        "transition_matrix": MATRIX_SOURCES,
        "estimator": bad_nets(),
    }
    name, matrix = cls.__name__, {**good, "transition_matrix": T}
    return [
        Call(name, fitting(cls), good, every, bad),
        Call(name, fitting(cls), matrix, {"transition_matrix": "matrix?"}),
    ]


def estimators() -> list[Call]:
    """Constructors and `fit`."""
    of_T = {
        "estimator": "classifier",
        "method": "option",
        "cv": "folds?",
        "keep_proba": "flag",
        "n_jobs": "processes?",
        "verbose": "verbosity",
        **CLASSES,
        **DEVICE,
        **SEED,
        **LABEL_KINDS,
    }
    learner = {"estimator": Late(), **SEEDED, **DATA}
    return [
        *corrected(sknoisy.ForwardCorrectedClassifier),
        *corrected(sknoisy.BackwardCorrectedClassifier, identity_mixing="rate"),
        Call(
            "TransitionMatrixEstimator",
            fitting(TransitionMatrixEstimator),
            learner,
            of_T,
            {
                "structure": STRUCTURES,
                "y_trusted": TRUSTED_LABELS,
                "X_unlabelled": {"not for this method": X},
                "estimator": {"regression": LinearRegression()},
            },
        ),
        Call(
            "TransitionMatrixEstimator",
            partial(fitting(TransitionMatrixEstimator), method="anchor"),
            learner,
            {"quantile": "inside (0, 1)"},
        ),
        Call(
            "TransitionMatrixEstimator",
            partial(fitting(TransitionMatrixEstimator), method="anchor"),
            {**learner, "estimator": QUICK},
            {"X_unlabelled": "features as in fit?"},
        ),
        Call(
            "GroupTransitionMatrixEstimator",
            fitting(sknoisy.GroupTransitionMatrixEstimator),
            {"estimator": LATE, **DATA, GROUPS: Y % 2},
            {"estimator": "classifier", **LABEL_KINDS},
            {GROUPS: {**NOISE_GROUPS, "None": None}, "y_trusted": TRUSTED_LABELS},
        ),
        Call(
            "RobustLossClassifier",
            fitting(sknoisy.RobustLossClassifier),
            {"estimator": QUICK, **SEEDED, **DATA},
            {
                "estimator": "net",
                "loss": "option",
                "verbose": "verbosity",
                **CLASSES,
                **DEVICE,
                **SEED,
                **DATA_KINDS,
            },
            {
                "loss_params": {
                    "number": 3,
                    "unknown": {"nonsense": 1},
                    "out of range": Made(lambda: {"q": 7}, "q"),
                    "reduction": {"reduction": "none"},
                },
                "class_weight": CLASS_WEIGHTS,
                "estimator": bad_nets(),
            },
        ),
        Call(
            "ReweightedClassifier",
            fitting(sknoisy.ReweightedClassifier),
            {"estimator": LINEAR, "transition_matrix": LATE, **SEEDED, **DATA},
            {
                "estimator": "classifier",
                "method": "option",
                "verbose": "verbosity",
                **CLASSES,
                **SEED,
                **LABEL_KINDS,
            },
            {GROUPS: NOISE_GROUPS, "transition_matrix": MATRIX_SOURCES, "memory": {"number": 3}},
        ),
        Call(
            "ReweightedClassifier",
            fitting(sknoisy.ReweightedClassifier),
            {"estimator": Late(), "transition_matrix": T, **SEEDED, **DATA},
            {"cv": "folds?", "transition_matrix": "matrix?"},
        ),
        Call(
            "NoiseCalibratedClassifier",
            fitting(calibration.NoiseCalibratedClassifier),
            {"estimator": Late(), "transition_matrix": T, **SEEDED, **DATA},
            {
                "estimator": "classifier",
                "transition_matrix": "matrix?",
                "method": "option",
                "cv": "folds?",
                "n_jobs": "processes?",
                **CLASSES,
                **DEVICE,
                **SEED,
                **LABEL_KINDS,
            },
        ),
        Call(
            "CorruptedLabelsClassifier",
            fitting(noise.CorruptedLabelsClassifier),
            {"estimator": Late(), "transition_matrix": T, **SEEDED, "X": X, "y": Y},
            {
                "estimator": "classifier",
                "transition_matrix": "matrix",
                "exact": "flag",
                "y": "labels",
                **CLASSES,
                **SEED,
            },
            {"y_noisy": {"beside a matrix": Y}},
        ),
        Call(
            "CorruptedLabelsClassifier",
            fitting(noise.CorruptedLabelsClassifier),
            {"estimator": Late(), "X": X, "y": Y, "y_noisy": Y},
            {"y_noisy": "labels"},
        ),
        Call(
            "DawidSkene",
            fitting(a.DawidSkene),
            {"estimator": Late(), "X": X, "y": VOTES, **SEEDED},
            {
                "estimator": "classifier?",
                "n_rounds": "integer > 0",
                "cv": "folds?",
                "max_iter": "integer > 0",
                "tol": "not negative",
                "n_jobs": "processes?",
                "verbose": "verbosity",
                "y": "votes",
                "sample_weight": "weights?",
                **CLASSES,
                **DEVICE,
                **SEED,
            },
            {"y_trusted": TRUSTED_LABELS},
        ),
        Call(
            "AnnotatorCorrectedClassifier",
            fitting(a.AnnotatorCorrectedClassifier),
            {
                "estimator": QUICK,
                "transition_matrices": a.DawidSkene(Late()),
                "X": X,
                "y": VOTES,
                **SEEDED,
            },
            {
                "estimator": "net?",
                "warm_up": "integer >= 0",
                "verbose": "verbosity",
                "X": "features",
                "y": "votes",
                "sample_weight": "weights?",
                **CLASSES,
                **DEVICE,
                **SEED,
            },
            {
                "y_trusted": TRUSTED_LABELS,
                "transition_matrices": {
                    "two for three": [T, T],
                    "one matrix": T,
                    "text": "nonsense",
                    "number": 3,
                    "rows of counts": [10 * T] * 3,
                    "two classes": [np.eye(2)] * 3,
                    "complex": [T + 1j] * 3,
                },
                "estimator": bad_nets(),
            },
        ),
    ]


def wrappers() -> list[Call]:
    """Estimators that hand X to a classifier as it is: that checks it."""
    calls = (
        (TransitionMatrixEstimator, {"estimator": LINEAR, "y": Y}),
        (sknoisy.GroupTransitionMatrixEstimator, {"estimator": COUNTED, "y": Y, GROUPS: Y % 2}),
        (sknoisy.ReweightedClassifier, {"estimator": LINEAR, "transition_matrix": T, "y": Y}),
        (calibration.NoiseCalibratedClassifier, {"estimator": LINEAR, "y": Y}),
        (noise.CorruptedLabelsClassifier, {"estimator": LINEAR, "transition_matrix": T, "y": Y}),
        (a.DawidSkene, {"estimator": LINEAR, "y": VOTES}),
    )
    return [
        Call(cls.__name__, fitting(cls), {**good, "X": X}, {"X": "features"}) for cls, good in calls
    ]


# %% Fitted estimators


@lru_cache(maxsize=1)
def fitted() -> dict[str, Any]:
    """One of each kind of fitted estimator, on rows of features, and nets on other rows."""
    forward = sknoisy.ForwardCorrectedClassifier(QUICK, transition_matrix=T, random_state=0)
    annotated = a.AnnotatorCorrectedClassifier(QUICK, transition_matrices=[T] * 3, random_state=0)
    robust = sknoisy.RobustLossClassifier
    net = make_net(modules.ConvNet, module__depth=2, max_epochs=1)
    return {
        "forward": forward.fit(X, Y),
        "robust": robust(QUICK, random_state=0).fit(X, Y),
        "reweighted": sknoisy.ReweightedClassifier(LINEAR, transition_matrix=T).fit(X, Y),
        "calibrated": calibration.NoiseCalibratedClassifier(LINEAR, transition_matrix=T).fit(X, Y),
        "corrupted": noise.CorruptedLabelsClassifier(LINEAR, T).fit(X, Y),
        "of T": clone(COUNTED).fit(X, Y),
        "of T, by a net": TransitionMatrixEstimator(QUICK, random_state=0).fit(X, Y),
        "annotators": annotated.fit(X, VOTES),
        "images": robust(net, random_state=0).fit(IMAGES, Y),
        "dataset": robust(QUICK, random_state=0).fit(rows_of(X), Y),
        "indexed": robust(QUICK, random_state=0).fit(noise.IndexedRows(X, np.arange(60)), Y),
    }


def rows_of(X: np.ndarray) -> Dataset:
    return TensorDataset(torch.from_numpy(X.astype(np.float32)))


class OtherItems(Dataset):
    """Items that are no rows."""

    def __len__(self) -> int:
        return 5

    def __getitem__(self, row: int) -> str:
        return "row"


def predictions() -> list[Call]:
    """What a fitted estimator is asked."""
    beyond = {
        "beyond float32": np.full((5, N_FEATURES), 1e39),
        "Dataset, a feature less": rows_of(X[:, :-1]),
        "Dataset of NaN": rows_of(np.full((5, N_FEATURES), np.nan)),
        "Dataset of other items": OtherItems(),
        "indexed rows, a feature less": noise.IndexedRows(X[:, :-1], [0, 1]),
        "indexed rows with NaN": noise.IndexedRows(np.full((5, N_FEATURES), np.nan), [0, 1]),
        "indexed rows beyond float32": noise.IndexedRows(np.full((5, N_FEATURES), 1e39), [0, 1]),
    }
    images = {
        "rows": X,
        "other channels": np.zeros((5, 2, 8, 8)),
        "tiny": np.zeros((5, 1, 1, 1)),
        "larger": np.zeros((5, 1, 11, 11)),
        "without channels": np.zeros((5, 8, 8)),
        "NaN": np.full((5, 1, 8, 8), np.nan),
        "Dataset of larger ones": rows_of(np.zeros((5, 1, 11, 11))),
        "indexed, larger": noise.IndexedRows(np.zeros((5, 1, 11, 11)), [0, 1]),
    }
    calls = []
    for name in ("forward", "robust", "reweighted", "calibrated", "corrupted", "annotators"):
        label = {"X": X, "y": Y}
        for method in ("predict_proba", "predict"):
            calls.append(asked(name, method, {"X": X}, {"X": "features as in fit"}))
        calls.append(asked(name, "score", label, {"y": "labels", "sample_weight": "weights?"}))
    for name in ("forward", "annotators", "dataset", "indexed"):
        calls.append(asked(name, "predict_proba", {"X": X}, {}, {"X": beyond}))
    interval = {"confidence_level": "inside (0, 1)", "n_bootstrap": "integer > 1"}
    without_X = {"y": {"without X": Y}}
    return [
        *calls,
        asked("images", "predict", {"X": IMAGES}, {}, {"X": images}),
        asked("forward", "predict_noisy_proba", {"X": X}, {"X": "features as in fit"}),
        asked("of T, by a net", "transform", {"X": X}, {"X": "features as in fit"}),
        asked("of T", "interval", {}, interval, without_X),
        Call(
            "RobustLossClassifier.partial_fit",
            partial(fitting(sknoisy.RobustLossClassifier, "partial_fit"), estimator=QUICK),
            {"X": X, "y": Y},
            {**DATA_KINDS},
        ),
        Call(
            "annotator_log_likelihood",
            lambda **k: a.annotator_log_likelihood(k.pop("estimator", fitted()["annotators"]), **k),
            {"X": X, "y": VOTES},
            {"X": "features as in fit", "y": "votes", "estimator": "classifier"},
        ),
    ]


def asked(
    name: str,
    method: str,
    good: dict[str, Any],
    kinds: dict[str, str],
    bad: dict[str, dict[str, Any]] | None = None,
) -> Call:
    def call(**arguments: Any) -> Any:
        return getattr(fitted()[name], method)(**arguments)

    return Call(f"{name}: {method}", call, good, kinds, bad or {})
