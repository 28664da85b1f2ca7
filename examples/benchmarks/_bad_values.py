"""Bad values by kind of parameter, for `bad_inputs.py`: what each kind must refuse.

All callables are given the same small problem: `N_ROWS` rows of `N_FEATURES` features, `N_CLASSES`
classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

N_ROWS, N_FEATURES, N_CLASSES = 60, 4, 3
RNG = np.random.RandomState(0)
X = RNG.normal(size=(N_ROWS, N_FEATURES))
Y = np.arange(N_ROWS) % N_CLASSES
X += 2 * np.eye(N_CLASSES, N_FEATURES)[Y]
T = np.full((N_CLASSES, N_CLASSES), 0.1) + 0.7 * np.eye(N_CLASSES)
PROBA = np.full((N_ROWS, N_CLASSES), 0.1) + 0.7 * np.eye(N_CLASSES)[Y]
VOTES = np.stack([Y, Y, (Y + (np.arange(N_ROWS) % 7 == 0)) % N_CLASSES], axis=1)


class Nothing:
    """An object that is no parameter of anything."""

    def __repr__(self) -> str:
        return "Nothing()"


class Net(nn.Module):
    """A network, of which nobody wants an instance."""

    def __init__(self, n_features: int = N_FEATURES, n_classes: int = N_CLASSES) -> None:
        super().__init__()
        self.layer = nn.Linear(n_features, n_classes)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.layer(X)


def changed(array: np.ndarray, place: Any, value: Any) -> np.ndarray:
    """A copy with another value in some place."""
    copy = array.astype(np.result_type(array, np.asarray(value).dtype))
    copy[place] = value
    return copy


def boxed(array: np.ndarray, place: Any, value: Any) -> np.ndarray:
    """The same as objects."""
    copy = array.astype(object)
    copy[place] = value
    return copy


BadValues = dict[str, Any]
NO_NUMBER: BadValues = {"text": "0.5", "None": None, "list": [0.5, 0.5], "complex": 0.5j}
NOT_FINITE: BadValues = {"NaN": np.nan, "infinity": np.inf, "minus infinity": -np.inf}


def numbers(*outside: float, finite: bool = True) -> BadValues:
    """What is no number, or one outside a range."""
    numbers = {str(value): value for value in outside}
    not_finite = NOT_FINITE if finite else {"NaN": np.nan}
    return {**NO_NUMBER, **not_finite, "bool": True, **numbers}


def integers(*outside: int) -> BadValues:
    return {**numbers(*outside), "fraction": 1.5, "whole float": 2.0}


def arrays(good: np.ndarray) -> BadValues:
    """What is no array of real numbers of the shape of `good`."""
    first = (0,) * good.ndim
    return {
        "None": None,
        "text": "an array",
        "object": Nothing(),
        "strings": good.astype(str),
        "complex": good + 1j,
        "ragged": [[0.5], [0.25, 0.25]],
        "empty": good[:0],
        "a row more": np.concatenate([good, good[:1]]),
        "a row less": good[:-1],
        "another dimension": good[..., None, None],
        "scalar": 0.5,
        "NaN": changed(good, first, np.nan),
        "infinity": changed(good, first, np.inf),
        "None inside": boxed(good, first, None),
        "dict": {"a": 1},
    }


LABELS: BadValues = {
    "None": None,
    "text": "labels",
    "scalar": 3,
    "object": Nothing(),
    "empty": Y[:0],
    "two columns": np.stack([Y, Y], axis=1),
    "one-hot": np.eye(N_CLASSES)[Y],
    "a row less": Y[:-1],
    "a row more": np.r_[Y, 0],
    "NaN": changed(Y, 3, np.nan),
    "infinity": changed(Y, 3, np.inf),
    "None inside": boxed(Y, 3, None),
    "complex": Y + 1j,
    "int and str": [0, "0", *Y[2:].tolist()],
    "int and str as objects": boxed(Y, 1, "0"),
    "str and NaN": [*Y[1:].astype(str).tolist(), np.nan],
    "ragged": [[0], [0, 1]],
    "generator": (label for label in Y),
    "dict": {"a": 1},
}
MATRIX: BadValues = {
    **arrays(T),
    "negative": changed(T, (0, slice(0, 2)), [1.0, -0.1]),
    "rows of counts": 10 * T,
    "columns sum to 1": np.array([[0.8, 0.1, 0.3], [0.1, 0.8, 0.0], [0.1, 0.1, 0.7]]),
    "two classes": np.eye(2),
    "four classes": np.eye(4),
    "not square": T[:, :2],
    "one-dimensional": T[0],
}
FEATURES: BadValues = {
    "None": None,
    "text": "X",
    "object": Nothing(),
    "scalar": 0.5,
    "one-dimensional": X[:, 0],
    "empty": X[:0],
    "no features": X[:, :0],
    "a row less": X[:-1],
    "NaN": changed(X, (2, 1), np.nan),
    "infinity": changed(X, (2, 1), np.inf),
    "complex": X + 1j,
    "strings": np.full(X.shape, "a"),
    "text objects": boxed(X, (2, 1), "a"),
    "ragged": [[0.5], [0.25, 0.25]],
    "dict": {"a": 1},
}

OPTION: BadValues = {"unknown": "nonsense", "number": 1, "list": ["a"], "array": np.array([1, 2])}
CLASSES: BadValues = {
    "scalar": Nothing(),
    "text": "abc",
    "empty": [],
    "repeated": [0, 1, 2, 2],
    "NaN": [0, 1, np.nan],
    "None inside": [0, 1, None],
    "two-dimensional": [[0, 1, 2]],
    "one is absent": [0, 1],
    "int and str": [0, 1, "2"],
    "complex": [0j, 1j, 2j],
    "text for numbers": ["0", "1", "2"],
    "bool": True,
    "negative": -3,
}


def without(values: BadValues, *names: str) -> BadValues:
    return {name: value for name, value in values.items() if name not in names}


KINDS: dict[str, BadValues] = {
    "rate": numbers(-0.1, 1.5, 20),
    "rate or rates": without(numbers(-0.1, 1.5, 20), "list"),
    "inside (0, 1)": numbers(-0.1, 0, 1, 95),
    "[0, 1)": numbers(-0.1, 1, 20),
    "positive": numbers(-1, 0),
    "not negative": numbers(-1),
    "positive number": numbers(-1, 0, finite=False),
    "number": numbers(),
    "integer > 0": integers(0, -1),
    "integer >= 0": integers(-1),
    "integer > 1": integers(1, 0, -1),
    "flag": {"text": "False", "number": 2, "None": None, "array": np.array([True, False])},
    "verbosity": {"text": "loud", "fraction": 1.5, "negative": -1, "None": None},
    "option": OPTION,
    "text option": without(OPTION, "number"),
    "name": {"number": 1, "None": None, "list": ["a"]},
    "labels": LABELS,
    "labels alone": without(LABELS, "a row less", "a row more"),
    "classes": CLASSES,
    "classes, some of them": without(CLASSES, "one is absent"),
    "matrix": MATRIX,
    "probabilities": {
        **arrays(PROBA),
        "negative": changed(PROBA, (0, slice(0, 2)), [1.0, -0.1]),
        "a sum of 2": 2 * PROBA,
        "a column less": PROBA[:, :-1],
        "logits": np.log(PROBA),
    },
    "weights": {
        **arrays(np.ones(N_ROWS)),
        "negative": changed(np.ones(N_ROWS), 0, -1),
        "all zero": np.zeros(N_ROWS),
    },
    "features": FEATURES,
    "features as in fit": {
        **without(FEATURES, "a row less"),
        "a feature less": X[:, :-1],
        "images": X[:, :, None, None],
    },
    "features of any number": without(FEATURES, "a row less"),
    "matrix of any size": without(MATRIX, "two classes", "four classes"),
    "random state": {"text": "0", "negative": -1, "fraction": 1.5, "object": Nothing(), "list": []},
    "classifier": {
        "text": "svm",
        "number": 3,
        "object": Nothing(),
        "instance of a module": Net(),
        "another class": Nothing,
        "list": [Net],
    },
    "net": {"text": "mlp", "number": 3, "object": Nothing(), "instance of a module": Net()},
    "folds": {
        "text": "5",
        "one": 1,
        "zero": 0,
        "negative": -2,
        "fraction": 2.5,
        "object": Nothing(),
        "bool": True,
        "NaN": np.nan,
        "no pairs": [1, 2],
        "rows left out": [(np.arange(30), np.arange(30, 50))],
        "rows that are not there": [(np.arange(30), np.arange(30, 90))],
    },
    "processes": {"text": "2", "zero": 0, "fraction": 1.5, "bool": True, "object": Nothing()},
    "device": {"unknown": "gpu", "number": 3.5, "object": Nothing(), "None": None},
    "votes": {
        "None": None,
        "text": "votes",
        "one-dimensional": Y,
        "three-dimensional": VOTES[..., None],
        "empty": VOTES[:0],
        "no annotator": VOTES[:, :0],
        "all missing": np.full(VOTES.shape, np.nan),
        "infinity": changed(VOTES, (0, 0), np.inf),
        "complex": VOTES + 1j,
        "continuous": VOTES + 0.25,
        "-1 unexplained": changed(VOTES, (0, 0), -1),
        "int and str": boxed(VOTES, (0, 0), "0"),
        "ragged": [[0], [0, 1]],
        "a row less": VOTES[:-1],
        "object": Nothing(),
    },
    "logits": {
        "None": None,
        "array": np.zeros((5, 3), np.float32),
        "list": [[0.0, 1.0, 2.0]],
        "integers": torch.zeros(5, 3, dtype=torch.int64),
        "complex": torch.zeros(5, 3, dtype=torch.complex64),
        "one-dimensional": torch.zeros(5),
        "three-dimensional": torch.zeros(5, 3, 1),
        "a row less": torch.zeros(4, 3),
    },
    "target": {
        "None": None,
        "array": np.zeros(5, np.int64),
        "list of numbers": [0, 1, 2, 0, 1],
        "text": "target",
        "floats": torch.zeros(5),
        "complex": torch.zeros(5, dtype=torch.complex64),
        "a row less": torch.zeros(4, dtype=torch.int64),
        "column": torch.zeros(5, 1, dtype=torch.int64),
        "negative": torch.tensor([0, 1, -1, 0, 1]),
        "a fourth class": torch.tensor([0, 1, 3, 0, 1]),
        "unknown field": {"labels": torch.zeros(5, dtype=torch.int64), "T": torch.eye(3)},
        "empty tuple": (),
        "weights of another length": (torch.zeros(5, dtype=torch.int64), torch.ones(4)),
    },
}


def bad_values(kind: str) -> BadValues:
    """Those of a kind; one that ends in "?" takes None too."""
    may_be_none = kind.endswith("?")
    values = KINDS[kind.removesuffix("?")]
    return {k: v for k, v in values.items() if not (may_be_none and v is None)}
