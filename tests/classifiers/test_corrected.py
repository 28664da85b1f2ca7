"""Where T comes from, and what training with it amounts to."""

import os
import signal

import numpy as np
import pytest
import torch
from helpers import QUICK, T3, Linear
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import scale

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy.modules import MLP
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix


class Probabilities(Linear):
    def forward(self, X):
        return super().forward(X).softmax(dim=1)


CORRECTED = [ForwardCorrectedClassifier, BackwardCorrectedClassifier]


@pytest.mark.parametrize("corrected", CORRECTED)
def test_with_the_identity_as_t_the_network_is_that_of_plain_cross_entropy(corrected, blobs):
    X, y, _ = blobs
    net = make_net(module__dtype=torch.float64, module__dropout=0.2, max_epochs=5)
    plain = RobustLossClassifier(net, loss="cross_entropy", random_state=0).fit(X, y)
    clf = corrected(net, transition_matrix=np.eye(3), random_state=0).fit(X, y)
    own, other = (c.estimator_.module_.state_dict() for c in (clf, plain))
    for name in own:
        torch.testing.assert_close(own[name], other[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("corrected", CORRECTED)
def test_correction_beats_cross_entropy_where_noise_is_one_sided(corrected):
    X, y = make_classification(2000, 8, n_informative=6, class_sep=1.5, random_state=0)
    T = np.array([[0.55, 0.45], [0.0, 1.0]])
    noisy = corrupt_labels(y[:1000], T, random_state=0)
    net = make_net(max_epochs=10)
    plain = RobustLossClassifier(net, loss="cross_entropy", random_state=0).fit(X[:1000], noisy)
    clf = corrected(net, transition_matrix=T, random_state=0).fit(X[:1000], noisy)
    assert clf.score(X[1000:], y[1000:]) > plain.score(X[1000:], y[1000:]) + 0.05


@pytest.mark.parametrize("base_loss", ["cross_entropy", "squared_error", lambda log_p: -log_p])
@pytest.mark.parametrize("corrected", CORRECTED)
def test_any_base_loss_can_be_corrected(corrected, base_loss, blobs):
    X, y, clean = blobs
    clf = corrected(QUICK, transition_matrix=T3, base_loss=base_loss, random_state=0)
    assert clf.fit(X, y).score(X, clean) > 0.8


@pytest.mark.parametrize("start", ["first_stage", "random"])
def test_second_stage_starts_where_it_is_told_to(start, blobs):
    X, y, _ = blobs
    # A step of length zero: the network keeps the weights that it starts from.
    still = make_net(optimizer=torch.optim.SGD, lr=0.0, max_epochs=1)
    clf = ForwardCorrectedClassifier(
        still,
        transition_matrix=TransitionMatrixEstimator(
            QUICK, method="count", cv=2, keep_estimators=True
        ),
        start=start,
        random_state=0,
    ).fit(X, y)
    first = clf.transition_matrix_estimator_.estimators_[0].module_.state_dict()
    own = clf.estimator_.module_.state_dict()
    assert all(torch.equal(own[k], first[k]) for k in own) == (start == "first_stage")


def test_a_forest_may_estimate_t_and_the_network_then_starts_at_random(blobs):
    X, y, clean = blobs
    estimate = TransitionMatrixEstimator(RandomForestClassifier(30), cv=2)
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=estimate, random_state=0)
    assert clf.fit(X, y).score(X, clean) > 0.8


@pytest.mark.usefixtures("listens_to_ctrl_c")
def test_ctrl_c_in_the_first_stage_stops_everything(blobs):
    class Pressed(Linear):
        def forward(self, rows):
            if self.training:
                os.kill(os.getpid(), signal.SIGINT)
            return super().forward(rows)

    X, y, _ = blobs
    with pytest.raises(KeyboardInterrupt):
        ForwardCorrectedClassifier(make_net(Pressed), random_state=0).fit(X, y)


@pytest.mark.parametrize("corrected", CORRECTED)
def test_warm_up_is_training_without_correction(corrected, blobs):
    X, y, _ = blobs
    net = make_net(max_epochs=4)
    settings = {"transition_matrix": T3, "random_state": 0}
    warm = corrected(net, warm_up=2, **settings).fit(X, y).history_[:, "train_loss"]
    cold = corrected(net, warm_up=0, **settings).fit(X, y).history_[:, "train_loss"]
    plain = RobustLossClassifier(net, loss="cross_entropy", random_state=0).fit(X, y)
    expected = plain.history_[:, "train_loss"]
    np.testing.assert_allclose(warm[:2], expected[:2], rtol=1e-6)
    assert abs(warm[2] - expected[2]) > 1e-3
    assert abs(cold[0] - expected[0]) > 1e-3


def test_last_epoch_is_always_corrected(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(make_net(max_epochs=2), transition_matrix=T3, warm_up=99)
    assert type(clf.fit(X, y).estimator_.criterion_).__name__ == "ForwardLoss"
    np.testing.assert_array_equal(clf.estimator_.criterion_.transition_matrix, T3)


@pytest.mark.parametrize(("warm_up", "epochs"), [(0.5, 2), (0.01, 1), (0, 0), (0.99, 3)])
def test_warm_up_may_be_a_share_of_the_epochs(warm_up, epochs, blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(make_net(max_epochs=4), transition_matrix=T3, random_state=0)
    shared = clf.set_params(warm_up=warm_up).fit(X, y).history_[:, "train_loss"]
    counted = clf.set_params(warm_up=epochs).fit(X, y).history_[:, "train_loss"]
    assert shared == counted


def test_share_ends_after_some_hundred_steps(blobs):
    X, y, _ = blobs
    net = make_net(max_epochs=10, batch_size=4)  # 100 steps per epoch.
    clf = ForwardCorrectedClassifier(net, transition_matrix=T3, random_state=0)
    shared = clf.set_params(warm_up=0.9).fit(X, y).history_[:, "train_loss"]
    counted = clf.set_params(warm_up=5).fit(X, y).history_[:, "train_loss"]
    assert shared == counted


class Refuses(BaseEstimator):
    """An estimator of T that must not be fitted."""

    def fit(self, X, y):
        raise AssertionError("the first stage began before the second was checked")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"base_loss": "hinge"}, "base_loss must be one of"),
        ({"identity_mixing": 2}, r"identity_mixing must be in \[0, 1\]; got 2"),
        ({"identity_mixing": "much"}, r"identity_mixing must be a number in \[0, 1\]; got 'much'"),
        ({"estimator": make_net(Probabilities)}, "Remove the softmax"),
        ({"estimator": make_net(max_epochs=0)}, "max_epochs must be at least 1"),
    ],
)
def test_second_stage_is_checked_before_the_first_is_trained(params, message, blobs):
    X, y, _ = blobs
    clf = BackwardCorrectedClassifier(transition_matrix=Refuses()).set_params(**params)
    for fit in (clf.fit, clf.partial_fit):
        with pytest.raises((TypeError, ValueError), match=message):
            fit(X, y)


