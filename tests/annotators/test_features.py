import numpy as np
import pytest

from sknoisy.annotators._em import dawid_skene
from sknoisy.annotators._features import (
    calibrated,
    consensus_given,
    informed_consensus,
    matrices_from_features,
)
from sknoisy.annotators._votes import encode_votes
from sknoisy.noise import annotator_labels, symmetric_transition_matrix

RNG = np.random.default_rng(0)
CLEAN = RNG.integers(2, size=1000)
X = CLEAN[:, None] * 2.5 + RNG.normal(size=(1000, 1))
TRUE = 1 / (1 + np.exp(-2.5 * (X[:, 0] - 1.25)))
PROBA = np.column_stack([1 - TRUE, TRUE])
T = [symmetric_transition_matrix(2, rate) for rate in (0.2, 0.3)]
Y = annotator_labels(CLEAN, T, random_state=0)
EVIDENCE = sum(np.log(matrix[:, y]).T for matrix, y in zip(T, Y.T, strict=True))
WEIGHTS = np.ones(1000)


@pytest.mark.parametrize("power", [0.4, 1.0, 4.0])
def test_posteriors_become_calibrated_without_clean_labels(power):
    distorted = PROBA**power / (PROBA**power).sum(axis=1, keepdims=True)
    proba = calibrated(distorted, EVIDENCE, WEIGHTS)
    assert np.abs(proba - PROBA).mean() < 0.07
    assert power == 1 or np.abs(proba - PROBA).mean() < 0.7 * np.abs(distorted - PROBA).mean()


def test_features_improve_the_consensus_and_the_matrices():
    votes = encode_votes(Y)
    alone = dawid_skene(votes, votes.shares(), WEIGHTS, 200, 1e-3)
    prior, informed = informed_consensus(votes, PROBA, WEIGHTS, 200, 1e-3)
    assert prior.shape == (1000, 2)
    right = [(model.proba.argmax(axis=1) == CLEAN).mean() for model in (alone, informed)]
    assert right[1] > right[0] + 0.05
    assert np.abs(informed.matrices - T).sum(axis=2).mean() < 0.1


def test_features_tell_annotators_apart_who_label_different_rows():
    y = np.where(np.arange(1000)[:, None] % 2 == [0, 1], Y.astype(float), np.nan)
    votes = encode_votes(y)
    noisy = PROBA @ np.mean(T, axis=0)
    matrices, n_examples = matrices_from_features(votes, noisy, WEIGHTS)
    assert n_examples.sum() == pytest.approx(1000)
    assert np.abs(matrices - T).sum(axis=2).mean() < 0.2
    _, consensus = consensus_given(votes, PROBA, WEIGHTS, matrices, n_examples)
    given = np.nansum(y, axis=1)
    assert (consensus.proba.argmax(axis=1) == CLEAN).mean() > (given == CLEAN).mean() + 0.1
