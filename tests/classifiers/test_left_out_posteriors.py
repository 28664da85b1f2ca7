"""Members give posteriors of the rows that they left out, if these are asked for."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    make_net,
)
from sknoisy.metrics import label_quality
from sknoisy.modules import MLP
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

X, CLEAN = load_digits(return_X_y=True)
X, CLEAN = X[:600], CLEAN[:600]
T = symmetric_transition_matrix(10, 0.3)
Y = corrupt_labels(CLEAN, T, random_state=0)
GIVEN = {"transition_matrix": T, "random_state": 0, "keep_proba": True}


@pytest.mark.parametrize(
    "clf",
    [
        ForwardCorrectedClassifier(**GIVEN),
        BackwardCorrectedClassifier(**GIVEN),
        RobustLossClassifier(loss="cross_entropy", random_state=0, keep_proba=True),
        ForwardCorrectedClassifier(
            make_net(MLP, max_epochs=15), early_stopping=True, n_members=3, **GIVEN
        ),
    ],
    ids=["forward", "backward", "plain", "own net"],
)
def test_each_row_is_predicted_by_the_member_that_left_it_out(clf):
    clf.fit(X, Y)
    proba = clf.clean_proba_
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    left_out, seen = (p[range(len(X)), CLEAN].mean() for p in (proba, clf.predict_proba(X)))
    assert 0.5 < left_out < seen
    # Wrong labels, which members may learn by heart, are less likely to those that left them out.
    wrong = np.flatnonzero(Y != CLEAN)
    assert proba[wrong, Y[wrong]].mean() < clf.predict_proba(X)[wrong, Y[wrong]].mean() + 0.01


def test_wrong_labels_are_found_by_them():
    clf = ForwardCorrectedClassifier(**GIVEN).fit(X, Y)
    quality = label_quality(clf.clean_proba_ @ T, Y, T)
    assert roc_auc_score(Y == CLEAN, quality) > 0.95


def test_rows_of_weight_zero_have_none_and_trusted_rows_are_not_among_them():
    weight = np.ones(len(X))
    weight[:50] = 0
    clf = ForwardCorrectedClassifier(**GIVEN)
    proba = clf.fit(X, Y, weight, X_trusted=X[:40], y_trusted=CLEAN[:40]).clean_proba_
    assert proba.shape == (600, 10)
    assert np.isnan(proba[:50]).all()
    assert np.isfinite(proba[50:]).all()


def test_they_are_kept_only_if_asked_for():
    clf = ForwardCorrectedClassifier(**GIVEN).fit(X, Y)
    clf.set_params(keep_proba=False).fit(X, Y)
    assert not hasattr(clf, "clean_proba_")


@pytest.mark.parametrize("params", [{"early_stopping": False}, {"n_members": 1}])
def test_without_members_that_leave_rows_out_they_cannot_be_had(params):
    clf = ForwardCorrectedClassifier(**GIVEN).set_params(**params)
    with pytest.raises(ValueError, match="no member leaves rows out"):
        clf.fit(X, Y)
