"""Ctrl-C in every stage is passed on, and leaves the estimator as it was."""

import signal
import threading
from contextlib import suppress

import numpy as np
import pytest
from helpers import T3, Linear
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted
from skorch.callbacks import Callback, LRScheduler

from sknoisy import (
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._interruptions import ctrl_c_passed_on, watching_ctrl_c
from sknoisy.annotators import AnnotatorCorrectedClassifier, DawidSkene

pytestmark = pytest.mark.usefixtures("listens_to_ctrl_c")


def press():
    signal.raise_signal(signal.SIGINT)


# %% Watching


def test_a_pressed_key_is_told_from_an_error_of_the_same_name():
    with pytest.raises(KeyboardInterrupt), watching_ctrl_c() as pressed:
        press()
    with pytest.raises(KeyboardInterrupt), watching_ctrl_c() as raised:
        raise KeyboardInterrupt
    assert pressed.pressed
    assert not raised.pressed
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_all_who_watch_are_told():
    with watching_ctrl_c() as outer:
        with pytest.raises(KeyboardInterrupt), watching_ctrl_c() as inner:
            press()
    assert outer.pressed
    assert inner.pressed
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *args: None])
def test_a_handler_of_the_users_is_kept(handler):
    signal.signal(signal.SIGINT, handler)
    with watching_ctrl_c() as watched:
        press()
    assert not watched.pressed
    assert signal.getsignal(signal.SIGINT) is handler


def test_another_thread_watches_nothing():
    seen = []

    def run():
        with watching_ctrl_c():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


def test_what_is_kept_back_is_passed_on():
    def keep_back():
        with suppress(KeyboardInterrupt):
            press()
        return "half a result"

    with pytest.raises(KeyboardInterrupt), ctrl_c_passed_on():
        keep_back()


# %% Stage one


class PressesAtTheEndOf(Callback):
    """Ctrl-C while the callbacks of an epoch run, where skorch's ones stop a training."""

    n_begun = 0

    def __init__(self, epoch, error=None):
        self.epoch, self.error = epoch, error

    def on_train_begin(self, net, **kwargs):
        type(self).n_begun += 1

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            if self.error is not None:
                raise self.error
            press()


class Keeps(LogisticRegression):
    """As `MLPClassifier`: what it has at Ctrl-C is good enough."""

    n_fits = 0

    def fit(self, X, y, sample_weight=None):
        type(self).n_fits += 1
        with suppress(KeyboardInterrupt):
            press()
        return super().fit(X, y)


def entries(folder):
    return list(folder.rglob("output.pkl"))


def test_a_first_stage_of_networks_is_given_up_and_not_cached(blobs, tmp_path):
    X, y, _ = blobs
    PressesAtTheEndOf.n_begun = 0
    net = make_net(Linear, max_epochs=3, callbacks=[PressesAtTheEndOf(2)])
    clf = ForwardCorrectedClassifier(
        make_net(Linear, max_epochs=3),
        transition_matrix=TransitionMatrixEstimator(net),
        memory=str(tmp_path),
        random_state=0,
    )
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    assert PressesAtTheEndOf.n_begun == 1, "the later folds are not trained"
    assert entries(tmp_path) == []
    with pytest.raises(NotFittedError):
        check_is_fitted(clf)


def test_an_estimator_of_t_is_given_up(blobs):
    X, y, _ = blobs
    net = make_net(Linear, max_epochs=3, callbacks=[PressesAtTheEndOf(2)])
    estimator = TransitionMatrixEstimator(net)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, y)
    with pytest.raises(NotFittedError):
        check_is_fitted(estimator)


class Interrupted(LogisticRegression):
    """An estimator of T that is not ours."""

    def fit(self, X, y):
        with suppress(KeyboardInterrupt):
            press()
        self.transition_matrix_ = T3
        return self


@pytest.mark.parametrize("model", [TransitionMatrixEstimator(Keeps()), Interrupted()])
def test_ctrl_c_that_an_estimator_keeps_to_itself_ends_the_first_stage(model, blobs, tmp_path):
    X, y, _ = blobs
    Keeps.n_fits = 0
    clf = ForwardCorrectedClassifier(
        make_net(Linear, max_epochs=3),
        transition_matrix=model,
        memory=str(tmp_path),
        random_state=0,
    )
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    assert entries(tmp_path) == []
    assert Keeps.n_fits <= 1


@pytest.mark.parametrize(
    "clf",
    [
        ReweightedClassifier(Keeps(), transition_matrix=T3),
        AnnotatorCorrectedClassifier(
            make_net(Linear, max_epochs=2), transition_matrices=DawidSkene(Keeps())
        ),
    ],
    ids=["reweighted", "annotators"],
)
def test_other_classifiers_pass_it_on_as_well(clf, blobs):
    X, y, _ = blobs
    y = np.stack([y, y], axis=1) if isinstance(clf, AnnotatorCorrectedClassifier) else y
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    with pytest.raises(NotFittedError):
        check_is_fitted(clf)


