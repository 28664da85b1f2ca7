"""A set of candidates has the likelihood of its classes together."""

import numpy as np
import pandas as pd
import pytest
import torch
from helpers import T3
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from torch import nn

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._soft_labels import are_candidates, read_candidate_sets
from sknoisy.metrics import noise_corrected_accuracy

RNG = np.random.default_rng(0)
N = 90
X = RNG.normal(size=(N, 4))
CLEAN = X[:, :3].argmax(axis=1)
SETS = RNG.random((N, 3)) < 0.3
SETS[np.arange(N), CLEAN] = True


class Linear(nn.Module):
    def __init__(self, n_features, n_classes):
        super().__init__()
        self.layer = nn.Linear(n_features, n_classes).double()

    def forward(self, X):
        return self.layer(X)


NET = make_net(Linear, batch_size=-1, max_epochs=1, lr=0.05)
PLAIN = RobustLossClassifier(
    NET, loss="cross_entropy", early_stopping=False, n_members=1, random_state=0
)
FORWARD = ForwardCorrectedClassifier(
    NET, transition_matrix=T3, early_stopping=False, n_members=1, warm_up=0, random_state=0
)


@pytest.mark.parametrize(
    ("clf", "T"), [(PLAIN, np.eye(3)), (FORWARD, T3)], ids=["plain", "forward"]
)
def test_the_loss_is_that_of_the_definition(clf, T):
    recorded = clone(clf).fit(X, SETS).history_[0]["train_loss"]
    # What the net says before its first step: it is trained with one of no length.
    start = clone(clf).set_params(estimator__lr=1e-30).fit(X, SETS).predict_proba(X)
    by_hand = -np.log(((start @ T) * SETS).sum(axis=1)).mean()
    assert recorded == pytest.approx(by_hand, abs=1e-12)


def test_a_set_of_one_is_a_label():
    alone = np.eye(3, dtype=bool)[CLEAN]
    for clf in (PLAIN, FORWARD):
        by_set, by_label = (clone(clf).fit(X, y).predict_proba(X) for y in (alone, CLEAN))
        np.testing.assert_allclose(by_set, by_label, atol=1e-12)


def test_a_row_of_which_nothing_is_known_changes_nothing():
    unknown = np.vstack([SETS, np.ones((10, 3), dtype=bool)])
    more = np.vstack([X, RNG.normal(size=(10, 4))])
    net = make_net(Linear, batch_size=-1, max_epochs=5, lr=0.05, optimizer=torch.optim.SGD)
    clf = clone(PLAIN).set_params(estimator=net, loss_params={"reduction": "sum"})
    without, with_them = (clone(clf).fit(*rows) for rows in ((X, SETS), (more, unknown)))
    np.testing.assert_allclose(without.predict_proba(X), with_them.predict_proba(X), atol=1e-12)


def test_columns_of_a_frame_name_the_classes():
    names = np.array(["a", "b", "c"])
    frame = pd.DataFrame(SETS[:, [2, 0, 1]], columns=names[[2, 0, 1]])
    by_name = clone(PLAIN).fit(X, frame)
    assert by_name.classes_.tolist() == ["a", "b", "c"]
    by_place = clone(PLAIN).fit(X, SETS)
    np.testing.assert_allclose(by_name.predict_proba(X), by_place.predict_proba(X), atol=1e-12)
    assert by_name.score(X, frame) == by_place.score(X, SETS)


def test_the_score_is_how_often_the_prediction_is_a_candidate():
    clf = clone(PLAIN).fit(X, SETS)
    among = SETS[np.arange(N), clf.predict(X)]
    assert clf.score(X, SETS) == pytest.approx(among.mean())
    scores = cross_val_score(clone(PLAIN), X, SETS, cv=KFold(3))
    assert scores.shape == (3,)
    assert (scores > 0).all()


def test_members_that_left_out_rows_stop_take_sets():
    clf = clone(PLAIN).set_params(n_members=2, early_stopping=True, estimator__max_epochs=3)
    assert clf.fit(X, SETS).predict_proba(X).shape == (N, 3)


def test_trusted_labels_go_beside_sets():
    trusted = np.where(np.arange(N) < 30, CLEAN, np.nan)
    settled = SETS.copy()
    settled[:30] = np.eye(3, dtype=bool)[CLEAN[:30]]
    beside = clone(FORWARD).set_params(transition_matrix=np.eye(3)).fit(X, SETS, y_trusted=trusted)
    within = clone(PLAIN).fit(X, settled)
    np.testing.assert_allclose(beside.predict_proba(X), within.predict_proba(X), atol=1e-9)


def test_sets_beat_shares_and_a_random_candidate():
    digits, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(digits / 16, y, stratify=y, random_state=0)
    rng = np.random.default_rng(0)
    sets = rng.random((len(y_train), 10)) < 0.5
    sets[np.arange(len(y_train)), y_train] = True
    one = np.array([rng.choice(np.flatnonzero(row)) for row in sets])
    shares = sets / sets.sum(axis=1, keepdims=True)
    clf = RobustLossClassifier(
        make_net(max_epochs=15), loss="cross_entropy", early_stopping=False, random_state=0
    )
    of_sets, of_shares, of_one = (
        clone(clf).fit(X_train, labels).score(X_test, y_test) for labels in (sets, shares, one)
    )
    assert of_sets > 0.93
    assert of_sets > of_shares + 0.02
    assert of_shares > of_one


@pytest.mark.parametrize(
    ("clf", "message"),
    [
        (RobustLossClassifier(), "loss='gce' is not defined for candidate sets"),
        (RobustLossClassifier(loss=nn.CrossEntropyLoss), "not defined for candidate sets"),
        (ForwardCorrectedClassifier(), "T cannot be estimated from candidate sets"),
        (
            ForwardCorrectedClassifier(transition_matrix=T3, base_loss="squared_error"),
            "base_loss must be 'cross_entropy'",
        ),
        (
            ForwardCorrectedClassifier(transition_matrix=T3, class_weight="balanced"),
            "class_weight is not defined for candidate sets",
        ),
        (BackwardCorrectedClassifier(transition_matrix=T3), "y marks candidates"),
        (ReweightedClassifier(RandomForestClassifier()), "y marks candidates"),
        (TransitionMatrixEstimator(), "y marks candidates"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_not_defined_for_sets_is_refused(clf, message):
    with pytest.raises(ValueError, match=message):
        clf.fit(X, SETS)


def test_scores_refuse_sets():
    with pytest.raises(ValueError, match="y_noisy marks candidates"):
        noise_corrected_accuracy(SETS, CLEAN, T3)


def test_an_empty_set_is_refused():
    empty = SETS.copy()
    empty[[4, 7]] = False
    for clf in (PLAIN, FORWARD):
        with pytest.raises(ValueError, match="row 4 marks none .2 such rows"):
            clone(clf).fit(X, empty)


def test_tables_of_booleans_are_told_from_labels():
    assert are_candidates(SETS)
    assert are_candidates(pd.DataFrame(SETS).astype(object))
    assert not are_candidates(np.eye(3, dtype=bool))  # One label per row.
    assert not are_candidates(SETS.astype(float))
    sets, classes = read_candidate_sets(SETS, ["x", "y", "z"])
    assert classes.tolist() == ["x", "y", "z"]
    np.testing.assert_allclose(sets.sum(axis=1), 1)
