"""The area under the ROC curve."""

import numpy as np
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import roc_auc_score

from sknoisy.metrics import noise_corrected_roc_auc
from sknoisy.noise import corrupt_labels, random_transition_matrix

RNG = np.random.RandomState(0)
Y, WEIGHTS = RNG.randint(3, size=120), RNG.uniform(size=120)
# Rounded, so that there are ties.
PROBA = (RNG.dirichlet(np.ones(3), 120) * 0.7 + np.eye(3)[Y] * 0.3).round(1)
PROBA /= PROBA.sum(axis=1, keepdims=True)
T = random_transition_matrix(3, noise_rate=0.25, random_state=1)


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_without_noise_the_area_is_that_of_scikit_learn(average):
    found = noise_corrected_roc_auc(Y, PROBA, np.eye(3), average=average, sample_weight=WEIGHTS)
    expected = roc_auc_score(Y, PROBA, average=average, multi_class="ovr", sample_weight=WEIGHTS)
    assert found == pytest.approx(expected)


def test_two_classes_may_have_one_column_or_two_or_a_decision_function():
    y, p = Y % 2, PROBA[:, 1]
    expected = roc_auc_score(y, p)
    both = np.column_stack([1 - p, p])
    for score in (p, both, np.log(p + 0.01), p[:, None]):
        assert noise_corrected_roc_auc(y, score, np.eye(2)) == pytest.approx(expected)


def test_the_standard_error_without_noise_is_that_of_delong():
    y, p = Y % 2, PROBA[:, 1]
    above = (p[y == 1][:, None] > p[y == 0]) + 0.5 * (p[y == 1][:, None] == p[y == 0])
    placements = above.mean(axis=1), above.mean(axis=0)
    delong = np.sqrt(sum(v.var() / len(v) for v in placements))
    found = noise_corrected_roc_auc(y, p, np.eye(2), return_std=True)
    # DeLong divides each sum by the class's size less one, we by that of all rows less one.
    assert found.std == pytest.approx(delong * np.sqrt(120 / 119))


@pytest.mark.parametrize("average", [None, "macro", "weighted"])
def test_standard_errors_are_the_spread_and_the_mean_is_the_clean_area(average):
    pool, n_draws, found = RNG.randint(3, size=4000), 200, []
    proba = RNG.dirichlet(np.ones(3), 4000) * 0.6 + np.eye(3)[pool] * 0.4
    truth = noise_corrected_roc_auc(pool, proba, np.eye(3), average=average)
    for seed in range(n_draws):
        rows = np.random.RandomState(seed).randint(4000, size=800)
        noisy = corrupt_labels(pool[rows], T, classes=3, random_state=10**6 + seed)
        score = noise_corrected_roc_auc(noisy, proba[rows], T, average=average, return_std=True)
        found.append(score[:2])
    values = np.array([value for value, _ in found])
    spread, claimed = values.std(axis=0), np.mean([std for _, std in found], axis=0)
    np.testing.assert_allclose(claimed / spread, 1, atol=4 / np.sqrt(2 * n_draws))
    bias = np.abs(values.mean(axis=0) - truth)
    assert (bias < 4 * spread / np.sqrt(n_draws) + 3 * spread**2).all()


def test_a_class_without_corrected_share_has_no_area():
    with pytest.warns(UndefinedMetricWarning, match=r"area of the classes \[2\]"):
        found = noise_corrected_roc_auc(
            [0, 1, 1, 0], PROBA[:4], np.eye(3), average=None, classes=range(3)
        )
    assert np.isnan(found).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("y", "score", "message"),
    [
        (Y, PROBA[:, :2], r"shape \(120, 3\)"),
        (Y, PROBA[:, 0], r"shape \(120, 3\)"),
        (Y % 2, PROBA, r"shape \(120,\)"),
        (Y, PROBA * np.nan, "NaN"),
    ],
)
def test_scores_that_do_not_fit_are_named(y, score, message):
    with pytest.raises(ValueError, match=message):
        noise_corrected_roc_auc(y, score, np.eye(len(np.unique(y))))
