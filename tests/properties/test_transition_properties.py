"""T acts as promised under weights, another order of the rows and other names of the classes."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import (
    examples,
    noisy_rows,
    orders,
    renamed,
    repeated,
    rows_of_probabilities,
    transition_matrices,
)

from sknoisy._transition import (
    METHODS,
    clean_prior,
    estimate,
    group_transition_matrices,
    project_posterior,
    shrink_counts,
)
from sknoisy.metrics import fit_noise_model, transition_matrix_error

SIMPLE = sorted(METHODS.keys() - {"auto"})


@pytest.fixture(autouse=True)
def _doubts_are_not_asked_for():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def fitted(proba, y, method, weights=None):
    """T, how many examples its rows rest on, and its limits."""
    found = estimate(proba, y, method=method, sample_weight=weights)
    limits = found.interval(0.9, 3)
    return found.transition_matrix, found.n_examples, limits


def told_apart(proba, y, weights):
    """Whether no two classes have the same posteriors, labels and weights in some order."""
    columns = [
        sorted(zip(proba[:, k].tolist(), (y == k).tolist(), weights.tolist(), strict=True))
        for k in range(proba.shape[1])
    ]
    return all(a != b for k, a in enumerate(columns) for b in columns[:k])


@pytest.mark.parametrize("method", SIMPLE)
@examples(8)
@given(noisy_rows())
def test_a_row_of_weight_two_is_two_rows(method, rows):
    check_weights(method, *rows)


@examples(2)
@given(noisy_rows())
def test_a_row_of_weight_two_is_two_rows_by_default(rows):
    check_weights("auto", *rows)


def check_weights(method, proba, y, weights):
    often = repeated(weights)
    weighted, plain = fitted(proba, y, method, weights), fitted(proba[often], y[often], method)
    for found, expected in zip(weighted, plain, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("method", SIMPLE)
@examples(8)
@given(noisy_rows(), st.data())
def test_order_of_rows_and_names_of_classes_do_not_matter(method, rows, data):
    check_order_and_names(method, *rows, data)


@examples(2)
@given(noisy_rows(), st.data())
def test_order_of_rows_and_names_of_classes_do_not_matter_by_default(rows, data):
    check_order_and_names("auto", *rows, data)


def check_order_and_names(method, proba, y, weights, data):
    weights = np.maximum(weights, 0.5)
    assume(told_apart(proba, y, weights))
    rows, classes = data.draw(orders(len(y))), data.draw(orders(proba.shape[1]))
    T, n_examples, limits = fitted(proba, y, method, weights)
    other = fitted(proba[rows][:, classes], renamed(y[rows], classes), method, weights[rows])
    expected = T[np.ix_(classes, classes)], n_examples[classes], limits[:, classes][:, :, classes]
    for found, same in zip(other, expected, strict=True):
        np.testing.assert_array_equal(found, same)


@examples(4)
@given(noisy_rows(), st.data())
def test_t_within_a_structure_follows_order_names_and_weights(rows, data):
    proba, y, weights = rows
    K = proba.shape[1]
    often, classes = repeated(weights), data.draw(orders(K))
    assume(told_apart(proba, y, weights))
    zeros = data.draw(transition_matrices(K)) == 0
    zeros &= ~np.eye(K, dtype=bool)
    method = data.draw(st.sampled_from(["auto", "count", "confident_joint"]))
    T = estimate(proba, y, method=method, sample_weight=weights, structure={"zeros": zeros})
    other = estimate(
        proba[often][:, classes],
        renamed(y[often], classes),
        method=method,
        structure={"zeros": zeros[np.ix_(classes, classes)]},
    )
    found = other.transition_matrix
    np.testing.assert_allclose(found, T.transition_matrix[np.ix_(classes, classes)], atol=1e-9)


@examples(10)
@given(noisy_rows(), st.data())
def test_the_noise_model_follows_order_names_and_weights(rows, data):
    proba, y, weights = rows
    assume(told_apart(proba, y, weights))
    order, classes = data.draw(orders(len(y))), data.draw(orders(proba.shape[1]))
    often = order[repeated(weights[order])]
    K = np.arange(proba.shape[1])
    weighted = fit_noise_model(proba, y, classes=K, sample_weight=weights)
    plain = fit_noise_model(proba[often][:, classes], renamed(y[often], classes), classes=K)
    expected = weighted.transition_matrix[np.ix_(classes, classes)]
    np.testing.assert_array_equal(plain.transition_matrix, expected)
    np.testing.assert_allclose(plain.clean_proba, weighted.clean_proba[often][:, classes])


@examples(4)
@given(noisy_rows(), st.data())
def test_t_of_groups_follows_order_and_weights(rows, data):
    proba, y, weights = rows
    which = data.draw(orders(len(y))) % 2
    common = data.draw(transition_matrices(proba.shape[1], invertible=True))
    often = data.draw(st.permutations(repeated(weights).tolist()).map(np.array))
    weighted = group_transition_matrices(proba, y, which, common, n_groups=2, sample_weight=weights)
    plain = group_transition_matrices(proba[often], y[often], which[often], common, n_groups=2)
    # The search for one temperature ends within 1e-5.
    np.testing.assert_allclose(plain.transition_matrices, weighted.transition_matrices, atol=1e-3)


@examples(40)
@given(st.integers(2, 5).flatmap(lambda K: st.tuples(transition_matrices(K), orders(K))), st.data())
def test_what_follows_from_t_follows_the_names(drawn, data):
    T, classes = drawn
    K = len(T)
    other = T[np.ix_(classes, classes)]
    counts = np.round(100 * T)
    np.testing.assert_allclose(
        shrink_counts(counts[np.ix_(classes, classes)]),
        shrink_counts(counts)[np.ix_(classes, classes)],
        atol=1e-9,
    )
    proba = data.draw(rows_of_probabilities(6, K))
    q = project_posterior(proba, T)
    np.testing.assert_allclose(q.sum(axis=1), 1)
    np.testing.assert_allclose(project_posterior(proba[:, classes], other), q[:, classes])
    if np.linalg.cond(T) < 1e6:
        prior = clean_prior(T, proba[0])
        np.testing.assert_allclose(clean_prior(other, proba[0, classes]), prior[classes], atol=1e-6)
    error = transition_matrix_error(T, np.eye(K))
    assert transition_matrix_error(other, np.eye(K)) == pytest.approx(error)
