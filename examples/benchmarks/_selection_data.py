"""Data of the benchmark of model selection: bundled with scikit-learn, and real data on disk."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array, vstack
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import StandardScaler

SEED = 0
Row = dict[str, Any]


class Data(NamedTuple):
    """Features, clean labels 0..K-1, and labels of human annotators where there are some."""

    name: str
    X: Any
    y: np.ndarray
    y_human: np.ndarray | None = None

    @property
    def n_classes(self) -> int:
        return int(self.y.max()) + 1


def data_home() -> Path | None:
    home = os.environ.get("SKNOISY_DATA_HOME")
    return Path(home) if home else None


def mixture(n: int = 40_000, n_classes: int = 4) -> Data:
    """Gaussian classes that overlap; the posteriors of a linear model are nearly right."""
    centres = np.random.RandomState(2).normal(size=(n_classes, 5)) * 1.5
    rng = np.random.RandomState(SEED)
    y = rng.randint(n_classes, size=n)
    return Data("Gaussian mixture", centres[y] + rng.normal(size=(n, 5)), y)


def bundled(name: str, load: Callable[..., Any]) -> Data:
    return Data(name, *load(return_X_y=True))


def mnist(n: int, first: int = 0, n_components: int = 30) -> Data:
    folder = data_home() / "mnist"  # type: ignore[operator]
    images = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())
    X = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)[first : first + n]
    y = np.frombuffer(labels, np.uint8, offset=8)[first : first + n].astype(int)
    X = X / np.float32(255)
    return Data("MNIST", PCA(n_components, random_state=SEED).fit_transform(X), y)


def cifar10n(n: int) -> Data:
    """Histograms of gradients and colours of CIFAR-10, with the "worst" human labels."""
    from PIL import Image

    folder = data_home() / "cifar10"  # type: ignore[operator]
    file = np.load(folder / "train_jpeg.npz")
    offsets, bytes_ = file["offsets"], file["data"]
    images = (
        np.asarray(Image.open(io.BytesIO(bytes_[a:b].tobytes())))
        for a, b in zip(offsets[:n], offsets[1 : n + 1], strict=True)
    )
    X = np.stack([histograms(image.astype(np.float32) / 255) for image in images])
    labels = np.load(folder / "cifar10n.npz")
    y, y_human = labels["clean"][:n].astype(int), labels["worst"][:n].astype(int)
    X = PCA(150, random_state=SEED).fit_transform(StandardScaler().fit_transform(X))
    return Data("CIFAR-10N", X, y, y_human)


def histograms(image: np.ndarray) -> np.ndarray:
    """Gradient directions in cells of 4 x 4 pixels, normalised over 2 x 2 cells, and colours."""
    dx, dy = np.zeros_like(image), np.zeros_like(image)
    dx[:, 1:-1], dy[1:-1] = image[:, 2:] - image[:, :-2], image[2:] - image[:-2]
    size = np.hypot(dx, dy)
    strongest = size.argmax(axis=2)[..., None]
    size = np.take_along_axis(size, strongest, 2)[..., 0]
    angle = np.arctan2(dy, dx)
    angle = np.take_along_axis(angle, strongest, 2)[..., 0] % np.pi
    direction = np.minimum((angle / np.pi * 9).astype(int), 8)
    cells = np.zeros((8, 8, 9), np.float32)
    rows, columns = np.indices((32, 32)) // 4
    np.add.at(cells, (rows, columns, direction), size)
    blocks = [cells[i : i + 7, j : j + 7] for i in (0, 1) for j in (0, 1)]
    block = np.concatenate(blocks, axis=2)
    block = block / (np.linalg.norm(block, axis=2, keepdims=True) + 1e-2)
    colours = image.reshape(8, 4, 8, 4, 3).mean(axis=(1, 3))
    return np.concatenate([block.ravel(), colours.ravel()])


def imdb(n: int, n_words: int = 2000) -> Data:
    """Which of the commonest words a review holds, reduced to 100 directions."""
    counts, labels = imdb_counts("train")
    chosen = np.random.RandomState(SEED).permutation(len(labels))[:n]
    X = (counts[chosen, 1 : n_words + 1] > 0).astype(np.float32).toarray()
    return Data("IMDB", PCA(100, random_state=SEED).fit_transform(X), labels[chosen])


def imdb_words() -> Data:
    """All words, rare ones weighted up, as is usual for texts; first the reviews to train on."""
    train, test = imdb_counts("train"), imdb_counts("test")
    weights = TfidfTransformer(sublinear_tf=True).fit(train[0])
    X = vstack([weights.transform(counts) for counts, _ in (train, test)], format="csr")
    return Data("IMDB, words", X, np.concatenate([train[1], test[1]]))


def imdb_counts(part: str) -> tuple[csr_array, np.ndarray]:
    """How often each word is in each review, and the labels."""
    file = np.load(data_home() / "imdb" / "imdb.npz")  # type: ignore[operator]
    tokens, offsets, labels = (file[f"{part}_{name}"] for name in ("tokens", "offsets", "labels"))
    n_words = int(max(file["train_tokens"].max(), file["test_tokens"].max())) + 1
    ones = np.ones(len(tokens), np.float32)
    counts = csr_array((ones, tokens.astype(np.int32), offsets), shape=(len(labels), n_words))
    counts.sum_duplicates()
    return counts, labels.astype(int)