# %% Main part and fine-tuning


def tuned(*callbacks, **params):
    net = make_net(Linear, max_epochs=5, lr=0.01, callbacks=list(callbacks))
    settings = {"transition_matrix": T3, "warm_up": 1, "fine_tune_epochs": 3, "random_state": 0}
    return ForwardCorrectedClassifier(net, **{**settings, **params})


def fit(clf, blobs):
    X, y, clean = blobs
    return clf.fit(X, y, y_trusted=np.where(np.arange(len(y)) < 60, clean, np.nan))


class CatchesCtrlC(PressesAtTheEndOf):
    def on_epoch_end(self, net, **kwargs):
        with suppress(KeyboardInterrupt):
            super().on_epoch_end(net, **kwargs)


@pytest.mark.parametrize("callback", [PressesAtTheEndOf(4), CatchesCtrlC(4)])
def test_ctrl_c_while_callbacks_run_is_passed_on_and_nothing_is_fine_tuned(callback, blobs):
    clf = tuned(callback)
    clf.estimator.set_params(module=SlowToTune)
    SlowToTune.n_steps = 0
    with pytest.raises(KeyboardInterrupt):
        fit(clf, blobs)
    assert SlowToTune.n_steps <= 5 * 7  # Seven steps an epoch.
    with pytest.raises(NotFittedError):
        check_is_fitted(clf)


def test_a_callback_that_stops_the_training_leaves_the_fine_tuning(blobs):
    clf = fit(tuned(PressesAtTheEndOf(4, KeyboardInterrupt)), blobs)
    assert clf.n_iter_ == 4 + 3


@pytest.mark.parametrize("epoch", [1, 2])
def test_ctrl_c_in_a_warm_up_is_passed_on(epoch, blobs):
    class InAllPhases(LRScheduler):
        def on_epoch_end(self, net, **kwargs):
            if len(net.history) == epoch:
                press()

    clf = tuned(InAllPhases("StepLR", step_size=1))
    with pytest.raises(KeyboardInterrupt):
        fit(clf, blobs)
    with pytest.raises(NotFittedError):
        check_is_fitted(clf)


class SlowToTune(Linear):
    n_steps = 0
    stop_at = -1

    def forward(self, rows):
        type(self).n_steps += self.training
        if self.training and type(self).n_steps == self.stop_at:
            press()
        return super().forward(rows)


def test_an_interrupted_fine_tuning_leaves_the_classifier_as_it_was(blobs):
    clf = fit(tuned(), blobs)
    before, proba = dict(vars(clf)), clf.predict_proba(blobs[0])
    clf.estimator.set_params(module=SlowToTune)
    SlowToTune.n_steps, SlowToTune.stop_at = 0, 5 * 7 + 2  # Seven steps an epoch, then one.
    with pytest.raises(KeyboardInterrupt):
        fit(clf, blobs)
    assert all(vars(clf)[name] is value for name, value in before.items())
    np.testing.assert_array_equal(clf.predict_proba(blobs[0]), proba)


# %% partial_fit


class HoldsALock(Callback):
    """Cannot be copied once a training has begun."""

    def on_train_begin(self, net, **kwargs):
        self.lock_ = threading.Lock()


@pytest.mark.parametrize("error", [None, RuntimeError("mine"), KeyboardInterrupt])
@pytest.mark.parametrize("epoch", [1, 3])
def test_a_call_of_partial_fit_is_trained_whole_or_not_at_all(epoch, error, blobs):
    X, y, _ = blobs
    fails = PressesAtTheEndOf(epoch, error)
    net = make_net(Linear, lr=0.01, callbacks=[HoldsALock(), fails])
    clf = ForwardCorrectedClassifier(net, transition_matrix=T3, random_state=0)
    for _ in range(epoch - 1):
        clf.partial_fit(X, y, classes=[0, 1, 2])
    before, proba = dict(vars(clf)), None if epoch == 1 else clf.predict_proba(X)
    if error is KeyboardInterrupt:  # How a callback ends a training.
        assert clf.partial_fit(X, y, classes=[0, 1, 2]).n_iter_ == epoch
        return
    with pytest.raises(KeyboardInterrupt if error is None else RuntimeError):
        clf.partial_fit(X, y, classes=[0, 1, 2])
    assert vars(clf).keys() == before.keys()
    assert all(vars(clf)[name] is before[name] for name in before)
    if epoch > 1:
        np.testing.assert_array_equal(clf.predict_proba(X), proba)
        assert clf.n_iter_ == len(clf.history_) == len(clf.estimator_.history_) == 2
