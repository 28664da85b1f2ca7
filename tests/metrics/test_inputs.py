"""What the scores accept, and what they say about the rest."""

import numpy as np
import pandas as pd
import pytest

from sknoisy.metrics import (
    expected_accuracy,
    forward_log_loss,
    noise_corrected_accuracy,
    noise_corrected_balanced_accuracy,
    noise_corrected_brier_score,
    noise_corrected_confusion_matrix,
    noise_corrected_f1,
    noise_corrected_log_loss,
    noise_corrected_precision,
    noise_corrected_recall,
    noise_corrected_roc_auc,
)

T = np.array([[0.8, 0.2], [0.3, 0.7]])
NOISY, PREDICTED = [0, 1, 1, 1, 1, 0], [0, 1, 1, 0, 1, 1]
ACCURACY = noise_corrected_accuracy(NOISY, PREDICTED, T)
NAMES = {
    "str": np.array(["ham", "spam"]),
    "object": np.array(["ham", "spam"], dtype=object),
    "bool": np.array([False, True]),
    "float": np.array([-1.0, 1.0]),
    "int8": np.array([3, 7], dtype=np.int8),
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_labels_of_any_type_score_alike(names):
    noisy, predicted = names[NOISY], names[PREDICTED]
    assert noise_corrected_accuracy(noisy, predicted, T) == ACCURACY
    assert noise_corrected_accuracy(pd.Series(noisy), predicted.tolist(), T) == ACCURACY


def test_classes_give_the_order_of_the_rows_of_T():
    names = np.array(["b", "a"])
    noisy, predicted = names[NOISY], names[PREDICTED]
    score = noise_corrected_accuracy(noisy, predicted, T, classes=names)
    assert score == pytest.approx(ACCURACY)
    assert noise_corrected_accuracy(noisy, predicted, T) != pytest.approx(ACCURACY)


def test_a_frame_names_its_classes():
    names = np.array(["b", "a"])
    frame = pd.DataFrame(T, index=names, columns=names)
    noisy, predicted = names[NOISY], names[PREDICTED]
    assert noise_corrected_accuracy(noisy, predicted, frame) == pytest.approx(ACCURACY)
    shuffled = frame.loc[["a", "b"], ["b", "a"]]
    assert noise_corrected_accuracy(noisy, predicted, shuffled) == pytest.approx(ACCURACY)


def test_a_class_may_be_absent_if_classes_name_it():
    T3 = np.eye(3) * 0.7 + 0.1
    assert noise_corrected_accuracy([0, 2], [0, 2], T3, classes=range(3)) > 1
    with pytest.raises(ValueError, match="pass classes= with all labels"):
        noise_corrected_accuracy([0, 2], [0, 2], T3)


def test_binary_posteriors_may_come_as_one_column():
    p = np.array([0.1, 0.7, 0.6, 0.3, 0.9, 0.2])
    both = np.column_stack([1 - p, p])
    assert forward_log_loss(NOISY, p, T) == forward_log_loss(NOISY, both, T)


def test_scale_of_the_weights_does_not_matter_but_their_ratio_does():
    weights = np.array([1.0, 2, 3, 4, 5, 6])
    one, other = (
        noise_corrected_accuracy(NOISY, PREDICTED, T, sample_weight=w, return_std=True)
        for w in (weights, 7 * weights)
    )
    np.testing.assert_allclose(one[:2], other[:2])
    assert one.value != pytest.approx(ACCURACY)


P = np.array([0.1, 0.7, 0.6, 0.3, 0.9, 0.2])
SCORES = {
    "accuracy": lambda y, hard, soft, **o: noise_corrected_accuracy(y, hard, T, **o),
    "balanced": lambda y, hard, soft, **o: noise_corrected_balanced_accuracy(y, hard, T, **o),
    "precision": lambda y, hard, soft, **o: noise_corrected_precision(y, hard, T, **o),
    "recall": lambda y, hard, soft, **o: noise_corrected_recall(y, hard, T, **o),
    "F1": lambda y, hard, soft, **o: noise_corrected_f1(y, hard, T, **o),
    "confusion": lambda y, hard, soft, **o: noise_corrected_confusion_matrix(y, hard, T, **o),
    "log loss": lambda y, hard, soft, **o: noise_corrected_log_loss(y, soft, T, **o),
    "Brier": lambda y, hard, soft, **o: noise_corrected_brier_score(y, soft, T, **o),
    "forward": lambda y, hard, soft, **o: forward_log_loss(y, soft, T, **o),
    "ROC AUC": lambda y, hard, soft, **o: noise_corrected_roc_auc(y, soft, T, **o),
    "expected": lambda y, hard, soft, **o: expected_accuracy(y, hard, soft, T, **o),
}


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
def test_every_score_takes_names_weights_and_gives_an_interval(score):
    noisy, predicted = np.array(NOISY), np.array(PREDICTED)
    plain = score(noisy, predicted, P, return_std=True)
    names = np.array(["ham", "spam"])
    np.testing.assert_array_equal(score(names[noisy], names[predicted], P), plain.value)
    # A row of weight zero is no row.
    weighted = score(
        np.append(noisy, 0),
        np.append(predicted, 1),
        np.append(P, 0.5),
        sample_weight=[1] * 6 + [0],
        confidence_level=0.9,
    )
    for found, expected in zip(weighted[:2], plain[:2], strict=True):
        np.testing.assert_allclose(found, expected)
    low, high = weighted.interval
    assert (np.asarray(low) <= np.asarray(high)).all()


BAD = {
    "unknown label": ({"y_noisy": [0, 1, 5], "classes": [0, 1]}, "holds the label 5"),
    "label absent from classes": ({"y_pred": [0, 1, 9], "classes": [0, 1]}, "y_pred holds"),
    "mixed kinds": (
        {"y_noisy": ["0", "1", "1"]},
        "labels of one type; got int, str",
    ),
    "empty": ({"y_noisy": [], "y_pred": []}, "at least one label"),
    "NaN": ({"y_noisy": [0, 1, np.nan]}, "y_noisy contains NaN"),
    "lengths": ({"y_pred": [0, 1]}, "inconsistent numbers of samples"),
    "columns sum to 1": ({"transition_matrix": [[0.9, 0.4], [0.1, 0.6]]}, "transpose"),
    "singular": ({"transition_matrix": [[0.5, 0.5], [0.5, 0.5]]}, "must be invertible"),
    "weights of another length": ({"sample_weight": [1, 2]}, r"shape \(3,\)"),
    "negative weights": ({"sample_weight": [1, 2, -1]}, ">= 0"),
    "zero weights": ({"sample_weight": [0, 0, 0]}, "must have a positive entry"),
    "repeated classes": ({"classes": [0, 0]}, "distinct"),
    "confidence in percent": ({"confidence_level": 95}, r"in \(0, 1\); got 95"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_named(change, message):
    arguments = {"y_noisy": [0, 1, 1], "y_pred": [0, 1, 1], "transition_matrix": T, **change}
    with pytest.raises(ValueError, match=message):
        noise_corrected_accuracy(**arguments)


def test_labels_of_several_types_are_refused():
    y = np.array(["a", (1, 2), "a"], dtype=object)
    with pytest.raises(TypeError, match="labels in y_noisy must be of one type; got str, tuple"):
        noise_corrected_accuracy(y, y, T)


@pytest.mark.parametrize(
    ("proba", "message"),
    [
        ([[0.5, 0.4], [0.5, 0.5]], "row 0 sums to 0.9"),
        ([[1.2, -0.2], [0.5, 0.5]], r"probabilities in \[0, 1\]"),
        ([[np.nan, 0.2], [0.5, 0.5]], "NaN"),
        ([[0.5, 0.2, 0.3], [0.5, 0.5, 0]], r"shape \(2, 2\)"),
        ([[0.5, 0.5]], r"shape \(2, 2\)"),
    ],
)
def test_bad_probabilities_are_named(proba, message):
    with pytest.raises(ValueError, match=message):
        noise_corrected_log_loss([0, 1], proba, T)


def test_the_index_of_a_frame_is_the_order_of_the_posteriors():
    """Whatever the order of its columns, which are the noisy labels."""
    names = np.array(["b", "a"])
    frame = pd.DataFrame(T, index=names, columns=names)
    noisy, proba = names[NOISY], np.array([[0.9, 0.1], [0.2, 0.8]])[PREDICTED]
    expected = forward_log_loss(NOISY, proba, T)
    for asked in (frame, frame[["a", "b"]]):
        assert forward_log_loss(noisy, proba, asked) == pytest.approx(expected)
        assert noise_corrected_brier_score(noisy, proba, asked) == pytest.approx(
            noise_corrected_brier_score(NOISY, proba, T)
        )


def test_columns_of_a_frame_of_posteriors_name_the_classes():
    names = np.array(["b", "a"])
    noisy, proba = names[NOISY], np.array([[0.9, 0.1], [0.2, 0.8]])[PREDICTED]
    expected = forward_log_loss(NOISY, proba, T)
    frame = pd.DataFrame(proba, columns=names)
    for asked in (frame, frame[["a", "b"]], pd.DataFrame(proba)):
        assert forward_log_loss(noisy, asked, T, classes=names) == pytest.approx(expected)
    with pytest.raises(ValueError, match="columns of the frame y_proba must be the classes"):
        forward_log_loss(noisy, frame.rename(columns={"a": "x"}), T, classes=names)
