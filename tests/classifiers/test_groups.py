"""Rows of groups that err in different ways are trained through the T of their group."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    make_net,
)
from sknoisy.noise import corrupt_labels, pair_flip_transition_matrix

K = 5
X, CLEAN = load_digits(n_class=K, return_X_y=True)
X = (X / 16).astype(np.float32)
# Two sites that err in opposite directions, and a careful one.
T = {
    "left": pair_flip_transition_matrix(K, 0.8),
    "right": pair_flip_transition_matrix(K, 0.8).T,
    "careful": np.eye(K),
}
SITE = np.array(["left", "right", "careful"])[np.random.default_rng(0).integers(3, size=len(X))]
Y = CLEAN.copy()
for name, matrix in T.items():
    Y[SITE == name] = corrupt_labels(CLEAN[SITE == name], matrix, exact=True, random_state=0)
TRAIN, TEST = np.arange(300), np.arange(300, len(X))
NET = make_net(max_epochs=15, module__hidden_sizes=(32,), lr=3e-3)
FORWARD = ForwardCorrectedClassifier(NET, random_state=0)


def accuracy(clf, **fit_params):
    clf = clone(clf).fit(X[TRAIN], Y[TRAIN], **fit_params)
    return clf.score(X[TEST], CLEAN[TEST])


@pytest.mark.parametrize("kind", [ForwardCorrectedClassifier, BackwardCorrectedClassifier])
def test_own_matrix_beats_the_common_one_where_groups_differ(kind):
    clf = kind(NET, transition_matrix=T, random_state=0)
    own = accuracy(clf, noise_groups=SITE[TRAIN])
    shares = {name: np.mean(SITE[TRAIN] == name) for name in T}
    common = sum(shares[name] * T[name] for name in T)
    assert own > 0.85
    assert own > accuracy(clone(clf).set_params(transition_matrix=common)) + 0.1


@pytest.mark.filterwarnings("ignore:The rows of T for the classes:UserWarning")
def test_matrices_of_groups_are_estimated():
    for estimator in (None, GroupTransitionMatrixEstimator()):
        clf = clone(FORWARD).set_params(transition_matrix=estimator)
        clf.fit(X[:600], Y[:600], noise_groups=SITE[:600])
        assert clf.noise_groups_.tolist() == ["careful", "left", "right"]
        expected = [T[name] for name in clf.noise_groups_]
        assert np.abs(clf.transition_matrices_ - expected).sum(axis=2).mean() < 0.35
        assert clf.score(X[600:], CLEAN[600:]) > 0.85
        assert clf.transition_matrix_.shape == (K, K)
        assert clf.transition_matrix_source_ == "estimated"


def test_other_classifiers_are_weighted_by_the_matrix_of_the_group():
    base = LogisticRegression(C=0.1, max_iter=300)
    clf = ReweightedClassifier(base, transition_matrix=T, random_state=0)
    clf.fit(X[:600], Y[:600], noise_groups=SITE[:600])
    assert clf.transition_matrices_.shape == (3, K, K)
    common = sum(np.mean(SITE[:600] == name) * T[name] for name in T)
    alike = clone(clf).set_params(transition_matrix=common).fit(X[:600], Y[:600])
    own = clf.score(X[600:], CLEAN[600:])
    assert own > alike.score(X[600:], CLEAN[600:]) + 0.05


def test_known_labels_of_one_group_are_not_corrected():
    # All rows of the careful group alone: the forward loss with T = I is the plain one.
    careful = TRAIN[SITE[TRAIN] == "careful"]
    by_group = clone(FORWARD).set_params(transition_matrix=T, warm_up=0)
    by_group.fit(X[careful], Y[careful], noise_groups=SITE[careful])
    plain = clone(FORWARD).set_params(transition_matrix=np.eye(K), warm_up=0)
    plain.fit(X[careful], Y[careful])
    np.testing.assert_allclose(
        by_group.predict_proba(X[TEST]), plain.predict_proba(X[TEST]), atol=1e-5
    )


def test_trusted_rows_and_groups_go_together():
    y_trusted = np.where(TRAIN < 100, CLEAN[TRAIN].astype(float), np.nan)
    clf = clone(FORWARD).set_params(transition_matrix=T)
    clf.fit(X[TRAIN], Y[TRAIN], noise_groups=SITE[TRAIN], y_trusted=y_trusted)
    assert clf.score(X[TEST], CLEAN[TEST]) > 0.85


def test_rows_of_weight_zero_keep_groups_in_step():
    weight = (TRAIN % 2).astype(float)
    clf = clone(FORWARD).set_params(transition_matrix=T)
    weighted = clone(clf).fit(X[TRAIN], Y[TRAIN], sample_weight=weight, noise_groups=SITE[TRAIN])
    some = TRAIN[1::2]
    plain = clone(clf).fit(X[some], Y[some], noise_groups=SITE[some])
    np.testing.assert_array_equal(weighted.predict_proba(X[TEST]), plain.predict_proba(X[TEST]))


def test_groups_are_routed_through_pipelines_and_searches():
    with sklearn.config_context(enable_metadata_routing=True):
        clf = clone(FORWARD).set_params(transition_matrix=T).set_fit_request(noise_groups=True)
        pipe = make_pipeline(MinMaxScaler(), clf)
        pipe.fit(X[TRAIN], Y[TRAIN], noise_groups=SITE[TRAIN])
        assert pipe[-1].noise_groups_.tolist() == sorted(T)
        grid = GridSearchCV(pipe, {"forwardcorrectedclassifier__estimator__lr": [1e-6, 3e-3]}, cv=2)
        grid.fit(X[TRAIN], Y[TRAIN], noise_groups=SITE[TRAIN])
        assert grid.best_params_ == {"forwardcorrectedclassifier__estimator__lr": 3e-3}
        params = {"noise_groups": SITE[TRAIN]}
        scores = cross_val_score(pipe, X[TRAIN], Y[TRAIN], params=params, cv=2)
        assert np.isfinite(scores).all()


def test_groups_reach_a_step_by_name_without_routing():
    pipe = make_pipeline(MinMaxScaler(), clone(FORWARD).set_params(transition_matrix=T))
    pipe.fit(X[TRAIN], Y[TRAIN], forwardcorrectedclassifier__noise_groups=SITE[TRAIN])
    assert pipe[-1].transition_matrices_.shape == (3, K, K)


def test_partial_fit_does_not_know_groups():
    clf = clone(FORWARD).set_params(transition_matrix=T).fit(X, Y, noise_groups=SITE)
    with pytest.raises(ValueError, match="Fit all rows at once"):
        clf.partial_fit(X, Y)
    with pytest.warns(UserWarning, match="not diagonally dominant"):
        clf.set_params(transition_matrix=T["left"]).fit(X, Y)
    assert not hasattr(clf, "noise_groups_")


def test_groups_that_do_not_fit_are_explained():
    clf = clone(FORWARD).set_params(transition_matrix=T)
    with pytest.raises(ValueError, match="pass noise_groups="):
        clf.fit(X, Y)
    with pytest.raises(ValueError, match=rf"one name per row of X, {len(X)}; got shape \(5,\)"):
        clf.fit(X, Y, noise_groups=SITE[:5])
    with pytest.raises(ValueError, match="noise_groups holds missing names.*such as 'unknown'"):
        clf.fit(X, Y, noise_groups=np.where(SITE == "left", None, SITE))
