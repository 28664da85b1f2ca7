import numpy as np
import pytest
from scipy import sparse
from scipy.stats import truncnorm

from sknoisy.noise import boundary_noise, part_dependent_noise, symmetric_transition_matrix

N, K = 20_000, 4
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, 5))
Y = RNG.integers(0, K, N)
PROBA = RNG.dirichlet(np.ones(K), N)
LIKELY = PROBA.argmax(axis=1)


def make_part_dependent(rate=0.3, seed=0):
    return part_dependent_noise(X, Y, rate, random_state=seed)


def make_boundary(rate=0.3, seed=0):
    return boundary_noise(LIKELY, PROBA, rate, random_state=seed)


@pytest.mark.parametrize(("make", "clean"), [(make_part_dependent, Y), (make_boundary, LIKELY)])
def test_labels_follow_their_probabilities(make, clean):
    labels, probabilities = make()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert probabilities.min() >= 0
    for j in range(K):
        p = probabilities[:, j]
        assert abs((labels == j).sum() - p.sum()) <= 4 * np.sqrt((p * (1 - p)).sum())
    # Within the examples that flip with high probability, too: not only on average.
    flip = 1 - probabilities[np.arange(N), clean]
    often = flip > np.quantile(flip, 0.9)
    p = flip[often]
    assert abs((labels != clean)[often].sum() - p.sum()) <= 4 * np.sqrt((p * (1 - p)).sum())


@pytest.mark.parametrize("make", [make_part_dependent, make_boundary])
def test_the_seed_decides(make):
    first, again, other = make(seed=1), make(seed=1), make(seed=2)
    np.testing.assert_array_equal(first.labels, again.labels)
    np.testing.assert_array_equal(first.probabilities, again.probabilities)
    assert (first.labels != other.labels).any()


@pytest.mark.parametrize(("make", "clean"), [(make_part_dependent, Y), (make_boundary, LIKELY)])
def test_rates_0_and_1_flip_none_and_all(make, clean):
    np.testing.assert_array_equal(make(0.0).labels, clean)
    assert (make(1.0).labels != clean).all()


def test_flip_rates_are_truncated_normal():
    rate, deviation = 0.15, 0.1
    flip = 1 - part_dependent_noise(X, Y, rate, random_state=0).probabilities[np.arange(N), Y]
    law = truncnorm(-rate / deviation, (1 - rate) / deviation, loc=rate, scale=deviation)
    assert abs(flip.mean() - law.mean()) <= 4 * law.std() / np.sqrt(N)
    assert abs(flip.std() - law.std()) <= 4 * law.std() / np.sqrt(2 * N)
    assert 0 <= flip.min() <= flip.max() <= 1


def test_the_features_say_where_a_label_flips():
    # Two examples of one class and the same features share their preference among false classes.
    twins = np.repeat(X[:50], 2, axis=0)
    clean = np.repeat(Y[:50], 2)
    probabilities = part_dependent_noise(twins, clean, random_state=0).probabilities
    others = probabilities.copy()
    others[np.arange(100), clean] = 0
    others /= others.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(others[::2], others[1::2])
    assert not np.allclose(others[0], others[2])
    # Nothing known, nothing preferred.
    blind = part_dependent_noise(0 * X, Y, random_state=0).probabilities
    share = blind[Y == 0][:, 1:] / (1 - blind[Y == 0][:, :1])
    np.testing.assert_allclose(share, 1 / (K - 1))


def test_images_and_sparse_matrices_are_features_too():
    dense = part_dependent_noise(X, Y, random_state=0)
    images = part_dependent_noise(X[:, None, :], Y, random_state=0)
    csr = part_dependent_noise(sparse.csr_matrix(X), Y, random_state=0)
    np.testing.assert_array_equal(images.labels, dense.labels)
    np.testing.assert_allclose(csr.probabilities, dense.probabilities)


def test_strings_and_the_order_of_classes_are_kept():
    names = np.array(["d", "c", "b", "a"])
    noise = part_dependent_noise(X, names[Y], classes=names, random_state=0)
    np.testing.assert_array_equal(noise.labels, names[make_part_dependent(0.2).labels])
    noise = boundary_noise(names[LIKELY], PROBA, 0.3, classes=names, random_state=0)
    np.testing.assert_array_equal(noise.labels, names[make_boundary().labels])


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.8, 0.999])
@pytest.mark.parametrize("width", [1e-4, 0.2, 50])
def test_boundary_noise_has_exactly_the_asked_mean_rate(rate, width):
    probabilities = boundary_noise(LIKELY, PROBA, rate, width=width, random_state=0).probabilities
    np.testing.assert_allclose((1 - probabilities[np.arange(N), LIKELY]).mean(), rate, rtol=1e-9)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.7])
def test_equal_margins_get_equal_rates(rate):
    probabilities = boundary_noise([0] * 7, [[0.6, 0.4]] * 7, rate, classes=[0, 1]).probabilities
    np.testing.assert_allclose(probabilities, [[1 - rate, rate]] * 7)


def test_boundary_noise_falls_by_e_per_width_of_margin():
    flip = 1 - make_boundary(0.1).probabilities[np.arange(N), LIKELY]
    ordered = np.sort(PROBA, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    below = flip < 1
    constant = np.log(flip[below]) + margin[below] / 0.2
    np.testing.assert_allclose(constant, constant[0], rtol=1e-6)
    assert margin[~below].max(initial=0) <= margin[below].min()


def test_boundary_noise_flips_to_the_classes_that_look_alike():
    probabilities = boundary_noise(
        [0, 1], [[0.5, 0.3, 0.2], [1e-9, 1 - 1e-9, 0]], 0.5, classes=[0, 1, 2], random_state=0
    ).probabilities
    np.testing.assert_allclose(probabilities[0, 1] / probabilities[0, 2], 1.5)
    assert probabilities[1, 2] == 0


def test_boundary_noise_is_even_where_the_posterior_is_certain():
    probabilities = boundary_noise([0, 1, 2], np.eye(3), 0.4, random_state=0).probabilities
    np.testing.assert_allclose(probabilities, symmetric_transition_matrix(3, 0.4))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: part_dependent_noise(X, Y, 1.2), r"noise_rate must be in \[0, 1\]"),
        (
            lambda: part_dependent_noise(X, Y, rate_deviation=-1),
            "rate_deviation must be in .*got -1",
        ),
        (lambda: part_dependent_noise(X[:5], Y[:6]), "inconsistent numbers of samples"),
        (lambda: part_dependent_noise(X[:2], [1, 1]), "at least two classes"),
        (lambda: part_dependent_noise(X[:0], []), "y must hold at least one label"),
        (lambda: boundary_noise(Y, PROBA, -0.2), r"noise_rate must be in \[0, 1\]"),
        (lambda: boundary_noise(Y, PROBA, width=0), r"width must be in \(0, inf\)"),
        (lambda: boundary_noise(Y, PROBA[:, :2]), r"shape \(20000, 4\); got \(20000, 2\)"),
        (lambda: boundary_noise(Y, 2 * PROBA), "sum to 1 in every row"),
        (lambda: boundary_noise(Y, np.nan * PROBA), "sum to 1 in every row"),
    ],
)
def test_bad_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
