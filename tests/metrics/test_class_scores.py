"""Precision, recall and F1: identities with scikit-learn, averages, what is not defined."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.exceptions import UndefinedMetricWarning

from sknoisy.metrics import (
    noise_corrected_f1,
    noise_corrected_precision,
    noise_corrected_recall,
)

RNG = np.random.RandomState(0)
K = 4
Y = RNG.randint(K, size=300)
PREDICTED = np.where(RNG.uniform(size=300) < 0.7, Y, RNG.randint(K, size=300))
WEIGHTS = RNG.uniform(size=300)
RATES = [
    (noise_corrected_precision, metrics.precision_score),
    (noise_corrected_recall, metrics.recall_score),
    (noise_corrected_f1, metrics.f1_score),
]


@pytest.mark.parametrize("average", [None, "macro", "weighted"])
@pytest.mark.parametrize(("ours", "theirs"), RATES)
def test_without_noise_the_rates_are_those_of_scikit_learn(ours, theirs, average):
    common = {"average": average, "sample_weight": WEIGHTS}
    found, expected = ours(Y, PREDICTED, np.eye(K), **common), theirs(Y, PREDICTED, **common)
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(("ours", "theirs"), RATES)
def test_the_binary_average_looks_at_one_class(ours, theirs):
    y, predicted = Y % 2, PREDICTED % 2
    expected = theirs(y, predicted, pos_label=0)
    found = ours(y, predicted, np.eye(2), average="binary", pos_label=0, return_std=True)
    assert found.value == pytest.approx(expected)
    assert found.std == pytest.approx(
        ours(y, predicted, np.eye(2), average=None, return_std=True).std[0]
    )
    last = ours(y, predicted, np.eye(2), average="binary")
    assert last == pytest.approx(theirs(y, predicted))


# %% What is not defined


def test_precision_of_a_class_never_predicted_warns_as_in_scikit_learn():
    with pytest.warns(UndefinedMetricWarning, match=r"precision of the classes \[2\]"):
        found = noise_corrected_precision(
            [0, 1, 2], [0, 1, 1], np.eye(3), average=None, classes=range(3)
        )
    assert found[2] == 0


def test_zero_division_sets_the_value_or_leaves_the_class_out():
    noisy, predicted = [0, 1, 1], [0, 1, 1]
    options = {"classes": range(3)}
    one = noise_corrected_precision(
        noisy, predicted, np.eye(3), average=None, zero_division=1, **options
    )
    np.testing.assert_array_equal(one, 1)
    left_out = noise_corrected_precision(
        noisy, predicted, np.eye(3), zero_division=np.nan, **options
    )
    assert left_out == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"average": "micro"}, "average must be one of"),
        ({"zero_division": 2}, "zero_division must be"),
        ({"average": "binary"}, "needs pos_label"),
        ({"average": "binary", "pos_label": "x"}, "pos_label must be one of"),
    ],
)
def test_unknown_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        noise_corrected_f1(Y, PREDICTED, np.eye(K), **options)
