"""Coverage of the clean label, from noisy labels."""

import numpy as np
import pytest

from sknoisy.metrics import noise_corrected_accuracy, noise_corrected_coverage
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

T = symmetric_transition_matrix(3, 0.4)
RNG = np.random.default_rng(0)
Y = RNG.integers(3, size=4000)
SETS = RNG.random((4000, 3)) < np.where(np.eye(3)[Y] == 1, 0.9, 0.3)


def test_coverage_is_unbiased_and_its_error_is_right():
    truth = SETS[np.arange(4000), Y].mean()
    scores = [
        noise_corrected_coverage(corrupt_labels(Y, T, random_state=s), SETS, T, return_std=True)
        for s in range(200)
    ]
    values, stds = np.array([(score.value, score.std) for score in scores]).T
    assert abs(values.mean() - truth) < 4 * values.std() / np.sqrt(200)
    # A standard deviation of 200 values is known to 5%.
    assert stds.mean() == pytest.approx(values.std(), rel=0.15)


def test_sets_of_one_class_have_the_coverage_of_the_accuracy():
    noisy = corrupt_labels(Y, T, random_state=0)
    predicted = RNG.integers(3, size=4000)
    coverage = noise_corrected_coverage(noisy, np.eye(3)[predicted] == 1, T)
    assert coverage == pytest.approx(noise_corrected_accuracy(noisy, predicted, T))


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (SETS[:, :2], r"y_set must have shape \(4000, 3\)"),
        (SETS[:, :, None], r"pass one, y_set\[:, :, 0\]"),
        (SETS * 0.5, "True and False only"),
    ],
)
def test_bad_sets_are_refused(sets, message):
    with pytest.raises(ValueError, match=message):
        noise_corrected_coverage(Y, sets, T)
