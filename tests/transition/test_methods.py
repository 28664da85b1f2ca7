"""The estimates by name find the T that made the posteriors."""

import numpy as np
import pytest
from posteriors import T, error, noisy_sample
from sklearn.utils import check_random_state

from sknoisy._transition import METHODS, estimate, estimate_transition_matrix


@pytest.mark.parametrize("method", METHODS)
def test_each_method_recovers_t_where_classes_separate(method):
    proba, y = noisy_sample(30_000)
    found = estimate_transition_matrix(proba, y, method=method)
    # 2,000 rows are counted per class; their standard error is at most 0.011, plus the prior's.
    assert np.abs(found - T).max() < 4 * 0.011 + 5 / 2000
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize("method", METHODS)
def test_whole_weights_equal_repeated_rows(method):
    proba, y = noisy_sample(3_000)
    weight = check_random_state(0).randint(0, 4, size=len(y)).astype(float)
    repeated = np.repeat(np.arange(len(y)), weight.astype(int))
    kept = weight > 0
    weighted = estimate_transition_matrix(
        proba[kept], y[kept], method=method, sample_weight=weight[kept]
    )
    plain = estimate_transition_matrix(proba[repeated], y[repeated], method=method)
    # The prior counts in rows; "auto" also chooses on other halves.
    np.testing.assert_allclose(weighted, plain, atol=5 / 200 if method != "auto" else 0.05)


@pytest.mark.parametrize("method", METHODS)
def test_posteriors_are_not_written_to(method):
    proba, y = noisy_sample(300)
    proba.flags.writeable = y.flags.writeable = False
    estimate_transition_matrix(proba, y, method=method)


def test_callable_gets_posteriors_and_columns_and_is_checked():
    proba, y = noisy_sample(100)
    seen = {}

    def method(noisy_proba, labels):
        seen["shapes"] = noisy_proba.shape, labels.shape
        return np.eye(3)

    np.testing.assert_array_equal(estimate_transition_matrix(proba, y, method=method), np.eye(3))
    assert seen["shapes"] == ((100, 3), (100,))
    with pytest.raises(ValueError, match="matrix returned by method must have rows"):
        estimate_transition_matrix(proba, y, method=lambda p, y: np.ones((3, 3)))


def test_unknown_method_is_refused():
    with pytest.raises(ValueError, match="method must be one of 'auto', 'count'"):
        estimate_transition_matrix(T, np.arange(3), method="magic")


def test_class_without_a_label_keeps_its_row_and_has_no_examples():
    proba, y = noisy_sample(1_000)
    wider = np.insert(proba, 1, 0.0, axis=1)
    found = estimate(wider, np.array([0, 2, 3])[y], method="auto")
    np.testing.assert_array_equal(found.transition_matrix[1], np.eye(4)[1])
    np.testing.assert_array_equal(found.transition_matrix[:, 1], np.eye(4)[1])
    assert found.n_examples[1] == 0
    assert error(found.transition_matrix[np.ix_([0, 2, 3], [0, 2, 3])], T) < 0.15


@pytest.mark.parametrize("method", METHODS)
def test_structure_holds_for_every_method(method):
    proba, y = noisy_sample(2_000)
    found = estimate_transition_matrix(proba, y, method=method, structure={"zeros": T == 0})
    np.testing.assert_array_equal(found[T == 0], 0)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert error(found, T) < 0.15
