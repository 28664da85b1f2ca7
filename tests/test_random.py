"""Seeds come from `random_state` and leave the global generators alone."""

import numpy as np
import pytest

from sknoisy._random import random_generator, random_seed


def drawn_by_generator(random_state):
    return random_generator(random_state).randint(2**31 - 1)


@pytest.mark.parametrize("draw", [random_seed, drawn_by_generator])
def test_none_draws_anew_and_leaves_the_global_generator_of_numpy_alone(draw):
    np.random.seed(7)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (draw(None) for _ in range(2))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert first != second
    # Seeding the global generator does not repeat what None draws.
    np.random.seed(7)  # noqa: NPY002
    assert draw(None) != first


def test_seeds_repeat_with_an_integer_and_go_on_with_a_generator():
    assert random_seed(3) == random_seed(3) != random_seed(4)
    generator = np.random.RandomState(3)
    assert random_seed(generator) == random_seed(3)
    assert random_seed(generator) != random_seed(3)
    assert random_generator(generator) is generator


def test_a_seed_is_a_plain_integer_that_any_generator_takes():
    assert type(random_seed(0)) is int
    assert all(0 <= random_seed(state) < 2**31 for state in range(100))
    with pytest.raises(ValueError, match="cannot be used to seed"):
        random_seed("zero")
