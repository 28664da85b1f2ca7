"""What more labels would buy."""

import numpy as np
import pytest

from sknoisy.inspection import _label_value
from sknoisy.inspection._label_value import (
    fit_learning_curve,
    measured_learning_curve,
    trusted_worth,
)
from sknoisy.noise import symmetric_transition_matrix


def test_a_power_law_is_found_and_extended():
    n = np.array([500.0, 1000.0, 2000.0, 4000.0])
    curve = fit_learning_curve(n, 0.95 - 3 * n**-0.5, np.full(4, 0.001), 2.0)
    assert curve.predicted_accuracy(16_000) == pytest.approx(0.95 - 3 * 16_000**-0.5, abs=1e-3)
    assert curve.predicted_accuracy(1000, 500) == curve.predicted_accuracy(2000)


def test_accuracy_never_falls_with_more_rows():
    n = np.array([500.0, 1000.0, 2000.0])
    curve = fit_learning_curve(n, np.array([0.9, 0.89, 0.88]), np.full(3, 0.01), 1.0)
    assert curve.predicted_accuracy(8000) >= curve.predicted_accuracy(2000)


@pytest.mark.parametrize("rate", [0.1, 0.3])
def test_two_even_classes_are_worth_the_textbook_ratio(rate):
    T = symmetric_transition_matrix(2, rate)
    worth = trusted_worth(np.array([[0.5, 0.5]]), T)
    assert worth == pytest.approx(1 / (1 - 2 * rate) ** 2)


def test_clean_labels_are_worth_themselves_and_no_information_nothing():
    proba = np.array([[0.2, 0.3, 0.5]])
    assert trusted_worth(proba, np.eye(3)) == pytest.approx(1)
    assert trusted_worth(proba, np.full((3, 3), 1 / 3)) > 1e6


def test_the_curve_is_measured_on_rows_that_were_not_trained_on(monkeypatch):
    calls = []

    def accuracy_of(train, test):
        assert not set(train) & set(test)
        calls.append((len(train), len(test)))
        return 1 - len(train) ** -0.5, 0.01

    monkeypatch.setattr(_label_value, "MAX_TEST_ROWS", 250)
    curve = measured_learning_curve(np.arange(400), accuracy_of, (400.0, 0.95, 0.01), 1.5, 0)
    assert calls == [(50, 250)] * 2 + [(100, 250)] * 2 + [(200, 200)] * 2
    np.testing.assert_array_equal(curve.n_rows, [50, 100, 200, 400])
    assert curve.std[0] == pytest.approx(0.01 / np.sqrt(2))


def test_copies_are_on_one_side_of_the_curve():
    groups = np.repeat(np.arange(100), 7)

    def accuracy_of(train, test):
        assert not set(groups[train]) & set(groups[test])
        assert len(test) > 300
        return 0.9, 0.01

    measured_learning_curve(groups, accuracy_of, (700.0, 0.95, 0.01), 1.5, 0)
