"""A lost class shows in the shares of the classes, without clean labels."""

import numpy as np
import pytest
from helpers import T3

from sknoisy._classifiers import _class_shares
from sknoisy._classifiers._class_shares import ClassShares, _standard_errors
from sknoisy._transition import clean_prior
from sknoisy._validation import TrainingSet

N = 1_200
CLEAN = np.repeat([0, 1, 2], [600, 360, 240])
PRIOR = np.array([0.5, 0.3, 0.2])


@pytest.fixture
def says(monkeypatch):
    """Makes a net say the given posteriors of all rows."""

    def say(proba):
        monkeypatch.setattr(_class_shares, "predict_proba", lambda net, X: proba[X[:, 0]])

    return say


def shares(T=T3):
    exact = np.concatenate(  # Labels in exactly the shares that T implies.
        [
            np.repeat([0, 1, 2], np.diff(np.rint(n * np.cumsum([0, *row])).astype(int)))
            for n, row in zip([600, 360, 240], T, strict=True)
        ]
    )
    return ClassShares(TrainingSet(np.arange(N)[:, None], exact, np.arange(3), None, None, None), T)


def test_implied_shares_are_those_of_the_clean_classes():
    np.testing.assert_allclose(shares().implied, PRIOR, atol=0.005)


def test_class_that_is_hardly_named_is_lost(says):
    clean = np.eye(3)[CLEAN]
    says(clean)
    assert len(shares().lost(None)[0]) == 0
    says(np.eye(3)[np.where(CLEAN == 1, 2, CLEAN)])
    lost, found = shares().lost(None)
    assert lost.tolist() == [1]
    np.testing.assert_allclose(found, [0.5, 0, 0.5])


def test_nothing_is_expected_of_classes_that_t_cannot_tell_apart():
    assert shares().expected.all()
    alike = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    assert not shares(alike).expected.any()
    nearly = alike + 0.01 * np.array([[1, -1, 0], [-1, 1, 0], [0, 0, 0]])
    assert shares(nearly).expected.tolist() == [False, False, True]


def test_standard_errors_are_those_of_repeated_draws():
    drawn = np.random.default_rng(0).multinomial(2_000, PRIOR @ T3, size=1_000) / 2_000
    spread = np.std([clean_prior(T3, noisy) for noisy in drawn], axis=0)
    # A standard deviation of 1,000 draws is known to 2.2%.
    np.testing.assert_allclose(_standard_errors(T3, PRIOR @ T3, 2_000), spread, rtol=0.07)
