"""Which rows to have labelled."""

import numpy as np
import pytest

from sknoisy.inspection import rows_to_verify
from sknoisy.metrics import (
    clean_proba,
    prediction_powered_score,
    prediction_powered_transition_matrix,
    transition_matrix_error,
)
from sknoisy.noise import corrupt_labels, pair_flip_transition_matrix

K = 4
T = pair_flip_transition_matrix(K, 0.4)
ROUGH = pair_flip_transition_matrix(K, 0.3)


def sampled(seed, n=2000):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet([0.08] * K, size=n)
    y = (proba.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return y, corrupt_labels(y, T, random_state=seed), proba


def some_trusted(y, rows):
    trusted = np.full(len(y), np.nan)
    trusted[rows] = y[rows]
    return trusted


def test_rows_are_drawn_as_often_as_their_weights_say():
    _, noisy, proba = sampled(0, n=60)
    times = np.zeros(60)
    for seed in range(800):
        plan = rows_to_verify(proba, noisy, T, n_rows=12, random_state=seed)
        assert len(np.unique(plan.rows)) == 12
        times[plan.rows] += 1
    chance = 1 / plan.trusted_weight
    assert chance.sum() == pytest.approx(12)
    error = np.sqrt(chance * (1 - chance) / 800)
    np.testing.assert_array_less(np.abs(times / 800 - chance), 4.5 * error + 1e-9)


def test_rows_in_doubt_are_drawn_more_often_and_none_is_left_out():
    _, noisy, proba = sampled(1)
    weight = rows_to_verify(proba, noisy, T, n_rows=100, random_state=0).trusted_weight
    sure = clean_proba(proba, noisy, T).max(axis=1)
    assert np.median(weight[sure < 0.6]) < np.median(weight[sure > 0.99]) / 3
    assert weight.max() <= 5 * len(noisy) / 100 + 1e-9


def test_T_is_known_sooner_than_from_random_rows_and_from_the_most_doubtful():
    errors = {"chosen": [], "random": [], "doubtful": []}
    for seed in range(30):
        y, noisy, proba = sampled(seed)
        plan = rows_to_verify(proba, noisy, ROUGH, n_rows=80, random_state=seed)
        sure = clean_proba(proba, noisy, ROUGH).max(axis=1)
        choices = {
            "chosen": (plan.rows, plan.trusted_weight),
            "random": (np.arange(80), None),
            "doubtful": (np.argsort(sure)[:80], None),
        }
        for name, (rows, weight) in choices.items():
            found = prediction_powered_transition_matrix(
                some_trusted(y, rows), noisy, proba, ROUGH, trusted_weight=weight
            )
            errors[name].append(transition_matrix_error(T, found))
    means = {name: np.mean(found) for name, found in errors.items()}
    assert means["chosen"] < 0.8 * means["random"]
    assert means["chosen"] < 0.8 * means["doubtful"]


def test_the_accuracy_of_predictions_is_known_sooner_than_from_random_rows():
    values, covered, widths = ({"chosen": [], "random": []} for _ in range(3))
    for seed in range(80):
        y, noisy, proba = sampled(seed, n=1000)
        predicted = proba.argmax(axis=1)
        plan = rows_to_verify(proba, noisy, T, n_rows=50, prediction=predicted, random_state=seed)
        truth = (y == predicted).mean()
        for name, rows, weight in (
            ("chosen", plan.rows, plan.trusted_weight),
            ("random", np.arange(50), None),
        ):
            value, _, (low, high) = prediction_powered_score(
                some_trusted(y, rows),
                noisy,
                predicted,
                T,
                proba=proba,
                trusted_weight=weight,
                confidence_level=0.9,
            )
            values[name].append(value - truth)
            covered[name].append(low <= truth <= high)
            widths[name].append(high - low)
    assert np.std(values["chosen"]) < 0.75 * np.std(values["random"])
    assert np.mean(widths["chosen"]) < np.mean(widths["random"])
    assert min(map(np.mean, covered.values())) > 0.9 - 3 * np.sqrt(0.09 / 80)


def test_all_rows_may_be_asked_for():
    _, noisy, proba = sampled(2, n=20)
    plan = rows_to_verify(proba, noisy, T, n_rows=20)
    np.testing.assert_array_equal(plan.rows, np.arange(20))
    np.testing.assert_array_equal(plan.trusted_weight, 1)


def test_rows_without_any_doubt_are_drawn_alike():
    noisy = np.arange(40) % K
    plan = rows_to_verify(np.eye(K)[noisy], noisy, np.eye(K), n_rows=8, random_state=0)
    np.testing.assert_allclose(plan.trusted_weight, 5)


def test_bad_arguments_are_refused():
    _, noisy, proba = sampled(3, n=20)
    with pytest.raises(ValueError, match="n_rows must be at most the number of rows, 20; got 21"):
        rows_to_verify(proba, noisy, T, n_rows=21)
    with pytest.raises(ValueError, match="prediction holds the label 7"):
        rows_to_verify(proba, noisy, T, n_rows=2, prediction=np.full(20, 7))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        rows_to_verify(proba, noisy, T, n_rows=2, prediction=np.zeros(19, int))
