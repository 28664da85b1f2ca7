"""Stopping and keeping weights by held-out noisy labels."""

import pickle
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import EarlyStopping, EpochScoring
from skorch.dataset import ValidSplit

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy.callbacks import BestEpoch, CorrectedAccuracy, NoiseFloor
from sknoisy.metrics import (
    forward_log_loss,
    noise_corrected_accuracy,
    noise_corrected_log_loss,
    noise_floor,
)
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

K, N = 3, 400
T = symmetric_transition_matrix(K, 0.4)
RNG = np.random.RandomState(0)
Y = RNG.randint(K, size=N)
X = (RNG.normal(size=(K, 8))[Y] * 1.2 + RNG.normal(size=(N, 8))).astype(np.float32)
NOISY = corrupt_labels(Y, T, random_state=1)
SPLIT = ValidSplit(0.25, stratified=True, random_state=0)
KEPT = TransitionMatrixEstimator(keep_estimators=True)
HELD_OUT = np.asarray(SPLIT(X, NOISY)[1].indices)


def classifier(*callbacks, max_epochs=30, lr=0.02, kind=ForwardCorrectedClassifier, **settings):
    net = make_net(
        module__hidden_sizes=(64,),
        max_epochs=max_epochs,
        lr=lr,
        train_split=SPLIT,
        callbacks=list(callbacks),
    )
    return kind(net, **{"transition_matrix": T, "random_state": 0, **settings})


def test_the_held_out_loss_is_the_corrected_one_and_the_best_weights_are_kept():
    clf = classifier(BestEpoch(), warm_up=0).fit(X, NOISY)
    losses = clf.history_[:, "valid_loss"]
    best = int(np.argmin(losses))
    assert best < len(losses) - 1, "the network must overfit for this test to say something"
    kept = forward_log_loss(NOISY[HELD_OUT], clf.predict_proba(X[HELD_OUT]), T)
    assert kept == pytest.approx(losses[best], rel=1e-4)


def test_training_stops_after_patience_without_improvement():
    clf = classifier(BestEpoch(patience=4), max_epochs=200, warm_up=0).fit(X, NOISY)
    losses = clf.history_[:, "valid_loss"]
    assert len(losses) == int(np.argmin(losses)) + 1 + 4 < 200


def test_the_recorded_accuracy_is_that_of_the_held_out_rows():
    clf = classifier(CorrectedAccuracy(), max_epochs=5).fit(X, NOISY)
    expected = noise_corrected_accuracy(NOISY[HELD_OUT], clf.predict(X[HELD_OUT]), T)
    assert clf.history_[-1, "valid_corrected_acc"] == pytest.approx(expected)


def test_weights_are_kept_by_the_corrected_accuracy():
    best = BestEpoch("valid_corrected_acc")
    clf = classifier(CorrectedAccuracy(), best, warm_up=0).fit(X, NOISY)
    scores = clf.history_[:, "valid_corrected_acc"]
    kept = noise_corrected_accuracy(NOISY[HELD_OUT], clf.predict(X[HELD_OUT]), T)
    assert kept == pytest.approx(max(scores))


def test_the_backward_correction_is_scored_too():
    clf = classifier(CorrectedAccuracy(), BestEpoch(patience=5), kind=BackwardCorrectedClassifier)
    scores = clf.fit(X, NOISY).history_[:, "valid_corrected_acc"]
    assert max(scores) > 0.5


def test_a_given_matrix_is_used_and_a_first_stage_without_one_is_scored_on_noisy_labels():
    given = classifier(CorrectedAccuracy(np.eye(K)), max_epochs=2).fit(X, NOISY)
    noisy_accuracy = (given.predict(X[HELD_OUT]) == NOISY[HELD_OUT]).mean()
    assert given.history_[-1, "valid_corrected_acc"] == pytest.approx(noisy_accuracy)
    both = classifier(CorrectedAccuracy(), BestEpoch(), max_epochs=2, transition_matrix=None)
    first_stage = both.fit(X, NOISY).transition_matrix_estimator_.histories_[0]
    assert 0 < first_stage[-1, "valid_corrected_acc"] < 1


def test_epochs_of_a_warm_up_are_not_kept():
    clf = classifier(BestEpoch(), max_epochs=6, warm_up=5).fit(X, NOISY)
    kept = forward_log_loss(NOISY[HELD_OUT], clf.predict_proba(X[HELD_OUT]), T)
    assert kept == pytest.approx(clf.history_[-1, "valid_loss"], rel=1e-4)


