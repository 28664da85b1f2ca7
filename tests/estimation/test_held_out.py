import numpy as np
import pytest
from scipy import sparse

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, make_net
from sknoisy._estimation import Stopping
from sknoisy._validation import validate_training_set
from sknoisy.modules import MLP, MemberModules, TableMLP

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = np.arange(60) % 3


def training_set(rows=X, y=Y):
    return validate_training_set(RobustLossClassifier(), rows, y)


@pytest.mark.parametrize(
    ("estimator", "rows", "settings", "n_members", "stops"),
    [
        (None, X, {}, 5, True),
        (None, X.reshape(60, 1, 2, 2), {}, 1, True),
        (None, sparse.csr_array((60, 2000)), {}, 1, False),
        (None, X, {"n_members": 2}, 2, True),
        (None, X, {"early_stopping": False}, 1, False),
        (None, X, {"early_stopping": False, "n_members": 3}, 3, False),
        (MLP, X, {}, 1, False),
        (MLP, X, {"early_stopping": True}, 1, True),
        (MLP, X, {"early_stopping": True, "n_members": 4}, 4, True),
        (make_net(), X, {"n_members": 2}, 2, False),
    ],
)
def test_default_networks_are_stopped_and_those_for_tables_have_members(
    estimator, rows, settings, n_members, stops
):
    data = training_set(rows)
    members = Stopping(**settings).plan_for(estimator, data)
    assert members.n_members == n_members
    assert (members.held_out(data, 0) is not None) == stops


def test_each_member_leaves_out_a_fold_with_all_classes():
    data = training_set()
    fold = Stopping().plan_for(None, data).held_out(data, 0).fold
    counts = np.zeros((5, 3))
    np.add.at(counts, (fold, Y), 1)
    assert (counts == 4).all()


def test_a_single_network_leaves_out_a_fraction():
    data = training_set()
    asked = Stopping(early_stopping=True, validation_fraction=0.25, n_members=1)
    fold = asked.plan_for(None, data).held_out(data, 0).fold
    assert (fold == 0).sum() == 15
    assert set(fold) == {0, -1}


def test_equal_rows_and_named_groups_are_left_out_together():
    data = training_set(np.repeat(X[:20], 3, axis=0), np.repeat(Y[:20], 3))
    fold = Stopping().plan_for(None, data).held_out(data, 0).fold.reshape(20, 3)
    assert (fold == fold[:, :1]).all()
    named = training_set()._replace(fold_groups=np.arange(60) // 4)
    fold = Stopping().plan_for(None, named).held_out(named, 0).fold.reshape(15, 4)
    assert (fold == fold[:, :1]).all()


def test_nothing_is_left_out_of_fewer_rows_than_folds():
    data = training_set(X[:4], Y[:4])
    assert Stopping().plan_for(None, data).held_out(data, 0) is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"early_stopping": "yes"}, "early_stopping must be"),
        ({"validation_fraction": 1.0}, "validation_fraction must be"),
        ({"n_iter_no_change": 0}, "n_iter_no_change must be at least 1"),
        ({"n_members": 0}, "n_members must be at least 1"),
        ({"n_members": 2.5}, "n_members must be an integer"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_training(settings, message):
    with pytest.raises((ValueError, TypeError), match=message):
        ForwardCorrectedClassifier(**settings).fit(X, Y)


def test_a_net_with_a_split_of_its_own_is_not_stopped_twice():
    from skorch.dataset import ValidSplit

    clf = RobustLossClassifier(make_net(train_split=ValidSplit(3)), early_stopping=True)
    with pytest.raises(ValueError, match="train_split of its own"):
        clf.fit(X, Y)


@pytest.mark.parametrize("estimator", [None, MLP])
def test_members_are_trained_averaged_and_the_same_for_the_same_seed(estimator):
    def fitted():
        clf = RobustLossClassifier(
            estimator, loss="cross_entropy", n_members=3, early_stopping=True, random_state=0
        )
        return clf.fit(X, Y)

    clf = fitted()
    assert isinstance(clf.estimator_.module_, TableMLP if estimator is None else MemberModules)
    np.testing.assert_array_equal(clf.predict_proba(X), fitted().predict_proba(X))
    assert clf.history_[-1, "valid_loss"] >= min(clf.history_[:, "valid_loss"])
