"""What the property tests draw, and how many examples of it.

`HYPOTHESIS=long pytest tests/properties` tries many times as many as the short form, some
13,000 in all. Both draw the same examples each time.
"""

import os

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

LONG = os.environ.get("HYPOTHESIS") == "long"
TIMES = 20


def examples(short):
    """Settings with as many examples as the short form has; the long one has many times more."""
    return settings(
        max_examples=short * TIMES if LONG else short,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


def rows_of_probabilities(n_rows, n_classes, largest=9):
    """Rows of few distinct numbers, which tie, or of numbers that differ a little."""
    shares = arrays(np.int8, (n_rows, n_classes), elements=st.integers(0, largest))

    def normalised(drawn):
        counts, seed = drawn
        proba = counts + 0.1
        if seed:
            proba = proba * np.random.default_rng(seed).uniform(0.5, 2, size=proba.shape)
        return proba / proba.sum(axis=1, keepdims=True)

    return st.tuples(shares, st.integers(0, 9)).map(normalised)


@st.composite
def transition_matrices(draw, n_classes, *, invertible=False):
    """Rows of probabilities; diagonally dominant if they shall be invertible."""
    T = draw(rows_of_probabilities(n_classes, n_classes))
    if not invertible:
        return np.where(T < 0.02, 0, T) / np.where(T < 0.02, 0, T).sum(axis=1, keepdims=True)
    return 0.55 * np.eye(n_classes) + 0.45 * T


@st.composite
def noisy_rows(draw, *, n_max=30, k_max=4):
    """Posteriors, labels as class numbers, and whole weights, some of them zero."""
    K, n = draw(st.integers(2, k_max)), draw(st.integers(6, n_max))
    proba = draw(rows_of_probabilities(n, K))
    y = draw(arrays(np.intp, n, elements=st.integers(0, K - 1)))
    y[:K] = np.arange(K)
    weights = draw(arrays(np.int8, n, elements=st.integers(0, 3))).astype(float)
    weights[:K] += 1
    return proba, y, weights


def orders(n):
    """An order of n things."""
    return st.permutations(range(n)).map(np.array)


def repeated(weights):
    """Row numbers, each as often as its weight says."""
    return np.repeat(np.arange(len(weights)), weights.astype(int))


def renamed(y, order):
    """Class numbers where the class `order[k]` is called k."""
    return np.argsort(order)[y]
