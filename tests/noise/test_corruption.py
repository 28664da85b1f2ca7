import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from sknoisy.noise import (
    corrupt_labels,
    pair_flip_transition_matrix,
    random_transition_matrix,
    symmetric_transition_matrix,
)
from sknoisy.noise._corruption import draw_from_rows, noisy_codes

TYPES = {
    "int": np.array([3, 8, 40]),
    "int8": np.array([-1, 0, 7], dtype=np.int8),
    "float": np.array([0.0, 1.0, 2.5]),
    "str": np.array(["cat", "doge", "x"]),
    "bytes": np.array([b"a", b"bc", b"d"]),
    "object": np.array(["a", "b", "c"], dtype=object),
}


def counts_of(clean, noisy, K):
    return np.bincount(clean * K + noisy, minlength=K * K).reshape(K, K)


def test_a_million_labels_follow_T_within_four_standard_errors():
    K, n = 10, 10**6
    T = random_transition_matrix(K, noise_rate=0.4, random_state=0)
    y = np.random.default_rng(0).integers(0, K, n)
    counts = counts_of(y, corrupt_labels(y, T, random_state=1), K)
    sizes = counts.sum(axis=1, keepdims=True)
    standard_error = np.sqrt(T * (1 - T) / sizes)
    assert (np.abs(counts / sizes - T) <= 4 * standard_error).all()
    # All entries together: neither further from T than by chance, nor nearer.
    distance = ((counts - sizes * T) ** 2 / (sizes * T)).sum()
    low, high = chi2(K * (K - 1)).ppf([1e-4, 1 - 1e-4])
    assert low < distance < high


def test_labels_are_drawn_independently_of_their_neighbours():
    n = 10**5
    flipped = corrupt_labels(np.zeros(n, int), np.full((2, 2), 0.5), classes=[0, 1], random_state=0)
    centred = flipped - flipped.mean()
    for lag in (1, 2, 7):
        correlation = (centred[lag:] * centred[:-lag]).mean() / centred.var()
        assert abs(correlation) <= 4 / np.sqrt(n)


@pytest.mark.parametrize("exact", [False, True])
def test_impossible_transitions_never_happen(exact):
    T = np.array([[0, 0.5, 0, 0.5, 0], *np.eye(5)[[2, 3, 4, 0]]])
    y = np.random.default_rng(0).integers(0, 5, 10**5)
    noisy = corrupt_labels(y, T, exact=exact, random_state=0)
    assert (T[y, noisy] > 0).all()


@pytest.mark.parametrize("exact", [False, True])
def test_identity_changes_nothing_and_a_permutation_permutes(exact):
    y = np.random.default_rng(0).integers(0, 4, 500)
    np.testing.assert_array_equal(corrupt_labels(y, np.eye(4), exact=exact, random_state=0), y)
    shifted = corrupt_labels(y, pair_flip_transition_matrix(4, 1.0), exact=exact, random_state=0)
    np.testing.assert_array_equal(shifted, (y + 1) % 4)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("name", TYPES)
def test_labels_keep_their_type_and_meet_the_same_noise(name, exact):
    classes = TYPES[name]
    codes = np.random.default_rng(0).integers(0, 3, 300)
    T = random_transition_matrix(3, noise_rate=0.3, random_state=0)
    noisy = corrupt_labels(classes[codes], T, exact=exact, random_state=5)
    assert noisy.dtype == classes.dtype
    np.testing.assert_array_equal(
        noisy, classes[corrupt_labels(codes, T, exact=exact, random_state=5)]
    )


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a"],
        ("b", "a"),
        [True, False],
        pd.Series([2, 1], name="label"),
        pd.Series([2, 1], dtype="Int64"),
        pd.Series([True, False], dtype="boolean"),
        pd.Series(["b", "a"]),
        pd.Series(["b", "a"], dtype="str"),
        pd.Series(["b", "a"], dtype="string"),
        pd.Series(["b", "a"], dtype=object),
        pd.Series(["b", "a"], dtype="category", index=[9, 9]),
    ],
)
@pytest.mark.parametrize("exact", [False, True])
def test_lists_and_series_are_labels_too(y, exact):
    noisy = corrupt_labels(y, [[0, 1], [1, 0]], exact=exact)
    assert noisy.tolist() == list(y)[::-1]
    if isinstance(y, pd.Series):
        pd.testing.assert_series_equal(noisy, pd.Series(list(noisy), y.index, y.dtype, y.name))
    else:
        assert isinstance(noisy, np.ndarray)


