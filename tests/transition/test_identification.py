"""When noise and overlap of the classes look alike."""

import re
import warnings

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LinearRegression

from sknoisy._transition._identification import (
    TradeOff,
    identification_doubt,
    overlap_doubt,
    trade_off,
)
from sknoisy.metrics import fit_noise_model
from sknoisy.noise import corrupt_labels

T2 = np.array([[0.8, 0.2], [0.3, 0.7]])


def problem(steepness, n=3000):
    """Rows whose clean posterior is a power of their rank, as the model has it."""
    rank = (np.arange(n) + 0.5) / n
    logits = np.log(rank / (1 - rank)) * steepness
    return np.column_stack([-logits, logits]) / 2, expit(np.column_stack([-logits, logits]))


def test_the_standard_error_is_the_spread_over_samples():
    logits, p = problem(1.5)
    n = len(p)
    rng = np.random.RandomState(0)
    found = []
    for seed in range(60):
        clean = (rng.uniform(size=n) < p[:, 1]).astype(int)
        noisy = corrupt_labels(clean, T2, random_state=seed)
        found.append(fit_noise_model(p @ T2, noisy).clean_proba.max(axis=1).mean())
    std = trade_off(p, logits, T2, np.full(n, 1 / n), n).accuracy_std
    # The spread of 60 is known to 9%; further, the prior on T knows a little.
    assert 0.7 * std < np.std(found) < 1.27 * std


def test_the_information_is_that_of_least_squares_with_rows_of_T_that_keep_their_sum():
    rng = np.random.RandomState(0)
    n, K = 400, 3
    p = rng.dirichlet(np.ones(K), n)
    logits = np.log(p)
    T = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.1, 0.6]])
    q, d = p @ T, p * (logits - (p * logits).sum(axis=1, keepdims=True))
    moves = [np.outer(p[:, i], np.eye(K)[j] - np.eye(K)[i]) for i in range(K) for j in range(K)]
    moves += [(p[:, [k]] * (np.eye(K)[k] - p)) @ T for k in range(K)]
    design = np.column_stack([(move / np.sqrt(q)).ravel() for move in moves])
    target = (d @ T / np.sqrt(q)).ravel()
    fit = LinearRegression(fit_intercept=False).fit(design, target)
    expected = 1 / np.sqrt(((target - fit.predict(design)) ** 2).sum())
    by_accuracy = abs(d[np.arange(n), p.argmax(axis=1)].mean())
    found = trade_off(p, logits, T, np.full(n, 1 / n), n)
    assert found.accuracy_std == pytest.approx(by_accuracy * expected, rel=1e-4)


def test_four_times_the_rows_halve_the_standard_error():
    logits, p = problem(1.5)
    one, four = (trade_off(p, logits, T2, np.full(3000, 1 / 3000), n) for n in (3000, 12_000))
    assert one.accuracy_std == pytest.approx(2 * four.accuracy_std)


def test_many_rows_are_thinned_without_changing_the_answer():
    some, many = (
        trade_off(*problem(1.5, n)[::-1], T2, np.full(n, 1 / n), 3000) for n in (4000, 40_000)
    )
    assert some == pytest.approx(many, rel=0.05)


def test_the_doubt_names_the_rates_that_fit_and_what_settles_it():
    doubt = identification_doubt(TradeOff(0.1, 0.3, 0.1 / 1.96))
    assert re.search(r"noise rates from 0\.20 to 0\.40 .* y_trusted", doubt)
    assert identification_doubt(TradeOff(0.01, 0.3, 0.1)) is None


def test_the_doubt_of_overlap_names_the_rates_and_the_error():
    doubt = overlap_doubt((0.1, 0.45), 0.25)
    assert "from 0.10 to 0.45" in doubt
    assert "off by 0.25" in doubt


def test_overlapping_classes_are_warned_of_and_separate_ones_are_not():
    rng = np.random.RandomState(0)
    for steepness, warned in ((0.5, True), (4.0, False)):
        p = problem(steepness)[1]
        clean = (rng.uniform(size=len(p)) < p[:, 1]).astype(int)
        noisy = corrupt_labels(clean, [[0.6, 0.4], [0.4, 0.6]], random_state=1)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fit_noise_model(p @ T2, noisy)
        assert [warning.filename for warning in caught] == [__file__] * warned
