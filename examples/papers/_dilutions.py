"""Train one network on a diluted data set, and score it on clean test labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from _experiments import Context
from _problems import Problem, load
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from skorch.callbacks import LRScheduler

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, make_net, modules
from sknoisy.losses import HAlphaLoss
from sknoisy.metrics import forward_log_loss
from sknoisy.noise import (
    Dilution,
    IndexedRows,
    confusion_order,
    dilute,
    dilute_out_of_vocabulary,
    structured_transition_matrix,
    white_noise_like,
)

Settings = Mapping[str, Any]

# Of the rows that are not trained on, those whose noisy labels say how good a training is.
HELD_OUT = 5000
# PyTorch's own.
ADADELTA_EPS = 1e-6
# Foreign images of the size of MNIST's.
GREY = "cifar10 in grey"
NETWORKS: dict[str, tuple[Any, dict[str, Any]]] = {
    "perceptron": (modules.Perceptron, {}),
    "mlp1": (modules.MLP, {"hidden_sizes": (256,)}),
    "mlp2": (modules.MLP, {"hidden_sizes": (256, 256)}),
    "mlp4": (modules.MLP, {"hidden_sizes": (256, 256, 256, 256)}),
    "conv2": (modules.ConvNet, {"depth": 2}),
    "conv4": (modules.ConvNet, {"depth": 4}),
    "conv6": (modules.ConvNet, {"depth": 6}),
    # Half the filters: what a CPU trains in minutes.
    "conv4-narrow": (modules.ConvNet, {"depth": 4, "n_filters": 16, "hidden_size": 64}),
    "resnet18": (modules.ResNet, {"depth": 18}),
}


class SmallLogits(modules.MLP):
    """An MLP whose logits are 1 + alpha times smaller, as those of the minimum of H_alpha are.

    Weights of the usual size then suit any alpha: the network learns as it does from clean labels.
    """

    def __init__(
        self, n_features: int, n_classes: int, hidden_sizes: tuple[int, ...], alpha: float
    ) -> None:
        super().__init__(n_features, n_classes, hidden_sizes)
        self.alpha = alpha

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return super().forward(X) / (1 + self.alpha)


class Diluted(NamedTuple):
    """Training rows, the T of all their labels together, and rows that none of them shows.

    `labels` has one label per row, or the shares of all labels of a row's image.
    """

    X: Any
    labels: NDArray[Any]
    T: NDArray[np.float64]
    unseen: NDArray[np.intp]


def run_dilution(settings: Settings, seed: int, context: Context) -> dict[str, Any]:
    """Dilute, train, score. Accuracy in percent; the held-out loss needs no clean label."""
    s = {"alpha": 0.0, "batch_size": 128, **{k: v for k, v in settings.items() if v is not None}}
    problem = as_images(load(s["data"], context.data_home), s["network"])
    diluted = diluted_set(problem, s, seed, context)
    n_labels = len(diluted.labels) * (1 + s["alpha"] if diluted.labels.ndim == 2 else 1)
    epochs = max(1, round(s["n_examples"] / n_labels))
    n_steps = math.ceil(len(diluted.labels) / s["batch_size"])
    clf = classifier(s, network(s, epochs, n_steps, context.device), diluted.T, seed)
    clf.fit(diluted.X, diluted.labels)
    return {
        "accuracy": round(100 * clf.score(problem.X_test, problem.y_test), 2),
        "held_out_loss": held_out_loss(clf, problem, diluted, s["alpha"], seed),
        "epochs": epochs,
    }


def as_images(problem: Problem, network_name: str) -> Problem:
    """Flat digits as images for the networks that need them."""
    if problem.X.ndim == 4 or not network_name.startswith(("conv", "resnet")):
        return problem
    side = round(problem.X.shape[1] ** 0.5)
    shape = (-1, 1, side, side)
    return problem._replace(X=problem.X.reshape(shape), X_test=problem.X_test.reshape(shape))


# %% Training


def network(s: Settings, epochs: int, n_steps: int, device: str) -> Any:
    """A net that is not fitted; a pass takes `n_steps`."""
    module, arguments = NETWORKS[s["network"]]
    # At a constant rate the last steps leave the noise of their labels in the weights.
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR
    annealing = LRScheduler(cosine, T_max=epochs)
    # From an undecided network, gradients of the forward loss are 1 + alpha times smaller than
    # those of cross-entropy; rate and epsilon of AdaDelta, which are absolute, make up for it.
    scale = 1 + s["alpha"] if s["loss"] == "forward" else 1
    lr = s["lr"] * scale
    optimizer: dict[str, Any] = {"optimizer": torch.optim.Adadelta, "callbacks": [annealing]}
    optimizer["optimizer__eps"] = ADADELTA_EPS / scale**2
    if s["loss"] == "h_alpha":
        module, arguments = SmallLogits, {**arguments, "alpha": s["loss_alpha"]}
        optimizer = {"optimizer": torch.optim.SGD, "optimizer__momentum": 0.9}
        optimizer["optimizer__nesterov"] = True
    elif s.get("source") == "summed":
        # Gradients are small, for the noise of many labels is averaged; Adam takes any scale.
        # The rate falls within a pass too: there are few of them.
        annealing = LRScheduler(cosine, T_max=epochs * n_steps, step_every="batch")
        lr, optimizer = s["lr"], {"optimizer": torch.optim.Adam, "callbacks": [annealing]}
    return make_net(
        module,
        **{f"module__{name}": value for name, value in arguments.items()},
        **optimizer,
        lr=lr,
        batch_size=s["batch_size"],
        max_epochs=epochs,
        device=device,
        # On a CPU too convolutions of few channels are faster by a third.
        channels_last=s["network"].startswith(("conv", "resnet")),
    )


def classifier(s: Settings, net: Any, T: NDArray[np.float64], seed: int) -> Any:
    if s["loss"] == "forward":
        # No warm-up: its loss has the large gradients, and the steps are those for small ones.
        return ForwardCorrectedClassifier(net, transition_matrix=T, warm_up=0, random_state=seed)
    if s["loss"] == "h_alpha":
        params = {"alpha": s["loss_alpha"]}
        return RobustLossClassifier(net, loss=HAlphaLoss, loss_params=params, random_state=seed)
    return RobustLossClassifier(net, loss="cross_entropy", random_state=seed)


def held_out_loss(
    clf: Any, problem: Problem, diluted: Diluted, alpha: float, seed: int
) -> float | None:
    """Log loss of noisy labels that were not trained on, by which settings are chosen.

    Each held-out row has 1 + alpha labels, as those of the training have. A network trained without
    correction speaks of noisy labels, one with correction of clean ones, which T takes to the noisy
    ones. The posteriors have the temperature that suits the labels best: the accuracy, for which
    settings are chosen, does not depend on it, and the loss of a network that is too sure does.
    """
    rows = diluted.unseen[:HELD_OUT]
    if not len(rows):
        return None
    labels = np.repeat(problem.y[rows], 1 + round(alpha))
    cumulated = diluted.T[labels].cumsum(axis=1)
    draws = np.random.default_rng(seed).random((len(labels), 1))
    noisy = (draws > cumulated[:, :-1]).sum(axis=1)
    log_proba = np.log(np.maximum(clf.predict_proba(problem.X[rows]), 1e-12))
    corrected = isinstance(clf, ForwardCorrectedClassifier)
    T = diluted.T if corrected else np.eye(len(diluted.T))

    def loss(log_sharpness: float) -> float:
        proba = softmax(np.exp(log_sharpness) * log_proba, axis=1)
        return float(forward_log_loss(noisy, np.repeat(proba, 1 + round(alpha), axis=0), T))

    return round(minimize_scalar(loss, bounds=(-4, 2), method="bounded").fun, 5)


# %% Noise


def diluted_set(problem: Problem, s: Settings, seed: int, context: Context) -> Diluted:
    K, alpha = problem.n_classes, s["alpha"]
    if s["experiment"] == "vocabulary" and s["source"] != "same":
        return out_of_vocabulary(problem, s, seed, context)
    T_noisy = None
    T = uniform(K, alpha)
    if s.get("delta"):
        order, ranking = classes_by_confusion(s["data"], context.data_home), s["order"]
        T_noisy, T = (
            structured_transition_matrix(
                order, alpha, s["delta"], ranking=ranking, part=part, random_state=seed
            )
            for part in ("noisy", "all")
        )
    drawn = dilute(
        problem.y,
        alpha,
        transition_matrix=T_noisy,
        n_clean=s.get("n_clean"),
        unique=s.get("source") == "unique",
        random_state=seed,
    )
    left = unseen(problem, drawn)
    if s.get("source") == "summed":
        return Diluted(*summed(problem, drawn), T, left)
    return Diluted(IndexedRows(problem.X, drawn.indices), drawn.labels, T, left)


def summed(problem: Problem, drawn: Dilution) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Each image once, with the shares of its labels; the loss of a pass is the same."""
    images, row = np.unique(drawn.indices, return_inverse=True)
    counts = np.zeros((len(images), problem.n_classes))
    np.add.at(counts, (row, drawn.labels), 1)
    return problem.X[images], counts / counts.sum(axis=1, keepdims=True)


