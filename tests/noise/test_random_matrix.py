import numpy as np
import pytest

from sknoisy.noise import random_transition_matrix


@pytest.mark.parametrize("K", [2, 5, 30])
@pytest.mark.parametrize("rate", [0.0, 0.35, 1.0])
def test_random_matrix_has_the_asked_rate(K, rate):
    T = random_transition_matrix(K, noise_rate=rate, random_state=0)
    np.testing.assert_allclose(T.sum(axis=1), 1)
    np.testing.assert_allclose(1 - np.diag(T).mean(), rate, atol=1e-12)
    assert T.min() >= 0


def test_random_matrix_has_the_asked_trace_and_differs_by_seed():
    first, second, again = (
        random_transition_matrix(4, trace=2.5, random_state=s) for s in (0, 1, 0)
    )
    np.testing.assert_allclose([first.trace(), second.trace()], 2.5)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, TypeError, "exactly one of trace and noise_rate"),
        ({"trace": 1, "noise_rate": 0.2}, TypeError, "exactly one of trace and noise_rate"),
        ({"trace": 4.5}, ValueError, r"trace must be in \[0, 4\]; got 4\.5"),
        ({"noise_rate": 1.5}, ValueError, r"noise_rate must be in \[0, 1\]"),
    ],
)
def test_random_matrix_refuses_bad_targets(arguments, error, message):
    with pytest.raises(error, match=message):
        random_transition_matrix(4, **arguments)