def test_check_of_the_second_stage_leaves_no_trace_in_it(blobs):
    class Known(BaseEstimator):
        def fit(self, X, y):
            self.transition_matrix_ = T3
            return self

    X, y, _ = blobs
    net = make_net(max_epochs=2, module__dropout=0.3)
    given, estimated = (
        ForwardCorrectedClassifier(
            net, transition_matrix=T, random_state=np.random.RandomState(0)
        ).fit(X, y)
        for T in (T3, Known())
    )
    np.testing.assert_array_equal(given.predict_proba(X), estimated.predict_proba(X))


@pytest.mark.parametrize("warm_up", [-1, 1.5, "long"])
def test_warm_up_of_no_sense_is_refused(warm_up, blobs):
    X, y, _ = blobs
    with pytest.raises(ValueError, match="warm_up must be a number of epochs >= 0, or a share"):
        ForwardCorrectedClassifier(transition_matrix=T3, warm_up=warm_up).fit(X, y)


class NeverClassTwo(Linear):
    def forward(self, rows):
        return super().forward(rows) - torch.tensor([0.0, 0.0, 50.0])


class NeverClassZero(Linear):
    def forward(self, rows):
        return super().forward(rows) - torch.tensor([50.0, 0.0, 0.0])


def test_lost_class_is_noticed_without_clean_labels(blobs):
    X, y, _ = blobs
    with pytest.warns(UserWarning, match=r"lost the classes \[2\]: class 2 should make up 3.*%"):
        ForwardCorrectedClassifier(make_net(NeverClassTwo), transition_matrix=T3).fit(X, y)


def test_singular_t_says_nothing_of_the_classes_to_expect(blobs):
    X, y, _ = blobs
    singular = np.full((3, 3), 1 / 3)
    ForwardCorrectedClassifier(make_net(NeverClassZero), transition_matrix=singular).fit(X, y)


def test_class_that_is_merely_hard_is_not_called_lost():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, 3)), (rng.random(600) < 0.2).astype(int)
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=symmetric_transition_matrix(2, 0.1))
    assert clf.fit(X, y).predict(X).mean() < 0.05


def test_features_too_small_to_learn_from_are_noticed():
    X, y = load_iris(return_X_y=True)
    T = symmetric_transition_matrix(3, 0.1)
    net = make_net(MLP, max_epochs=5)
    clf = ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0)
    with pytest.warns(UserWarning, match="predicts one class.*scale the features"):
        clf.fit(1e-6 * scale(X), y)


@pytest.mark.parametrize(("T", "corrected"), [(np.eye(3), False), (T3, True)])
def test_whether_anything_was_corrected_is_said(T, corrected, blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T, random_state=0).fit(X, y)
    assert clf.corrected_ is corrected


def test_where_no_noise_is_found_the_network_is_the_plain_one():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 4))
    y = (X[:, 0] + rng.normal(size=600) > 0).astype(int)
    clf = ForwardCorrectedClassifier(random_state=0).fit(X, y)
    plain = RobustLossClassifier(loss="cross_entropy", random_state=0).fit(X, y)
    assert not clf.corrected_
    gap = np.abs(clf.predict_proba(X) - plain.predict_proba(X)).mean()
    assert gap < 0.05  # Rounding decides when they stop.
