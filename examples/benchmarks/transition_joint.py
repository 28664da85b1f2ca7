"""T learned together with the network, for the table of transition_estimation.py.

All share one loop: ``softmax(h) @ T`` is fitted to the noisy labels, by the network and the
optimiser of the problem; they differ in how T moves, and for how many of the first epochs it does
not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from transition_problems import Seen

from sknoisy._net import build_net

HELD_OUT = 0.2
TRACE_PENALTIES = (0.01, 0.1, 1.0)
TINY = 1e-6


class LinearNoiseLayer:
    """Rows on the simplex, moved by gradients, while a penalty on the trace lets labels be wrong.

    Sukhbaatar et al., "Training Convolutional Networks with Noisy Labels", ICLR workshop 2015.
    """

    still = 0.5  # Share of the epochs before T moves.

    def __init__(self, n_classes: int, penalty: float) -> None:
        start = torch.eye(n_classes) * 6.0  # Nearly the identity, and yet with a gradient.
        self.logits = start.requires_grad_()
        self.parameters = [self.logits]
        self.penalty = penalty

    def matrix(self) -> Tensor:
        return self.logits.softmax(dim=1)

    def regularization(self, T: Tensor) -> Tensor:
        return self.penalty * T.trace() / len(T)

    def after_epoch(self, proba: Tensor, y: Tensor) -> None:
        """Gradients have moved T already."""


class VolumeMinimization(LinearNoiseLayer):
    """T = I plus positive entries, rows divided by their sums; the log of its volume is paid for.

    Li et al., "Provably End-to-end Label-noise Learning without Anchor Points", ICML 2021, with
    their weight 1e-4 of the volume and their start.
    """

    still = 0.0

    def __init__(self, n_classes: int, penalty: float = 1e-4) -> None:
        super().__init__(n_classes, penalty)
        self.logits = torch.full((n_classes, n_classes), -2.0).requires_grad_()
        self.parameters = [self.logits]
        self.eye = torch.eye(n_classes)

    def matrix(self) -> Tensor:
        rows = self.eye + (1 - self.eye) * self.logits.sigmoid()
        return rows / rows.sum(dim=1, keepdim=True)

    def regularization(self, T: Tensor) -> Tensor:
        return self.penalty * torch.linalg.slogdet(T)[1]


class ExpectationMaximization:
    """After each epoch, the labels that the network's clean posteriors and the old T imply.

    Bekker, Goldberger, "Training Deep Neural-networks Based on Unreliable Labels", ICASSP 2016;
    their start, the labels among the network's predictions.
    """

    still = 0.5
    parameters: list[Tensor] = []

    def __init__(self, n_classes: int) -> None:
        self.T = torch.eye(n_classes)
        self.counted = False

    def matrix(self) -> Tensor:
        return self.T

    def regularization(self, T: Tensor) -> Tensor:
        return torch.zeros(())

    def after_epoch(self, proba: Tensor, y: Tensor) -> None:
        labels = torch.eye(len(self.T))[y]
        if self.counted:
            share = proba * self.T[:, y].T
            share /= share.sum(dim=1, keepdim=True)
        else:
            share = torch.eye(len(self.T))[proba.argmax(dim=1)]
        self.counted = True
        counts = share.T @ labels + TINY
        self.T = counts / counts.sum(dim=1, keepdim=True)


def joint_estimate(seen: Seen, layer: Any, seed: int, rows: np.ndarray | None = None) -> float:
    """Train network and layer on `rows`; return the loss of the labels of the other rows.

    The estimate stays in the layer.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _train(seen, layer, np.arange(len(seen.y)) if rows is None else rows)


def _train(seen: Seen, layer: Any, rows: np.ndarray) -> float:
    X, y = torch.as_tensor(seen.X, dtype=torch.float32), torch.as_tensor(seen.y)
    net = build_net(
        seen.net, n_classes=len(layer.matrix()), sample_shape=tuple(X.shape[1:]), device="cpu"
    ).initialize()
    module, optimizer = net.module_, net.optimizer_
    of_layer = torch.optim.Adam(layer.parameters, lr=0.01) if layer.parameters else None
    own = torch.as_tensor(rows)
    for epoch in range(net.max_epochs):
        late = epoch >= layer.still * net.max_epochs
        if late:
            with torch.no_grad():
                layer.after_epoch(posteriors(module, X[own]), y[own])
        module.train()
        for batch in own[torch.randperm(len(own))].split(net.batch_size):
            T = layer.matrix()
            mixed = module(X[batch]).softmax(dim=1) @ (T if late else T.detach())
            loss = -torch.log(mixed[torch.arange(len(batch)), y[batch]].clamp(min=TINY)).mean()
            optimizer.zero_grad()
            if late and of_layer is not None:
                of_layer.zero_grad()
                (loss + layer.regularization(T)).backward()
                of_layer.step()
            else:
                loss.backward()
            optimizer.step()
    others = torch.as_tensor(np.setdiff1d(np.arange(len(y)), rows))
    with torch.no_grad():
        mixed = posteriors(module, X[others]) @ layer.matrix()
        return float(-torch.log(mixed[torch.arange(len(others)), y[others]] + TINY).mean())


def posteriors(module: torch.nn.Module, X: Tensor) -> Tensor:
    module.eval()
    return torch.cat([module(batch).softmax(dim=1) for batch in X.split(4096)])


def linear_noise_layer(seen: Seen, seed: int) -> np.ndarray:
    """The penalty is the one under which held-out noisy labels are likeliest."""
    n_classes = int(seen.y.max()) + 1
    rows = np.random.default_rng(seed).permutation(len(seen.y))[int(HELD_OUT * len(seen.y)) :]
    losses, found = [], []
    for penalty in TRACE_PENALTIES:
        layer = LinearNoiseLayer(n_classes, penalty)
        losses.append(joint_estimate(seen, layer, seed, rows))
        found.append(layer.matrix().detach().numpy())
    return found[int(np.argmin(losses))]


def volume_minimization(seen: Seen, seed: int) -> np.ndarray:
    layer = VolumeMinimization(int(seen.y.max()) + 1)
    joint_estimate(seen, layer, seed)
    return layer.matrix().detach().numpy()


def expectation_maximization(seen: Seen, seed: int) -> np.ndarray:
    layer = ExpectationMaximization(int(seen.y.max()) + 1)
    joint_estimate(seen, layer, seed)
    return layer.matrix().numpy()
