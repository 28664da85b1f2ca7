"""The classifier behind T follows the shape of the data."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier

from sknoisy import TransitionMatrixEstimator
from sknoisy._estimation._defaults import default_classifier
from sknoisy._net import is_net
from sknoisy._validation import TrainingSet


def chosen(X, n_classes=2):
    y = np.zeros(len(X) if isinstance(X, np.ndarray) else X.shape[0], dtype=np.int32)
    data = TrainingSet(X, y, np.arange(n_classes), None, None, None, len(y), {})
    return default_classifier(data)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_trees_serve_tables(container):
    assert isinstance(chosen(container(np.zeros((50, 3)))).trees.estimator, ExtraTreesClassifier)


@pytest.mark.parametrize("shape", [(50, 784), (50, 3, 8, 8)], ids=["wide", "images"])
def test_networks_serve_the_rest(shape):
    assert chosen(np.zeros(shape)) is None


def test_more_rows_get_fewer_trees():
    many, few = (chosen(np.zeros((n, 2))).trees.estimator for n in (90_000, 900))
    assert many.n_estimators < few.n_estimators


def test_many_classes_get_larger_leaves():
    X = np.zeros((900, 2))
    few, many = (chosen(X, n_classes=K).trees.estimator for K in (2, 100))
    assert few.min_samples_leaf < many.min_samples_leaf


def test_the_users_own_classifier_is_used_as_given():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(120, 3)), np.arange(120) % 2
    own = ExtraTreesClassifier(7, random_state=0)
    found = TransitionMatrixEstimator(own, method="count", keep_estimators=True).fit(X, y)
    assert {fitted.n_estimators for fitted in found.estimators_} == {7}
    assert is_net(TransitionMatrixEstimator().estimator)  # None still stands for a network.
