"""One function for each kind of parameter."""

import numpy as np
import pytest

from sknoisy._checks import check_integer, check_number, check_option


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
        assert str(caught.value) == f"rate must be in {interval}; got {value!r}."


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
