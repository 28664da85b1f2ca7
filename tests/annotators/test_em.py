import numpy as np

from sknoisy.annotators._em import class_prior, dawid_skene, log_likelihood, posterior
from sknoisy.annotators._labels import encode_votes
from sknoisy.noise import annotator_labels, symmetric_transition_matrix

T = [symmetric_transition_matrix(3, rate) for rate in (0.1, 0.3, 0.5)]
CLEAN = np.arange(900) % 3
VOTES = encode_votes(annotator_labels(CLEAN, T, coverage=0.9, missing=np.nan, random_state=0))


def test_likelihood_is_the_product_over_those_who_labelled():
    votes = encode_votes([[0, 2], [np.nan, 1]])
    found = np.exp(log_likelihood(votes.indicator(), np.array(T[1:])))
    np.testing.assert_allclose(found[0], T[1][:, 0] * T[2][:, 2])
    np.testing.assert_allclose(found[1], T[2][:, 1])


def test_posterior_does_not_underflow():
    found = posterior(np.log([0.5, 0.5]), np.array([[-5000.0, -5001.0]]))
    np.testing.assert_allclose(found, [[1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))]])


def test_no_class_has_a_share_of_zero():
    assert (class_prior(np.array([[1.0, 0.0]]), np.ones(1)) > 0).all()


def test_rounds_stop_when_nothing_changes():
    found = dawid_skene(VOTES, VOTES.shares())
    assert found.converged
    again = dawid_skene(VOTES, found.proba, max_iter=1)
    assert np.abs(again.proba - found.proba).sum(axis=1).mean() < 2e-3
    assert not dawid_skene(VOTES, VOTES.shares(), max_iter=1).converged


def test_a_row_prior_takes_the_place_of_the_shares_of_classes():
    certain = np.eye(3)[CLEAN]
    found = dawid_skene(VOTES, certain, row_prior=certain)
    assert (found.proba.argmax(axis=1) == CLEAN).all()
    assert np.abs(found.matrices - T).sum(axis=2).mean() < 0.1


def test_a_weight_of_zero_leaves_a_row_out():
    weights = np.ones(900)
    weights[600:] = 0
    weighted = dawid_skene(VOTES, VOTES.shares(), weights=weights)
    some = VOTES.subset(np.arange(600))
    np.testing.assert_allclose(weighted.matrices, dawid_skene(some, some.shares()).matrices)