def test_classes_set_the_order_of_rows_and_may_be_absent_from_y():
    T = [[0, 0, 1], [0, 1, 0], [0, 1, 0]]
    noisy = corrupt_labels(["low", "low"], T, classes=["low", "medium", "very high"])
    assert noisy.tolist() == ["very high", "very high"]


def test_a_labelled_frame_is_reordered_to_the_classes():
    T = pd.DataFrame([[1.0, 0.0], [1.0, 0.0]], index=["b", "a"], columns=["b", "a"])
    assert corrupt_labels(["a", "b"], T).tolist() == ["b", "b"]


def test_nothing_passed_in_changes_and_the_global_generator_rests():
    y, T = np.array([2, 0, 1, 1]), symmetric_transition_matrix(3, 0.9)
    y_before, T_before = y.copy(), T.copy()
    np.random.seed(0)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    for random_state in (None, 0):
        corrupt_labels(y, T, random_state=random_state)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    np.testing.assert_array_equal(y, y_before)
    np.testing.assert_array_equal(T, T_before)


@pytest.mark.parametrize("exact", [False, True])
def test_a_seed_repeats_the_noise_and_another_one_does_not(exact):
    y, T = np.arange(200) % 5, symmetric_transition_matrix(5, 0.5)
    first, again, other = (
        corrupt_labels(y, T, exact=exact, random_state=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_exact_noise_has_the_counts_that_T_says_rounded_down_or_up():
    K = 10
    y = np.random.default_rng(0).integers(0, K, 999)
    T = random_transition_matrix(K, noise_rate=0.3, random_state=0)
    counts = counts_of(y, corrupt_labels(y, T, exact=True, random_state=0), K)
    assert (np.abs(counts - np.bincount(y)[:, None] * T) < 1).all()


def test_exact_noise_draws_the_positions_at_random():
    y, T = np.zeros(10, int), [[0.7, 0.3], [0, 1]]
    n_seeds = 2000
    share = np.mean(
        [corrupt_labels(y, T, classes=[0, 1], exact=True, random_state=s) for s in range(n_seeds)],
        axis=0,
    )
    assert (np.abs(share - 0.3) <= 4 * np.sqrt(0.21 / n_seeds)).all()


def test_a_draw_of_exactly_0_does_not_hit_an_impossible_class():
    class Zero:
        def random_sample(self, size):
            return np.zeros(size)

    T = np.array([[0.0, 0.5, 0.5], [1, 0, 0], [1, 0, 0]])
    assert noisy_codes(np.array([0]), T, Zero()) == [1]
    assert draw_from_rows(T[:1], Zero()) == [1]


def test_a_matrix_that_sums_to_1_almost_keeps_the_number_of_labels():
    T = np.array([[0.9999995, 0.0], [0.0, 1.0]])
    noisy = corrupt_labels(np.zeros(4 * 10**6, np.int8), T, classes=[0, 1], exact=True)
    assert not noisy.any()


@pytest.mark.parametrize("exact", [False, True])
def test_a_million_labels_of_a_thousand_classes_change_at_the_rate(exact):
    K, n = 1000, 10**6
    y, T = np.random.default_rng(0).integers(0, K, n), symmetric_transition_matrix(K, 0.2)
    noisy = corrupt_labels(y, T, exact=exact, random_state=0)
    assert abs((noisy != y).mean() - 0.2) <= 4 * np.sqrt(0.16 / n)


def test_memory_grows_with_n_not_with_n_times_K():
    K, n = 200, 10**5
    y, T = np.random.default_rng(0).integers(0, K, n), symmetric_transition_matrix(K, 0.2)
    tracemalloc.start()
    corrupt_labels(y, T, random_state=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * 8 * n + 10 * T.nbytes


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([0, 1], np.eye(3)), ValueError, r"shape \(2, 2\).*got \(3, 3\).*classes="),
        (([0, 1, 2], np.eye(2)), ValueError, r"shape \(3, 3\).*got \(2, 2\)"),
        (([0, 1], [[0.5, 0.4], [0, 1]]), ValueError, "rows that sum to 1"),
        (([0, 1], [[0.5, 0], [0.5, 1]]), ValueError, "transpose"),
        ((np.array(["a", None], dtype=object), np.eye(2)), ValueError, "1 of 2 labels are missing"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        corrupt_labels(*arguments)
