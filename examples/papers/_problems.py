"""The data sets, label noise and networks of Patrini et al. (2017)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from skorch.callbacks import LRScheduler
from skorch.dataset import ValidSplit

from sknoisy import datasets, make_net, modules
from sknoisy.callbacks import BestEpoch
from sknoisy.noise import (
    CIFAR10_CLASS_MAP,
    CIFAR100_SUPERCLASSES,
    MNIST_CLASS_MAP,
    class_map_transition_matrix,
    symmetric_transition_matrix,
)

# Of the images of CIFAR-10, by a network that ImageNet trained.
FEATURES = "cifar10 features"


class Problem(NamedTuple):
    """Training and test rows with their clean labels 0..K-1."""

    X: NDArray[Any]
    y: NDArray[Any]
    X_test: NDArray[Any]
    y_test: NDArray[Any]

    @property
    def n_classes(self) -> int:
        return int(self.y.max()) + 1


# %% Data


@lru_cache(maxsize=2)
def load(data: str, data_home: Path | None, n_train: int | None = None) -> Problem:
    """A data set as the networks take it.

    With `n_train`, so many training rows and at most as many test rows, evenly from the classes.
    """
    problem = LOADERS[data](data_home)
    if n_train is None or n_train >= len(problem.y):
        return problem
    train, test = (balanced_rows(y, min(n_train, len(y))) for y in (problem.y, problem.y_test))
    return Problem(problem.X[train], problem.y[train], problem.X_test[test], problem.y_test[test])


def balanced_rows(y: NDArray[Any], n_rows: int) -> NDArray[np.intp]:
    """Row numbers, as many of each class as possible, always the same ones."""
    order = np.random.default_rng(0).permutation(len(y))
    rank = np.empty(len(y), dtype=np.intp)  # Of a row among those of its class.
    for label in np.unique(y):
        mine = order[y[order] == label]
        rank[mine] = np.arange(len(mine))
    return np.sort(order[np.argsort(rank[order], kind="stable")[:n_rows]])


def load_mnist(data_home: Path | None) -> Problem:
    return _images(datasets.fetch_mnist, data_home, lambda X: X.reshape(len(X), -1) / 255)


def load_cifar10(data_home: Path | None) -> Problem:
    return _images(datasets.fetch_cifar10, data_home, lambda X: X / 255)


def load_cifar100(data_home: Path | None) -> Problem:
    return _images(datasets.fetch_cifar100, data_home, lambda X: X / 255)


def load_imdb(data_home: Path | None) -> Problem:
    parts = [datasets.fetch_imdb(subset=s, data_home=data_home) for s in ("train", "test")]
    (X, y), (X_test, y_test) = ((part.data, part.target) for part in parts)
    return Problem(X, y, X_test, y_test)


def load_cifar10_features(data_home: Path | None) -> Problem:
    """What ``examples/benchmarks/frozen_features.py`` wrote, with clean labels."""
    folder = Path(data_home or ".") / "features"
    (X, X_test), (y, y_test) = (
        [np.load(folder / f"{subset}.npy") for subset in ("train", "test")],
        [
            datasets.fetch_cifar10(subset=subset, data_home=data_home, return_X_y=True)[1]
            for subset in ("train", "test")
        ],
    )
    return Problem(X.astype(np.float32), y, X_test.astype(np.float32), y_test)


def _images(fetch: Callable[..., Any], data_home: Path | None, scale: Callable) -> Problem:
    """Pixels in [0, 1]; those of colour images less their mean over the training images."""
    parts = [fetch(subset=s, data_home=data_home, return_X_y=True) for s in ("train", "test")]
    (X, y), (X_test, y_test) = ((scale(X).astype(np.float32), y) for X, y in parts)
    if X.ndim == 4:
        mean = X.mean(axis=0, dtype=np.float64).astype(np.float32)
        X, X_test = X - mean, X_test - mean
    return Problem(X, y, X_test, y_test)


LOADERS = {
    "mnist": load_mnist,
    "imdb": load_imdb,
    "cifar10": load_cifar10,
    "cifar100": load_cifar100,
    FEATURES: load_cifar10_features,
}


# %% Noise


def noise_matrix(data: str, noise: str, rate: float, n_classes: int) -> NDArray[np.float64]:
    """T of a column of Table 2."""
    if noise == "none":
        return np.eye(n_classes)
    if noise == "symmetric":
        return symmetric_transition_matrix(n_classes, rate)
    if noise != "asymmetric":
        raise ValueError(f"noise must be none, symmetric or asymmetric; got {noise!r}.")
    if data == "imdb":
        return np.array([[0.95, 0.05], [rate, 1 - rate]])
    classes: Any = {
        "mnist": MNIST_CLASS_MAP,
        "cifar10": CIFAR10_CLASS_MAP,
        "cifar100": next_in_superclass(),
    }[data]
    return class_map_transition_matrix(classes, rate, classes=n_classes)


def next_in_superclass() -> dict[int, int]:
    """Each fine class of CIFAR-100 and the next one of its superclass, circularly."""
    groups = np.asarray(CIFAR100_SUPERCLASSES)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    return {int(a): int(b) for m in members for a, b in zip(m, np.roll(m, -1), strict=True)}


# %% Networks

# From the number of epochs to the arguments of `make_net`.
Builder = Callable[[int], dict[str, Any]]


def network(name: str, epochs: int, seed: int, device: str) -> Any:
    """An unfitted net with the optimiser of the paper; a tenth of its rows chooses the epoch."""
    return make_net(
        max_epochs=epochs,
        batch_size=128,
        device=device,
        # On a CPU too convolutions of images are faster by a quarter.
        channels_last=name.startswith(("resnet", "convnet")) or "auto",
        train_split=ValidSplit(0.1, stratified=True, random_state=seed),
        **NETWORKS[name](epochs),
    )


def mlp(epochs: int) -> dict[str, Any]:
    return {
        "module": modules.MLP,
        "module__hidden_sizes": (128, 128),
        "module__dropout": 0.2,
        **adagrad(0.01),
    }


def embedding(epochs: int) -> dict[str, Any]:
    """That of the paper, but with each review moved at random in training, seven tenths of the
    vectors kept, and a first step that is small where gradients are.

    All by the corrected loss on held-out noisy labels, of seeds that are not reported. Each
    position of a review has weights of its own, which memorise noisy labels: through T at
    asymmetric 0.2 the shift alone wins a point. To drop four fifths, as the paper's "dropout with
    probability 0.8" may be read, is far worse.
    """
    return {
        "module": modules.EmbeddingClassifier,
        "module__dropout": 0.3,
        "module__augmentation": partial(modules.RandomShift, max_shift=60),
        **adagrad(0.01),
        "optimizer__initial_accumulator_value": 1e-6,
        "callbacks": [BestEpoch(patience=3)],
    }


def lstm(epochs: int) -> dict[str, Any]:
    return {"module": modules.LSTMClassifier, **adagrad(0.001)}


def lstm_small(epochs: int) -> dict[str, Any]:
    """For a CPU, and for so few epochs that AdaGrad would not get anywhere."""
    small = {"module__embedding_size": 64, "module__hidden_size": 64}
    return {"module": modules.LSTMClassifier, **small, "module__embedding_dropout": 0.2, **adam()}


class LastWords(modules.LSTMClassifier):
    """An LSTM that reads the last 100 words of a review."""

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return super().forward(X[:, -100:])


def lstm_short(epochs: int) -> dict[str, Any]:
    """All reviews, at a size that one core carries."""
    return {**lstm_small(epochs), "module": LastWords}


def preactivation(depth: int, steps: tuple[float, float], weight_decay: float) -> Builder:
    return lambda epochs: {
        "module": modules.PreActResNet,
        "module__depth": depth,
        "module__augmentation": modules.FlipAndCrop,
        **sgd(epochs, steps, weight_decay),
    }


def resnet(depth: int) -> Builder:
    """Settings usual for CIFAR-10N."""
    return lambda epochs: {
        "module": modules.ResNet,
        "module__depth": depth,
        "module__augmentation": modules.FlipAndCrop,
        **sgd(epochs, (0.5, 0.75), 5e-4),
    }


def convnet(depth: int) -> Builder:
    """For a CPU; the rate falls to zero, or the last of so few epochs would be one by chance.

    The first rate by the corrected loss on noisy labels, of seeds that are not reported.
    """
    return lambda epochs: {
        "module": modules.ConvNet,
        "module__depth": depth,
        "module__n_filters": 16,
        "module__dropout": 0.3,
        **adam(4e-3),
        "callbacks": [BestEpoch(), annealing(epochs)],
    }


def linear_head(epochs: int) -> dict[str, Any]:
    """On features of a pretrained network, which the first layer scales."""
    return {
        "module": modules.TableMLP,
        "module__hidden_sizes": (),
        "module__n_pieces": 0,
        "module__dropout": 0.0,
        **adam(3e-4),
    }


# %% Optimisers


def adam(lr: float = 2e-3) -> dict[str, Any]:
    return {"optimizer": torch.optim.Adam, "lr": lr, "callbacks": [BestEpoch()]}


def annealing(epochs: int) -> LRScheduler:
    return LRScheduler(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=epochs)


def adagrad(lr: float) -> dict[str, Any]:
    return {
        "optimizer": torch.optim.Adagrad,
        "optimizer__eps": 1e-6,
        "lr": lr,
        "callbacks": [BestEpoch()],
    }


def sgd(epochs: int, steps: tuple[float, float], weight_decay: float) -> dict[str, Any]:
    """Momentum 0.9 and a rate that falls tenfold after two shares of the epochs."""
    milestones = [max(1, round(share * epochs)) for share in steps]
    schedule = LRScheduler(torch.optim.lr_scheduler.MultiStepLR, milestones=milestones)
    return {
        "optimizer": torch.optim.SGD,
        "optimizer__momentum": 0.9,
        "optimizer__weight_decay": weight_decay,
        "lr": 0.1,
        "callbacks": [BestEpoch(), schedule],
    }


NETWORKS: dict[str, Builder] = {
    "mlp": mlp,
    "embedding": embedding,
    "lstm": lstm,
    "lstm_small": lstm_small,
    "lstm_short": lstm_short,
    "linear head": linear_head,
    "convnet2": convnet(2),
    "convnet4": convnet(4),
    "resnet14": preactivation(14, (1 / 3, 2 / 3), 1e-4),
    "resnet32": preactivation(32, (1 / 3, 2 / 3), 1e-4),
    "resnet44": preactivation(44, (80 / 150, 120 / 150), 1e-3),
    "resnet34": resnet(34),
}
