import numpy as np
import pytest

from sknoisy.noise._checks import (
    check_count,
    check_not_negative,
    check_number,
    check_option,
    check_rate,
    random_generator,
)


@pytest.mark.parametrize("rate", [0, 1, 0.25, np.float32(0.25), np.int64(1)])
def test_a_fraction_comes_back_as_a_float(rate):
    assert check_rate(rate, "noise_rate") == rate
    assert type(check_rate(rate, "noise_rate")) is float


@pytest.mark.parametrize("rate", [-1e-9, 1 + 1e-9, 20, np.nan, np.inf])
def test_what_is_no_fraction_is_refused_with_its_value(rate):
    with pytest.raises(ValueError, match=rf"noise_rate must be a fraction .* got {rate}\."):
        check_rate(rate, "noise_rate")


@pytest.mark.parametrize("value", [-1, np.nan, np.inf])
def test_a_negative_or_endless_number_is_refused(value):
    with pytest.raises(ValueError, match="alpha must be a finite number >= 0; got"):
        check_not_negative(value, "alpha")


@pytest.mark.parametrize("check", [check_rate, check_not_negative, check_number])
@pytest.mark.parametrize("value", [True, np.True_, "0.2", None, [0.2], 1j])
def test_what_is_no_number_is_refused_with_its_type(check, value):
    with pytest.raises(TypeError, match=f"rate must be a number; .*{type(value).__name__}"):
        check(value, "rate")


def test_a_count_is_an_int_of_python():
    assert type(check_count(np.int32(3), "n_rows", minimum=3)) is int


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (2, ValueError, "n_rows must be at least 3; got 2"),
        (3.0, TypeError, "n_rows must be an int; got 3.0 of type float"),
        (True, TypeError, "n_rows must be an int; got True of type bool"),
    ],
)
def test_what_is_no_count_is_refused(value, error, message):
    with pytest.raises(error, match=message):
        check_count(value, "n_rows", minimum=3)


def test_an_option_is_one_of_the_words():
    assert check_option("all", "spread", ("others", "all")) == "all"
    with pytest.raises(ValueError, match="spread must be one of 'others', 'all'; got 'al'"):
        check_option("al", "spread", ("others", "all"))


def test_a_seed_repeats_the_draws_and_a_generator_goes_on():
    first, again = (random_generator(7).random_sample(3) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    generator = np.random.RandomState(7)
    assert random_generator(generator) is generator


def test_no_seed_starts_afresh_and_leaves_the_global_generator_alone():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (random_generator(None).random_sample(3) for _ in range(2))
    assert (first != second).all()
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
