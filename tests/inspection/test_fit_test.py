"""Does noise that depends on the class alone explain the labels?"""

import numpy as np
import pytest

from sknoisy.inspection._fit_test import class_conditional_test

N, T = 4000, np.array([[0.8, 0.2], [0.3, 0.7]])
RNG = np.random.default_rng(0)
SURENESS = RNG.random(N)
P = np.column_stack([1 - SURENESS / 2, SURENESS / 2])[:, ::-1]


def draw(proba):
    return (RNG.random(N) > proba[:, 0]).astype(int)


def test_class_conditional_noise_is_rejected_at_the_level():
    p_values = [
        class_conditional_test(draw(P @ T), P, T, SURENESS, tolerance=0.0).p_value
        for _ in range(200)
    ]
    # Its standard error is 1.5%.
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.05)


def test_noise_where_rows_are_unsure_is_found():
    depends = np.where(SURENESS[:, None] < 0.3, P @ T @ T, P @ T)
    found = class_conditional_test(draw(depends), P, T, SURENESS, tolerance=0.0)
    assert found.p_value < 1e-6
    assert found.observed[0] < found.expected[0] - 3 * found.bin_std[0]


def test_a_gap_within_the_tolerance_is_no_alarm():
    depends = np.where(SURENESS[:, None] < 0.3, P @ T @ T, P @ T)
    found = class_conditional_test(draw(depends), P, T, SURENESS, tolerance=0.5)
    assert found.tolerance == 0.5
    assert found.p_value > 0.5


def test_equal_sureness_keeps_the_parts_apart():
    found = class_conditional_test(draw(P @ T), P, T, np.ones(N), tolerance=0.0)
    assert np.isfinite(found.statistic)
