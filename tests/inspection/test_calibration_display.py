"""The corrected reliability diagram."""

import numpy as np
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression

from sknoisy.inspection import NoiseCorrectedCalibrationDisplay
from sknoisy.metrics import CalibrationCurve, noise_corrected_calibration_curve
from sknoisy.noise import corrupt_labels

T = np.array([[0.8, 0.2], [0.1, 0.9]])
RNG = np.random.RandomState(0)
Y = RNG.randint(2, size=2000)
X = RNG.normal(size=(2000, 1)) + 2 * Y[:, None]
NOISY = corrupt_labels(Y, T, random_state=1)
CLASSIFIER = LogisticRegression().fit(X, Y)


def test_from_estimator_draws_the_curve_of_the_metric():
    display = NoiseCorrectedCalibrationDisplay.from_estimator(
        CLASSIFIER, X, NOISY, T, n_bins=5, ax=Figure().subplots()
    )
    curve = noise_corrected_calibration_curve(NOISY, CLASSIFIER.predict_proba(X), T, n_bins=5)
    np.testing.assert_allclose(display.line_.lines[0].get_xdata(), curve.prob_pred)
    np.testing.assert_allclose(display.line_.lines[0].get_ydata(), curve.prob_true)
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert "LogisticRegression" in legend
    assert display.figure_ is display.ax_.figure


def test_a_second_curve_goes_into_the_same_axes():
    proba, ax = CLASSIFIER.predict_proba(X), Figure().subplots()
    first = NoiseCorrectedCalibrationDisplay.from_predictions(NOISY, proba, T, name="a", ax=ax)
    second = first.plot(ax=ax, name="b", ref_line=False)
    assert second.ax_ is ax
    assert "b" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_frequencies_outside_of_0_to_1_are_in_the_picture():
    ax = Figure().subplots()
    high, low = (
        CalibrationCurve(np.array([value]), np.array([0.5]), np.array([0.1]), np.array([1.0]))
        for value in (1.3, -0.2)
    )
    for curve in (high, low):
        NoiseCorrectedCalibrationDisplay(curve).plot(ax=ax)
    bottom, top = ax.get_ylim()
    assert bottom < -0.2
    assert 1.3 < top < 1.6


def test_bins_without_a_standard_error_are_left_out():
    curve = CalibrationCurve(
        np.array([1.4, 0.7]), np.array([0.2, 0.7]), np.array([np.nan, 0.1]), np.array([0.01, 0.99])
    )
    display = NoiseCorrectedCalibrationDisplay(curve).plot(ax=Figure().subplots())
    np.testing.assert_array_equal(display.line_.lines[0].get_xdata(), [0.7])
    assert display.ax_.get_ylim()[1] < 1.2
