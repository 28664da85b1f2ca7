"""Where a Display gets its T from."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy.inspection._source import resolve_transition_matrix


class Fitted:
    transition_matrix_ = np.eye(2)

    def fit(self, X, y=None):
        return self


def test_a_given_matrix_beats_that_of_the_estimator():
    T = np.full((2, 2), 0.5)
    assert resolve_transition_matrix(Fitted(), T) is T


def test_the_last_step_of_a_pipeline_is_asked():
    pipeline = make_pipeline(StandardScaler(), Fitted())
    assert resolve_transition_matrix(pipeline, None) is Fitted.transition_matrix_


def test_without_any_matrix_the_error_says_what_to_pass():
    with pytest.raises(ValueError, match="Pass T, or a fitted corrected classifier"):
        resolve_transition_matrix(StandardScaler(), None)
