"""The likelihood of T and a map from ranks to clean posteriors."""

import numpy as np
import pytest
from posteriors import estimated, noisy_sample
from scipy.optimize import check_grad
from scipy.special import expit

from sknoisy._transition import estimate
from sknoisy._transition._likelihood import _loss_and_gradient, rank_logits, sorted_columns
from sknoisy._transition._likelihood_prior import Prior
from sknoisy.metrics import fit_noise_model


def ranked(proba):
    return rank_logits(proba, *sorted_columns(proba, np.ones(len(proba))))


def test_the_gradient_is_that_of_the_loss():
    K, rng = 3, np.random.default_rng(0)
    proba, y = noisy_sample(50)
    h, weights = ranked(proba), rng.uniform(size=50)
    arguments = h, y, np.eye(K)[y], weights / weights.sum(), 0.3, Prior(3.0, 0.7)
    error = check_grad(
        lambda v: _loss_and_gradient(v, *arguments)[0],
        lambda v: _loss_and_gradient(v, *arguments)[1],
        rng.normal(size=2 * K * K + K) * 0.5,
    )
    assert error < 1e-6


def test_only_ranks_matter():
    proba, _ = noisy_sample(200)
    np.testing.assert_array_equal(ranked(proba), ranked(expit(proba)))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_method_is_the_noise_model_of_metrics(weighted):
    proba, y = noisy_sample(1_000)
    weight = np.random.default_rng(0).uniform(0.1, 2, size=1_000) if weighted else None
    found = estimated(proba, y, "likelihood", sample_weight=weight)
    model = fit_noise_model(proba, y, sample_weight=weight)
    np.testing.assert_allclose(found, model.transition_matrix, atol=1e-6)


def test_examples_are_the_expected_rows_of_each_class():
    proba, y = noisy_sample(3_000, prior=(0.1, 0.3, 0.6))
    n_examples = estimate(proba, y, method="likelihood").n_examples
    np.testing.assert_allclose(n_examples, [300, 900, 1800], rtol=0.15)
    np.testing.assert_allclose(n_examples.sum(), 3_000)


def test_labels_that_do_not_tell_noise_from_overlap_are_a_doubt():
    rank = (np.arange(2_000) + 0.5) / 2_000
    p = expit(0.5 * np.log(rank / (1 - rank)))
    proba = np.column_stack([1 - p, p]) @ [[0.6, 0.4], [0.4, 0.6]]
    y = (np.random.default_rng(0).random(2_000) < proba[:, 1]).astype(int)
    fitted = estimate(proba, y, method="likelihood")
    assert "hardly tell noise from overlap" in fitted.doubts(np.arange(2))[0]
    assert fitted.resampled(2).shape == (2, 2, 2)


def test_ranks_of_posteriors_do_not_depend_on_their_last_bits():
    proba = np.random.default_rng(0).dirichlet(np.ones(3), size=5)[np.arange(60) % 5]
    nearly = proba * (1 + 1e-16 * np.random.default_rng(1).normal(size=proba.shape))
    assert (nearly != proba).any()
    reference = sorted_columns(proba, np.ones(60))
    np.testing.assert_array_equal(rank_logits(nearly, *reference), rank_logits(proba, *reference))
