"""Trees grown elsewhere, which a module looks up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

SMALLEST_SHARE = 0.01  # Of the classes together: leaves say 0 and 1 too easily.


class Tree(NamedTuple):
    """A tree: by node its children, column and threshold, as in scikit-learn, and its shares.

    Rows go left where their value is at most the threshold; leaves have the child -1. `shares` of
    shape (n_nodes, n_classes) are those of the classes.
    """

    left: NDArray[np.integer]
    right: NDArray[np.integer]
    column: NDArray[np.integer]
    threshold: NDArray[np.float64]
    shares: NDArray[np.float64]


class Trees(nn.Module):
    """The logarithms of the mean shares of the leaves that rows reach, by member.

    Each member has as many trees; at first none, until `plant`. Nothing is learned.

    Parameters
    ----------
    n_classes, n_members : int
        Numbers of classes and of members.
    """

    # By node of all trees: the left child, beside which lies the right one; the node itself for
    # leaves, whose threshold is infinite. `leaf` is the row of `shares`.
    child: Tensor
    column: Tensor
    threshold: Tensor
    leaf: Tensor
    shares: Tensor
    roots: Tensor
    scale: Tensor
    shift: Tensor

    def __init__(self, n_classes: int, n_members: int, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.n_members = n_members
        self.depth = 0
        for name in ("child", "column", "leaf", "roots"):
            self.register_buffer(name, torch.empty(0, dtype=torch.int32))
        self.register_buffer("threshold", torch.empty(0, dtype=torch.float32))
        self.register_buffer("shares", torch.empty(0, n_classes, dtype=dtype))
        self.register_buffer("scale", torch.ones((), dtype=dtype))
        self.register_buffer("shift", torch.zeros(n_classes, dtype=dtype))
        self.register_load_state_dict_pre_hook(_make_room)
        self.register_load_state_dict_post_hook(_count_levels)

    def __len__(self) -> int:
        return len(self.roots)

    def plant(self, trees: Sequence[Tree]) -> None:
        """Take trees: as many of the first member, of the second, and so on; or none."""
        parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _BY_NODE}
        roots, n_nodes, n_leaves = [], 0, 0
        for tree in trees:
            found = _by_level(tree)
            is_leaf = found.left < 0
            numbers = np.arange(len(is_leaf)) + n_nodes
            parts["child"].append(np.where(is_leaf, numbers, found.left + n_nodes))
            parts["column"].append(np.where(is_leaf, 0, found.column))
            parts["threshold"].append(np.where(is_leaf, np.inf, _rounded_down(found.threshold)))
            parts["leaf"].append(np.where(is_leaf, is_leaf.cumsum() - 1 + n_leaves, 0))
            parts["shares"].append(found.shares[is_leaf])
            roots.append(n_nodes)
            n_nodes, n_leaves = n_nodes + len(is_leaf), n_leaves + int(is_leaf.sum())
        for name, of_trees in parts.items():
            empty = getattr(self, name).numpy(force=True)[:0]
            self._set(name, torch.from_numpy(np.concatenate([empty, *of_trees])))
        self._set("roots", torch.tensor(roots))
        self.depth = self._found_depth()

    def adjust(self, scale: float, shift: Tensor) -> None:
        """Multiply all logits that are to come, and add to them."""
        self.scale.mul_(scale)
        self.shift.mul_(scale).add_(shift)

    def forward(self, X: Tensor, member: int | None = None) -> Tensor:
        """Map rows to logits.

        Parameters
        ----------
        X : tensor of shape (n_samples, n_features)
            Rows.
        member : int, default=None
            The only one to ask; default all.

        Returns
        -------
        tensor of shape (n_samples, n_members, n_classes) or (n_samples, n_classes)
            Logits; the latter of one member.
        """
        X = X.float()
        roots = self.roots.long().unflatten(0, (self.n_members, -1))
        asked = roots if member is None else roots[member]
        node = asked.flatten().expand(X.shape[0], -1)
        for _ in range(self.depth):
            value = X.gather(1, self.column[node].long())
            node = self.child[node].long() + (value > self.threshold[node]).long()
        by_tree = self.shares[self.leaf[node].long()].unflatten(1, asked.shape)
        shares = by_tree.mean(dim=-2)
        n_classes = shares.shape[-1]
        smoothed = (1 - SMALLEST_SHARE) * shares + SMALLEST_SHARE / n_classes
        return torch.log(smoothed) * self.scale + self.shift

    def _set(self, name: str, values: Tensor) -> None:
        """Give a buffer values, and their shape."""
        buffer = getattr(self, name)
        setattr(self, name, values.to(buffer))

    def _found_depth(self) -> int:
        """How many steps lead from any root to its farthest leaf."""
        child = self.child.numpy(force=True)
        nodes, depth = self.roots.numpy(force=True), 0
        while len(nodes := nodes[child[nodes] != nodes]):
            nodes, depth = np.concatenate([child[nodes], child[nodes] + 1]), depth + 1
        return depth


_BY_NODE = ("child", "column", "threshold", "leaf", "shares")


def _by_level(tree: Tree) -> Tree:
    """The same tree, its nodes in such an order that right children follow left ones."""
    level, order = np.zeros(1, dtype=np.intp), []
    while len(level):
        order.append(level)
        inner = level[tree.left[level] >= 0]
        level = np.stack([tree.left[inner], tree.right[inner]], axis=1).ravel()
    old = np.concatenate(order)
    new = np.empty(len(tree.left), dtype=np.intp)
    new[old] = np.arange(len(old))
    left, right = (np.where(part[old] < 0, -1, new[part[old]]) for part in (tree.left, tree.right))
    return Tree(left, right, tree.column[old], tree.threshold[old], tree.shares[old])


def _rounded_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 that is no larger: on float32 values it decides the same."""
    rounded = threshold.astype(np.float32)
    below = np.nextafter(rounded, np.float32(-np.inf))
    return np.where(rounded > threshold, below, rounded)


def _make_room(trees: Trees, state: Mapping[str, Any], prefix: str, *args: Any) -> None:
    """Before a state is loaded: for as many nodes as it has."""
    for name in (*_BY_NODE, "roots"):
        if prefix + name in state:
            trees._set(name, torch.empty_like(state[prefix + name]))


def _count_levels(trees: Trees, incompatible: Any) -> None:
    """After a state was loaded."""
    trees.depth = trees._found_depth()
