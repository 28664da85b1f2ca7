"""A lost class shows in the shares of the classes, without clean labels."""

import warnings

import numpy as np
from helpers import T3
from sklearn.base import BaseEstimator

from sknoisy._classifiers import _class_shares
from sknoisy._classifiers._class_shares import (
    _standard_errors,
    implied_shares,
    warn_of_lost_classes,
)
from sknoisy._transition import clean_prior
from sknoisy._validation import validate_training_set

N = 1_200
CLEAN = np.repeat([0, 1, 2], [600, 360, 240])
PRIOR = np.array([0.5, 0.3, 0.2])
NAMES = np.array(["ant", "bee", "cat"])


def labels(T=T3):
    """In exactly the shares that T implies."""
    return np.concatenate(
        [
            np.repeat([0, 1, 2], np.diff(np.rint(n * np.cumsum([0, *row])).astype(int)))
            for n, row in zip([600, 360, 240], T, strict=True)
        ]
    )


def warnings_for(predicted, monkeypatch, **settings):
    """What is said of a net that predicts these classes, or posteriors, of all rows."""
    proba = np.eye(3)[predicted] if predicted.ndim == 1 else predicted
    monkeypatch.setattr(_class_shares, "predict_proba", lambda net, X: proba[X[:, 0]])
    data = validate_training_set(
        BaseEstimator(), np.arange(N)[:, None], NAMES[labels()], **settings
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_lost_classes(None, data, T3)
    return [str(warning.message) for warning in caught]


def test_implied_shares_are_those_of_the_clean_classes():
    np.testing.assert_allclose(implied_shares(labels(), T3, n_asked=N)[0], PRIOR, atol=0.005)


def test_class_that_is_hardly_named_is_lost(monkeypatch):
    assert warnings_for(CLEAN, monkeypatch) == []
    never_one = np.where(CLEAN == 1, 2, CLEAN)
    (message,) = warnings_for(never_one, monkeypatch)
    assert "lost the classes ['bee']: class 'bee' should make up 30" in message
    assert "mean posterior is 0.0%" in message


def test_a_net_that_predicts_one_class_is_noticed_though_mean_posteriors_are_right(monkeypatch):
    (message,) = warnings_for(np.tile(PRIOR, (N, 1)), monkeypatch)
    assert "predicts one class, 'ant', for 100.0% of the rows, but that should be 50" in message
    some = np.tile(PRIOR, (N, 1))
    some[::100] = PRIOR[[1, 0, 2]]
    assert warnings_for(some, monkeypatch) == []


def test_weighted_rows_say_nothing_of_the_shares_of_classes(monkeypatch):
    never_one = np.where(CLEAN == 1, 2, CLEAN)
    weight = np.linspace(0.5, 1.5, N)
    assert warnings_for(never_one, monkeypatch, sample_weight=weight) == []


def test_nothing_is_expected_of_classes_that_t_cannot_tell_apart():
    def expected(T, n_asked=N):
        return implied_shares(labels(T), T, n_asked=n_asked)[1].tolist()

    assert expected(T3) == [True, True, True]
    alike = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    assert expected(alike) == [False, False, False]
    nearly = alike + 0.01 * np.array([[1, -1, 0], [-1, 1, 0], [0, 0, 0]])
    assert expected(nearly) == [False, False, True]
    assert expected(T3, n_asked=1) == [False, False, False]


def test_standard_errors_are_those_of_repeated_draws():
    drawn = np.random.default_rng(0).multinomial(2_000, PRIOR @ T3, size=1_000) / 2_000
    spread = np.std([clean_prior(T3, noisy) for noisy in drawn], axis=0)
    # A standard deviation of 1,000 draws is known to 2.2%.
    np.testing.assert_allclose(_standard_errors(T3, PRIOR @ T3, 2_000), spread, rtol=0.07)
