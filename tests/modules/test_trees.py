"""Trees in a module say what scikit-learn's say."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.ensemble import ExtraTreesRegressor

from sknoisy.modules import TableMLP
from sknoisy.modules._trees import SMALLEST_SHARE, Tree, Trees

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 5)).astype(np.float32)
SHARES = RNG.dirichlet(np.ones(3), size=200)
FOREST = ExtraTreesRegressor(6, min_samples_leaf=2, random_state=0).fit(X, SHARES)
ROWS = torch.from_numpy(np.concatenate([X, RNG.normal(size=(300, 5)).astype(np.float32)]))


def of_sklearn(grown):
    tree = grown.tree_
    left, right = tree.children_left, tree.children_right
    return Tree(left, right, tree.feature, tree.threshold, tree.value[:, :, 0])


def planted(n_members=2, dtype=None):
    trees = Trees(3, n_members, dtype)
    trees.plant([of_sklearn(grown) for grown in FOREST.estimators_])
    return trees


def test_they_reach_the_leaves_that_scikit_learn_reaches():
    by_tree = np.stack([grown.predict(ROWS.numpy()) for grown in FOREST.estimators_])
    means = by_tree.reshape(2, 3, 500, 3).mean(axis=1).transpose(1, 0, 2)
    expected = (1 - SMALLEST_SHARE) * means + SMALLEST_SHARE / 3
    found = planted()(ROWS).exp()
    torch.testing.assert_close(found.double(), torch.from_numpy(expected), rtol=1e-5, atol=1e-6)
    for member in range(2):
        torch.testing.assert_close(planted()(ROWS, member).exp(), found[:, member])


def test_values_at_a_threshold_go_left():
    stump = Tree(
        np.array([1, -1, -1]),
        np.array([2, -1, -1]),
        np.array([0, -2, -2]),
        np.array([np.float64(np.float32(0.1)) - 1e-12, -2.0, -2.0]),
        np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]]),
    )
    trees = Trees(2, 1)
    trees.plant([stump])
    at, below = np.float32(0.1), np.nextafter(np.float32(0.1), np.float32(0))
    rows = torch.from_numpy(np.array([[at], [below]]))
    assert trees(rows)[:, 0].argmax(dim=1).tolist() == [1, 0]
    trees.plant([stump._replace(threshold=np.array([np.float64(at), -2.0, -2.0]))])
    assert trees(rows)[:, 0].argmax(dim=1).tolist() == [0, 0]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda part: pickle.loads(pickle.dumps(part))])
def test_copies_say_the_same(copied):
    trees = planted()
    torch.testing.assert_close(copied(trees)(ROWS), trees(ROWS), rtol=0, atol=0)


def test_their_state_fits_a_module_without_trees_and_none_fits_one_with_them():
    module, fresh = (TableMLP(5, 3, n_members=2, hidden_sizes=(4,)).eval() for _ in range(2))
    empty = copy.deepcopy(module.state_dict())
    module.trees.plant([of_sklearn(grown) for grown in FOREST.estimators_])
    fresh.load_state_dict(module.state_dict())
    torch.testing.assert_close(fresh(ROWS), module(ROWS), rtol=0, atol=0)
    fresh.load_state_dict(empty)
    assert len(fresh.trees) == 0
    module.trees.plant(())
    torch.testing.assert_close(fresh(ROWS), module(ROWS), rtol=0, atol=0)


def test_a_member_is_the_geometric_mean_of_network_and_trees_but_not_in_training():
    module = TableMLP(5, 3, n_members=2, hidden_sizes=(4,), dropout=0.0).eval()
    networks = module.logits_of_each(ROWS).log_softmax(dim=2)
    in_training = module.train()(ROWS)
    module.trees.plant([of_sklearn(grown) for grown in FOREST.estimators_])
    torch.testing.assert_close(module(ROWS), in_training)
    module.eval()
    expected = ((networks + module.trees(module.scaling(ROWS))) / 2).softmax(dim=2)
    torch.testing.assert_close(module(ROWS).exp(), expected.mean(dim=1))
    each = module.logits_of_each(ROWS)
    for member in range(2):
        torch.testing.assert_close(module.logits_of(member, ROWS), each[:, member])


def test_logits_are_adjusted_once_and_again():
    trees = planted()
    before = trees(ROWS)
    trees.adjust(2.0, torch.tensor([1.0, 0.0, -1.0]))
    trees.adjust(0.5, torch.tensor([0.0, 3.0, 0.0]))
    torch.testing.assert_close(trees(ROWS), before + torch.tensor([0.5, 3.0, -0.5]))
