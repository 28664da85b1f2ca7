"""What a fit does to an estimator: all or nothing, from rows that are looked at once."""

import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from helpers import T3, Linear
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted
from skorch.callbacks import Callback, LRScheduler

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    GroupTransitionMatrixEstimator,
    ReweightedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    _labels,
    make_net,
)
from sknoisy._validation import _user_rows
from sknoisy.annotators import AnnotatorCorrectedClassifier

TINY = make_net(max_epochs=2, module__hidden_sizes=(8,))
FORWARD = ForwardCorrectedClassifier(TINY, transition_matrix=T3, random_state=0)
ROBUST = RobustLossClassifier(TINY, random_state=0)
ESTIMATED = TransitionMatrixEstimator(LogisticRegression(), cv=2)


@pytest.fixture(scope="module")
def rows(blobs):
    X, y, _ = blobs
    return X[:200], y[:200]


# %% Validated once


def count_calls(monkeypatch, module, name):
    """A list that grows with every call of a function, whoever imported it."""
    original, calls = getattr(module, name), []

    def counted(*args, **kwargs):
        calls.append(name)
        return original(*args, **kwargs)

    for other in [m for key, m in sys.modules.items() if key.split(".")[0] == "sknoisy"]:
        if getattr(other, name, None) is original:
            monkeypatch.setattr(other, name, counted)
    return calls


@pytest.mark.parametrize(
    "clf",
    [
        FORWARD,
        BackwardCorrectedClassifier(TINY, transition_matrix=T3),
        ReweightedClassifier(LogisticRegression(), transition_matrix=T3),
        ROBUST,
        ForwardCorrectedClassifier(TINY),
        BackwardCorrectedClassifier(TINY),
        ReweightedClassifier(LogisticRegression()),
        ForwardCorrectedClassifier(TINY, transition_matrix=ESTIMATED),
    ],
    ids=lambda clf: f"{type(clf).__name__}-{type(getattr(clf, 'transition_matrix', 0)).__name__}",
)
def test_x_and_y_are_validated_and_encoded_once(clf, rows, monkeypatch):
    X, y = rows
    names = np.array(["ant", "bee", "cat"], dtype=object)[y]
    validated = count_calls(monkeypatch, _user_rows, "validate_data")
    encoded = count_calls(monkeypatch, _labels, "encode_labels")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of a T by so few rows.
        clone(clf).fit(X, names)
    assert (len(validated), len(encoded)) == (1, 1)


# %% All or nothing


class Fails(Callback):
    def on_epoch_begin(self, net, **kwargs):
        raise RuntimeError("a mistake of the user's")


class PressedInWarmUp(LRScheduler):
    def on_epoch_begin(self, net, **kwargs):
        raise KeyboardInterrupt


class Pressed(Linear):
    """A network in whose first step of training somebody presses Ctrl-C."""

    def forward(self, rows):
        if self.training:
            raise KeyboardInterrupt
        return super().forward(rows)


DIVERGING = make_net(optimizer=torch.optim.SGD, lr=1e30, max_epochs=2)
PRESSED = make_net(Pressed, max_epochs=2)
IN_WARM_UP = make_net(callbacks=[PressedInWarmUp("StepLR", step_size=1)], max_epochs=3)
FAILURES = {
    "bad T": (FORWARD, {"transition_matrix": np.eye(4)}, ValueError),
    "bad parameter": (FORWARD, {"warm_up": -1}, ValueError),
    "T of an estimator": (FORWARD, {"transition_matrix": LogisticRegression()}, TypeError),
    "diverging loss": (FORWARD, {"estimator": DIVERGING}, ValueError),
    "error in a callback": (
        FORWARD,
        {"estimator": make_net(callbacks=[Fails()], max_epochs=3)},
        RuntimeError,
    ),
    "fine-tuning": (FORWARD, {"fine_tune_epochs": 2, "fine_tune_lr_factor": 1e37}, ValueError),
    "interrupted warm-up": (FORWARD, {"estimator": IN_WARM_UP}, KeyboardInterrupt),
    "interrupted main part": (FORWARD, {"estimator": PRESSED, "warm_up": 0}, KeyboardInterrupt),
    "interrupted stage one": (
        FORWARD,
        {"transition_matrix": TransitionMatrixEstimator(PRESSED)},
        KeyboardInterrupt,
    ),
    "singular T": (
        BackwardCorrectedClassifier(TINY, transition_matrix=T3, random_state=0),
        {"transition_matrix": np.full((3, 3), 1 / 3)},
        ValueError,
    ),
    "robust loss": (
        RobustLossClassifier(TINY, random_state=0),
        {"estimator": PRESSED},
        BaseException,
    ),
    "unknown loss": (RobustLossClassifier(TINY, random_state=0), {"loss": "hinge"}, ValueError),
    "weights": (
        ReweightedClassifier(LogisticRegression(), transition_matrix=T3),
        {"estimator": LogisticRegression(C=-1)},
        ValueError,
    ),
    "annotators": (
        AnnotatorCorrectedClassifier(TINY, transition_matrices=[T3, T3], random_state=0),
        {"estimator": PRESSED},
        KeyboardInterrupt,
    ),
}


