"""Doubts are said where there is reason, and only there."""

import numpy as np
from posteriors import T

from sknoisy._transition import doubts, doubts_of_given

NAMES = np.array(["ant", "bee", "cat"])
PLENTY = np.full(3, 500.0)
BEYOND = np.array([[0.4, 0.6, 0.0], [0.6, 0.4, 0.0], [0.0, 0.0, 1.0]])


def said(*args, **kwargs):
    return list(doubts(*args, **kwargs))


def test_good_estimate_raises_no_doubt():
    assert said(T, PLENTY, NAMES) == []
    assert said(T, np.full(3, np.nan), NAMES) == []


def test_lost_dominance_is_named_with_its_classes_and_the_cure():
    (doubt,) = said(BEYOND, PLENTY, NAMES)
    assert doubt.startswith("T is not diagonally dominant: an example of 'ant' is labelled 'bee'")
    assert "y_trusted" in doubt


def test_trusted_names_calm_that_doubt():
    assert said(BEYOND, PLENTY, NAMES, named=np.array([True, True, False])) == []


def test_rows_on_few_examples_are_named():
    (doubt,) = said(T, np.array([500, 12, 29.0]), NAMES)
    assert "'bee' (12), 'cat' (29) rest on fewer than 30" in doubt


def test_class_without_any_label_is_no_news():
    assert said(T, np.array([500, 0, 500.0]), NAMES) == []


def test_near_singular_t_is_said_with_its_condition_number():
    near = np.array([[0.5, 0.5, 0.0], [0.499, 0.501, 0.0], [0.0, 0.0, 1.0]])
    assert any(
        "nearly singular (condition number 1" in doubt for doubt in said(near, PLENTY, NAMES)
    )


def test_a_given_t_is_doubted_where_it_may_be_in_the_wrong_order():
    (doubt,) = doubts_of_given(BEYOND, NAMES)
    assert "rows are clean and columns noisy labels" in doubt
    assert "y_trusted" not in doubt
    assert list(doubts_of_given(T, NAMES)) == []
