"""Parameters are checked before anything is fitted."""

import pytest
from sklearn.linear_model import LogisticRegression

from sknoisy import TransitionMatrixEstimator, make_net
from sknoisy._estimation._parameters import check_kept, check_parameters


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
    check_parameters(TransitionMatrixEstimator(**params), None, None)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"method": "counts"}, ValueError, "counts"),
        ({"method": "anchor", "quantile": 1.0}, ValueError, "inside .0, 1.; got 1.0"),
        ({"method": "anchor", "quantile": "median"}, ValueError, "got 'median'"),
        ({"device": "cudo"}, ValueError, "cudo"),
        ({"structure": {"symetric": True}}, ValueError, "symetric"),
        ({"keep_proba": False}, ValueError, 'method="count" only.*method=.auto.'),
        ({"estimator": 3}, TypeError, "predict_proba.*got int"),
    ],
)
def test_others_are_named(params, error, message):
    with pytest.raises(error, match=message):
        check_parameters(TransitionMatrixEstimator(**params), None, None)


def test_rows_without_labels_serve_anchors_only():
    with pytest.raises(ValueError, match='method="anchor" only; method=.count.'):
        check_parameters(TransitionMatrixEstimator(method="count"), [[0.0]], None)
    check_parameters(TransitionMatrixEstimator(method="anchor"), [[0.0]], None)


def test_one_pass_has_no_posteriors_for_trusted_labels():
    with pytest.raises(ValueError, match="keep_proba=True"):
        check_parameters(TransitionMatrixEstimator(method="count", keep_proba=False), None, [0])


def test_what_needs_posteriors_says_so():
    with pytest.raises(ValueError, match="The T of each group needs the posteriors"):
        check_kept(TransitionMatrixEstimator(), "The T of each group")