@pytest.mark.filterwarnings("ignore:Training ended in a minimum:UserWarning")
@pytest.mark.parametrize("name", FAILURES)
def test_a_fit_that_fails_or_is_interrupted_leaves_the_estimator_as_it_was(name, rows):
    X, y = rows
    clf, params, error = FAILURES[name]
    settings = {"y_trusted": y} if name == "fine-tuning" else {}
    y = np.stack([y, y], axis=1) if name == "annotators" else y
    unfitted = clone(clf).set_params(**params)
    before = set(vars(unfitted))
    with pytest.raises(error):
        unfitted.fit(X, y, **settings)
    assert set(vars(unfitted)) == before
    with pytest.raises(NotFittedError):
        check_is_fitted(unfitted)

    fitted = clone(clf).fit(X, y)
    proba, before = fitted.predict_proba(X), dict(vars(fitted))
    n_epochs = len(getattr(fitted, "history_", ()))
    with pytest.raises(error):
        # Fewer features, so that those of the new rows would show as well.
        fitted.set_params(**params).fit(X[:, :5], y, **settings)
    after = vars(fitted)
    assert after.keys() == before.keys()
    assert all(after[key] is before[key] for key in before if key not in params)
    np.testing.assert_array_equal(fitted.predict_proba(X), proba)
    assert len(getattr(fitted, "history_", ())) == n_epochs


# %% A fit replaces the one before


def fitted_names(estimator):
    return {name for name in vars(estimator) if name.endswith("_") and not name.startswith("_")}


@pytest.mark.filterwarnings("ignore:Training ended in a minimum:UserWarning")
@pytest.mark.parametrize("kind", [FORWARD, ReweightedClassifier(LogisticRegression())])
def test_a_refit_replaces_all_fitted_attributes(kind, rows):
    X, y = rows
    groups = np.arange(len(y)) % 2
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    clf = clone(kind).set_params(transition_matrix=GroupTransitionMatrixEstimator(ESTIMATED))
    clf.set_params(random_state=0)
    clf.fit(frame, y, noise_groups=groups)
    extra = {"transition_matrices_", "noise_groups_", "transition_matrix_estimator_"}
    extra |= {"feature_names_in_"}
    assert extra <= fitted_names(clf)
    clf.set_params(transition_matrix=T3).fit(X, y)
    assert fitted_names(clf) == fitted_names(clone(clf).fit(X, y))
    assert not extra & fitted_names(clf)
    assert clf.transition_matrix_source_ == "given"


def test_a_refit_on_a_dataset_forgets_the_features_of_a_table(rows):
    X, y = rows
    clf = RobustLossClassifier(make_net(max_epochs=1, module__n_features=8)).fit(X, y)
    assert clf.n_features_in_ == 8
    clf.fit(torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(y)))
    assert not hasattr(clf, "n_features_in_")


@pytest.mark.filterwarnings("ignore:No row has two labels:UserWarning")
def test_given_matrices_of_annotators_leave_no_model_of_an_earlier_fit(rows):
    class Model(BaseEstimator):
        def fit(self, X, y):
            self.transition_matrices_ = np.stack([T3, T3])
            return self

    X, y = rows
    votes = np.stack([y, y], axis=1)
    clf = AnnotatorCorrectedClassifier(TINY, transition_matrices=Model()).fit(X, votes)
    assert isinstance(clf.annotator_model_, Model)
    clf.set_params(transition_matrices=[T3, T3]).fit(X, votes)
    assert not hasattr(clf, "annotator_model_")
