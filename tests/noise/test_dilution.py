import tracemalloc

import numpy as np
import pandas as pd
import pytest

from sknoisy.noise import (
    dilute,
    dilute_out_of_vocabulary,
    structured_transition_matrix,
    symmetric_transition_matrix,
    transition_matrix_from_labels,
)


def test_clean_rows_come_first_with_their_own_labels():
    y = np.array(["b", "a", "c", "a"])
    indices, labels, is_clean = dilute(y, 3, random_state=0)
    np.testing.assert_array_equal(indices[:4], np.arange(4))
    np.testing.assert_array_equal(labels[:4], y)
    np.testing.assert_array_equal(is_clean, np.arange(16) < 4)
    assert labels.dtype == y.dtype


@pytest.mark.parametrize("alpha", [0, 0.3, 1, 2.75, 10])
def test_repeats_differ_by_at_most_one(alpha):
    n = 40
    indices, labels, is_clean = dilute(np.arange(n) % 4, alpha, random_state=0)
    assert len(indices) == len(labels) == len(is_clean) == n + round(alpha * n)
    repeats = np.bincount(indices[~is_clean], minlength=n)
    assert set(repeats) <= {int(alpha), int(alpha) + 1}


def test_diluted_labels_follow_the_matrix_of_the_paper():
    K, alpha, n = 5, 9, 20_000
    y = np.random.default_rng(0).integers(0, K, n)
    indices, labels, _ = dilute(y, alpha, random_state=0)
    T = symmetric_transition_matrix(K, alpha / (1 + alpha), spread="all")
    sizes = np.bincount(y[indices], minlength=K)[:, None]
    error = np.abs(transition_matrix_from_labels(y[indices], labels) - T)
    # Only the noisy nine tenths are drawn, uniformly.
    standard_error = np.sqrt(alpha / (1 + alpha) / K * (1 - 1 / K) / sizes)
    assert (error <= 4 * standard_error).all()


def test_structured_dilution_gives_the_structured_matrix():
    K, alpha, n = 4, 8, 20_000
    order = np.array([[(i + s) % K for s in range(1, K)] for i in range(K)])
    whole, noisy = (
        structured_transition_matrix(order, alpha, 0.9, part=p) for p in ("all", "noisy")
    )
    y = np.arange(n) % K
    indices, labels, _ = dilute(y, alpha, transition_matrix=noisy, random_state=0)
    error = np.abs(transition_matrix_from_labels(y[indices], labels) - whole)
    assert (error <= 4 * np.sqrt(whole * (1 - whole) / (n * (1 + alpha) / K))).all()


def test_unique_takes_each_row_once_and_noisy_rows_from_the_reserve():
    y = np.arange(100) % 4
    indices, labels, is_clean = dilute(y, 3.5, n_clean=20, unique=True, random_state=0)
    assert len(set(indices.tolist())) == len(indices) == 90
    np.testing.assert_array_equal(labels[is_clean], y[indices[is_clean]])
    assert is_clean.sum() == 20


def test_a_clean_subset_may_be_repeated_instead():
    indices, _, is_clean = dilute(np.arange(100) % 4, 3, n_clean=20, random_state=0)
    assert set(indices[~is_clean]) == set(indices[is_clean])


def test_a_matrix_labelled_by_class_or_with_absent_classes_is_taken():
    T = pd.DataFrame([[0.0, 1.0], [0.0, 1.0]], index=["b", "a"], columns=["b", "a"])
    _, labels, _ = dilute(["a", "b"], 5, transition_matrix=T, random_state=0)
    assert set(labels[2:]) == {"a"}
    _, labels, _ = dilute(["a"], 200, classes=["a", "zebra"], random_state=0)
    assert set(labels) == {"a", "zebra"}


def test_dilution_is_reproducible_and_leaves_y_alone():
    y = np.arange(50) % 3
    first, again, other = (dilute(y, 2.5, n_clean=30, random_state=s) for s in (0, 0, 1))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (first.labels != other.labels).any()
    np.testing.assert_array_equal(y, np.arange(50) % 3)


def test_scratch_memory_does_not_grow_with_alpha():
    y = np.arange(10_000, dtype=np.uint8) % 10
    tracemalloc.start()
    diluted = dilute(y, 200, random_state=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # An index of 4 bytes, a label and a flag per example.
    kept = sum(part.nbytes for part in diluted)
    assert kept == 6 * len(diluted.labels)
    assert peak <= kept + 4e6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": [], "alpha": 1}, "y must hold at least one label"),
        ({"y": [0, 1], "alpha": -1}, r"alpha must be in \[0, inf\); got -1"),
        ({"y": [0, 1], "alpha": np.nan}, r"alpha must be in \[0, inf\); got nan"),
        ({"y": [0, 1], "alpha": 1, "transition_matrix": np.eye(3)}, r"shape \(2, 2\)"),
        ({"y": [0, 1], "alpha": 1, "n_clean": 3}, "n_clean must be at most the 2 rows"),
        ({"y": [0, 1], "alpha": 1, "n_clean": 0}, "n_clean must be at least 1"),
        ({"y": [0, 1], "alpha": 1, "unique": True}, "unique=True needs 2 rows besides the 2 clean"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        dilute(**arguments)


def test_out_of_vocabulary_rows_carry_uniform_labels():
    n, n_other, alpha, K = 5000, 300, 4, 10
    y = np.arange(n) % K
    indices, labels, is_clean = dilute_out_of_vocabulary(y, alpha, n_other, random_state=0)
    np.testing.assert_array_equal(indices[is_clean], np.arange(n))
    np.testing.assert_array_equal(labels[is_clean], y)
    repeats = np.bincount(indices[~is_clean] - n, minlength=n_other)
    assert set(repeats) <= {n * alpha // n_other, n * alpha // n_other + 1}
    share = np.bincount(labels[~is_clean]) / (n * alpha)
    assert (np.abs(share - 1 / K) <= 4 * np.sqrt(0.09 / (n * alpha))).all()


def test_out_of_vocabulary_needs_rows():
    with pytest.raises(ValueError, match="n_other must be at least 1"):
        dilute_out_of_vocabulary([0, 1], 1, 0)
