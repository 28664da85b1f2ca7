"""One function for each kind of parameter."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy._checks import (
    check_flag,
    check_integer,
    check_n_jobs,
    check_number,
    check_numbers,
    check_option,
    check_verbose,
    check_weights,
    has_method,
    naming,
)
from sknoisy._hints import SEE_ERRORS


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        ("[0, 1)", [0, 0.5, np.float32(0.25)], [-1e-9, 1, np.nan]),
        ("(0, inf)", [1e-9, 10**9], [0, np.inf, -1]),
        ("[0, inf]", [0, np.inf], [-1, np.nan]),
        ("(-inf, inf)", [-3, 2.5], [np.inf, -np.inf, np.nan]),
    ],
)
def test_limits_belong_to_an_interval_as_the_brackets_say(interval, inside, outside):
    for value in inside:
        returned = check_number(value, "rate", interval)
        assert type(returned) is float
        assert returned == value
    for value in outside:
        with pytest.raises(ValueError, match=r"^rate must be in .*; got ") as caught:
            check_number(value, "rate", interval)
        assert str(caught.value) == f"rate must be in {interval}; got {value!r}. {SEE_ERRORS}"


@pytest.mark.parametrize("value", ["0.5", None, True, [0.5], np.array([0.5, 0.5])])
def test_what_is_no_number_is_a_type_error_that_says_what_to_do(value):
    with pytest.raises(TypeError, match=r"rate must be a number in \[0, 1\]; got .*Write 0.2"):
        check_number(value, "rate", "[0, 1]", hint="Write 0.2 for 20%.")


def test_an_integer_is_any_integer_that_is_large_enough():
    for value in (2, np.int8(2)):
        assert type(check_integer(value, "n_bins", 2)) is int
    with pytest.raises(ValueError, match="n_bins must be at least 2; got 1"):
        check_integer(1, "n_bins", 2)
    for value in (2.0, True, "2", None):
        with pytest.raises(TypeError, match="n_bins must be an integer; got "):
            check_integer(value, "n_bins", 0)


def test_an_option_is_one_of_the_values_in_their_own_type():
    assert check_option("sum", "reduction", ("sum", None)) == "sum"
    assert check_option(None, "reduction", ("sum", None)) is None
    assert check_option(1, "level", (0, 1)) == 1
    for value in ("mean", ["sum"], np.array(["sum", "sum"]), 1):
        with pytest.raises(ValueError, match="reduction must be one of 'sum', True; got "):
            check_option(value, "reduction", ("sum", True))


def test_a_flag_is_true_or_false_and_nothing_that_counts_as_one():
    assert check_flag(True, "exact") is True
    assert check_flag(np.bool_(False), "exact") is False
    for value in (1, "False", None, np.array([True])):
        with pytest.raises(TypeError, match="exact must be True or False; got "):
            check_flag(value, "exact")


def test_numbers_are_copied_whatever_holds_them():
    given = np.array([[1, 2], [3, 4]])
    for values in (given, given.tolist(), given.astype(object), pd.DataFrame(given)):
        numbers = check_numbers(values, "T", "(2, 2)")
        assert numbers.dtype == np.float64
        assert numbers.tolist() == given.tolist()
    numbers[0, 0] = 9
    assert given[0, 0] == 1


@pytest.mark.parametrize(
    "values",
    [None, "T", ["0.5"], [0.5j], [[1], [1, 2]], [None, 1.0], np.array(["a"]), {"a": 1}],
    ids=repr,
)
def test_what_are_no_real_numbers_is_a_type_error(values):
    with pytest.raises(TypeError, match=r"T must be an array of numbers of shape \(2,\); got"):
        check_numbers(values, "T", "(2,)")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], r"must have shape \(2,\); got \(1,\)"),
        ([-1.0, 1.0], "must be finite and >= 0; got"),
        ([np.nan, 1.0], "must be finite and >= 0; got"),
        ([0.0, 0.0], "must have a positive entry; got only zeros"),
        ([2.0**53, 2.0], r"says for how many rows .* its sum is 9e\+15\. Divide it by its mean"),
    ],
)
def test_weights_are_finite_positive_and_one_per_row(weights, message):
    assert check_weights([0, 2], 2).tolist() == [0, 2]
    with pytest.raises(ValueError, match=f"^w {message}"):
        check_weights(weights, 2, "w")


def test_processes_and_levels_are_those_of_joblib_and_scikit_learn():
    for n_jobs in (None, 1, -1, np.int64(2)):
        check_n_jobs(n_jobs)
    for n_jobs in (0, "2", 1.5, True):
        with pytest.raises(ValueError, match="n_jobs must be None or an integer other than 0"):
            check_n_jobs(n_jobs)
    check_verbose(True)
    with pytest.raises(TypeError, match="verbose must be an integer"):
        check_verbose("loud")


def test_errors_of_others_get_the_name_that_they_lack():
    with pytest.raises(ValueError, match=r"^X: Found array") as caught, naming("X"):
        raise ValueError("Found array with dim 3.")
    assert type(caught.value.__cause__) is ValueError
    with pytest.raises(TypeError, match=r"^X must be an array.$"), naming("X"):
        raise TypeError("X must be an array.")
    with pytest.raises(KeyError), naming("X"):
        raise KeyError("a")


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda stack: stack,
        lambda stack: make_pipeline(StandardScaler(), stack),
        lambda stack: GridSearchCV(make_pipeline(StandardScaler(), stack), {}),
    ],
    ids=["alone", "in a Pipeline", "searched"],
)
def test_a_stack_has_the_methods_of_its_last_classifier_before_it_is_fitted(wrapped):
    members = [("a", GaussianNB())]
    for last in (None, GaussianNB()):
        stack = wrapped(StackingClassifier(members, last))
        assert has_method(stack, "predict_proba")
        assert not has_method(stack, "predict_odds")
    without = wrapped(StackingClassifier(members, RidgeClassifier()))
    assert has_method(without, "predict")
    assert not has_method(without, "predict_proba")
