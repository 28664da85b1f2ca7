"""Where T comes from, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers import QUICK, T2, T3
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._carrier import Tag
from sknoisy._estimation import NoiseGroups
from sknoisy._label_noise import resolve_label_noise
from sknoisy._validation import validate_training_set
from sknoisy.noise import pair_flip_transition_matrix, symmetric_transition_matrix

CORRECTED = [ForwardCorrectedClassifier, BackwardCorrectedClassifier]
Y = np.array(["c", "a", "b", "a"])
DATA = validate_training_set(BaseEstimator(), np.zeros((4, 2)), Y)
OTHER = pair_flip_transition_matrix(3, 0.4)
GROUPS = NoiseGroups(np.array(["left", "right"]), np.array([1, 0, 1, 1]))
BY_NAME = {"right": OTHER, "left": T3}


def never_fit(estimator):
    raise AssertionError("T was estimated though there was one")


class Given(BaseEstimator):
    """Sets what it is given when fitted."""

    def __init__(self, transition_matrix=T3):
        self.transition_matrix = transition_matrix

    def fit(self, X, y):
        self.transition_matrix_ = self.transition_matrix
        return self


# %% One T for all rows


def test_an_argument_beats_the_tag_and_the_tag_an_estimate():
    tag = Tag(OTHER, np.array(["a", "b", "c"]))
    noise = resolve_label_noise(T3, DATA, never_fit, carried=tag)
    assert noise.source == "given"
    np.testing.assert_array_equal(noise.transition_matrix, T3)
    for argument in (None, "carried"):
        noise = resolve_label_noise(argument, DATA, never_fit, carried=tag)
        assert (noise.source, noise.which, noise.estimator) == ("carried", None, None)
        np.testing.assert_array_equal(noise.transition_matrix, OTHER)


def test_an_estimator_is_fitted_even_if_x_carries_a_t_and_none_asks_for_the_default():
    asked = []

    def fit(estimator):
        asked.append(estimator)
        return SimpleNamespace(transition_matrix_=T3)

    estimator, tag = Given(), Tag(OTHER, np.array(["a", "b", "c"]))
    for argument, carried in ((estimator, tag), (None, None)):
        noise = resolve_label_noise(argument, DATA, fit, carried=carried)
        assert noise.source == "estimated"
        np.testing.assert_array_equal(noise.transition_matrix, T3)
        assert noise.estimator.transition_matrix_ is T3
    assert asked == [estimator, None]


def test_labelled_frame_is_put_into_the_order_of_the_classes():
    T = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.0, 0.1, 0.9]])
    frame = pd.DataFrame(T, index=["c", "a", "b"], columns=["c", "a", "b"])
    expected = T[np.ix_([1, 2, 0], [1, 2, 0])]
    fitted = SimpleNamespace(transition_matrix_=frame)
    for argument in (frame, Given()):
        noise = resolve_label_noise(argument, DATA, lambda estimator: fitted)
        np.testing.assert_array_equal(noise.transition_matrix, expected)


def test_tag_of_other_classes_is_refused():
    tag = Tag(T2, np.array(["a", "b"]))
    with pytest.raises(ValueError, match="carries a transition matrix for the classes.*classes="):
        resolve_label_noise(None, DATA, never_fit, carried=tag)


def test_an_estimator_that_was_fitted_to_other_classes_is_refused(blobs):
    X, y, _ = blobs
    names = np.array(["x", "y", "z"])
    fitted = TransitionMatrixEstimator(GaussianNB(), method="count").fit(X, names[y])
    clf = ReweightedClassifier(GaussianNB(), transition_matrix=FrozenEstimator(fitted))
    assert clf.fit(X, names[y]).transition_matrix_source_ == "estimated"
    message = r"fitted for the classes \['x', 'y', 'z'\], but y holds \[0, 1, 2\]"
    with pytest.raises(ValueError, match=message):
        clf.fit(X, y)


def test_default_estimates_t_with_the_classifiers_own_network(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(QUICK, random_state=0).fit(X, y)
    assert clf.transition_matrix_source_ == "estimated"
    assert len(clf.transition_matrix_estimator_.histories_[0]) == 5


@pytest.mark.parametrize("by_group", [False, True])
def test_an_estimator_of_t_takes_from_the_classifier_what_it_leaves_open(by_group, blobs):
    X, y, _ = blobs
    settings = {"classes": [0, 1, 2], "random_state": 5}
    groups = np.arange(len(y)) % 2 if by_group else None
    left_open = TransitionMatrixEstimator(cv=2)
    chosen = TransitionMatrixEstimator(GaussianNB(), cv=2, random_state=1)
    for given, kind, seed in ((left_open, LogisticRegression, 5), (chosen, GaussianNB, 1)):
        T = GroupTransitionMatrixEstimator(given) if by_group else given
        clf = ReweightedClassifier(LogisticRegression(), transition_matrix=T, **settings)
        fitted = clf.fit(X, y, noise_groups=groups).transition_matrix_estimator_
        inner = fitted.estimator if by_group else fitted
        assert type(inner.estimator) is kind
        assert inner.random_state == seed
        assert list(inner.classes) == [0, 1, 2]
        assert not hasattr(given, "classes_"), "the user's estimator is cloned"


@pytest.mark.filterwarnings("ignore::UserWarning")  # Of a network that hardly trained.
def test_weights_of_the_classes_do_not_reach_t(blobs):
    X, y, _ = blobs
    net = make_net(max_epochs=1, module__hidden_sizes=(8,))
    estimator = TransitionMatrixEstimator(cv=2)
    clf = ForwardCorrectedClassifier(net, transition_matrix=estimator, random_state=0)
    balanced = clone(clf).set_params(class_weight={0: 5, 1: 1, 2: 1}).fit(X, y)
    np.testing.assert_array_equal(balanced.transition_matrix_, clf.fit(X, y).transition_matrix_)


def test_classes_absent_from_y_keep_their_column(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(
        QUICK, transition_matrix=T3, classes=[0, 1, 2], random_state=0
    ).fit(X[y < 2], y[y < 2])
    assert clf.predict_proba(X).shape == (len(X), 3)
    counted = TransitionMatrixEstimator(method="count")
    estimated = ForwardCorrectedClassifier(
        QUICK, transition_matrix=counted, classes=[0, 1, 2], random_state=0
    )
    assert estimated.fit(X[y < 2], y[y < 2]).transition_matrix_.shape == (3, 3)


@pytest.mark.parametrize(
    ("T", "message"),
    [
        (np.ones((3, 2)) / 2, "must be square"),
        (np.ones(3), "must be square"),
        (T2, r"must have shape \(3, 3\)"),
        (symmetric_transition_matrix(4, 0.2), r"must have shape \(3, 3\).*classes="),
        ([[1.1, -0.1, 0], [0, 1, 0], [0, 0, 1]], "probabilities >= 0; got -0.1 in row 0"),
        ([[np.nan, 1, 0], [0, 1, 0], [0, 0, 1]], "finite"),
        ([[0.5, 0.4, 0], [0, 1, 0], [0, 0, 1]], "row 0 sums to 0.9"),
        ([[0.8, 0, 0], [0.2, 1, 0.5], [0, 0, 0.5]], "transpose"),
        ([[1, 0, 0], [0.5, 0.5, 0], [0.3, 0.7, 0]], r"\(given\).*labels \['c'\] never occur"),
        ("count", '"carried"; got'),
        ("carried", "place TransitionMatrixEstimator directly before"),
        ({"a": T3}, "one T per group: pass noise_groups="),
        ([T3, T3], "one T per group: pass noise_groups="),
    ],
)
def test_unusable_t_is_refused(T, message):
    with pytest.raises(ValueError, match=message):
        resolve_label_noise(T, DATA, never_fit)


@pytest.mark.parametrize(
    ("T", "message"),
    [
        (T2, r"must have shape \(3, 3\)"),
        ([[1, 0, 0], [0.5, 0.5, 0], [0.3, 0.7, 0]], r"\(estimated\).*\['c'\] never occur"),
    ],
)
def test_a_t_that_an_estimator_sets_is_checked_as_one_that_is_given(T, message):
    fitted = SimpleNamespace(transition_matrix_=T)
    with pytest.raises(ValueError, match=message):
        resolve_label_noise(Given(), DATA, lambda estimator: fitted)


@pytest.mark.parametrize(
    ("T", "error", "message"),
    [
        ([["a", "b"], ["c", "d"]], TypeError, "array of numbers"),
        ([[1.0], [0.5, 0.5]], TypeError, "array of numbers"),
        (TransitionMatrixEstimator, TypeError, r"pass TransitionMatrixEstimator\(...\)"),
        (RandomForestClassifier(10), TypeError, "sets transition_matrix_ when fitted"),
        (T2, ValueError, r"must have shape \(3, 3\)"),
    ],
)
@pytest.mark.parametrize("corrected", CORRECTED)
def test_t_of_a_wrong_kind_is_refused_before_training(corrected, T, error, message, blobs):
    X, y, _ = blobs

    def forbidden(*args, **kwargs):
        raise AssertionError("training began before the input was checked")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sknoisy._classifiers._net_classifier.fit_likeliest", forbidden)
        with pytest.raises(error, match=message):
            corrected(transition_matrix=T).fit(X, y)


# %% A T for each group


@pytest.mark.parametrize("kind", ["dict", "stack", "list"])
def test_each_row_gets_the_matrix_of_its_group(kind):
    groups, given = GROUPS, BY_NAME
    if kind != "dict":  # Numbered from 0; one of them, 1, has no row.
        groups = NoiseGroups(np.array([0, 2]), GROUPS.which)
        given = [T3, np.eye(3), OTHER]
        given = np.stack(given) if kind == "stack" else given
    noise = resolve_label_noise(given, DATA, never_fit, groups=groups)
    np.testing.assert_array_equal(noise.matrices, [T3, OTHER])
    assert noise.which.tolist() == [1, 0, 1, 1]
    assert noise.groups is groups.names
    assert noise.source == "given"


def test_what_groups_have_in_common_is_their_mean_by_weight_of_the_rows():
    noise = resolve_label_noise(BY_NAME, DATA, never_fit, groups=GROUPS)
    np.testing.assert_allclose(noise.transition_matrix, 0.25 * T3 + 0.75 * OTHER)
    weighted = DATA._replace(sample_weight=np.array([1.0, 3.0, 1.0, 1.0]))
    noise = resolve_label_noise(BY_NAME, weighted, never_fit, groups=GROUPS)
    np.testing.assert_allclose(noise.transition_matrix, 0.5 * T3 + 0.5 * OTHER)


def test_estimators_may_set_a_common_t_beside_those_of_the_groups():
    for common in (None, T3):
        fitted = SimpleNamespace(transition_matrices_=np.stack([T3, OTHER]))
        if common is not None:
            fitted.transition_matrix_ = common
        noise = resolve_label_noise(None, DATA, lambda estimator, f=fitted: f, groups=GROUPS)
        assert (noise.source, noise.estimator) == ("estimated", fitted)
        np.testing.assert_array_equal(noise.matrices, [T3, OTHER])
        expected = 0.25 * T3 + 0.75 * OTHER if common is None else common
        np.testing.assert_allclose(noise.transition_matrix, expected)


@pytest.mark.parametrize(
    "given", [TransitionMatrixEstimator(cv=2), GroupTransitionMatrixEstimator()]
)
def test_estimates_by_group_are_of_the_posteriors_of_all_rows(given, blobs):
    X, y, _ = blobs
    groups = np.where(np.arange(len(y)) % 2, "odd", "even")
    base = GaussianNB()
    clf = ReweightedClassifier(base, transition_matrix=given, random_state=0)
    clf.fit(X, y, noise_groups=groups)
    cv = 2 if isinstance(given, TransitionMatrixEstimator) else 3
    common = TransitionMatrixEstimator(base, cv=cv, random_state=0)
    whole = GroupTransitionMatrixEstimator(common).fit(X, y, noise_groups=groups)
    np.testing.assert_allclose(clf.transition_matrices_, whole.transition_matrices_, rtol=1e-12)
    np.testing.assert_allclose(clf.transition_matrix_, whole.transition_matrix_, rtol=1e-12)
    assert clf.noise_groups_.tolist() == ["even", "odd"]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"left": T3}, ValueError, r"no T for the groups \['right'\], only for.*add them to the"),
        ([T3, OTHER], ValueError, r"groups \['left', 'right'\].*number the groups from 0"),
        ({**BY_NAME, "left": T3 * 2}, ValueError, r"transition_matrix\['left'\]"),
        ({**BY_NAME, "right": np.eye(3)[[1, 1, 1]]}, ValueError, "of group 'right'.*never occur"),
        (T3, TypeError, "noise_groups need a T of each group"),
    ],
)
def test_matrices_that_do_not_fit_the_groups_are_explained(given, error, message):
    with pytest.raises(error, match=message):
        resolve_label_noise(given, DATA, never_fit, groups=GROUPS)


def test_neither_a_carried_nor_an_estimated_single_t_serves_groups():
    tag = Tag(OTHER, np.array(["a", "b", "c"]))
    with pytest.raises(TypeError, match="also one that was carried through a Pipeline"):
        resolve_label_noise(None, DATA, never_fit, carried=tag, groups=GROUPS)
    fitted = SimpleNamespace(transition_matrix_=T3)
    with pytest.raises(TypeError, match="noise_groups need a T of each group"):
        resolve_label_noise(Given(), DATA, lambda estimator: fitted, groups=GROUPS)


class Writing(BaseEstimator):
    """An estimator of T that writes to what it is given."""

    def fit(self, X, y, sample_weight=None):
        X[:] = 7
        y[:] = 0
        if sample_weight is not None:
            sample_weight[:] = 7
        self.transition_matrix_ = np.eye(2)
        return self


def test_an_estimator_of_the_users_cannot_write_to_the_users_rows():
    X, y = np.random.default_rng(0).normal(size=(20, 3)), np.arange(20) % 2
    weight = 1 + np.arange(20.0)
    before = X.copy(), y.copy(), weight.copy()
    net = make_net(max_epochs=1)
    classifier = ForwardCorrectedClassifier(net, transition_matrix=Writing(), random_state=0)
    proba = classifier.fit(X, y, weight).predict_proba(X)
    for array, expected in zip((X, y, weight), before, strict=True):
        np.testing.assert_array_equal(array, expected)
    given = ForwardCorrectedClassifier(net, transition_matrix=np.eye(2), random_state=0)
    np.testing.assert_array_equal(given.fit(X, y, weight).predict_proba(X), proba)
