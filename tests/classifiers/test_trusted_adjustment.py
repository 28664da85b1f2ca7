"""What held-out trusted rows say of the posteriors goes into the network."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax

from sknoisy import BackwardCorrectedClassifier, ForwardCorrectedClassifier
from sknoisy._classifiers._trusted_adjustment import (
    adjustment,
    cross_fitted,
    is_likelier,
    look_random,
    put_into,
)
from sknoisy._transition import Adjustment
from sknoisy.modules import MixedTableMLP, TableMLP
from sknoisy.noise import corrupt_labels

K = 3


def calibrated(n, seed=0):
    """Logits and labels drawn from their softmax."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, K)) * 2
    logits = log_softmax(logits, axis=1)
    return logits, (softmax(logits, axis=1).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)


def asked(proba, clean):
    return adjustment(proba, clean, np.ones(len(clean)))


def test_posteriors_that_are_too_sure_are_scaled():
    logits, clean = calibrated(2000)
    found = asked(softmax(1.5 * logits, axis=1), clean)
    assert found.scale == pytest.approx(1 / 1.5, abs=0.05)
    np.testing.assert_allclose(found.shift, 0, atol=0.15)


def test_posteriors_with_too_much_of_a_class_are_shifted():
    logits, clean = calibrated(2000)
    found = asked(softmax(logits + [0, 0, 1.5], axis=1), clean)
    assert found.shift[2] - found.shift[:2].mean() == pytest.approx(-1.5, abs=0.2)


def test_right_posteriors_stay_nearly_as_they_are():
    logits, clean = calibrated(5000, seed=100)
    proba, rows, lost = softmax(logits, axis=1), np.arange(5000), []
    for seed in range(20):
        few, labels = calibrated(50, seed)
        found = asked(softmax(few, axis=1), labels)
        changed = proba if found is None else found.applied(proba)
        lost.append(np.log(proba[rows, clean] / changed[rows, clean]).mean())
    assert sum(each == 0 for each in lost) >= 5  # Untouched.
    assert np.mean(lost) < 0.02


def test_a_shift_by_few_rows_must_show_on_rows_that_did_not_ask_for_it():
    logits, clean = calibrated(2000)
    right, tilted = softmax(logits, axis=1), softmax(logits + [0, 0, 1.5], axis=1)
    fold, weights = np.arange(2000) % 5, np.ones(2000)
    better = cross_fitted(tilted, clean, fold, weights)
    assert is_likelier(better, tilted, clean, weights)
    assert not is_likelier(tilted, right, clean, weights)
    assert not is_likelier(right, right, clean, weights)


def test_posteriors_against_the_labels_become_flat_and_are_not_turned_over():
    logits, clean = calibrated(100)
    found = asked(softmax(-logits, axis=1), clean)
    assert found is None or 0 < found.scale < 0.5


def test_weights_say_how_much_each_trusted_row_counts():
    logits, clean = calibrated(60)
    proba = softmax(3 * logits, axis=1)
    twice = asked(np.tile(proba, (2, 1)), np.tile(clean, 2))
    weighted = adjustment(proba, clean, np.full(60, 2.0))
    assert weighted.scale == pytest.approx(twice.scale)
    np.testing.assert_allclose(weighted.shift, twice.shift)


@pytest.mark.parametrize("hidden_sizes", [(), (5,)])
@pytest.mark.parametrize("kind", [TableMLP, MixedTableMLP])
def test_the_last_layer_of_each_member_takes_the_adjustment(kind, hidden_sizes):
    torch.manual_seed(0)
    module = kind(4, K, hidden_sizes=hidden_sizes, n_members=2).eval()
    X, change = torch.randn(7, 4), Adjustment(0.5, np.array([1.0, 0.0, -2.0]))
    before = module.logits_of_each(X).detach().numpy()
    put_into(module, change)
    after = module.logits_of_each(X).detach().numpy()
    np.testing.assert_allclose(after, 0.5 * before + change.shift, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        change.applied(softmax(before[:, 0], axis=1)), softmax(after[:, 0], axis=1), rtol=1e-5
    )


