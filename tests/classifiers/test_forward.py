"""The forward correction."""

import numpy as np
from helpers import QUICK, T3

from sknoisy import (
    ForwardCorrectedClassifier,
)


def test_noisy_posterior_is_the_clean_one_through_t(blobs):
    X, y, _ = blobs
    clf = ForwardCorrectedClassifier(QUICK, transition_matrix=T3, random_state=0).fit(X, y)
    np.testing.assert_allclose(clf.predict_noisy_proba(X), clf.predict_proba(X) @ T3)
