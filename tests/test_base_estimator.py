"""What all estimators add to scikit-learn's base."""

import re

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sknoisy import (
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy._hints import SITE
from sknoisy.annotators import DawidSkene
from sknoisy.calibration import NoiseCalibratedClassifier


def test_a_parameter_of_the_network_is_pointed_to():
    for kind in (ForwardCorrectedClassifier, TransitionMatrixEstimator):
        with pytest.raises(ValueError, match="has no parameter 'lr'. Set estimator__lr"):
            kind(make_net()).set_params(lr=0.1)
    pipeline = make_pipeline(LogisticRegression())
    with pytest.raises(ValueError, match="Set estimator__logisticregression__C"):
        ReweightedClassifier(pipeline).set_params(C=3)


def test_the_default_network_has_to_be_named_first():
    with pytest.raises(ValueError, match=r"estimator=sknoisy.make_net.*estimator__lr"):
        ForwardCorrectedClassifier().set_params(lr=0.1)
    with pytest.raises(ValueError, match="estimator__lr is a parameter of estimator, which is Non"):
        ForwardCorrectedClassifier().set_params(estimator__lr=0.1)
    clf = ForwardCorrectedClassifier().set_params(estimator=make_net(), estimator__lr=0.1)
    assert clf.estimator.lr == 0.1


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ValueError, match=r"no parameter 'rate'; it has \['base_loss'"):
        ForwardCorrectedClassifier(make_net()).set_params(rate=0.1)


@pytest.mark.parametrize(
    ("estimator", "page"),
    [
        (ForwardCorrectedClassifier(make_net()), "sknoisy.ForwardCorrectedClassifier"),
        (DawidSkene(), "sknoisy.annotators.DawidSkene"),
        (
            NoiseCalibratedClassifier(LogisticRegression()),
            "sknoisy.calibration.NoiseCalibratedClassifier",
        ),
    ],
)
def test_notebooks_show_a_link_to_the_documentation_and_no_addresses(estimator, page):
    html = estimator._repr_html_()
    assert f"{SITE}/api/{page}.html" in html
    assert not re.search(r"0x[0-9a-f]+|[0-9a-f]{6,}&gt;", html)