@pytest.mark.filterwarnings("ignore:These labels hardly tell:UserWarning")  # So few rows.
@pytest.mark.parametrize("kind", [ForwardCorrectedClassifier, BackwardCorrectedClassifier])
def test_the_best_epoch_by_noisy_labels_is_kept_in_both_stages(kind):
    # Few epochs: the scores bound the logarithms that let the backward loss run away.
    clf = classifier(
        BestEpoch(), kind=kind, transition_matrix=KEPT, base_loss="cross_entropy", max_epochs=6
    )
    noisy = corrupt_labels(Y, symmetric_transition_matrix(K, 0.2), random_state=1)
    held_out = np.asarray(SPLIT(X, noisy)[1].indices)
    clf.set_params(start="first_stage").fit(X, noisy)
    own = clf.estimator_, clf.predict_proba(X[held_out]), clf.transition_matrix_
    for net in (own[0], *clf.transition_matrix_estimator_.estimators_):
        best = dict(net.callbacks_)["BestEpoch"]
        assert best.best_score_ == min(net.history_[:, "valid_loss"])
    log_loss = forward_log_loss if kind is ForwardCorrectedClassifier else noise_corrected_log_loss
    kept = log_loss(noisy[held_out], own[1], own[2])
    assert kept == pytest.approx(min(clf.history_[:, "valid_loss"]), rel=1e-3)


def test_trusted_rows_count_with_their_own_label():
    trusted = np.where(np.arange(N) % 2, Y, np.nan)
    clf = classifier(CorrectedAccuracy(), max_epochs=5).fit(X, NOISY, y_trusted=trusted)
    held_out = np.asarray(SPLIT(X, np.where(np.arange(N) % 2, Y, NOISY))[1].indices)
    predicted, known = clf.predict(X[held_out]), held_out % 2 == 1
    right = (predicted == Y[held_out])[known].mean()
    corrected = noise_corrected_accuracy(NOISY[held_out][~known], predicted[~known], T)
    expected = known.mean() * right + (~known).mean() * corrected
    assert clf.history_[-1, "valid_corrected_acc"] == pytest.approx(expected)


def test_memorised_noise_is_noticed_once_the_loss_falls_below_its_floor():
    clf = classifier(NoiseFloor(), max_epochs=100, warm_up=0)
    with pytest.warns(UserWarning, match="memorises noisy labels") as caught:
        clf.fit(X, NOISY)
    assert len(caught) == 1
    watch = dict(clf.estimator_.callbacks_)["NoiseFloor"]
    expected = noise_floor(T, np.full(K, 1 / K))
    assert watch.floor_ == pytest.approx(expected.mean)  # Symmetric noise: the same for all.
    losses = np.array(clf.history_[:, "train_loss"])
    lowest = expected.mean - 2 * expected.std / np.sqrt(N)
    assert watch.below_ == 1 + np.flatnonzero(losses < lowest)[0]


