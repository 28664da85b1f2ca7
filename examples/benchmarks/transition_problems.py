"""The problems of transition_estimation.py: features, noisy labels, and the T to be found.

A method is handed `Problem.seen`: features and noisy labels. `clean` and `T` serve for the error of
what it found, and for the evidence that a row of the table names.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from joblib import Memory
from sklearn.datasets import load_digits, make_classification
from transition_images import cifar10_features, feature_net, principal_components

from sknoisy import make_net
from sknoisy.noise import (
    MNIST_CLASS_MAP,
    class_map_transition_matrix,
    corrupt_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
    transition_matrix_from_labels,
)

MEMORY = Memory(os.environ.get("SKNOISY_BENCHMARK_CACHE"), verbose=0)


class Seen(NamedTuple):
    """All that a method is given: rows, noisy labels, and what learns (None: the default).

    `classifier` yields the posteriors, `net` is the network of [A]'s own estimate and of those
    that learn T together with a network.
    """

    X: np.ndarray
    y: np.ndarray
    classifier: Any = None
    net: Any = None


class Problem(NamedTuple):
    """What a method sees, and the truth, which it does not."""

    seen: Seen
    clean: np.ndarray
    T: np.ndarray


def noisy(X: np.ndarray, clean: np.ndarray, T: np.ndarray, seed: int, net: Any = None) -> Problem:
    return Problem(Seen(X, corrupt_labels(clean, T, random_state=seed), net, net), clean, T)


# %% Tables


def tabular(T: np.ndarray, seed: int, n_samples: int = 3000, weights: Any = None) -> Problem:
    X, clean = make_classification(
        n_samples,
        20,
        n_informative=8,
        n_redundant=4,
        n_classes=4,
        n_clusters_per_class=2,
        class_sep=1.3,
        flip_y=0,
        weights=weights,
        random_state=seed,
    )
    return noisy(X, clean, T, seed)


def digits(T: np.ndarray, seed: int) -> Problem:
    return noisy(*load_digits(return_X_y=True), T, seed)


def hundred_classes(seed: int) -> Problem:
    X, clean = make_classification(
        50_000,
        50,
        n_informative=20,
        n_redundant=0,
        n_classes=100,
        n_clusters_per_class=1,
        class_sep=2.0,
        flip_y=0,
        random_state=seed,
    )
    return noisy(X, clean, symmetric_transition_matrix(100, 0.4), seed)


# %% Images


def data_home() -> Path:
    folder = os.environ.get("SKNOISY_DATA_HOME")
    if not folder:
        raise SystemExit("Set SKNOISY_DATA_HOME to the folder with mnist/ and cifar10/.")
    return Path(folder)


@cache
def read_mnist() -> tuple[np.ndarray, np.ndarray]:
    folder = data_home() / "mnist"
    images = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())
    X = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)
    return (X / 255).astype(np.float32), np.frombuffer(labels, np.uint8, offset=8).astype(int)


def patrini_net(epochs: int = 8, **settings: Any) -> Any:
    """Network and optimiser of Patrini et al. (2017) for MNIST, with fewer epochs than their 40."""
    return make_net(
        module__hidden_sizes=(128, 128),
        module__dropout=0.2,
        optimizer=torch.optim.Adagrad,
        optimizer__eps=1e-6,
        lr=0.01,
        max_epochs=epochs,
        batch_size=128,
        **settings,
    )


def mnist(noise_rate: float, seed: int) -> Problem:
    X, clean = read_mnist()
    T = class_map_transition_matrix(MNIST_CLASS_MAP, noise_rate, classes=10)
    return noisy(X, clean, T, seed, patrini_net())


@cache
@MEMORY.cache
def features(folder: Path) -> np.ndarray:
    return principal_components(patch_responses(folder))


patch_responses = MEMORY.cache(cifar10_features)


@cache
def cifar10n() -> dict[str, np.ndarray]:
    stored = np.load(data_home() / "cifar10" / "cifar10n.npz")
    return {name: stored[name].astype(int) for name in stored}


def human(name: str) -> Problem:
    """People's labels; the rows are the same in every run, so that a seed is the classifiers'."""
    labels = cifar10n()
    T = transition_matrix_from_labels(labels["clean"], labels[name])
    seen = Seen(features(data_home()), labels[name], feature_net(), feature_net())
    return Problem(seen, labels["clean"], T)


# %% By name

symmetric, pair = symmetric_transition_matrix, pair_flip_transition_matrix
IMBALANCED = [0.6, 0.25, 0.1, 0.05]
PROBLEMS: dict[str, Callable[[int], Problem]] = {
    "tabular, symmetric 0.2": lambda seed: tabular(symmetric(4, 0.2), seed),
    "tabular, pair 0.4": lambda seed: tabular(pair(4, 0.4), seed),
    "tabular, 1,000 rows": lambda seed: tabular(symmetric(4, 0.2), seed, 1000),
    "tabular, imbalanced": lambda seed: tabular(symmetric(4, 0.2), seed, weights=IMBALANCED),
    "digits, symmetric 0.2": lambda seed: digits(symmetric(10, 0.2), seed),
    "digits, pair 0.3": lambda seed: digits(pair(10, 0.3), seed),
    "digits, class map 0.3": lambda seed: digits(
        class_map_transition_matrix(MNIST_CLASS_MAP, 0.3, classes=10), seed
    ),
    "100 classes, symmetric 0.4": hundred_classes,
    "MNIST, class map 0.2": lambda seed: mnist(0.2, seed),
    "MNIST, class map 0.45": lambda seed: mnist(0.45, seed),
    "MNIST, class map 0.6": lambda seed: mnist(0.6, seed),
    "CIFAR-10N, aggregate": lambda _: human("aggregate"),
    "CIFAR-10N, random1": lambda _: human("random1"),
    "CIFAR-10N, random2": lambda _: human("random2"),
    "CIFAR-10N, random3": lambda _: human("random3"),
    "CIFAR-10N, worst": lambda _: human("worst"),
}
