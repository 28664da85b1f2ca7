"""Theorem 4 measured: which correction changes the Hessian of the loss?

For a ReLU network the logits are piecewise linear in the weights of any one layer, and the
backward correction of cross-entropy acts on the part that is linear in the logits. So the Hessian
in one layer's weights stays what it is on clean labels, whatever T. Across layers the logits are
products of weights, and the theorem holds on average over the noise only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from _experiments import Context
from _problems import load, network, noise_matrix
from torch import Tensor, nn

from sknoisy import RobustLossClassifier
from sknoisy.losses import BackwardLoss, CrossEntropy, ForwardLoss
from sknoisy.noise import corrupt_labels, random_transition_matrix

N_ROWS = 1000
N_DIRECTIONS = 10

Loss = Callable[[Tensor, Tensor], Tensor]


class Trained(NamedTuple):
    """A network in double precision after some epochs, and rows to ask it about."""

    module: nn.Module
    X: Tensor
    y: Tensor
    y_noisy: Tensor


def run_theorem4(settings: Mapping[str, Any], seed: int, context: Context) -> dict[str, float]:
    """Differences between the Hessian of a loss on noisy labels and of cross-entropy on clean
    ones, relative to the latter: within layers (the largest), and of the whole network."""
    s = settings
    trained = in_training(
        *(s[k] for k in ("data", "network", "noise", "rate", "epochs", "n_train")), seed, context
    )
    n_classes = 1 + int(trained.y.max())
    if s["T"] == "random":
        T = random_transition_matrix(n_classes, noise_rate=0.4, random_state=seed)
    else:
        T = noise_matrix(s["data"], s["noise"], s["rate"], n_classes)
    losses: dict[str, Loss] = {
        "cross_entropy": CrossEntropy(),
        "backward": BackwardLoss(T),
        "forward": ForwardLoss(T),
    }
    layers = layers_of(trained.module)
    clean = CrossEntropy()(trained.module(trained.X), trained.y)
    noisy = losses[s["loss"]](trained.module(trained.X), trained.y_noisy)
    return {
        "layer_difference": max(relative_difference(clean, noisy, layer, seed) for layer in layers),
        "network_difference": relative_difference(clean, noisy, sum(layers, []), seed),
    }


@lru_cache(maxsize=1)
def in_training(
    data: str,
    network_name: str,
    noise: str,
    rate: float,
    epochs: int,
    n_train: int | None,
    seed: int,
    context: Context,
) -> Trained:
    """The network of Table 2 after some epochs of cross-entropy on noisy labels."""
    problem = load(data, context.data_home, n_train)
    T = noise_matrix(data, noise, rate, problem.n_classes)
    y_noisy = corrupt_labels(problem.y, T, random_state=seed)
    net = network(network_name, epochs, seed, context.device)
    clf = RobustLossClassifier(net, loss="cross_entropy", random_state=seed)
    clf.fit(problem.X, y_noisy)
    module = copy.deepcopy(clf.estimator_.module_).to("cpu", torch.float64).eval()
    X, y, noisy = (torch.as_tensor(array[:N_ROWS]) for array in (problem.X, problem.y, y_noisy))
    return Trained(module, X.double(), y.long(), noisy.long())


def layers_of(module: nn.Module) -> list[list[Tensor]]:
    """The weights and biases of each layer."""
    layers: list[list[Tensor]] = [[*layer.parameters(recurse=False)] for layer in module.modules()]
    return [layer for layer in layers if layer]


def relative_difference(
    reference: Tensor, loss: Tensor, weights: Sequence[Tensor], seed: int
) -> float:
    """``|(H - H_ref) v| / |H_ref v|`` over random directions v, with H in these weights."""
    generator = torch.Generator().manual_seed(seed)
    difference = size = 0.0
    products = [hessian_products(value, weights) for value in (reference, loss)]
    for _ in range(N_DIRECTIONS):
        v = [torch.randn(w.shape, generator=generator, dtype=w.dtype) for w in weights]
        expected, found = (product(v) for product in products)
        difference += (found - expected).square().sum().item()
        size += expected.square().sum().item()
    return float(f"{(difference / size) ** 0.5:.1e}")


def hessian_products(loss: Tensor, weights: Sequence[Tensor]) -> Callable[[list[Tensor]], Tensor]:
    """The function ``v -> H v``, flat."""
    gradient = torch.autograd.grad(loss, weights, create_graph=True)

    def product(v: list[Tensor]) -> Tensor:
        parts = torch.autograd.grad(gradient, weights, grad_outputs=v, retain_graph=True)
        return torch.cat([part.ravel() for part in parts])

    return product
