"""Scores from a few trusted labels and many noisy ones."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, brier_score_loss

from sknoisy.metrics import clean_proba, prediction_powered_score
from sknoisy.metrics._trusted_labels import agreeing, one_rate
from sknoisy.noise import (
    corrupt_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
)

K, N = 3, 3000
T = symmetric_transition_matrix(K, 0.2)


def sampled(seed, accuracy=0.8, n=N):
    """Clean labels, noisy labels, and predictions of them."""
    rng = np.random.default_rng(seed)
    y = rng.integers(K, size=n)
    predicted = np.where(rng.random(n) < accuracy, y, (y + rng.integers(1, K, size=n)) % K)
    return y, corrupt_labels(y, T, random_state=seed), predicted


def some_trusted(y, rows):
    trusted = np.full(len(y), np.nan)
    trusted[rows] = y[rows]
    return trusted


@pytest.mark.parametrize("score", ["accuracy", "brier_score"])
def test_with_all_labels_trusted_the_score_is_that_of_the_clean_labels(score):
    y, noisy, predicted = sampled(0, n=200)
    proba = 0.1 + 0.7 * np.eye(K)[predicted]
    if score == "accuracy":
        expected, prediction = accuracy_score(y, predicted), predicted
    else:
        expected, prediction = brier_score_loss(y, proba, labels=range(K)), proba
    found = prediction_powered_score(y, noisy, prediction, T, score=score)
    assert found == pytest.approx(expected, abs=1e-3)


def test_two_classes_halve_the_brier_score_as_scikit_learn_does():
    rng = np.random.default_rng(0)
    second = rng.random(100)
    y = (rng.random(100) < second).astype(int)
    found = prediction_powered_score(y, y, second, score="brier_score")
    assert found == pytest.approx(brier_score_loss(y, second))


@pytest.mark.parametrize("told", [T, symmetric_transition_matrix(K, 0.6), None])
def test_the_score_is_unbiased_and_covered_whatever_T_is(told):
    n_trials, found = 150, []
    for seed in range(n_trials):
        y, noisy, predicted = sampled(seed, n=1000)
        trusted = some_trusted(y, np.arange(60))
        found.append(
            prediction_powered_score(trusted, noisy, predicted, told, confidence_level=0.9)
        )
    values = np.array([each.value for each in found])
    assert abs(values.mean() - 0.8) < 3.5 * values.std() / np.sqrt(n_trials)
    covered = np.mean([low <= 0.8 <= high for _, _, (low, high) in found])
    assert abs(covered - 0.9) < 3.5 * np.sqrt(0.09 / n_trials)
    assert np.mean([each.std for each in found]) == pytest.approx(values.std(), rel=0.25)


def test_informative_labels_make_the_interval_narrower_and_others_leave_it():
    widths = {"features and T": [], "T": [], "pure noise": [], "alone": []}
    for seed in range(20):
        y, noisy, predicted = sampled(seed)
        trusted = some_trusted(y, np.arange(100))
        pure_noise = np.random.default_rng(1000 + seed).integers(K, size=N)
        nearly_all = 0.05 + 0.85 * np.eye(K)[y]
        nothing = np.full((N, K), 1 / K)
        for name, labels, matrix, proba in (
            ("features and T", noisy, T, nearly_all),
            ("T", noisy, T, None),
            ("pure noise", pure_noise, T, None),
            ("alone", pure_noise, np.full((K, K), 1 / K), nothing),
        ):
            _, _, (low, high) = prediction_powered_score(
                trusted, labels, predicted, matrix, proba=proba, confidence_level=0.95
            )
            widths[name].append(high - low)
    mean = {name: np.mean(found) for name, found in widths.items()}
    assert mean["features and T"] < 0.6 * mean["alone"]
    assert mean["T"] < 0.9 * mean["alone"]
    assert mean["pure noise"] < 1.02 * mean["alone"]


def test_without_noisy_labels_the_interval_is_that_of_wilson():
    y, _, predicted = sampled(0)
    trusted, pure_noise = some_trusted(y, np.arange(100)), np.full((K, K), 1 / K)
    labels, nothing = corrupt_labels(y, pure_noise, random_state=1), np.full((N, K), 1 / K)
    _, _, (low, high) = prediction_powered_score(
        trusted, labels, predicted, pure_noise, proba=nothing, confidence_level=0.95
    )
    wilson = binomtest(int((y == predicted)[:100].sum()), 100).proportion_ci(method="wilson")
    assert high - low == pytest.approx(wilson.high - wilson.low, rel=0.04)
    assert low == pytest.approx(wilson.low, abs=0.01)


def test_rows_of_unequal_chance_are_weighted_back():
    n_trials, values = 200, {"weighted": [], "unweighted": []}
    for seed in range(n_trials):
        y, noisy, predicted = sampled(seed, n=600)
        chance = np.where(y == predicted, 0.1, 0.5)  # Wrong rows more often.
        rows = np.flatnonzero(np.random.default_rng(seed).random(600) < chance)
        trusted = some_trusted(y, rows)
        for name, weight in (("weighted", 1 / chance), ("unweighted", None)):
            values[name].append(
                prediction_powered_score(trusted, noisy, predicted, trusted_weight=weight)
            )
    means = {name: np.mean(found) for name, found in values.items()}
    error = np.std(values["weighted"]) / np.sqrt(n_trials)
    assert abs(means["weighted"] - 0.8) < 3.5 * error
    assert abs(means["unweighted"] - 0.8) > 5 * error


def test_a_score_that_is_always_right_still_has_an_interval():
    y = np.arange(N) % K
    trusted = some_trusted(y, np.arange(50))
    value, _, (low, high) = prediction_powered_score(trusted, y, y, T, confidence_level=0.95)
    assert value == pytest.approx(1)
    assert high == pytest.approx(1)
    assert 0.85 < low < 0.97


def test_sample_weights_say_how_much_each_row_counts():
    y, noisy, predicted = sampled(2, n=900)
    weight = np.where(y == 0, 3, 1)
    trusted = some_trusted(y, np.arange(300))
    found = prediction_powered_score(trusted, noisy, predicted, T, sample_weight=weight)
    repeated = np.repeat(np.arange(900), weight)
    expected = prediction_powered_score(trusted[repeated], noisy[repeated], predicted[repeated], T)
    assert found == pytest.approx(expected, abs=2e-3)


def test_labels_may_be_text_and_no_order_of_rows_matters():
    y, noisy, predicted = sampled(3, n=500)
    names = np.array(["a", "b", "c"])
    trusted = np.full(500, None, dtype=object)
    trusted[:50] = names[y[:50]]
    expected = prediction_powered_score(some_trusted(y, np.arange(50)), noisy, predicted, T)
    order = np.random.default_rng(0).permutation(500)
    found = prediction_powered_score(
        trusted[order], names[noisy][order], names[predicted][order], T
    )
    assert found == pytest.approx(expected)


def test_posteriors_come_from_the_cells_where_none_are_given():
    y, noisy, predicted = sampled(4)
    trusted = some_trusted(y, np.arange(200))
    # The predictions hold all that the features tell.
    joint = np.array([[np.mean(y[predicted == b] == k) for k in range(K)] for b in range(K)])
    given = prediction_powered_score(trusted, noisy, predicted, T, proba=joint[predicted])
    assert prediction_powered_score(trusted, noisy, predicted, T) == pytest.approx(given, abs=3e-3)
    assert clean_proba(joint[predicted], noisy, T).shape == (N, K)


def graded(seed, noise, n=3000):
    """Clean and noisy labels, and a model's true posteriors, of which some are unsure."""
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.full(K, 0.3), size=n)
    y = (proba.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(max=K - 1)
    return y, corrupt_labels(y, noise, random_state=seed), proba


def brier_width(y, noisy, prediction, told, **more):
    trusted = some_trusted(y, np.arange(100))
    low, high = prediction_powered_score(
        trusted, noisy, prediction, told, score="brier_score", confidence_level=0.95, **more
    ).interval
    return high - low


@pytest.mark.parametrize("told", [T, None])
def test_the_brier_score_takes_the_posteriors_that_it_scores(told):
    widths = []
    for seed in range(5):
        y, noisy, proba = graded(seed, T)
        widths.append(
            (brier_width(y, noisy, proba, told), brier_width(y, noisy, proba, T, proba=proba))
        )
    without, told_all = np.mean(widths, axis=0)
    assert without < 1.1 * told_all


def test_guesses_that_trusted_rows_contradict_do_not_widen_the_interval():
    nothing, ratios = np.full((K, K), 1 / K), []
    for seed in range(10):
        y, noisy, proba = graded(seed, nothing)
        sure = proba**3 / (proba**3).sum(axis=1, keepdims=True)
        score = ((sure - np.eye(K)[y]) ** 2).sum(axis=1)[:100]
        student = 2 * 1.984 * score.std(ddof=1) / 10
        ratios.append(brier_width(y, noisy, sure, symmetric_transition_matrix(K, 0.1)) / student)
    assert np.mean(ratios) < 1.02


def test_without_T_labels_are_wrong_at_the_rate_of_the_trusted_rows():
    y, noisy, proba = graded(0, T)
    trusted, predicted = some_trusted(y, np.arange(400)), proba.argmax(axis=1)
    rate = (0.5 + (noisy != y)[:400].sum()) / 401
    counted = symmetric_transition_matrix(K, rate)
    found = [
        prediction_powered_score(trusted, noisy, predicted, told, proba=proba, return_std=True)
        for told in (None, counted, symmetric_transition_matrix(K, rate + 0.03))
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-9)
    assert found[0] != found[2]


@pytest.mark.parametrize("weight", [None, 5.0])
def test_a_T_that_the_trusted_rows_contradict_gets_their_rate(weight):
    y, noisy, proba = graded(0, T)
    trusted, predicted = some_trusted(y, np.arange(400)), proba.argmax(axis=1)
    weights = None if weight is None else np.full(len(y), weight)
    without, *wrong = (
        prediction_powered_score(
            trusted, noisy, predicted, told, proba=proba, trusted_weight=weights, return_std=True
        )
        for told in (None, np.eye(K), symmetric_transition_matrix(K, 0.4))
    )
    assert wrong[0] == without
    assert wrong[1] == pytest.approx(without)


def test_predicted_labels_alone_keep_a_T_that_is_contradicted():
    y, noisy, predicted = sampled(0)
    trusted = some_trusted(y, np.arange(400))
    uneven = np.array([[0.99, 0.01, 0], [0.3, 0.7, 0], [0, 0, 1]])
    found = [prediction_powered_score(trusted, noisy, predicted, told) for told in (uneven, None)]
    assert found[0] != found[1]


def test_one_wrong_label_does_not_contradict_clean_ones():
    trusted, identity = np.arange(100) % K, np.eye(K)
    for n_wrong in range(3):
        shares = identity[np.where(np.arange(100) < n_wrong, (trusted + 1) % K, trusted)]
        kept = agreeing(identity, trusted, shares, np.ones(100))
        assert (kept is identity) == (n_wrong <= 1)


def test_a_contradicted_T_keeps_its_pattern():
    trusted, weights = np.arange(300) % K, np.ones(300)
    shares = np.eye(K)[np.where(np.arange(300) < 120, (trusted + 1) % K, trusted)]
    few, many = (pair_flip_transition_matrix(K, rate) for rate in (0.1, 0.4))
    found = agreeing(few, trusted, shares, weights)
    np.testing.assert_allclose(found, many, atol=0.002)
    assert agreeing(many, trusted, shares, weights) is many
    # One class would have more wrong labels than labels.
    uneven = np.array([[0.8, 0.2, 0], [0, 1, 0], [0, 0, 1]])
    np.testing.assert_allclose(
        agreeing(uneven, trusted, shares, weights), one_rate(trusted, shares)
    )


def test_a_contradicted_T_of_labels_that_say_nothing_says_nothing():
    trusted = np.arange(300) % K
    shares = np.eye(K)[np.where(np.arange(300) < 200, (trusted + 1) % K, trusted)]
    found = agreeing(pair_flip_transition_matrix(K, 0.1), trusted, shares, np.ones(300))
    np.testing.assert_allclose(found, 1 / K)


def test_labels_that_may_be_drawn_at_random_say_nothing():
    trusted = np.arange(90) % K
    for n_wrong, says_nothing in ((90, True), (60, True), (52, True), (51, False), (10, False)):
        shares = np.eye(K)[np.where(np.arange(90) < n_wrong, (trusted + 1) % K, trusted)]
        T_found = one_rate(trusted, shares)
        np.testing.assert_allclose(T_found.sum(axis=1), 1)
        assert np.allclose(T_found, 1 / K) == says_nothing


def test_posteriors_that_mix_classes_are_unmixed_by_noisy_labels():
    y, noisy, proba = graded(0, T)
    trusted, predicted = some_trusted(y, np.arange(100)), proba.argmax(axis=1)
    mixed = proba @ (0.6 * np.eye(K) + 0.4 * np.roll(np.eye(K), 1, axis=1))
    mixed = mixed**2 / (mixed**2).sum(axis=1, keepdims=True)
    right, found = (
        prediction_powered_score(trusted, noisy, predicted, T, proba=p, return_std=True).std
        for p in (proba, mixed)
    )
    assert found < 1.04 * right


def test_wrong_rows_that_were_looked_for_do_not_contradict_T():
    y, noisy, predicted = sampled(0)
    chance = np.where(y == noisy, 0.05, 0.5)
    trusted = some_trusted(y, np.flatnonzero(np.random.default_rng(0).random(N) < chance))
    found = [
        prediction_powered_score(trusted, noisy, predicted, told, trusted_weight=weight, proba=p)
        for weight in (1 / chance, None)
        for p in [0.1 + 0.7 * np.eye(K)[predicted]]
        for told in (T, None)
    ]
    assert found[0] != found[1]
    assert found[2] == pytest.approx(found[3])


def test_posteriors_that_are_too_sure_are_calibrated_by_noisy_labels():
    y, noisy, proba = graded(0, T)
    trusted, predicted = some_trusted(y, np.arange(100)), proba.argmax(axis=1)
    sure = proba**4 / (proba**4).sum(axis=1, keepdims=True)
    found = [
        prediction_powered_score(trusted, noisy, predicted, T, proba=p, return_std=True)
        for p in (proba, sure)
    ]
    assert found[1].std == pytest.approx(found[0].std, rel=0.02)


def test_weights_of_rows_that_are_not_trusted_are_not_read():
    y, noisy, predicted = sampled(0)
    trusted = some_trusted(y, np.arange(60))
    found = [
        prediction_powered_score(trusted, noisy, predicted, T, trusted_weight=weight)
        for weight in (None, np.where(np.arange(N) < 60, 2.0, np.nan))
    ]
    assert found[0] == pytest.approx(found[1])


@pytest.mark.parametrize("name", ["sample_weight", "trusted_weight"])
def test_trusted_rows_of_no_weight_are_not_there(name):
    y, noisy, predicted = sampled(0)
    weights = np.where(np.arange(N) < 40, 0.0, 1.0)
    found = [
        prediction_powered_score(some_trusted(y, rows), noisy, predicted, T, **{name: weights})
        for rows in (np.arange(100), np.arange(40, 100))
    ]
    assert found[0] == found[1]
    trusted = some_trusted(y, np.arange(45))
    with pytest.raises(ValueError, match="at least 10 labels of rows with a positive weight"):
        prediction_powered_score(trusted, noisy, predicted, T, **{name: weights})


def test_bad_arguments_are_refused():
    y, noisy, predicted = sampled(5, n=50)
    with pytest.raises(ValueError, match="y_trusted must hold at least 10 labels"):
        prediction_powered_score(some_trusted(y, np.arange(9)), noisy, predicted)
    with pytest.raises(ValueError, match="score must be one of"):
        prediction_powered_score(y, noisy, predicted, score="log_loss")
    with pytest.raises(ValueError, match="y_trusted must hold one label per row of y_noisy"):
        prediction_powered_score(y[:20], noisy, predicted)
    with pytest.raises(ValueError, match="not among"):
        prediction_powered_score(y + 1, noisy, predicted, classes=range(K))
    with pytest.raises(ValueError, match="trusted_weight must be finite"):
        prediction_powered_score(y, noisy, predicted, trusted_weight=-np.ones(50))


def test_soft_labels_are_the_mean_over_their_labels_and_sharp_ones_are_labels():
    y, noisy, predicted = sampled(6, n=800)
    trusted = some_trusted(y, np.arange(80))
    hard = prediction_powered_score(trusted, noisy, predicted, T, return_std=True)
    sharp = prediction_powered_score(trusted, np.eye(K)[noisy], predicted, T, return_std=True)
    assert sharp == pytest.approx(hard)
    # A consensus that knows how often it is right is what posteriors of the features are.
    consensus = clean_proba(np.full((800, K), 1 / K), noisy, T)
    nothing = np.full((K, K), 1 / K)
    soft = prediction_powered_score(trusted, consensus, predicted, return_std=True)
    other = prediction_powered_score(
        trusted, noisy, predicted, nothing, proba=consensus, return_std=True
    )
    # Sharp predictions add what they tell of the class.
    assert soft.std < 1.02 * other.std
    assert soft.value == pytest.approx(other.value, abs=0.02)
