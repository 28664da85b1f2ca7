"""The estimator that holds a fitted attribute, wherever it is wrapped."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknoisy._fitted import find_holder

X, Y = np.arange(8.0).reshape(-1, 1), np.repeat([0, 1], 4)


class Holder(ClassifierMixin, BaseEstimator):
    def __init__(self, rate=0.1):
        self.rate = rate

    def fit(self, X, y):
        self.classes_, self.transition_matrix_ = np.unique(y), np.eye(2)
        return self

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)

    def predict(self, X):
        return np.zeros(len(X), int)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda holder: holder,
        lambda holder: make_pipeline(StandardScaler(), holder),
        lambda holder: make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), holder)),
        lambda holder: GridSearchCV(holder, {"rate": [0.1, 0.2]}, cv=2),
        lambda holder: make_pipeline(GridSearchCV(make_pipeline(holder), {}, cv=2)),
        lambda holder: FixedThresholdClassifier(holder, threshold=0.5),
        lambda holder: FrozenEstimator(holder.fit(X, Y)),
    ],
    ids=["bare", "pipeline", "nested", "search", "search of pipelines", "wrapper", "frozen"],
)
def test_t_is_found_inside_what_scikit_learn_wraps_around_it(wrap):
    holder = find_holder(wrap(Holder()).fit(X, Y))
    np.testing.assert_array_equal(holder.transition_matrix_, np.eye(2))


def test_the_outermost_holder_answers():
    outer = GridSearchCV(Holder(), {"rate": [0.1]}, cv=2).fit(X, Y)
    outer.transition_matrix_ = np.full((2, 2), 0.5)
    assert find_holder(outer) is outer
    assert find_holder(outer, "rate") is outer.best_estimator_


@pytest.mark.parametrize(
    "estimator",
    [
        None,
        Holder(),
        StandardScaler(),
        make_pipeline(StandardScaler(), Holder()),
        make_pipeline(Holder(), "passthrough"),
    ],
    ids=["none", "unfitted", "another", "pipeline", "passthrough"],
)
def test_without_a_holder_there_is_none(estimator):
    assert find_holder(estimator) is None
