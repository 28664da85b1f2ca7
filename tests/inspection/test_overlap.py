"""Noise or overlap of the classes: what an audit can know of it."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sknoisy.inspection import noise_audit
from sknoisy.inspection._overlap import MOST_CLASSES, noise_or_overlap
from sknoisy.inspection._verdict import NoiseEstimate
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

RNG = np.random.RandomState(17)
RANK = RNG.uniform(size=4000)
PROBA = np.column_stack([1 - RANK, RANK])
CLEAN = (RNG.uniform(size=4000) < RANK).astype(int)


def test_the_limit_lies_below_the_noise_rate_but_not_far():
    noisy = corrupt_labels(CLEAN, symmetric_transition_matrix(2, 0.2), random_state=0)
    estimate, doubt = noise_or_overlap(PROBA, noisy, 0.95)
    assert 0.1 < estimate.lowest_rate < (noisy != CLEAN).mean()
    assert estimate.overlap == pytest.approx(0.25, abs=0.03)
    assert doubt is None


def test_much_noise_on_classes_that_overlap_is_a_doubt():
    noisy = corrupt_labels(CLEAN, symmetric_transition_matrix(2, 0.4), random_state=0)
    doubt = noise_or_overlap(PROBA[:400], noisy[:400], 0.95)[1]
    assert "hardly tell noise from overlap" in doubt


def test_the_doubt_is_in_the_audit():
    X = np.log(RANK / (1 - RANK))[:400, None]
    noisy = corrupt_labels(CLEAN[:400], symmetric_transition_matrix(2, 0.4), random_state=0)
    audit = noise_audit(
        X, noisy, estimator=LogisticRegression(), learning_curve=False, random_state=0
    )
    assert not audit.is_identified
    assert any("hardly tell noise from overlap" in doubt for doubt in audit.doubts)


def test_many_classes_are_left_out():
    K = MOST_CLASSES + 1
    assert noise_or_overlap(np.full((K, K), 1 / K), np.arange(K), 0.95) is None


def test_labels_are_called_noisy_only_where_ranks_agree(monkeypatch):
    X = (2 * CLEAN[:600] - 1 + RNG.normal(size=600) * 0.3)[:, None]
    noisy = corrupt_labels(CLEAN[:600], symmetric_transition_matrix(2, 0.3), random_state=0)

    def is_noisy():
        options = {"learning_curve": False, "random_state": 0}
        return noise_audit(X, noisy, estimator=LogisticRegression(), **options).is_noisy

    assert is_noisy()
    overlap = NoiseEstimate(0.02, 0.1), None
    monkeypatch.setattr("sknoisy.inspection._noise_audit.noise_or_overlap", lambda *_: overlap)
    assert not is_noisy()
