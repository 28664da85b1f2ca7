"""Losses by name, by class, with parameters."""

import numpy as np
import pytest
import torch
from helpers import QUICK, T3, Linear
from sklearn.model_selection import GridSearchCV
from skorch.dataset import ValidSplit
from torch import nn

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, make_net
from sknoisy.losses import LOSSES, EarlyLearningLoss, GCELoss

MOMENTUM = 0.7
STILL = {"lr": 1e-12, "max_epochs": 3, "batch_size": 32}
BELIEVED = 1 - MOMENTUM ** STILL["max_epochs"]


def test_robust_loss_takes_names_classes_and_parameters(blobs):
    X, y, _ = blobs
    named = RobustLossClassifier(QUICK, loss="gce", loss_params={"q": 0.5}, random_state=0)
    classed = RobustLossClassifier(QUICK, loss=GCELoss, loss_params={"q": 0.5}, random_state=0)
    np.testing.assert_array_equal(
        named.fit(X, y).predict_proba(X), classed.fit(X, y).predict_proba(X)
    )
    other = RobustLossClassifier(QUICK, loss="gce", loss_params={"q": 1.0}, random_state=0)
    assert np.abs(other.fit(X, y).predict_proba(X) - named.predict_proba(X)).max() > 1e-3


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_every_loss_learns_and_its_posteriors_agree_with_its_predictions(loss, blobs):
    X, _, clean = blobs
    needs_T = LOSSES[loss].needs_transition_matrix
    clf = RobustLossClassifier(
        make_net(max_epochs=20, lr=3e-3),
        loss=loss,
        loss_params={"transition_matrix": np.eye(3)} if needs_T else None,
        random_state=0,
    ).fit(X, clean)
    proba = clf.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(clf.classes_[proba.argmax(axis=1)], clf.predict(X))
    assert clf.score(X, clean) > 0.85


def test_a_loss_of_pytorchs_or_of_ones_own_serves_too(blobs):
    X, y, _ = blobs
    ours, theirs = (
        RobustLossClassifier(QUICK, loss=loss, random_state=0).fit(X, y).predict_proba(X)
        for loss in ("cross_entropy", nn.CrossEntropyLoss)
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_forward_loss_by_name_is_the_forward_classifier(blobs):
    X, y, _ = blobs
    by_name = RobustLossClassifier(
        QUICK, loss="forward", loss_params={"transition_matrix": T3}, random_state=0
    )
    classifier = ForwardCorrectedClassifier(QUICK, transition_matrix=T3, warm_up=0, random_state=0)
    np.testing.assert_array_equal(
        by_name.fit(X, y).predict_proba(X), classifier.fit(X, y).predict_proba(X)
    )


def still_net_with_a_memory(X, *data, **settings):
    """A net that does not move, and the belief that its loss ends with."""
    net = make_net(Linear, module__n_features=8, **(STILL | settings))
    params = {"momentum": MOMENTUM}
    clf = RobustLossClassifier(net, loss="early_learning", loss_params=params, random_state=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EarlyLearningLoss, "forget_rows", lambda self: None)
        clf.fit(X, *data)
    assert len(clf.estimator_.criterion_.belief) > 0
    return clf.estimator_.criterion_.belief.numpy(), clf


def test_early_learning_forgets_the_rows_after_the_training(blobs):
    X, y, _ = blobs
    clf = RobustLossClassifier(make_net(Linear, **STILL), loss="early_learning", random_state=0)
    assert clf.fit(X, y).estimator_.criterion_.belief.numel() == 0


def test_early_learning_remembers_each_row_under_its_own_number(blobs):
    """The running average of a posterior that stays is that posterior, up to 1 - momentum^t."""
    X, y, _ = blobs
    belief, clf = still_net_with_a_memory(X, y)
    np.testing.assert_allclose(belief, BELIEVED * clf.predict_proba(X), rtol=1e-4)


def test_early_learning_never_sees_the_rows_that_validate(blobs):
    X, y, _ = blobs
    belief, clf = still_net_with_a_memory(X, y, train_split=ValidSplit(4, stratified=True))
    seen = belief.any(axis=1)
    assert seen.sum() == 300
    np.testing.assert_allclose(belief[seen], BELIEVED * clf.predict_proba(X)[seen], rtol=1e-4)


def test_early_learning_reads_a_dataset_and_skips_rows_of_no_weight(blobs):
    X, y, _ = blobs
    weight = np.arange(len(y)) % 2
    belief, clf = still_net_with_a_memory(X, y, weight)
    np.testing.assert_allclose(belief, BELIEVED * clf.predict_proba(X[1::2]), rtol=1e-4)
    dataset = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    belief, clf = still_net_with_a_memory(dataset)
    np.testing.assert_allclose(belief, BELIEVED * clf.predict_proba(X), rtol=1e-4)


def test_early_learning_refuses_rows_in_parts(blobs):
    X, y, _ = blobs
    clf = RobustLossClassifier(QUICK, loss="early_learning")
    with pytest.raises(ValueError, match="partial_fit cannot serve loss='early_learning'.*fit"):
        clf.partial_fit(X, y)


@pytest.mark.parametrize(
    ("loss", "params", "error", "message"),
    [
        ("hinge", None, ValueError, "loss must be one of .*'gce'.*got 'hinge'"),
        (None, None, TypeError, "a name of sknoisy.losses.LOSSES or the class.*got None"),
        (GCELoss(), None, TypeError, "the class of a criterion; got GCELoss.*loss_params"),
        (nn.functional.cross_entropy, None, TypeError, "class of a criterion; got <function"),
        ("gce", {"beta": 1}, TypeError, r"GCELoss.*\['q', 'reduction'\].*argument 'beta'"),
        ("gce", {"q": 2}, ValueError, r"q must be in \[0, 1\]; got 2"),
        ("gce", "q", TypeError, "loss_params must be a dict.*got 'q'"),
        ("gce", {"reduction": "none"}, ValueError, 'must not ask for reduction="none"'),
        ("forward", None, TypeError, "'transition_matrix'.*ForwardCorrectedClassifier"),
    ],
)
def test_losses_and_parameters_that_do_not_fit_are_explained(loss, params, error, message, blobs):
    X, y, _ = blobs
    with pytest.raises(error, match=f"(?s){message}"):
        RobustLossClassifier(QUICK, loss=loss, loss_params=params).fit(X, y)


def test_losses_and_their_parameters_can_be_searched_in_a_grid(blobs):
    X, y, _ = blobs
    losses = [
        {"loss": ["cross_entropy", "mae"]},
        {"loss": ["gce"], "loss_params": [{"q": 0.3}, {"q": 1.0}]},
    ]
    grid = GridSearchCV(RobustLossClassifier(QUICK, random_state=0), losses, cv=2).fit(X, y)
    scores = grid.cv_results_["mean_test_score"]
    assert scores[1] == scores[3]  # MAE is GCE at q = 1.
    assert len(set(scores)) == 3
