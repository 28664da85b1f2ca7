"""The condition of T, and mixing with the identity."""

import numpy as np
import pytest
from helpers import QUICK, T3

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    make_net,
)


def test_mixing_everything_into_the_identity_is_no_correction(blobs):
    X, y, _ = blobs
    settings = {"random_state": 0}
    mixed = BackwardCorrectedClassifier(
        QUICK, transition_matrix=T3, identity_mixing=1.0, **settings
    ).fit(X, y)
    plain = BackwardCorrectedClassifier(QUICK, transition_matrix=np.eye(3), **settings).fit(X, y)
    np.testing.assert_allclose(mixed.predict_proba(X), plain.predict_proba(X), atol=1e-5)


NEARLY_SINGULAR = np.array([[0.502, 0.498, 0.0], [0.498, 0.502, 0.0], [0.0, 0.0, 1.0]])


def test_singular_t_is_refused_by_the_backward_correction_only(blobs):
    X, y, _ = blobs
    singular = np.full((3, 3), 1 / 3)
    with pytest.raises(ValueError, match="must be invertible.*identity_mixing"):
        BackwardCorrectedClassifier(QUICK, transition_matrix=singular).fit(X, y)
    ForwardCorrectedClassifier(QUICK, transition_matrix=singular).fit(X, y)
    BackwardCorrectedClassifier(QUICK, transition_matrix=singular, identity_mixing=0.5).fit(X, y)


@pytest.mark.filterwarnings("ignore:Training ended in a minimum:UserWarning")  # No wonder.
def test_nearly_singular_t_warns_with_the_condition_number(blobs):
    X, y, _ = blobs
    with pytest.warns(UserWarning, match="by 250, the condition number"):
        BackwardCorrectedClassifier(QUICK, transition_matrix=NEARLY_SINGULAR).fit(X, y)


def test_identity_mixing_outside_its_range_is_refused(blobs):
    X, y, _ = blobs
    with pytest.raises(ValueError, match=r"identity_mixing must be in \[0, 1\]; got 1.5"):
        BackwardCorrectedClassifier(transition_matrix=T3, identity_mixing=1.5).fit(X, y)


def test_a_non_negative_risk_does_not_memorise_unlabelled_rows():
    rng = np.random.default_rng(0)
    clean = rng.integers(2, size=1200)
    X = (rng.normal(size=(1200, 20)) + 0.5 * clean[:, None]).astype(np.float32)
    labelled, test = clean * (rng.random(1200) < 0.2), np.arange(1200) >= 400
    net = make_net(module__hidden_sizes=(100,), max_epochs=60, lr=0.005)
    score, losses = {}, {}
    for base_loss in ("cross_entropy", "non_negative"):
        clf = BackwardCorrectedClassifier(
            net, transition_matrix=[[1, 0], [0.8, 0.2]], base_loss=base_loss, random_state=0
        )
        clf.fit(X[~test], labelled[~test])
        score[base_loss] = clf.score(X[test], clean[test])
        losses[base_loss] = clf.history_[:, "train_loss"]
    assert min(losses["cross_entropy"]) < 0 < min(losses["non_negative"])
    assert score["non_negative"] > score["cross_entropy"]
