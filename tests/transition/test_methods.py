"""The methods by name: each is all that its entry in the registry says."""

import pickle

import numpy as np
import pytest
from posteriors import T, error, estimated, noisy_sample
from sklearn.utils import check_random_state

from sknoisy import TransitionMatrixEstimator
from sknoisy._transition import METHODS, check_method, estimate, methods_with

WITH_STRUCTURE = [name for name, method in METHODS.items() if method.takes_structure]
OF_RANKS = [name for name, method in METHODS.items() if method.needs_ranks_only]


@pytest.mark.parametrize("method", METHODS)
def test_each_method_recovers_t_where_classes_separate(method):
    proba, y = noisy_sample(30_000)
    found = estimated(proba, y, method)
    # 2,000 rows are counted per class; their standard error is at most 0.011, plus the prior's.
    assert np.abs(found - T).max() < 4 * 0.011 + 5 / 2000
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize("method", METHODS)
def test_whole_weights_equal_repeated_rows(method):
    proba, y = noisy_sample(3_000)
    weight = check_random_state(0).randint(0, 4, size=len(y)).astype(float)
    repeated = np.repeat(np.arange(len(y)), weight.astype(int))
    kept = weight > 0
    weighted = estimated(proba[kept], y[kept], method, sample_weight=weight[kept])
    plain = estimated(proba[repeated], y[repeated], method)
    np.testing.assert_array_equal(weighted, plain)


@pytest.mark.filterwarnings("ignore:These labels hardly tell noise")
@pytest.mark.parametrize("decimals", [1, None], ids=["ties", "distinct"])
@pytest.mark.parametrize("method", METHODS)
def test_order_of_rows_and_names_of_classes_do_not_matter(method, decimals):
    proba, y = noisy_sample(300, sharp=4.0)
    proba = proba if decimals is None else proba.round(decimals) + 0.01
    rng = np.random.default_rng(0)
    rows, classes = rng.permutation(300), np.array([1, 2, 0])
    fitted = estimate(proba, y, method=method)
    names = np.argsort(classes)
    other = estimate(proba[rows][:, classes], names[y[rows]], method=method)
    expected = fitted.transition_matrix[np.ix_(classes, classes)]
    np.testing.assert_array_equal(other.transition_matrix, expected)
    np.testing.assert_array_equal(other.n_examples, fitted.n_examples[classes])
    limits = fitted.interval(0.9, 3)[:, classes][:, :, classes]
    np.testing.assert_array_equal(other.interval(0.9, 3), limits)


def test_samples_of_weighted_rows_are_those_of_repeated_rows():
    proba, y = noisy_sample(200)
    times = 1 + np.arange(200) % 3
    rows = np.repeat(np.arange(200), times)
    weighted = estimate(proba, y, sample_weight=times.astype(float))
    plain = estimate(proba[rows], y[rows])
    samples = plain.resampled(3)
    np.testing.assert_array_equal(weighted.resampled(3), samples)


@pytest.mark.parametrize("method", METHODS)
def test_posteriors_are_not_written_to(method):
    proba, y = noisy_sample(300)
    proba.flags.writeable = y.flags.writeable = False
    estimated(proba, y, method)


@pytest.mark.parametrize("method", OF_RANKS)
def test_methods_of_ranks_do_not_mind_overconfidence(method):
    proba, y = noisy_sample(3_000)
    np.testing.assert_allclose(estimated(proba**3, y, method), estimated(proba, y, method))


@pytest.mark.parametrize("method", METHODS)
def test_the_estimate_can_be_pickled_and_resampled(method):
    proba, y = noisy_sample(300)
    fitted = pickle.loads(pickle.dumps(estimate(proba, y, method=method)))
    samples = fitted.resampled(3)
    assert samples.shape == (3, 3, 3)
    np.testing.assert_allclose(samples.sum(axis=2), 1)
    assert np.ptp(samples, axis=0).max() > 0


def test_each_method_has_a_line_in_the_documentation_of_the_estimator():
    assert all(f'- "{name}": ' in TransitionMatrixEstimator.__doc__ for name in METHODS)


def test_the_likelihood_of_many_classes_is_refused_before_it_hangs():
    proba, y = np.full((202, 101), 1 / 101), np.arange(202) % 101
    with pytest.raises(ValueError, match='at most 100 classes.*got 101. Choose method="auto"'):
        estimate(proba, y, method="likelihood")


def test_callable_gets_posteriors_and_columns_and_is_checked():
    proba, y = noisy_sample(100)
    shapes = []

    def method(noisy_proba, labels):
        shapes.append((noisy_proba.shape, labels.shape))
        return np.eye(3)

    fitted = estimate(proba, y, method=method)
    np.testing.assert_array_equal(fitted.transition_matrix, np.eye(3))
    np.testing.assert_array_equal(fitted.resampled(2), [np.eye(3)] * 2)
    assert shapes == [((100, 3), (100,))] * 3
    with pytest.raises(ValueError, match="matrix returned by method must have rows"):
        estimate(proba, y, method=lambda p, y: np.ones((3, 3)))


@pytest.mark.parametrize("method", ["magic", None, ["auto"]])
def test_unknown_method_is_refused(method):
    with pytest.raises(ValueError, match="method must be one of 'auto', 'count'"):
        check_method(method)


def test_methods_are_named_by_what_they_can():
    assert methods_with("takes_unlabelled") == 'method="anchor"'
    assert methods_with("from_top_counts") == 'method="count"'


@pytest.mark.parametrize("method", ["auto", "likelihood"])
def test_class_without_a_label_keeps_its_row_and_has_no_examples(method):
    proba, y = noisy_sample(1_000)
    wider = np.insert(proba, 1, 0.0, axis=1)
    found = estimate(wider, np.array([0, 2, 3])[y], method=method)
    np.testing.assert_array_equal(found.transition_matrix[1], np.eye(4)[1])
    np.testing.assert_array_equal(found.transition_matrix[:, 1], np.eye(4)[1])
    assert found.n_examples[1] == 0
    assert error(found.transition_matrix[np.ix_([0, 2, 3], [0, 2, 3])], T) < 0.15


@pytest.mark.parametrize("method", ["auto", "likelihood"])
def test_a_single_class_with_labels_leaves_the_identity(method):
    proba, _ = noisy_sample(50)
    fitted = estimate(proba, np.zeros(50, dtype=int), method=method)
    np.testing.assert_array_equal(fitted.interval(0.95, 2), [np.eye(3)] * 2)


@pytest.mark.parametrize("method", WITH_STRUCTURE)
def test_structure_holds_for_every_method_that_takes_it(method):
    proba, y = noisy_sample(2_000)
    found = estimated(proba, y, method, structure={"zeros": T == 0})
    np.testing.assert_array_equal(found[T == 0], 0)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert error(found, T) < 0.15


def test_structure_is_refused_where_it_could_not_hold():
    with pytest.raises(ValueError, match="'likelihood' takes no structure; choose method=\"auto\""):
        check_method("likelihood", structure="symmetric")


def test_a_callable_cannot_change_the_rows():
    proba, y = noisy_sample(60)
    before = proba.copy(), y.copy()

    def writes(noisy_proba, labels):
        noisy_proba[:] = 0
        labels[:] = 0
        return T

    estimate(proba, y, method=writes)
    np.testing.assert_array_equal(proba, before[0])
    np.testing.assert_array_equal(y, before[1])
