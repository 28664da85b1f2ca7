"""Noisy, clean, or not to be told."""

import numpy as np
import pytest

from sknoisy._labels import MISSING
from sknoisy.inspection._verdict import NoiseEstimate, is_noisy, with_trusted

SURE, WIDE = NoiseEstimate(0.2, 0.05), NoiseEstimate(0.2, 0.3)
NONE = NoiseEstimate(0.0, 0.05)


@pytest.mark.parametrize(
    ("rate", "lowest", "estimates", "unexplained", "expected"),
    [
        (0.2, 0.15, [SURE, SURE], False, True),
        (0.2, 0.15, [SURE, WIDE], False, None),
        (0.2, 0.01, [SURE, SURE], False, None),
        (0.2, 0.15, [SURE, NONE], True, None),
        (0.01, 0.0, [NONE, NONE], False, False),
        (0.01, 0.0, [NONE, NONE], True, None),
        (0.01, 0.0, [NONE, NoiseEstimate(0.0, 0.2)], False, None),
        (0.03, 0.0, [NONE, NONE], False, None),
    ],
)
def test_the_verdict(rate, lowest, estimates, unexplained, expected):
    assert is_noisy(rate, lowest, estimates, unexplained=unexplained) is expected


def test_trusted_labels_decide():
    y = np.zeros(400, dtype=int)
    trusted = np.full(400, MISSING)
    trusted[:200] = 0
    assert with_trusted(True, trusted, y, 0.95) is None
    assert with_trusted(False, trusted, y, 0.95) is False
    trusted[:10] = 1
    # 10 of 200: the lower limit of Clopper and Pearson at 95% is 2.7%.
    assert with_trusted(False, trusted, y, 0.95) is True
    trusted[19:] = MISSING
    assert with_trusted(None, trusted, y, 0.95) is None
