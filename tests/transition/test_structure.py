"""T is the likeliest of its structure."""

import numpy as np
import pytest
from posteriors import T
from scipy.optimize import minimize

from sknoisy._transition._structure import structure_options, structured_estimate

COUNTS = np.array([[70.0, 20, 10], [5, 85, 10], [20, 30, 50]])


def test_symmetric_noise_has_one_rate():
    found = structured_estimate(COUNTS, noise="symmetric")
    right = (COUNTS.trace() + 3) / (COUNTS.sum() + 3)  # One more row per class, labelled rightly.
    np.testing.assert_allclose(found.diagonal(), right)
    np.testing.assert_allclose(found[~np.eye(3, dtype=bool)], (1 - right) / 2)


def test_shared_rate_leaves_shares_free():
    found = structured_estimate(COUNTS, noise="shared_rate", prior=T, prior_strength=1e-6)
    np.testing.assert_allclose(np.ptp(found.diagonal()), 0, atol=1e-9)
    np.testing.assert_allclose(found[0, 1] / found[0, 2], 2, rtol=1e-3)


def test_mirrored_matrix_is_the_likeliest_of_its_kind():
    found = structured_estimate(COUNTS, noise="mirrored", prior=np.eye(3), prior_strength=1e-9)
    np.testing.assert_allclose(found, found.T, atol=1e-6)
    counts = COUNTS + np.eye(3)

    def loss(free):
        a, b, c = free
        t = np.array([[1 - a - b, a, b], [a, 1 - a - c, c], [b, c, 1 - b - c]])
        return -(counts * np.log(np.maximum(t, 1e-12))).sum()

    best = minimize(loss, [0.1, 0.1, 0.1], method="Nelder-Mead", options={"xatol": 1e-8})
    np.testing.assert_allclose(found[[0, 0, 1], [1, 2, 2]], best.x, atol=1e-4)


def test_groups_are_not_left():
    found = structured_estimate(COUNTS, groups=["a", "b", "a"])
    np.testing.assert_array_equal(found[[0, 1, 1, 2], [1, 0, 2, 1]], 0)
    assert found[1, 1] == 1
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_structures_combine():
    found = structured_estimate(COUNTS, noise="shared_rate", zeros=np.eye(3)[[1, 2, 0]] == 1)
    np.testing.assert_allclose(np.ptp(found.diagonal()), 0, atol=1e-9)
    np.testing.assert_array_equal(found[[0, 1, 2], [1, 2, 0]], 0)


def test_prior_is_the_posterior_mean():
    found = structured_estimate(COUNTS, prior=T, prior_strength=100)
    np.testing.assert_allclose(found, (COUNTS + 100 * T) / 200)


def test_low_rank_keeps_the_rates():
    found = structured_estimate(COUNTS, rank=1)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found.min() > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"noise": "pair"}, "noise must be one of"),
        ({"zeros": np.eye(3)}, "diagonal possible"),
        ({"zeros": np.zeros((2, 2))}, r"zeros must have shape \(3, 3\)"),
        ({"groups": [0, 1]}, "a group for each of 3 classes"),
        ({"rank": 0}, "rank must be an integer from 1 to 3"),
        ({"prior": np.ones((3, 3))}, "prior must have rows that sum to 1"),
    ],
)
def test_unusable_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        structured_estimate(COUNTS, **options)


def test_names_and_dicts_are_told_from_mistakes():
    assert structure_options({"rank": 2}) == {"rank": 2}
    for wrong in ("pairs", {"ranks": 2}, 3):
        with pytest.raises(ValueError, match="must be one of"):
            structure_options(wrong)


@pytest.mark.parametrize(
    ("noise", "more"),
    [
        ("symmetric", {"groups": [0, 0, 1]}),
        ("symmetric", {"zeros": np.eye(3)[[1, 2, 0]] * [[0], [0], [1]]}),
        ("shared_rate", {"groups": [0, 0, 1]}),
    ],
)
def test_one_rate_for_all_needs_wrong_labels_of_all(noise, more):
    with pytest.raises(ValueError, match="one rate of wrong labels.*only T = I"):
        structured_estimate(100 * np.eye(3) + 10, noise=noise, **more)
    with pytest.raises(ValueError, match="one rate of wrong labels.*only T = I"):
        structure_options({"noise": noise, **more}, 3)


def test_one_rate_for_all_is_fine_within_groups_of_one_size():
    T_hat = structured_estimate(80 * np.eye(4) + 20, noise="symmetric", groups=["a", "a", "b", "b"])
    assert T_hat[0, 1] == pytest.approx(T_hat[2, 3])
    assert T_hat[0, 2] == 0
