"""Trees beside the default network: grown on corrected labels, where left-out labels agree."""

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss

from sknoisy import BackwardCorrectedClassifier, ForwardCorrectedClassifier, RobustLossClassifier
from sknoisy._estimation import _grown_trees, _race
from sknoisy._estimation._label_evidence import LabelEvidence
from sknoisy._validation import validate_training_set
from sknoisy.metrics import forward_log_loss
from sknoisy.modules import MixedTableMLP
from sknoisy.noise import corrupt_labels

T = np.array([[0.7, 0.3], [0.2, 0.8]])
RNG = np.random.default_rng(0)
# A class in a box, which trees find more easily than networks.
X = RNG.uniform(size=(2000, 6))
CLEAN = (X[:, :3] > 0.25).all(axis=1).astype(int)
Y = corrupt_labels(CLEAN, T, random_state=0)


def forward(**params):
    return ForwardCorrectedClassifier(transition_matrix=T, random_state=0, **params)


def without_trees(clf):
    clf.estimator_.module_.trees.plant(())
    return clf


def test_they_are_kept_where_they_help_and_predict_clean_labels_better():
    clf = forward(keep_proba=True).fit(X[:1000], Y[:1000])
    assert len(clf.estimator_.module_.trees) == 5 * _grown_trees.TREES_PER_MEMBER
    with_trees = log_loss(CLEAN[1000:], clf.predict_proba(X[1000:]))
    left_out = forward_log_loss(Y[:1000], clf.clean_proba_, T)
    assert with_trees < log_loss(CLEAN[1000:], without_trees(clf).predict_proba(X[1000:]))
    alone = forward(keep_proba=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_grown_trees, "MOST_NUMBERS", 0)
        alone.fit(X[:1000], Y[:1000])
    assert len(alone.estimator_.module_.trees) == 0
    assert left_out < forward_log_loss(Y[:1000], alone.clean_proba_, T)


def test_they_are_dropped_where_networks_are_likelier_without():
    rows = np.random.default_rng(1).normal(size=(1500, 30))
    y = corrupt_labels((rows.sum(axis=1) > 0).astype(int), T, random_state=0)
    clf = forward(keep_proba=True).fit(rows, y)
    assert len(clf.estimator_.module_.trees) == 0
    proba = clf.predict_proba(rows)
    np.testing.assert_array_equal(without_trees(clf).predict_proba(rows), proba)


@pytest.mark.parametrize(
    ("clf", "has_trees"),
    [
        (BackwardCorrectedClassifier(transition_matrix=T, random_state=0), True),
        (forward(base_loss="squared_error"), False),
        (RobustLossClassifier(loss="gce", random_state=0), False),
        (forward(early_stopping=False), False),
        (forward(n_members=1), False),
        (forward(n_members=2), True),
    ],
)
def test_which_trainings_have_them(clf, has_trees):
    trees = clf.fit(X, Y).estimator_.module_.trees
    assert (len(trees) > 0) == has_trees


def test_networks_and_linear_models_of_a_wide_table_have_the_same(monkeypatch):
    monkeypatch.setattr(_race, "_are_as_likely_together", lambda *args: True)
    wide = np.concatenate([X[:800], RNG.uniform(size=(800, 200))], axis=1)
    clf = forward(keep_proba=True).fit(wide, Y[:800])
    module = clf.estimator_.module_
    assert isinstance(module, MixedTableMLP)
    assert len(module.networks.trees) == len(module.linear.trees) == 50
    rows = torch.from_numpy(wide.astype(np.float32))
    for part in (module.networks, module.linear):
        torch.testing.assert_close(
            part.trees(part.scaling(rows)), module.networks.trees(module.networks.scaling(rows))
        )
    assert forward_log_loss(Y[:800], clf.clean_proba_, T) > forward_log_loss(
        Y[:800], clf.predict_proba(wide), T
    )


def grown_on(monkeypatch, clf, *fit, **more):
    """Shares and weights of the rows that the trees of the first member see."""
    seen, grow = [], _grown_trees._grown
    monkeypatch.setattr(_grown_trees, "_grown", lambda *of: seen.append(of) or grow(*of))
    clf.fit(*fit, **more)
    return seen[0][1:3]