def out_of_vocabulary(problem: Problem, s: Settings, seed: int, context: Context) -> Diluted:
    """Foreign rows with labels at random; what is ours keeps its label."""
    rows = np.random.default_rng(seed).permutation(len(problem.y))
    ours, unseen_rows = np.split(rows, [s.get("n_clean", len(rows))])
    if s["source"] == "white noise":
        other = white_noise_like(problem.X, len(problem.X), random_state=seed)
    else:
        other = foreign(s["source"], problem.X.shape[1:], context.data_home)
    drawn = dilute_out_of_vocabulary(problem.y[ours], s["alpha"], len(other), random_state=seed)
    X = IndexedRows(problem.X[ours], drawn.indices, other)
    return Diluted(X, drawn.labels, uniform(problem.n_classes, s["alpha"]), unseen_rows)


def foreign(source: str, shape: tuple[int, ...], data_home: Path | None) -> NDArray[Any]:
    """Images of another data set; those of CIFAR-10 in grey, cut to the size of digits."""
    if source != GREY:
        return load(source, data_home).X
    X = load("cifar10", data_home).X.mean(axis=1, keepdims=True)
    X = X - X.min()
    return (X / X.max())[:, :, 2:-2, 2:-2].reshape(-1, *shape)


def uniform(K: int, alpha: float) -> NDArray[np.float64]:
    """T of clean and noisy examples together."""
    clean = 1 / (1 + alpha)
    return clean * np.eye(K) + (1 - clean) / K


def unseen(problem: Problem, drawn: Dilution) -> NDArray[np.intp]:
    used = np.zeros(len(problem.y), dtype=bool)
    used[drawn.indices] = True
    return np.flatnonzero(~used)


@lru_cache(maxsize=2)
def classes_by_confusion(data: str, data_home: Path | None) -> NDArray[np.intp]:
    """Mistakes of a linear model trained on a few hundred clean examples, ten times."""
    problem = load(data, data_home, 6000)
    X = problem.X.reshape(len(problem.X), -1)
    model = LogisticRegression(C=0.01, max_iter=100)
    return confusion_order(model, X, problem.y, train_size=600, random_state=0)
