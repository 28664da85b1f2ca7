"""Thresholds from trusted rows, helped by noisy ones as far as these tell something."""

import numpy as np
import pytest

from sknoisy.conformal._thresholds import ConformalRows, conformal_threshold
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

T = symmetric_transition_matrix(3, 0.3)
LEVEL = 0.9


def threshold(informative, n_others, seed):
    """That of 200 trusted rows beside others, whose labels tell something or are random."""
    rng = np.random.default_rng(seed)
    n = 200 + n_others
    scores, clean = rng.uniform(size=(n, 3)), rng.integers(3, size=n)
    noisy = corrupt_labels(clean, T, random_state=seed) if informative else rng.integers(3, size=n)
    trusted = np.where(np.arange(n) < 200, clean, -1)
    rows = ConformalRows(scores, noisy.astype(np.intp), np.ones(n), trusted)
    return conformal_threshold(rows, LEVEL, [np.linalg.inv(T)])


@pytest.mark.parametrize(("informative", "ratio"), [(True, 0.9), (False, 1.1)])
def test_noisy_rows_narrow_the_threshold_or_leave_it_alone(informative, ratio):
    alone, together = (
        np.std([threshold(informative, n, seed) for seed in range(150)]) for n in (0, 4000)
    )
    assert together < ratio * alone
