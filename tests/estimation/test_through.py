"""Linear models that are trained through T tell a right one from a wrong one on wide tables."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sknoisy import TransitionMatrixEstimator
from sknoisy._estimation import _first_stage
from sknoisy._estimation._through import likelier_through
from sknoisy._validation import validate_training_set
from sknoisy.noise import corrupt_labels

NAMES = ["a", "b", "c"]
T = np.array([[0.6, 0.4, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def wide_rows(n_rows=1500, n_columns=250):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, n_columns))
    return X, (X[:, :40] @ rng.normal(size=(40, 3))).argmax(axis=1)


@pytest.mark.parametrize(("labels", "better"), [("noisy", "true"), ("clean", "identity")])
def test_the_right_matrix_is_chosen(labels, better):
    X, y = wide_rows()
    y = corrupt_labels(y, T, random_state=0) if labels == "noisy" else y
    data = validate_training_set(TransitionMatrixEstimator(), X, y)
    matrices = {"identity": np.eye(3), "true": T}
    wrong, right = (
        SimpleNamespace(transition_matrix=matrix)
        for matrix in (matrices.pop(better), *matrices.values())[::-1]
    )
    for first, second in ((wrong, right), (right, wrong)):
        assert likelier_through(first, second, data, "auto", 0, 0) is right


def compared(monkeypatch, X, y, trusted=None, **params):
    """Whether `fit` compares two T."""
    calls = []

    def record(first, second, *args):
        calls.append(second)
        return second

    monkeypatch.setattr(_first_stage, "likelier_through", record)
    TransitionMatrixEstimator(random_state=0, **params).fit(X, y, y_trusted=trusted)
    return len(calls) == 1


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_matrices_are_compared_by_default_and_where_the_table_is_wide(monkeypatch):
    X, y = wide_rows(150)
    labels = np.array(NAMES)[y]
    assert compared(monkeypatch, X, labels)
    assert not compared(monkeypatch, X[:, :100], labels)
    assert not compared(monkeypatch, X, labels, estimator=LogisticRegression())
    assert not compared(monkeypatch, X, labels, method="count")
    assert not compared(monkeypatch, X, labels, structure="symmetric")
    trusted = np.where(np.arange(150) < 30, labels, None)
    assert compared(monkeypatch, X, labels, trusted=trusted)
