"""An audit in sentences."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from sknoisy.inspection import noise_audit
from sknoisy.inspection._report_text import paragraphs
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

X, Y = load_iris(return_X_y=True)
NOISY = corrupt_labels(Y, symmetric_transition_matrix(3, 0.3), random_state=0)


@pytest.fixture(scope="module")
def audit():
    return noise_audit(X, NOISY, estimator=GaussianNB(), random_state=0)


def text(audit, number):
    return paragraphs(audit)[number][1]


def test_each_question_has_a_heading(audit):
    assert [heading[-1] for heading, _ in paragraphs(audit)] == ["?"] * 6


def test_verdicts_change_the_sentences(audit):
    clean = replace(audit, is_noisy=False, recommendation="none")
    assert "No noise was found" in text(clean, 0)
    assert "No correction is significantly better" in text(clean, 3)
    depends = replace(audit, is_noisy=True, is_instance_dependent=True)
    assert "Where the classifier is sure" in text(depends, 0)
    assert text(depends, 2).startswith("Perhaps not.")
    assert "only trusted labels" in text(depends, 2)
    trusted = replace(depends, fit_test=depends.fit_test._replace(from_trusted=True))
    assert text(trusted, 2).startswith("No.")
    unknown = replace(audit, is_noisy=None, recommendation="none")
    assert "do not tell noise from overlap" in text(unknown, 0)


def test_what_was_not_estimated_is_said(audit):
    less = replace(audit, learning_curve=None, fit_test=None, notes=["No features."])
    assert "Not estimated" in text(less, 4)
    assert text(less, 2) == "Not tested. No features."


def test_doubts_are_written_out(audit):
    assert "Ask again." in text(replace(audit, is_identified=False, doubts=["Ask again."]), 1)


def test_the_curve_says_what_more_labels_buy(audit):
    assert "One trusted label is worth about" in text(audit, 4)


def test_corrected_accuracies_stop_at_one_hundred_percent(audit):
    comparison = audit.comparison._replace(accuracy={"none": (1.013, 0.02)})
    assert "none 100.0% (standard error 2.0)" in text(replace(audit, comparison=comparison), 3)


def test_two_rates_that_disagree_are_explained(audit):
    low, high = audit.noise_rate_interval
    agrees = replace(audit, mixture_noise_rate=(low + high) / 2)
    assert "which agrees" in text(agrees, 0)
    differs = text(replace(audit, mixture_noise_rate=high + 0.1), 0)
    assert "outside this interval" in differs
    assert "y_trusted" in differs


def test_a_gap_beyond_the_tolerance_is_not_called_evidence_of_nothing(audit):
    def with_gap(value):
        test = audit.fit_test._replace(statistic=value, std=0.05, tolerance=0.2)
        return text(replace(audit, fit_test=test, is_instance_dependent=False), 2)

    assert with_gap(0.01).startswith("There is no evidence against it.")
    assert "is 1 point (standard error 5): no more than the 20 points" in with_gap(0.01)
    assert with_gap(0.24).startswith("The rows are too few to tell.")
    assert "24 points (standard error 5): more than the 20 points" in with_gap(0.24)


def test_the_verdict_says_what_to_do_next(audit):
    unknown = text(replace(audit, is_noisy=None, recommendation="none"), 5)
    assert unknown.startswith("Label at least 20 random rows")
    corrected = replace(audit, is_noisy=True, is_identified=True, recommendation="forward")
    assert text(corrected, 5).startswith("Train with the correction (forward)")
    assert "rows_to_relabel()" in text(corrected, 5)


def test_classes_are_named_only_where_their_rates_differ(audit):
    alike = replace(audit, is_noisy=True, noise_rate_by_class=np.full(3, 0.25))
    assert "All classes are mislabelled alike." in text(alike, 0)
    differ = replace(audit, is_noisy=True, noise_rate_by_class=np.array([0.1, 0.3, 0.2]))
    assert "Most often mislabelled classes: 1 (30%), 2 (20%), 0 (10%)." in text(differ, 0)


def test_a_correction_that_changes_no_prediction_says_so(audit):
    comparison = audit.comparison._replace(
        gain={"forward": (0.1, 0.01)}, accuracy={"none": (0.9, 0.02), "forward": (0.9, 0.02)}
    )
    same = replace(audit, recommendation="forward", comparison=comparison)
    assert "no difference in accuracy was seen" in text(same, 3)
    comparison = comparison._replace(accuracy={"none": (0.9, 0.02), "forward": (0.92, 0.02)})
    assert "no difference" not in text(replace(same, comparison=comparison), 3)
