"""Trusted rows that alone would make a better classifier are noticed."""

import warnings

import numpy as np
import pytest

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy._classifiers._trusted_alone import warn_if_better_alone

MESSAGE = "A classifier trained on the trusted rows alone is better"


def blobs(seed=0, n=600):
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n)
    X = rng.normal(size=(n, 2)) + 5 * np.array([[0, 0], [1, 0], [0, 1]])[y]
    return X, y


def some_trusted(y, n):
    return np.where(np.arange(len(y)) < n, y, np.nan)


@pytest.mark.parametrize("as_rows_of_their_own", [False, True])
def test_noise_that_is_not_as_T_says_is_noticed(as_rows_of_their_own):
    X, y = blobs()
    wrong = (y + 1) % 3  # T says that labels are right.
    clf = ForwardCorrectedClassifier(transition_matrix=np.eye(3), random_state=0)
    trusted = {"y_trusted": some_trusted(y, 60)}
    if as_rows_of_their_own:
        trusted = {"y_trusted": y[:60], "X_trusted": X[:60] + 0.01}
    with pytest.warns(UserWarning, match=MESSAGE):
        clf.fit(X, wrong, **trusted)
    assert not hasattr(clf, "clean_proba_")


@pytest.mark.parametrize("n_trusted", [19, 60])
def test_noisy_rows_that_help_are_not_warned_of(n_trusted):
    X, y = blobs()
    noisy = np.where(np.random.default_rng(0).random(600) < 0.2, (y + 1) % 3, y)
    T = 0.8 * np.eye(3) + 0.2 * np.roll(np.eye(3), 1, axis=1)
    clf = ForwardCorrectedClassifier(transition_matrix=T, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.fit(X, noisy, y_trusted=some_trusted(y, n_trusted))


def test_rows_that_no_member_left_out_are_not_judged():
    X, y = blobs(n=200)
    clf = ForwardCorrectedClassifier(
        make_net(max_epochs=2), transition_matrix=np.eye(3), random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.fit(X.astype(np.float32), (y + 1) % 3, y_trusted=some_trusted(y, 60))


def test_the_kept_posteriors_are_those_without_trusted_rows():
    X, y = blobs(n=200)
    fits = [
        ForwardCorrectedClassifier(transition_matrix=np.eye(3), keep_proba=keep, random_state=0)
        for keep in (False, True)
    ]
    for clf in fits:
        clf.fit(X, y, y_trusted=some_trusted(y, 30))
    np.testing.assert_array_equal(*(clf.predict_proba(X) for clf in fits))
    assert fits[1].clean_proba_.shape == (200, 3)


def judged(right_together, n=100):
    """Whether it is warned of, for rows whose classes a line separates."""
    rng = np.random.default_rng(0)
    clean = rng.integers(2, size=n)
    X = np.column_stack([clean * 10.0, rng.normal(size=n)])
    proba = np.eye(2)[np.where(np.arange(n) < right_together * n, clean, 1 - clean)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_if_better_alone(X, np.arange(n), clean, np.arange(n) % 5, proba)
    return [str(warning.message) for warning in caught]


def test_only_a_sure_difference_is_told():
    assert judged(1.0) == judged(0.98) == []
    (message,) = judged(0.9)
    assert MESSAGE in message
    assert "right in 100%, and this classifier in 90%" in message
    assert judged(0.5, n=18) == []
