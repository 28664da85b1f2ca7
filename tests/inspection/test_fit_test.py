"""Does noise that depends on the class alone explain the labels?"""

import numpy as np
import pytest

from sknoisy import TransitionMatrixEstimator
from sknoisy._labels import MISSING
from sknoisy._validation import validate_training_set
from sknoisy.inspection._fit_test import class_conditional_test, margins, trusted_test

N, T = 4000, np.array([[0.8, 0.2], [0.3, 0.7]])
RNG = np.random.default_rng(0)
SURENESS = RNG.random(N)
P = np.column_stack([1 - SURENESS / 2, SURENESS / 2])[:, ::-1]


def draw(proba):
    return (RNG.random(N) > proba[:, 0]).astype(int)


def test_the_statistic_is_one_where_all_unsure_labels_are_wrong_and_no_others():
    y = (np.sort(SURENESS) < np.quantile(SURENESS, 0.25)).astype(int)
    proba, symmetric = np.tile([1.0, 0.0], (N, 1)), np.array([[0.75, 0.25], [0.25, 0.75]])
    test = class_conditional_test(y, proba, symmetric, np.sort(SURENESS), tolerance=0.2)
    assert test.statistic == pytest.approx(1)
    assert test.observed[[0, -1]].tolist() == [0, 1]


def test_class_conditional_noise_is_rejected_at_the_level():
    p_values = [
        class_conditional_test(draw(P @ T), P, T, SURENESS, tolerance=0.0).p_value
        for _ in range(200)
    ]
    # Its standard error is 1.5%.
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.05)


def test_noise_where_rows_are_unsure_is_found():
    depends = np.where(SURENESS[:, None] < 0.3, P @ T @ T, P @ T)
    test = class_conditional_test(draw(depends), P, T, SURENESS, tolerance=0.0)
    assert test.p_value < 1e-6
    assert test.observed[0] < test.expected[0] - 3 * test.bin_std[0]


def test_a_gap_within_the_tolerance_is_no_alarm():
    depends = np.where(SURENESS[:, None] < 0.3, P @ T @ T, P @ T)
    test = class_conditional_test(draw(depends), P, T, SURENESS, tolerance=0.5)
    assert test.tolerance == 0.5
    assert test.p_value > 0.5


def test_equal_sureness_keeps_the_parts_apart():
    test = class_conditional_test(draw(P @ T), P, T, np.ones(N), tolerance=0.0)
    assert np.isfinite(test.statistic)


def test_trusted_labels_show_noise_where_rows_are_unsure():
    clean, near = draw(P), np.argsort(SURENESS)[: N // 5]
    noisy = clean.copy()
    noisy[near] = 1 - noisy[near]
    proba = np.column_stack([0.5 + SURENESS / 2, 0.5 - SURENESS / 2])
    trusted = np.where(np.arange(N) % 3 == 0, clean, MISSING)
    rows = np.zeros((N, 1))

    def p_value(y):
        data = validate_training_set(TransitionMatrixEstimator(), rows, y)
        return trusted_test(trusted, data, proba).p_value

    assert p_value(noisy) < 0.001
    assert p_value(clean) > 0.01


def test_few_trusted_labels_are_not_tested():
    trusted = np.full(N, MISSING)
    trusted[:19] = 0
    data = validate_training_set(TransitionMatrixEstimator(), np.zeros((N, 1)), draw(P))
    assert trusted_test(trusted, data, P) is None
    trusted[19] = 0
    assert trusted_test(trusted, data, P) is not None


def test_the_margin_is_the_largest_posterior_less_the_second():
    np.testing.assert_allclose(margins(np.array([[0.1, 0.7, 0.2]])), 0.5)
