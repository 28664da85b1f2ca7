"""Parameters are checked before anything is fitted."""

import pytest
from sklearn.linear_model import LogisticRegression

from sknoisy import TransitionMatrixEstimator, make_net
from sknoisy._estimation._parameters import check_parameters, reads_top_rows


def check(estimator, *, n_classes=3, with_unlabelled=False, is_soft=False):
    check_parameters(
        estimator, n_classes=n_classes, with_unlabelled=with_unlabelled, is_soft=is_soft
    )


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
    check(TransitionMatrixEstimator(**params))


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"method": "counts"}, ValueError, "counts"),
        ({"method": "anchor", "quantile": 1.0}, ValueError, "inside .0, 1.; got 1.0"),
        ({"method": "anchor", "quantile": "median"}, ValueError, "got 'median'"),
        ({"device": "cudo"}, ValueError, "cudo"),
        ({"structure": {"symetric": True}}, ValueError, "symetric"),
        ({"method": "likelihood", "structure": "symmetric"}, ValueError, "takes no structure"),
        ({"estimator": 3}, TypeError, "predict_proba.*got 3 of type int"),
    ],
)
def test_others_are_named(params, error, message):
    with pytest.raises(error, match=message):
        check(TransitionMatrixEstimator(**params))


def test_rows_without_labels_serve_anchors_only():
    with pytest.raises(ValueError, match='method="anchor" only; method=.count.'):
        check(TransitionMatrixEstimator(method="count"), with_unlabelled=True)
    check(TransitionMatrixEstimator(method="anchor"), with_unlabelled=True)


def test_only_counts_of_top_rows_need_one_pass():
    assert reads_top_rows(TransitionMatrixEstimator(method="count"))
    assert not reads_top_rows(TransitionMatrixEstimator())


def test_the_likelihood_of_many_classes_is_refused_before_anything_is_trained():
    check(TransitionMatrixEstimator(method="likelihood"), n_classes=100)
    with pytest.raises(ValueError, match="at most 100 classes.*got 101"):
        check(TransitionMatrixEstimator(method="likelihood"), n_classes=101)
