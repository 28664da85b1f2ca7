"""Trees beside the members of the default network, grown on labels that these put right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from .._net import HeldOut, bare_module, left_out_proba, scaled_rows
from ..modules import TableMLP
from ..modules._trees import Tree
from ._label_evidence import LabelEvidence

Array = NDArray[np.float64]

TREES_PER_MEMBER = 10
# Beyond so many numbers, rows times columns, trees take longer than networks.
MOST_NUMBERS = 5_000_000
# Leaves grow with the rows, so that a tree has no more than so many; they store a number by class.
ROWS_IN_LEAF, MOST_LEAVES, CLASSES_PER_ROW_IN_LEAF = 2, 4000, 10
SHARE_OF_COLUMNS = 0.6
DEEPEST = 20


def grow_trees(
    nets: Sequence[Any], dataset: Dataset, evidence: LabelEvidence, held_out: HeldOut, seed: int
) -> Array:
    """Plant trees beside each member of a net where left-out labels are likelier with them.

    Several nets whose posteriors are averaged have the same trees. Returns the posteriors of the
    rows by members that left them out. `dataset` holds each row once, and `held_out` leaves out
    each by one member; so do its trees.

    Notes
    -----
    Trees are grown on what the clean labels are by a member that left the row out and by the noisy
    label: ``P(clean = k | x, noisy = j) = p_k T[k, j] / (p @ T)_j``, the E step of EM. The
    posterior of a member is then the geometric mean of those of its network and its trees, which
    err at other rows than networks do.
    """
    modules, proba = [bare_module(net) for net in nets], left_out_mean(nets, dataset, held_out)
    rows, shares = scaled_rows(nets[0], dataset), evidence.clean_shares(proba)
    trees: list[Tree] = []
    for member in range(modules[0].n_members):
        seen = held_out.fold != member
        weights = evidence.row_weights[seen]
        trees += _grown(rows[seen], shares[seen], weights, (seed + member) % 2**32)
    for module in modules:
        module.trees.plant(trees)
    with_trees = left_out_mean(nets, dataset, held_out)
    if evidence.loss(with_trees) < evidence.loss(proba):
        return with_trees
    for module in modules:
        module.trees.plant(())
    return proba


def left_out_mean(nets: Sequence[Any], dataset: Dataset, held_out: HeldOut) -> Array:
    """The mean posterior of the rows by the members of nets that left them out."""
    found = [left_out_proba(net, dataset, held_out) for net in nets]
    return np.asarray(np.mean(found, axis=0))


def takes_trees(net: Any, held_out: HeldOut) -> bool:
    """Whether a net is that of a table for which trees are worth their time."""
    module = bare_module(net)
    if not isinstance(module, TableMLP):
        return False
    return len(held_out.fold) * module.n_features <= MOST_NUMBERS


def _grown(rows: NDArray[np.float32], shares: Array, weights: Array, seed: int) -> Iterator[Tree]:
    from sklearn.ensemble import ExtraTreesRegressor  # Takes long to load.

    n_rows, n_classes = shares.shape
    in_leaf = max(ROWS_IN_LEAF, n_rows // MOST_LEAVES, n_classes // CLASSES_PER_ROW_IN_LEAF)
    forest = ExtraTreesRegressor(
        TREES_PER_MEMBER,
        min_samples_leaf=in_leaf,
        max_features=SHARE_OF_COLUMNS,
        max_depth=DEEPEST,
        random_state=seed,
    )
    for grown in forest.fit(rows, shares, sample_weight=weights).estimators_:
        tree = grown.tree_
        left, right = tree.children_left, tree.children_right
        yield Tree(left, right, tree.feature, tree.threshold, tree.value[:, :, 0])
