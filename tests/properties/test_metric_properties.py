"""Scores act as promised under weights, another order of the rows and other names of classes."""

import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from strategies import examples, noisy_rows, orders, renamed, repeated, transition_matrices

from sknoisy import metrics

OF_LABELS = {
    "accuracy": metrics.noise_corrected_accuracy,
    "balanced accuracy": metrics.noise_corrected_balanced_accuracy,
    "macro precision": partial(metrics.noise_corrected_precision, average="macro"),
    "macro recall": partial(metrics.noise_corrected_recall, average="macro"),
    "weighted f1": partial(metrics.noise_corrected_f1, average="weighted"),
}
OF_PROBABILITIES = {
    "log loss": metrics.noise_corrected_log_loss,
    "brier score": metrics.noise_corrected_brier_score,
    "forward log loss": metrics.forward_log_loss,
    "roc auc": metrics.noise_corrected_roc_auc,
}


@pytest.fixture(autouse=True)
def _doubts_are_not_asked_for():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@st.composite
def predictions(draw):
    """Noisy labels, posteriors, predicted labels, whole weights and T."""
    proba, y, weights = draw(noisy_rows(n_max=20))
    K = proba.shape[1]
    predicted = draw(arrays(np.intp, len(y), elements=st.integers(0, K - 1)))
    return y, proba, predicted, weights, draw(transition_matrices(K, invertible=True))


def asked(name, y, proba, predicted, T, weights=None):
    K = np.arange(len(T))
    if name in OF_LABELS:
        return OF_LABELS[name](y, predicted, T, classes=K, sample_weight=weights)
    scores = proba[:, 1] if name == "roc auc" and len(T) == 2 else proba
    return OF_PROBABILITIES[name](y, scores, T, classes=K, sample_weight=weights)


@pytest.mark.parametrize("name", sorted(OF_LABELS | OF_PROBABILITIES))
@examples(10)
@given(predictions(), st.data())
def test_scores_follow_neither_order_nor_names_and_count_weight(name, drawn, data):
    y, proba, predicted, weights, T = drawn
    expected = asked(name, y, proba, predicted, T, weights)
    # Two copies of a row are a pair of rows to the area, a row of weight two is not.
    kept = np.arange(len(y)) if name == "roc auc" else repeated(weights)
    rows = data.draw(st.permutations(kept.tolist()).map(np.array))
    left = weights[rows] if name == "roc auc" else None
    found = asked(name, y[rows], proba[rows], predicted[rows], T, left)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
    classes = np.arange(2) if name == "roc auc" and len(T) == 2 else data.draw(orders(len(T)))
    found = asked(
        name,
        renamed(y, classes),
        proba[:, classes],
        renamed(predicted, classes),
        T[np.ix_(classes, classes)],
        weights,
    )
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


@examples(30)
@given(predictions(), st.data())
def test_names_may_be_words(drawn, data):
    y, proba, predicted, weights, T = drawn
    names = np.array(data.draw(st.permutations(["bird", "cat", "dog", "eel"])))[: len(T)]
    order = np.argsort(names)
    expected = metrics.noise_corrected_accuracy(
        y, predicted, T, classes=np.arange(len(T)), sample_weight=weights
    )
    found = metrics.noise_corrected_accuracy(
        names[y],
        names[predicted],
        T[np.ix_(order, order)],
        classes=np.sort(names),
        sample_weight=weights,
    )
    assert found == pytest.approx(expected)


@examples(30)
@given(predictions(), st.data())
def test_confusion_and_clean_posteriors_follow_the_names(drawn, data):
    y, proba, predicted, weights, T = drawn
    classes, K = data.draw(orders(len(T))), np.arange(len(T))
    y_other, predicted_other = renamed(y, classes), renamed(predicted, classes)
    T_other = T[np.ix_(classes, classes)]
    confusion = metrics.noise_corrected_confusion_matrix
    found = confusion(y_other, predicted_other, T_other, classes=K, sample_weight=weights)
    expected = confusion(y, predicted, T, classes=K, sample_weight=weights)
    np.testing.assert_allclose(found, expected[np.ix_(classes, classes)], atol=1e-6)
    found = metrics.clean_proba(proba[:, classes], y_other, T_other, classes=K)
    expected = metrics.clean_proba(proba, y, T, classes=K)
    np.testing.assert_allclose(found, expected[:, classes])
