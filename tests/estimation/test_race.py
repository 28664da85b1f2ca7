"""Of very many rows a part chooses the net, and the winner alone is trained on all."""

import numpy as np
import pytest

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier
from sknoisy._estimation import _race


def wide_rows(n_rows, is_linear):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 220))
    signal = X[:, :10].sum(axis=1) if is_linear else np.abs(X[:, :3]).sum(axis=1) - 2.3
    return X.astype(np.float32), (signal > 0).astype(int)


@pytest.fixture
def trainings(monkeypatch):
    """Rows, members, held-out rows and seen weights of each training."""
    seen, train = [], _race.fit_net

    def recorded(net, X, y, sample_weight=None, **training):
        train(net, X, y, sample_weight, **training)
        is_linear = len(net.module_.weights) == 1
        seen.append((len(y), net.module_.n_members, is_linear, training, sample_weight))
        return net

    monkeypatch.setattr(_race, "fit_net", recorded)
    monkeypatch.setattr(_race, "RACE_ROWS", 600)
    return seen


@pytest.mark.parametrize("is_linear", [True, False])
def test_a_part_of_many_rows_chooses(trainings, is_linear):
    X, y = wide_rows(1000, is_linear)
    RobustLossClassifier(loss="cross_entropy", n_iter_no_change=3, random_state=0).fit(X, y)
    assert [rows for rows, *_ in trainings] == [600, 600, 1000]
    assert [members for _, members, *_ in trainings] == [1, 1, 5]
    assert trainings[-1][2] == is_linear
    fold = trainings[0][3]["held_out"].fold
    assert set(fold) == {0, -1}
    assert 80 < (fold == 0).sum() < 160  # A fold of five.


def test_rows_with_several_labels_keep_all_of_them(trainings):
    X, y = wide_rows(1000, True)
    RobustLossClassifier(loss="cross_entropy", n_iter_no_change=3, random_state=0).fit(
        X, np.where(np.arange(2) == y[:, None], 0.75, 0.25)
    )
    assert [rows for rows, *_ in trainings] == [1200, 1200, 2000]
    *_, weight = trainings[0]
    assert np.unique(weight).tolist() == [0.25, 0.75]
    assert (weight == 0.25).sum() == 600


def test_few_rows_are_all_seen_by_all_nets(trainings):
    X, y = wide_rows(600, True)
    RobustLossClassifier(loss="cross_entropy", n_iter_no_change=3, random_state=0).fit(X, y)
    assert [(rows, members) for rows, members, *_ in trainings] == [(600, 5), (600, 5)]


def test_weights_and_matrices_go_with_the_rows(trainings):
    X, y = wide_rows(1000, True)
    weights = np.where(np.arange(1000) < 500, 1.0, 3.0)
    T = np.array([[0.9, 0.1], [0.2, 0.8]])
    by_group = {"a": T, "b": T[::-1, ::-1]}
    clf = ForwardCorrectedClassifier(transition_matrix=by_group, n_iter_no_change=3, random_state=0)
    groups = np.where(np.arange(1000) < 500, "a", "b")
    clf.fit(X, y, sample_weight=weights, noise_groups=groups)
    in_part = [t for t in trainings if t[0] == 600]
    assert len(in_part) == 2
    for *_, training, weight in in_part:
        heavy = weight == weight.max()
        assert 200 < heavy.sum() < 400
        np.testing.assert_array_equal(training["matrix"], heavy)
