"""Networks that take more than one input."""

import numpy as np
import pytest
import torch
from helpers import T2
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from skorch.helper import SliceDataset, SliceDict
from torch import nn
from torch.utils.data import Dataset

from sknoisy import (
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy.annotators import AnnotatorCorrectedClassifier, DawidSkene
from sknoisy.calibration import NoiseCalibratedClassifier

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, 120)
SIZE = 3 * Y[:, None] + RNG.normal(size=(120, 2))
KIND = np.where(RNG.random(120) < 0.9, Y, 1 - Y)
LABELS = np.array(["no", "yes"])[Y]


class Two(nn.Module):
    """Floats and token ids, by name."""

    def __init__(self, n_classes, width=8):
        super().__init__()
        self.kind = nn.Embedding(2, width)
        self.size = nn.Linear(2, width)
        self.out = nn.Linear(width, n_classes)

    def forward(self, size, kind):
        return self.out(torch.relu(self.kind(kind) + self.size(size)))


class Pair(Two):
    """The same, as one argument: a pair."""

    def forward(self, X):
        return super().forward(*X)


class Items(Dataset):
    def __init__(self, form, labelled=True):
        self.form = form
        self.labelled = labelled

    def __len__(self):
        return len(Y)

    def __getitem__(self, row):
        size, kind = torch.tensor(SIZE[row], dtype=torch.float32), torch.tensor(KIND[row])
        x = {"size": size, "kind": kind} if self.form is dict else (size, kind)
        return (x, int(Y[row])) if self.labelled else x


NETS = {
    dict: make_net(Two, max_epochs=6, lr=0.05, batch_size=16),
    tuple: make_net(Pair, max_epochs=6, lr=0.05, batch_size=16),
}
BY_NAME = {"size": SIZE, "kind": KIND}
FORMS = {
    "dict": (dict, BY_NAME),
    "dict of tensors": (dict, {name: torch.from_numpy(x) for name, x in BY_NAME.items()}),
    "SliceDict": (dict, SliceDict(**BY_NAME)),
    "tuple": (tuple, (SIZE, KIND)),
    "Dataset of dicts": (dict, Items(dict)),
    "Dataset of dicts without labels": (dict, Items(dict, labelled=False)),
    "Dataset of tuples": (tuple, Items(tuple)),
    "SliceDataset of dicts": (dict, SliceDataset(Items(dict))),
    "SliceDataset of tuples": (tuple, SliceDataset(Items(tuple))),
}
each_form = pytest.mark.parametrize(("kind", "X"), FORMS.values(), ids=FORMS)
# scikit-learn takes the number of inputs for the number of rows.
SPLITTABLE = {name: form for name, form in FORMS.items() if name not in {"tuple"}}
SPLITTABLE = {name: form for name, form in SPLITTABLE.items() if not name.startswith("dict")}


@each_form
def test_a_corrected_network_learns_from_several_inputs(kind, X):
    clf = ForwardCorrectedClassifier(NETS[kind], transition_matrix=T2, random_state=0)
    assert clf.fit(X, LABELS).score(X, LABELS) > 0.9


def test_all_forms_give_the_same_network():
    fits = [
        RobustLossClassifier(NETS[kind], loss="cross_entropy", random_state=0)
        .fit(X, LABELS)
        .predict_proba(X)
        for kind, X in FORMS.values()
    ]
    for proba in fits[1:]:
        np.testing.assert_allclose(proba, fits[0], atol=1e-6)


def test_t_is_estimated_with_the_same_network():
    source = TransitionMatrixEstimator(method="count", cv=2)
    clf = ForwardCorrectedClassifier(NETS[dict], transition_matrix=source, random_state=0)
    assert np.diag(clf.fit(BY_NAME, LABELS).transition_matrix_).min() > 0.7


@pytest.mark.parametrize(("kind", "X"), SPLITTABLE.values(), ids=SPLITTABLE)
def test_cross_validation_and_search_split_several_inputs(kind, X):
    clf = RobustLossClassifier(NETS[kind], loss="cross_entropy", random_state=0)
    assert cross_val_score(clf, X, LABELS, cv=2).mean() > 0.8
    search = GridSearchCV(clf, {"estimator__lr": [0.05, 0.04]}, cv=2)
    assert search.fit(X, LABELS).predict(X).shape == (120,)


def test_weights_and_trusted_labels_follow_their_rows():
    weights = np.arange(120) % 2
    clf = ForwardCorrectedClassifier(
        NETS[dict], transition_matrix=T2, fine_tune_epochs=1, random_state=0
    )
    some = {name: x[:40] for name, x in BY_NAME.items()}
    clf.fit(BY_NAME, LABELS, weights, y_trusted=LABELS[:40], X_trusted=some)
    assert clf.score(some, LABELS[:40]) > 0.9
    assert clf.feature_names_in_.tolist() == ["size", "kind"]


@pytest.mark.parametrize(
    ("estimator", "y"),
    [
        (NoiseCalibratedClassifier(NETS[dict], transition_matrix=T2, cv=2), LABELS),
        (DawidSkene(NETS[dict], n_rounds=1, cv=2), np.c_[LABELS, LABELS]),
        (
            AnnotatorCorrectedClassifier(NETS[dict], transition_matrices=[T2, T2]),
            np.c_[LABELS, LABELS],
        ),
    ],
)
def test_other_estimators_with_a_network_take_several_inputs(estimator, y):
    estimator.set_params(random_state=0).fit(BY_NAME, y)
    if hasattr(estimator, "predict"):
        assert estimator.score(BY_NAME, LABELS) > 0.8
    else:
        assert (estimator.consensus_ == LABELS).mean() > 0.8


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ({"size": SIZE, "kind": KIND[:5]}, "equally many rows; got size: 120, kind: 5"),
        ({}, "at least one.*got none"),
        ({"size": SIZE * np.nan, "kind": KIND}, r"Input X\['size'\] contains NaN"),
        ({"size": SIZE[:5], "kind": KIND[:5]}, r"inconsistent numbers of samples: \[5, 120\]"),
        ({"size": SIZE, "other": KIND}, "arguments of forward.*unexpected keyword argument"),
        ((SIZE, KIND), "one argument, a list of .*missing 1 required"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(X, message):
    with pytest.raises(ValueError, match=message):
        RobustLossClassifier(NETS[dict]).fit(X, LABELS)


def test_the_default_network_says_that_it_does_not_know_their_sizes():
    with pytest.raises(TypeError, match="several inputs n_classes alone"):
        RobustLossClassifier().fit(BY_NAME, LABELS)


@pytest.mark.parametrize(
    ("fitted_to", "X", "message"),
    [
        (BY_NAME, {"size": SIZE}, r"\['kind', 'size'\]; got \['size'\]"),
        (BY_NAME, SIZE, r"\['kind', 'size'\]; got none with names"),
        (SIZE, BY_NAME, r"without names; got \['kind', 'size'\]"),
    ],
)
def test_predictions_need_the_inputs_of_the_fit(fitted_to, X, message):
    net = NETS[dict] if fitted_to is BY_NAME else make_net(max_epochs=1)
    clf = RobustLossClassifier(net, random_state=0).fit(fitted_to, LABELS)
    with pytest.raises(ValueError, match=message):
        clf.predict(X)


def test_a_dict_is_not_handed_to_other_classifiers():
    with pytest.raises(TypeError, match="several inputs is for networks"):
        TransitionMatrixEstimator(LogisticRegression()).fit(BY_NAME, LABELS)
