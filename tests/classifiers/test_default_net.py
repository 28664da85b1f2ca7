"""The network that is trained where none is given: tables of any unit, wide sparse rows."""

import pickle
import tracemalloc

import numpy as np
import pytest
import torch
from helpers import T3
from scipy import sparse
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale

from sknoisy import (
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy.modules import MLP, SparseLinear, TableMLP
from sknoisy.noise import corrupt_labels

WINE, KIND = load_wine(return_X_y=True)


def test_the_unit_of_the_columns_does_not_matter():
    accuracies = []
    for X in (scale(WINE), WINE, WINE * 1e6, WINE * 1e-6):
        clf = RobustLossClassifier(loss="cross_entropy", random_state=0)
        accuracies.append(clf.fit(X[::2], KIND[::2]).score(X[1::2], KIND[1::2]))
    assert min(accuracies) > 0.93
    assert np.ptp(accuracies) <= 0.02


def test_neither_stage_loses_a_class_of_a_table_in_small_units():
    clf = ForwardCorrectedClassifier(random_state=0).fit(WINE * 1e-9, KIND)
    assert clf.score(WINE * 1e-9, KIND) > 0.93


def test_a_given_network_sees_the_rows_as_they_are():
    by_class = [
        type(clf.fit(WINE, KIND).estimator_.module_)
        for clf in (
            RobustLossClassifier(),
            RobustLossClassifier(make_net(max_epochs=1)),
            RobustLossClassifier(MLP),
        )
    ]
    assert by_class == [TableMLP, MLP, MLP]


def sparse_rows(n_rows=600, n_features=20_000, n_entries=20):
    rng = np.random.default_rng(0)
    y = np.arange(n_rows) % 3
    columns = rng.integers(0, n_features, (n_rows, n_entries))
    columns[:, :5] = 50 * y[:, None] + rng.integers(0, 40, (n_rows, 5))
    rows = np.repeat(np.arange(n_rows), n_entries)
    return sparse.csr_array((np.ones(rows.size), (rows, columns.ravel())), (n_rows, n_features)), y


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_the_unit_of_sparse_rows_does_not_matter(unit):
    X, y = sparse_rows()
    clf = RobustLossClassifier(loss="cross_entropy", random_state=0)
    assert clf.fit(X[::2] * unit, y[::2]).score(X[1::2] * unit, y[1::2]) > 0.95
    assert isinstance(clf.estimator_.module_, SparseLinear)


def test_wide_sparse_rows_are_never_dense():
    X, y = sparse_rows()
    clf = RobustLossClassifier(random_state=0)
    clf.partial_fit(X[:60], y[:60])  # What is imported only then is none of the rows.
    tracemalloc.start()
    try:
        clf.partial_fit(X, y).predict(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.1 * 4 * X.shape[0] * X.shape[1]


def test_posteriors_of_sparse_rows_are_those_of_dense_ones_alone_or_together():
    X, y = sparse_rows(n_features=2000)
    clf = ForwardCorrectedClassifier(transition_matrix=T3, random_state=0).fit(X, y)
    proba = clf.predict_proba(X)
    np.testing.assert_array_equal(clf.predict_proba(X[7:9]), proba[7:9])
    np.testing.assert_allclose(clf.predict_proba(X.toarray()), proba, rtol=1e-4)
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.predict_proba(X), proba)
    factor = clf.estimator_.module_.factor.clone()
    clf.partial_fit(X * 7, y)
    assert torch.equal(clf.estimator_.module_.factor, factor)


def wide_rows(n_rows, is_linear):
    """300 columns, the class a sum of theirs; or mixtures of five factors, a product of two."""
    rng = np.random.default_rng(0)
    if is_linear:
        X = rng.normal(size=(n_rows, 300))
        return X, X @ rng.normal(size=300) > 0
    factors = rng.normal(size=(n_rows, 5))
    X = factors @ rng.normal(size=(5, 300)) + rng.normal(size=(n_rows, 300))
    return X, factors[:, 0] * factors[:, 1] > 0


@pytest.mark.parametrize(("is_linear", "n_layers"), [(True, 1), (False, 3)])
def test_left_out_rows_choose_a_linear_model_for_a_wide_table_where_it_is_better(
    is_linear, n_layers
):
    X, y = wide_rows(1500, is_linear)
    noisy = corrupt_labels(y, [[0.7, 0.3], [0.1, 0.9]], random_state=0)
    T = [[0.7, 0.3], [0.1, 0.9]]
    clf = ForwardCorrectedClassifier(transition_matrix=T, n_members=5, random_state=0)
    assert len(clf.fit(X, noisy).estimator_.module_.weights) == n_layers


def test_linear_models_that_learn_nothing_are_not_averaged_with_networks():
    X, y = wide_rows(1500, is_linear=False)
    clf = RobustLossClassifier(loss="cross_entropy", random_state=0).fit(X, y)
    assert isinstance(clf.estimator_.module_, TableMLP)
    assert len(clf.estimator_.module_.weights) == 3


def test_a_wide_table_has_a_network_where_no_row_is_left_out():
    X, y = wide_rows(100, is_linear=True)
    clf = RobustLossClassifier(early_stopping=False, random_state=0).fit(X, y)
    assert len(clf.estimator_.module_.weights) == 3


def test_posteriors_of_a_wide_table_come_from_the_better_of_both():
    X, y = wide_rows(1500, is_linear=True)
    estimator = TransitionMatrixEstimator(keep_estimators=True, random_state=0).fit(X, y)
    assert [len(net.module_.weights) for net in estimator.estimators_] == [1, 1, 1]