def test_training_can_stop_at_the_floor():
    clf = classifier(NoiseFloor(stop=True), max_epochs=100, warm_up=0).fit(X, NOISY)
    floor = noise_floor(T, np.full(K, 1 / K)).mean
    losses = clf.history_[:, "train_loss"]
    assert losses[-1] < floor < losses[-2] + 0.1
    assert len(losses) < 100


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kind": BackwardCorrectedClassifier}, 0.0),
        ({"kind": BackwardCorrectedClassifier, "identity_mixing": 0.1}, np.nan),
        ({"base_loss": "squared_error"}, 1 - (0.6**2 + 2 * 0.2**2)),
        ({"base_loss": lambda log_p: -log_p}, np.nan),
    ],
    ids=["backward", "mixed", "squared error", "callable"],
)
def test_the_floor_is_that_of_the_loss(settings, expected):
    clf = classifier(NoiseFloor(tolerance=1e9), max_epochs=2, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.fit(X, NOISY)
    found = dict(clf.estimator_.callbacks_)["NoiseFloor"].floor_
    assert found == pytest.approx(expected, nan_ok=True)


@pytest.mark.filterwarnings("ignore:These labels hardly tell:UserWarning")  # So few rows.
@pytest.mark.filterwarnings("ignore:T is n:UserWarning")  # Two epochs say little of it.
def test_trusted_rows_lower_the_floor_and_a_first_stage_has_none():
    trusted = np.where(np.arange(N) < N // 4, Y, np.nan)
    callback = NoiseFloor(tolerance=1e9)
    clf = classifier(callback, max_epochs=2).fit(X, NOISY, y_trusted=trusted)
    found = dict(clf.estimator_.callbacks_)["NoiseFloor"].floor_
    held_out = SPLIT(X, np.where(np.isnan(trusted), NOISY, trusted).astype(int))[1].indices
    noisy_share = np.isnan(np.delete(trusted, held_out)).mean()
    assert found == pytest.approx(noisy_share * noise_floor(T, np.full(K, 1 / K)).mean)
    clf = classifier(callback, max_epochs=2, transition_matrix=KEPT).fit(X, NOISY)
    first = clf.transition_matrix_estimator_.estimators_[0]
    assert np.isnan(dict(first.callbacks_)["NoiseFloor"].floor_)


def test_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="tolerance must be in .*; got -1"):
        classifier(NoiseFloor(tolerance=-1)).fit(X, NOISY)


def test_weights_of_the_rows_count():
    weights = RNG.uniform(size=N)
    clf = classifier(CorrectedAccuracy(), max_epochs=2).fit(X, NOISY, sample_weight=weights)
    expected = noise_corrected_accuracy(
        NOISY[HELD_OUT], clf.predict(X[HELD_OUT]), T, sample_weight=weights[HELD_OUT]
    )
    assert clf.history_[-1, "valid_corrected_acc"] == pytest.approx(expected, rel=1e-5)


def test_callbacks_of_skorch_watch_the_corrected_loss_as_well():
    clf = classifier(EarlyStopping(patience=3, sink=lambda text: None), max_epochs=200)
    assert clf.fit(X, NOISY).n_iter_ < 200


def test_scores_of_skorch_find_the_labels_of_weighted_rows():
    scores = EpochScoring("accuracy", name="acc")
    weights = np.linspace(0.5, 1.5, N)
    clf = classifier(scores, max_epochs=3).fit(X, NOISY, sample_weight=weights)
    accuracy = (clf.predict(X[HELD_OUT]) == NOISY[HELD_OUT]).mean()
    assert clf.history_[-1, "acc"] == pytest.approx(accuracy)


def test_fits_repeat_clone_and_survive_pickling():
    clf = classifier(CorrectedAccuracy(), BestEpoch(patience=3))
    proba = clf.fit(X, NOISY).predict_proba(X)
    np.testing.assert_array_equal(clone(clf).fit(X, NOISY).predict_proba(X), proba)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), proba)


def test_the_global_generator_is_left_alone():
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    classifier(CorrectedAccuracy(), BestEpoch(), max_epochs=2).fit(X, NOISY)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("callback", [CorrectedAccuracy(), BestEpoch()])
def test_a_net_that_holds_out_nothing_is_told_to(callback):
    net = make_net(max_epochs=2, callbacks=[callback])
    with pytest.raises(ValueError, match="needs held-out rows"):
        ForwardCorrectedClassifier(net, transition_matrix=T).fit(X, NOISY)


def test_a_column_that_nobody_records_is_named():
    with pytest.raises(ValueError, match="no column 'valid_corrected_acc'.*CorrectedAccuracy"):
        classifier(BestEpoch("valid_corrected_acc")).fit(X, NOISY)


def test_a_patience_of_no_epoch_is_an_error():
    with pytest.raises(ValueError, match="patience must be at least 1"):
        classifier(BestEpoch(patience=0)).fit(X, NOISY)


@pytest.mark.parametrize(
    "callback",
    [
        BestEpoch(min_improvement=np.nan),
        BestEpoch(min_improvement=-1),
        BestEpoch(patience=1.5),
        BestEpoch(patience=0),
        BestEpoch(3),
        BestEpoch(lower_is_better="no"),
        NoiseFloor(tolerance=np.nan),
        NoiseFloor(stop="yes"),
        CorrectedAccuracy([[2, 1], [1, 2]]),
        CorrectedAccuracy(name=None),
    ],
)
def test_settings_of_callbacks_are_checked_before_the_training(callback):
    with pytest.raises((TypeError, ValueError), match="must"):
        callback.initialize()
