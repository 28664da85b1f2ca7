import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from sknoisy._estimation._posteriors import CrossFit
from sknoisy._validation import TrainingSet
from sknoisy.annotators._em import dawid_skene
from sknoisy.annotators._features import (
    clean_posteriors,
    consensus_given,
    few_compared,
    informed_consensus,
    matrices_from_features,
    sharpened,
)
from sknoisy.annotators._labels import encode_votes
from sknoisy.noise import annotator_labels, symmetric_transition_matrix

RNG = np.random.default_rng(0)
CLEAN = RNG.integers(2, size=1000)
X = CLEAN[:, None] * 2.5 + RNG.normal(size=(1000, 1))
TRUE = 1 / (1 + np.exp(-2.5 * (X[:, 0] - 1.25)))
PROBA = np.column_stack([1 - TRUE, TRUE])
T = [symmetric_transition_matrix(2, rate) for rate in (0.2, 0.3)]
Y = annotator_labels(CLEAN, T, random_state=0)
EVIDENCE = sum(np.log(matrix[:, y]).T for matrix, y in zip(T, Y.T, strict=True))


@pytest.mark.parametrize("power", [0.4, 1.0, 4.0])
def test_posteriors_become_calibrated_without_clean_labels(power):
    asked = PROBA**power / (PROBA**power).sum(axis=1, keepdims=True)
    found = sharpened(asked, EVIDENCE, np.ones(1000))
    assert np.abs(found - PROBA).mean() < 0.07
    assert power == 1 or np.abs(found - PROBA).mean() < 0.7 * np.abs(asked - PROBA).mean()


def test_posteriors_are_of_rows_that_the_classifier_has_not_seen():
    data = TrainingSet(X, np.zeros(1000, dtype=np.int32), np.arange(2), None, None, None)
    fitted, proba = clean_posteriors(CrossFit(GaussianNB(), 3, "auto", None, 0), data, PROBA, 0)
    assert len(fitted) == 3
    assert np.abs(proba - PROBA).mean() < 0.1


def test_features_improve_the_consensus_and_the_matrices():
    votes = encode_votes(Y)
    alone = dawid_skene(votes, votes.shares())
    prior, informed = informed_consensus(
        votes, PROBA, np.ones(1000), lambda *a, **k: dawid_skene(*a, **k)
    )
    assert prior.shape == (1000, 2)
    right = [(found.proba.argmax(axis=1) == CLEAN).mean() for found in (alone, informed)]
    assert right[1] > right[0] + 0.05
    assert np.abs(informed.matrices - T).sum(axis=2).mean() < 0.1


def test_annotators_count_as_compared_where_half_of_the_rows_have_two_labels():
    gap = np.nan
    assert few_compared(encode_votes([[0, gap], [1, gap], [0, 1], [gap, gap]]))
    assert not few_compared(encode_votes([[0, gap], [0, 1], [gap, gap]]))


def test_features_tell_annotators_apart_who_label_different_rows():
    y = np.where(np.arange(1000)[:, None] % 2 == [0, 1], Y.astype(float), np.nan)
    votes = encode_votes(y)
    noisy = PROBA @ np.mean(T, axis=0)
    matrices, n_examples = matrices_from_features(votes, noisy, np.ones(1000))
    assert n_examples.sum() == pytest.approx(1000)
    assert np.abs(matrices - T).sum(axis=2).mean() < 0.2
    _, found = consensus_given(votes, PROBA, np.ones(1000), matrices, n_examples)
    given = np.nansum(y, axis=1)
    assert (found.proba.argmax(axis=1) == CLEAN).mean() > (given == CLEAN).mean() + 0.1
