import numpy as np

from sknoisy.annotators import _em
from sknoisy.annotators._em import class_prior, log_likelihood
from sknoisy.annotators._votes import encode_votes
from sknoisy.noise import annotator_labels, symmetric_transition_matrix

T = [symmetric_transition_matrix(3, rate) for rate in (0.1, 0.3, 0.5)]
CLEAN = np.arange(900) % 3
VOTES = encode_votes(annotator_labels(CLEAN, T, coverage=0.9, missing=np.nan, random_state=0))


def dawid_skene(votes, start, weights=None, max_iter=200, **options):
    weights = np.ones(votes.n_rows) if weights is None else weights
    return _em.dawid_skene(votes, start, weights, max_iter, 1e-3, **options)


def test_likelihood_is_the_product_over_those_who_labelled():
    votes = encode_votes([[0, 2], [np.nan, 1]])
    likelihood = np.exp(log_likelihood(votes.indicator(), np.array(T[1:])))
    np.testing.assert_allclose(likelihood[0], T[1][:, 0] * T[2][:, 2])
    np.testing.assert_allclose(likelihood[1], T[2][:, 1])


def test_posteriors_do_not_underflow_however_many_annotators_there_are():
    votes = encode_votes(np.tile(CLEAN[:30, None], (1, 3000)))
    assert np.isfinite(dawid_skene(votes, votes.shares()).proba).all()


def test_no_class_has_a_share_of_zero():
    assert (class_prior(np.array([[1.0, 0.0]]), np.ones(1)) > 0).all()


def test_rounds_stop_when_nothing_changes():
    consensus = dawid_skene(VOTES, VOTES.shares())
    assert consensus.converged
    again = dawid_skene(VOTES, consensus.proba, max_iter=1)
    assert np.abs(again.proba - consensus.proba).sum(axis=1).mean() < 2e-3
    assert not dawid_skene(VOTES, VOTES.shares(), max_iter=1).converged


def test_a_row_prior_takes_the_place_of_the_shares_of_classes():
    certain = np.eye(3)[CLEAN]
    consensus = dawid_skene(VOTES, certain, row_prior=certain)
    assert (consensus.proba.argmax(axis=1) == CLEAN).all()
    assert np.abs(consensus.matrices - T).sum(axis=2).mean() < 0.1


def test_a_weight_of_zero_leaves_a_row_out():
    weights = np.ones(900)
    weights[600:] = 0
    weighted = dawid_skene(VOTES, VOTES.shares(), weights=weights)
    subset = VOTES.subset(np.arange(600))
    np.testing.assert_allclose(weighted.matrices, dawid_skene(subset, subset.shares()).matrices)
