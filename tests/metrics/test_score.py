"""Standard errors, intervals and the warning where T inflates them."""

import numpy as np
import pytest

from sknoisy.metrics import (
    Score,
    expected_accuracy,
    noise_corrected_accuracy,
    noise_corrected_calibration_curve,
    noise_corrected_confusion_matrix,
    noise_corrected_f1,
    noise_corrected_log_loss,
    noise_corrected_precision,
    noise_corrected_roc_auc,
)
from sknoisy.metrics._score import standard_error

T = np.array([[0.8, 0.2], [0.3, 0.7]])
NEARLY_SINGULAR = np.array([[0.51, 0.49], [0.49, 0.51]])
PROBA = np.linspace(0.1, 0.9, 6)
NOISY, PREDICTED = np.array([0, 1, 1, 0, 1, 0]), np.array([0, 1, 0, 0, 1, 1])


def test_what_is_asked_for_is_returned():
    value = noise_corrected_accuracy(NOISY, PREDICTED, T)
    assert isinstance(value, float)
    with_std = noise_corrected_accuracy(NOISY, PREDICTED, T, return_std=True)
    assert isinstance(with_std, Score)
    assert with_std.value == value
    assert with_std.interval is None
    with_interval = noise_corrected_accuracy(NOISY, PREDICTED, T, confidence_level=0.95)
    low, high = with_interval.interval
    assert high - low == pytest.approx(2 * 1.959964 * with_std.std, rel=1e-6)
    assert (low + high) / 2 == pytest.approx(value)


def test_standard_error_of_a_mean_is_the_textbook_one():
    x = np.random.RandomState(0).normal(size=50)
    weights = np.full(50, 1 / 50)
    assert standard_error(x - x.mean(), weights) == pytest.approx(x.std(ddof=1) / np.sqrt(50))


def test_weights_that_ignore_the_values_leave_as_many_rows_as_kish_says():
    rng = np.random.RandomState(0)
    x, weights = rng.normal(size=100_000), rng.exponential(size=100_000)
    n_effective = weights.sum() ** 2 / (weights**2).sum()
    weights /= weights.sum()
    expected = x.std() / np.sqrt(n_effective)
    # The spread of x^2 under the squared weights leaves about a percent.
    assert standard_error(x - weights @ x, weights) == pytest.approx(expected, rel=0.03)


def test_rows_of_weight_zero_do_not_count():
    weights = np.array([1, 1, 1, 1, 0, 0])
    kept = noise_corrected_accuracy(NOISY[:4], PREDICTED[:4], T, return_std=True)
    weighted = noise_corrected_accuracy(NOISY, PREDICTED, T, sample_weight=weights, return_std=True)
    np.testing.assert_allclose(weighted[:2], kept[:2])


def test_a_single_row_has_no_standard_error():
    score = noise_corrected_accuracy([0], [0], T, classes=[0, 1], return_std=True)
    assert np.isnan(score.std)


def test_an_ill_conditioned_matrix_warns_of_the_inflation():
    with pytest.warns(UserWarning, match=r"condition number 50, above 20.*is 5\d\.?\d* times"):
        noise_corrected_accuracy(NOISY, PREDICTED, NEARLY_SINGULAR)


@pytest.mark.parametrize(
    ("score", "prediction", "T", "message"),
    [
        (noise_corrected_accuracy, PREDICTED, NEARLY_SINGULAR, "ill-conditioned"),
        (noise_corrected_f1, PREDICTED, NEARLY_SINGULAR, "ill-conditioned"),
        (noise_corrected_confusion_matrix, PREDICTED, NEARLY_SINGULAR, "ill-conditioned"),
        (noise_corrected_log_loss, PROBA, NEARLY_SINGULAR, "ill-conditioned"),
        (noise_corrected_roc_auc, PROBA, NEARLY_SINGULAR, "ill-conditioned"),
        (noise_corrected_calibration_curve, PROBA, NEARLY_SINGULAR, "ill-conditioned"),
        (noise_corrected_precision, np.zeros(6, int), np.eye(2), "never predicted"),
        (noise_corrected_roc_auc, PROBA, np.array([[0.4, 0.6], [0.3, 0.7]]), "not defined"),
    ],
)
def test_warnings_point_to_the_caller(score, prediction, T, message):
    with pytest.warns(UserWarning, match=message) as caught:
        score(NOISY, prediction, T)
    assert {warning.filename for warning in caught} == {__file__}


def test_an_option_of_another_name_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'weights'"):
        expected_accuracy(NOISY, PREDICTED, np.full((6, 2), 0.5), T, weights=NOISY)
