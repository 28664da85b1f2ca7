"""Which labels to doubt, and cleanlab fed with our posteriors."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from sknoisy.metrics import (
    clean_proba,
    denoise_proba,
    expected_accuracy,
    fit_noise_model,
    label_quality,
    most_probable_label,
    noise_corrected_accuracy,
    rows_to_relabel,
)
from sknoisy.noise import class_map_transition_matrix, corrupt_labels, random_transition_matrix

RNG = np.random.RandomState(0)
T = random_transition_matrix(3, noise_rate=0.3, random_state=1)
PROBA, NOISY = RNG.dirichlet(np.ones(3), 50), RNG.randint(3, size=50)


def test_the_posterior_averaged_over_the_noisy_label_is_the_posterior_without_it():
    by_label = [clean_proba(PROBA, np.full(50, j), T, classes=range(3)) for j in range(3)]
    mean = sum(p * (PROBA @ T)[:, [j]] for j, p in enumerate(by_label))
    np.testing.assert_allclose(mean, PROBA)


def test_quality_is_the_frequency_of_right_labels():
    proba = np.array([0.6, 0.3, 0.1])
    clean = RNG.choice(3, p=proba, size=200_000)
    noisy = corrupt_labels(clean, T, classes=3, random_state=7)
    for j in range(3):
        given = noisy == j
        quality = label_quality(proba[None], [j], T, classes=range(3))[0]
        error = np.sqrt(quality * (1 - quality) / given.sum())
        assert abs((clean[given] == j).mean() - quality) < 4 * error


def test_quality_label_and_order_agree():
    quality = label_quality(PROBA, NOISY, T)
    posterior = clean_proba(PROBA, NOISY, T)
    np.testing.assert_array_equal(quality, posterior[np.arange(50), NOISY])
    likely = most_probable_label(PROBA, NOISY, T)
    np.testing.assert_array_equal(likely, posterior.argmax(axis=1))
    rows = rows_to_relabel(PROBA, NOISY, T)
    assert set(rows) == set(np.flatnonzero(likely != NOISY))
    assert (np.diff(quality[rows]) >= 0).all()
    np.testing.assert_array_equal(
        rows_to_relabel(PROBA, NOISY, T, n_rows=50), np.argsort(quality, kind="stable")
    )
    assert len(rows_to_relabel(PROBA, NOISY, T, n_rows=7)) == 7


def test_without_noise_every_possible_label_is_believed():
    assert (label_quality(PROBA, NOISY, np.eye(3)) == 1).all()


def test_a_label_that_cannot_be_leaves_the_posterior_as_it_was():
    found = clean_proba([[1.0, 0.0]], [1], np.eye(2), classes=[0, 1])
    np.testing.assert_array_equal(found, [[1, 0]])


def test_labels_come_back_in_their_own_type():
    names = np.array(["x", "y", "z"])
    found = most_probable_label(PROBA, names[NOISY], T)
    np.testing.assert_array_equal(found, names[most_probable_label(PROBA, NOISY, T)])


def test_with_right_posteriors_the_expected_accuracy_is_unbiased_and_varies_less():
    proba = RNG.dirichlet(np.ones(3), 20_000)
    clean = (proba.cumsum(axis=1) < RNG.uniform(size=(20_000, 1))).sum(axis=1)
    noisy, predicted = corrupt_labels(clean, T, random_state=8), proba.argmax(axis=1)
    expected = expected_accuracy(noisy, predicted, proba, T, return_std=True)
    corrected = noise_corrected_accuracy(noisy, predicted, T, return_std=True)
    assert expected.std < corrected.std / 2
    # The truth on these rows has an error of its own beside that of the expectation.
    right = predicted == clean
    error = np.hypot(expected.std, right.std() / np.sqrt(len(right)))
    assert abs(expected.value - right.mean()) < 4 * error


def test_a_negative_number_of_rows_is_an_error():
    with pytest.raises(ValueError, match="n_rows must be at least 0"):
        rows_to_relabel(PROBA, NOISY, T, n_rows=-1)


def test_denoising_undoes_the_noise():
    np.testing.assert_allclose(denoise_proba(PROBA @ T, T, n_rounds=5000), PROBA, atol=1e-3)


def test_denoising_stays_among_probabilities_where_the_inverse_does_not():
    outside = np.array([[0.99, 0.005, 0.005]])
    assert (outside @ np.linalg.inv(T) < 0).any()
    found = denoise_proba(outside, T)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1)


def test_denoising_copes_with_a_label_that_never_occurs():
    T = np.array([[0.5, 0.5, 0], [0, 1, 0], [1, 0, 0]])
    found = denoise_proba([[0.2, 0.3, 0.5], [0, 0, 1]], T)
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    T = class_map_transition_matrix({2: 7, 3: 8, 7: 1, 5: 6}, 0.3, classes=10)
    noisy = corrupt_labels(y, T, random_state=5)
    clf = LogisticRegression(C=0.01, max_iter=100, tol=0.01)
    return y, noisy, cross_val_predict(clf, X / 16, noisy, cv=3, method="predict_proba")


def test_more_label_errors_are_found_than_by_the_posterior_of_the_given_label(digits):
    y, noisy, g = digits
    model = fit_noise_model(g, noisy)
    quality = label_quality(model.clean_proba, noisy, model.transition_matrix)
    ours, theirs = (
        roc_auc_score(noisy != y, -score) for score in (quality, g[np.arange(len(y)), noisy])
    )
    assert ours > theirs + 0.02


# %% The bridge to cleanlab


def test_cleanlab_finds_more_errors_and_errs_less_with_our_posteriors(digits):
    cleanlab_filter = pytest.importorskip("cleanlab.filter", reason="cleanlab is not installed")
    y, noisy, g = digits
    wrong, model = noisy != y, fit_noise_model(g, noisy)
    ours = cleanlab_filter.find_label_issues(noisy, model.clean_proba, n_jobs=1)
    plain = cleanlab_filter.find_label_issues(noisy, g, n_jobs=1)
    assert (ours & wrong).sum() > (plain & wrong).sum()
    assert wrong[ours].mean() > wrong[plain].mean()


def test_cleanlab_ranks_by_our_label_quality(digits):
    rank = pytest.importorskip("cleanlab.rank", reason="cleanlab is not installed")
    _, noisy, g = digits
    T, p = fit_noise_model(g, noisy)[:2]
    scores = rank.get_label_quality_scores(noisy, clean_proba(p, noisy, T))
    np.testing.assert_allclose(scores, label_quality(p, noisy, T))


def test_cleanlabs_noise_matrix_is_our_transpose(digits):
    algebra = pytest.importorskip(
        "cleanlab.internal.latent_algebra", reason="cleanlab is not installed"
    )
    y, noisy, g = digits
    T = fit_noise_model(g, noisy).transition_matrix
    prior = np.bincount(y) / len(y)
    # Its inverse_noise_matrix[i, j] = P(true = i | given = j), from P(given = j | true = i).
    inverse = algebra.compute_inv_noise_matrix(prior, T.T)
    np.testing.assert_allclose(inverse, prior[:, None] * T / (prior @ T), atol=1e-6)
