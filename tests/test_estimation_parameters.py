"""Parameters are checked before anything is fitted."""

import pytest
from sklearn.linear_model import LogisticRegression

from sknoisy import TransitionMatrixEstimator, make_net
from sknoisy._estimation._parameters import check_parameters


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"method": "anchor", "quantile": 0.97},
        {"method": "anchor", "quantile": "argmax"},
        {"estimator": LogisticRegression(), "method": "count"},
        {"estimator": make_net(), "quantile": 7},  # Not looked at: nothing is anchored.
    ],
)
def test_usable_parameters_pass(params):
    check_parameters(TransitionMatrixEstimator(**params), None)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"method": "counts"}, ValueError, "counts"),
        ({"method": "anchor", "quantile": 1.0}, ValueError, "inside .0, 1.; got 1.0"),
        ({"method": "anchor", "quantile": "median"}, ValueError, "got 'median'"),
        ({"device": "cudo"}, ValueError, "cudo"),
        ({"structure": {"symetric": True}}, ValueError, "symetric"),
        ({"estimator": 3}, TypeError, "predict_proba.*got int"),
    ],
)
def test_others_are_named(params, error, message):
    with pytest.raises(error, match=message):
        check_parameters(TransitionMatrixEstimator(**params), None)


def test_rows_without_labels_serve_anchors_only():
    with pytest.raises(ValueError, match='method="anchor" only; method=.count.'):
        check_parameters(TransitionMatrixEstimator(method="count"), [[0.0]])
    check_parameters(TransitionMatrixEstimator(method="anchor"), [[0.0]])