def test_rows_are_judged_by_what_the_other_folds_ask_for():
    logits, clean = calibrated(40)
    proba, fold = softmax(3 * logits, axis=1), np.arange(40) % 2
    found = cross_fitted(proba, clean, fold, np.ones(40))
    expected = asked(proba[fold == 0], clean[fold == 0]).applied(proba[fold == 1])
    np.testing.assert_allclose(found[fold == 1], expected)


def test_rows_drawn_by_class_or_by_doubt_do_not_look_random():
    rng = np.random.default_rng(0)
    second = rng.beta(0.3, 1.2, 1000)
    y = (rng.random(1000) < second).astype(int)
    noisy = np.where(rng.random(1000) < 0.2, 1 - y, y)
    proba = np.column_stack([1 - second, second])
    at_random = np.array([look_random(rng.permutation(1000)[:50], proba, noisy) for _ in range(50)])
    assert at_random.mean() > 0.75
    by_class = np.concatenate([np.flatnonzero(y == k)[:25] for k in (0, 1)])
    assert not look_random(by_class, proba, noisy)
    doubtful = np.flatnonzero(noisy != proba.argmax(axis=1))[:50]
    assert not look_random(doubtful, proba, noisy)
    of_their_own = np.r_[proba, proba[by_class]]
    assert not look_random(1000 + np.arange(50), of_their_own, noisy)


@pytest.mark.parametrize("corrected", [ForwardCorrectedClassifier, BackwardCorrectedClassifier])
def test_a_wrong_T_is_made_up_for(corrected):
    rng = np.random.default_rng(0)
    n = 600
    clean = (rng.random(n) < 0.3).astype(int)
    X = rng.normal(size=(n, 2)) + 1.5 * clean[:, None]
    noisy = corrupt_labels(clean, [[0.7, 0.3], [0.1, 0.9]], random_state=0)
    wrong = [[0.9, 0.1], [0.3, 0.7]]  # As if many of the second class were called the first.
    trusted = np.where(np.arange(n) < 60, clean, np.nan)
    clf = corrected(transition_matrix=wrong, keep_proba=True, random_state=0)
    proba = clf.fit(X, noisy, y_trusted=trusted).predict_proba(X)
    assert abs(proba[60:, 1].mean() - clean[60:].mean()) < 0.1
    assert abs(clf.clean_proba_[:, 1].mean() - proba[:, 1].mean()) < 0.03
    assert (clf.predict(X)[60:] == clean[60:]).mean() > 0.82


@pytest.mark.filterwarnings("ignore:Training ended in a minimum:UserWarning")
@pytest.mark.parametrize("is_better", [False, True])
def test_each_trusted_row_says_one_thing_and_is_believed_where_others_confirm_it(
    monkeypatch, is_better
):
    """However much heavier trusted rows are in the training."""
    rng = np.random.default_rng(0)
    clean = np.arange(200) % 2
    X, seen = rng.normal(size=(200, 2)) + clean[:, None], []

    def ask_for_much(proba, labels, weights):
        seen.append(weights)
        return Adjustment(1.0, np.array([50.0, 0.0]))

    judge = "sknoisy._classifiers._trusted_judge."
    monkeypatch.setattr(judge + "adjustment", ask_for_much)
    monkeypatch.setattr(judge + "is_likelier", lambda *given: is_better)
    monkeypatch.setattr(judge + "look_random", lambda *given: True)
    clf = ForwardCorrectedClassifier(transition_matrix=[[0.8, 0.2], [0.2, 0.8]], random_state=0)
    clf.fit(X, clean, y_trusted=np.where(np.arange(200) < 20, clean, np.nan))
    np.testing.assert_array_equal(seen, np.ones((1, 20)))
    assert (clf.predict(X) == 0).all() == is_better
