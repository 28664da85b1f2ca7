"""An audit in sentences."""

from dataclasses import replace

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
    assert [heading[-1] for heading, _ in paragraphs(audit)] == ["?"] * 5


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
