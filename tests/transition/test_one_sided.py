"""How often a class is labelled is found where rows are sure, and weighed where they are not."""

import numpy as np
import pytest
from scipy.special import expit

from sknoisy._transition import NoisyRows, estimate
from sknoisy._transition._estimate import Options
from sknoisy._transition._one_sided import is_one_sided, one_sided_estimate

ONE_SIDED = {"noise": "one_sided", "zeros": [[0, 1], [0, 0]]}


def labelled_sample(frequency, *, steepness, n_samples=4000, shift=0.0, seed=0):
    """Posteriors ``c p(x)`` of a label, the labels, and the clean classes."""
    rng = np.random.default_rng(seed)
    p = expit(steepness * (rng.normal(size=n_samples) + shift))
    clean = rng.random(n_samples) < p
    y = (clean & (rng.random(n_samples) < frequency)).astype(int)
    q = frequency * p
    return np.column_stack([1 - q, q]), y, clean.astype(int)


@pytest.mark.parametrize("frequency", [0.2, 0.5, 0.8])
def test_the_frequency_of_sure_rows_is_found(frequency):
    proba, y, clean = labelled_sample(frequency, steepness=8.0)
    fitted = estimate(proba, y, structure=ONE_SIDED)
    np.testing.assert_array_equal(fitted.transition_matrix[0], [1, 0])
    np.testing.assert_allclose(fitted.transition_matrix[1, 1], frequency, rtol=0.12)
    hidden = clean.mean() - y.mean()
    assert fitted.rate_range[0] < hidden < fitted.rate_range[1]
    assert fitted.is_identified
    np.testing.assert_allclose(fitted.n_examples.sum(), len(y))


def test_overlapping_classes_leave_doubt():
    proba, y, clean = labelled_sample(0.3, steepness=0.5, n_samples=800)
    fitted = estimate(proba, y, structure=ONE_SIDED)
    assert not fitted.is_identified
    (doubt,) = [text for text in fitted.doubts(np.array([0, 1])) if "hardly tell" in text]
    assert "noise_rate" in doubt
    low, high = fitted.rate_range
    assert low < clean.mean() - y.mean() < high
    assert high - low > 0.3


def test_rows_of_weight_two_are_two_rows():
    proba, y, _ = labelled_sample(0.5, steepness=4.0, n_samples=500)
    weights = np.random.default_rng(0).integers(1, 4, size=500)
    weighted = estimate(proba, y, structure=ONE_SIDED, sample_weight=weights.astype(float))
    repeated = np.repeat(np.arange(500), weights)
    copied = estimate(proba[repeated], y[repeated], structure=ONE_SIDED)
    np.testing.assert_allclose(weighted.transition_matrix, copied.transition_matrix, atol=1e-12)


def test_the_order_of_the_classes_does_not_matter():
    proba, y, _ = labelled_sample(0.5, steepness=4.0, n_samples=500)
    turned = {"noise": "one_sided", "zeros": [[0, 0], [1, 0]]}
    there = estimate(proba, y, structure=ONE_SIDED).transition_matrix
    back = estimate(proba[:, ::-1], 1 - y, structure=turned).transition_matrix
    np.testing.assert_allclose(there, back[::-1, ::-1], atol=1e-12)


def test_several_classes_have_a_frequency_each():
    rng = np.random.default_rng(0)
    clean = rng.integers(3, size=6000)
    h = rng.normal(size=(6000, 3)) + 5 * np.eye(3)[clean]
    p = np.exp(h - h.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    T = np.array([[0.7, 0.3, 0.0], [0.0, 1.0, 0.0], [0.0, 0.6, 0.4]])
    y = np.array([rng.choice(3, p=T[k]) for k in clean])
    zeros = np.array([[0, 0, 1], [1, 0, 1], [1, 0, 0]])
    found = estimate(p @ T, y, structure={"noise": "one_sided", "zeros": zeros}).transition_matrix
    assert (found[zeros == 1] == 0).all()
    np.testing.assert_allclose(found, T, atol=0.06)


@pytest.mark.parametrize(
    ("known", "low", "high"), [(0.1, 0.1, 0.1), ((0.1, 0.2), 0.1, 0.2), ((0.0, 0.0), 0.0, 0.0)]
)
def test_a_known_rate_is_kept(known, low, high):
    proba, y, _ = labelled_sample(0.4, steepness=3.0)
    fitted = estimate(proba, y, structure={**ONE_SIDED, "noise_rate": known})
    rate = y.mean() / fitted.transition_matrix[1, 1] - y.mean()
    assert low - 1e-9 <= rate <= high + 1e-9
    assert low - 1e-9 <= fitted.rate_range[0] <= fitted.rate_range[1] <= high + 1e-9


def test_samples_hold_the_structure_and_vary():
    proba, y, _ = labelled_sample(0.4, steepness=3.0, n_samples=1000)
    fitted = estimate(proba, y, structure=ONE_SIDED)
    samples = fitted.resampled(20)
    np.testing.assert_array_equal(samples[:, 0], np.tile([1.0, 0.0], (20, 1)))
    assert samples[:, 1, 1].std() > 0.01
    low, high = fitted.without_rows().interval(0.95, 50)
    assert low[1, 1] < 0.4 < high[1, 1]


def test_classes_never_fill_more_than_all_rows():
    rng = np.random.default_rng(0)
    y = rng.choice(3, p=[0.1, 0.45, 0.45], size=300)
    proba = np.full((300, 3), 1 / 3)
    rows = NoisyRows(proba, y, np.ones(300))
    zeros = [[0, 1, 1], [0, 0, 1], [0, 1, 0]]
    found = one_sided_estimate(rows, Options(structure={"noise": "one_sided", "zeros": zeros}))
    shares = np.bincount(y) / 300
    assert (shares / found.transition_matrix.diagonal())[1:].sum() < 1
    assert (found.n_examples > 0).all()


def test_a_class_without_labels_keeps_the_identity():
    proba, y, _ = labelled_sample(0.4, steepness=3.0, n_samples=300)
    wider = np.column_stack([proba, np.zeros(300)])
    zeros = [[0, 1, 1], [0, 0, 1], [0, 1, 0]]
    T = estimate(wider, y, structure={"noise": "one_sided", "zeros": zeros}).transition_matrix
    np.testing.assert_array_equal(T[2], [0, 0, 1])
    assert 0 < T[1, 1] < 1


def test_other_knowledge_beside_it_is_left_to_counts():
    assert is_one_sided(Options(structure=ONE_SIDED))
    assert not is_one_sided(Options(structure={**ONE_SIDED, "rank": 1}))
    assert not is_one_sided(Options())