def test_weights_count_in_trees(monkeypatch):
    weight = np.where(X[:, 0] > 0.5, 1.0, 3.0)
    _, weights = grown_on(monkeypatch, forward(), X, Y, weight)
    assert np.unique(weights).round(6).tolist() == pytest.approx(
        [1 / weight.mean(), 3 / weight.mean()], rel=1e-5
    )
    # Two kinds of equal rows, whose leaves hold the weighted means of their shares.
    rows = np.repeat([[0.0], [1.0]], 4, axis=0).astype(np.float32)
    shares, heavy = np.tile(np.eye(2), (4, 1)), np.tile([1.0, 3.0], 4)
    for tree in _grown_trees._grown(rows, shares, heavy, 0):
        np.testing.assert_allclose(tree.shares, [[0.25, 0.75]] * len(tree.shares))


def test_trusted_labels_are_what_they_say(monkeypatch):
    trusted = np.full(len(Y), np.nan)
    trusted[:200] = CLEAN[:200]
    shares, _ = grown_on(monkeypatch, forward(), X, Y, y_trusted=trusted)
    sure = (shares.max(axis=1) == 1).sum()
    assert 120 < sure < 200  # Those of the other four folds; no noisy label makes a row sure.


def test_ctrl_c_while_they_grow_leaves_no_trace(monkeypatch):
    def pressed(*args):
        raise KeyboardInterrupt

    clf = forward()
    before = dict(vars(clf))
    monkeypatch.setattr(_grown_trees, "_grown", pressed)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X[:300], Y[:300])
    assert vars(clf) == before


def test_sparse_rows_have_the_same():
    rows = X * (X > 0.3)
    dense, other = (forward().fit(part, Y) for part in (rows, sparse.csr_array(rows)))
    assert len(other.estimator_.module_.trees)
    np.testing.assert_allclose(other.predict_proba(rows), dense.predict_proba(rows), atol=1e-4)


def test_the_unit_of_columns_does_not_matter():
    plain, other = (forward().fit(rows, Y) for rows in (X, X * 2.0**-20))
    np.testing.assert_allclose(other.predict_proba(X * 2.0**-20), plain.predict_proba(X), atol=1e-6)


def test_a_row_is_not_seen_by_the_trees_of_the_member_that_left_it_out():
    images, labels = load_digits(return_X_y=True)
    noise = corrupt_labels(labels[:400], np.full((10, 10), 0.1), random_state=0)
    known = np.full((10, 10), 0.05) + 0.5 * np.eye(10)
    clf = ForwardCorrectedClassifier(transition_matrix=known, random_state=0, keep_proba=True)
    with pytest.MonkeyPatch.context() as patch:
        falling = iter((1.0, 2.0))  # With trees, and without.
        patch.setattr(LabelEvidence, "loss", lambda self, proba: next(falling))
        clf.fit(images[:400], noise)
    assert len(clf.estimator_.module_.trees)
    seen = (clf.predict(images[:400]) == noise).mean()
    # Labels that say nothing are known to who saw them, and to no other.
    assert (clf.clean_proba_.argmax(axis=1) == noise).mean() < 0.2 < seen


def evidence(y, columns):
    rows = np.zeros((len(y), 1))
    data = validate_training_set(ForwardCorrectedClassifier(), rows, y, classes=[0, 1])
    return LabelEvidence.of(data, columns[data.y])


def test_clean_shares_are_the_posteriors_given_both_row_and_label():
    proba, columns = np.array([[0.6, 0.4], [0.5, 0.5]]), T.T
    found = evidence(np.array([0, 1]), columns)
    expected = proba * columns
    shares = expected / expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.clean_shares(proba), shares)
    assert found.loss(proba) == pytest.approx(-np.log(expected.sum(axis=1)).mean())


def test_soft_labels_count_by_their_share_and_candidates_as_any_of_them():
    proba, columns = np.array([[0.6, 0.4], [0.5, 0.5]]), T.T
    soft = evidence(np.array([[0.25, 0.75], [1.0, 0.0]]), columns)
    each = [evidence(np.full(2, j), columns).clean_shares(proba) for j in range(2)]
    np.testing.assert_allclose(soft.clean_shares(proba)[0], 0.25 * each[0][0] + 0.75 * each[1][0])
    np.testing.assert_allclose(soft.clean_shares(proba)[1], each[0][1])
    np.testing.assert_allclose(soft.row_weights, 1)
    some = evidence(np.array([[True, True], [False, True]]), columns)
    np.testing.assert_allclose(some.clean_shares(proba), [proba[0], each[1][1]])
    wanted = -(np.log(1.0) + np.log(proba[1] @ T[:, 1])) / 2
    assert some.loss(proba) == pytest.approx(wanted)
