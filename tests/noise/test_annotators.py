import numpy as np
import pandas as pd
import pytest

from sknoisy.noise import (
    annotator_labels,
    pair_flip_transition_matrix,
    random_transition_matrix,
    transition_matrix_from_labels,
)

N, K = 20_000, 4
Y = np.random.default_rng(0).integers(0, K, N)


def test_every_annotator_has_a_noise_of_their_own():
    matrices = [random_transition_matrix(K, noise_rate=r, random_state=0) for r in (0.1, 0.4, 0.6)]
    given = annotator_labels(Y, matrices, random_state=0)
    assert given.shape == (N, 3)
    assert given.dtype == Y.dtype
    for T, labels in zip(matrices, given.T, strict=True):
        error = np.abs(transition_matrix_from_labels(Y, labels) - T)
        sizes = np.bincount(Y)[:, None]
        assert (error <= 4 * np.sqrt(T * (1 - T) / sizes)).all()
    # Given the truth, two annotators err independently of each other.
    wrong = given != Y[:, None]
    p = wrong.mean(axis=0)
    both = (wrong[:, 0] & wrong[:, 1])[Y == 0].mean()
    expected = wrong[Y == 0, 0].mean() * wrong[Y == 0, 1].mean()
    assert abs(both - expected) <= 4 * np.sqrt(p[0] * p[1] / (Y == 0).sum())


def test_coverage_is_the_share_of_answers_of_each_annotator():
    coverage = np.array([0.0, 0.3, 1.0])
    given = annotator_labels(Y, [np.eye(K)] * 3, coverage=coverage, missing=-1, random_state=0)
    answered = given != -1
    error = np.abs(answered.mean(axis=0) - coverage)
    assert (error <= 4 * np.sqrt(coverage * (1 - coverage) / N)).all()
    assert (given == Y[:, None])[answered].all()


@pytest.mark.parametrize(
    ("labels", "missing", "dtype"),
    [
        (["a", "b"], None, object),
        (["a", "b"], "", "<U1"),
        (["a", "b"], "none", "<U4"),
        (["a", "b"], np.nan, object),
        ([0, 1], None, object),
        (pd.Series(["a", "b"], dtype="string"), None, object),
        (["a", "b"], pd.NA, object),
        (np.array([0, 1], np.int8), -1, np.int8),
        (np.array([0, 1], np.uint8), -1, np.int64),
        ([0, 1], np.nan, np.float64),
        (np.array([0, 1], np.float32), np.nan, np.float32),
        ([False, True], -1, np.int64),
    ],
)
def test_missing_entries_take_the_narrowest_type_that_holds_them(labels, missing, dtype):
    given = annotator_labels(labels, [np.eye(2)], coverage=0, missing=missing)
    assert given.dtype == dtype
    assert given.tolist() == [[missing]] * 2 or np.isnan(given.astype(float)).all()
    full = annotator_labels(labels, [np.eye(2)], missing=missing)
    assert full.dtype == np.asarray(labels).dtype


def test_exact_noise_reaches_every_annotator():
    y = np.arange(40) % 4
    given = annotator_labels(y, [pair_flip_transition_matrix(4, 0.3)] * 2, exact=True)
    assert ((given != y[:, None]).sum(axis=0) == 12).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"transition_matrices": []}, "one matrix per annotator; got none"),
        ({"transition_matrices": [np.eye(4), np.eye(3)]}, r"transition_matrices\[1\] must have"),
        ({"coverage": 1.5}, r"coverage must be in \[0, 1\]; got 1\.5"),
        ({"coverage": [0.5, 0.5, 0.5]}, "each of the 2 annotators; got 3"),
        ({"coverage": 0.5, "missing": 3}, "missing must not be one of the classes; got 3"),
    ],
)
def test_bad_annotators_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        annotator_labels(Y, **{"transition_matrices": [np.eye(4)] * 2, **arguments})
