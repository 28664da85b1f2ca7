"""Features of CIFAR-10 that need no download and no label, and what learns from them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.linalg import eigh, solve
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from skorch.callbacks import LRScheduler

from sknoisy import make_net

PATCH, STRIDE = 6, 2
THRESHOLD, WHITENING, CONTRAST = 0.3, 0.1, 10 / 255**2


def cifar10_features(data_home: Path, n_filters: int = 1000) -> np.ndarray:
    """Responses to whitened random patches of the images, above a threshold, pooled by quadrant.

    Coates, Ng, "The Importance of Encoding Versus Training with Sparse Coding and Vector
    Quantization", 2011. No label is read.
    """
    images = read_images(data_home / "cifar10" / "train_jpeg.npz")
    filters, offset = whitened_patches(images, n_filters)
    features = np.empty((len(images), 8 * n_filters), dtype=np.float32)
    with torch.no_grad():
        for first in range(0, len(images), 250):
            batch = torch.from_numpy(images[first : first + 250]).permute(0, 3, 1, 2) / 255.0
            features[first : first + 250] = responses(batch, filters, offset).numpy()
    features -= features.mean(axis=0)
    features /= features.std(axis=0) + 1e-6
    return features


def read_images(file: Path) -> np.ndarray:
    from PIL import Image

    stored = np.load(file)
    data, offsets = stored["data"], stored["offsets"]
    files = (io.BytesIO(data[a:b]) for a, b in zip(offsets[:-1], offsets[1:], strict=True))
    return np.stack([np.asarray(Image.open(file)) for file in files])


def whitened_patches(images: np.ndarray, n_filters: int = 400) -> tuple[torch.Tensor, torch.Tensor]:
    """Filters whose response to a patch of contrast 1 is that of the whitened patch."""
    rng = np.random.default_rng(0)
    last = images.shape[1] - PATCH + 1
    rows, tops, lefts = rng.integers([len(images), last, last], size=(40_000, 3)).T
    patches = np.stack(
        [images[r, t : t + PATCH, u : u + PATCH] for r, t, u in zip(rows, tops, lefts, strict=True)]
    )
    flat = patches.transpose(0, 3, 1, 2).reshape(len(patches), -1) / 255.0
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.sqrt(flat.var(axis=1, keepdims=True) + CONTRAST)
    mean = flat.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(flat.T))
    whiten = vectors / np.sqrt(values + WHITENING) @ vectors.T
    chosen = (flat[:n_filters] - mean) @ whiten
    chosen = chosen / np.linalg.norm(chosen, axis=1, keepdims=True) @ whiten
    offset = torch.tensor(chosen @ mean, dtype=torch.float32)
    filters = torch.tensor(chosen.reshape(-1, 3, PATCH, PATCH), dtype=torch.float32)
    # A filter that sums to zero takes the mean of the patch away.
    return filters - filters.mean(dim=(1, 2, 3), keepdim=True), offset[:, None, None]


def responses(batch: torch.Tensor, filters: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    pool = torch.nn.functional.avg_pool2d
    mean = pool(batch, PATCH, STRIDE).mean(dim=1, keepdim=True)
    square = pool(batch**2, PATCH, STRIDE).mean(dim=1, keepdim=True)
    contrast = torch.sqrt((square - mean**2).clamp(min=0) + CONTRAST)
    found = torch.nn.functional.conv2d(batch, filters, stride=STRIDE) / contrast - offset
    both = torch.cat([(found - THRESHOLD).relu(), (-found - THRESHOLD).relu()], dim=1)
    return torch.nn.functional.adaptive_avg_pool2d(both, 2).flatten(1)


def principal_components(features: np.ndarray, n_components: int = 1000) -> np.ndarray:
    """Coordinates along the directions of largest variance, with which all that learns is fast."""
    vectors = eigh(features.T @ features, overwrite_a=True)[1]
    found = features @ np.ascontiguousarray(vectors[:, : -n_components - 1 : -1])
    return found / found.std()


class LeastSquares(ClassifierMixin, BaseEstimator):
    """Ridge regression of the labels' indicators; its scores, sharpened, go through a softmax."""

    def __init__(self, penalty: float = 0.05, sharpness: float = 6.0) -> None:
        self.penalty = penalty
        self.sharpness = sharpness

    def fit(self, X: Any, y: Any) -> LeastSquares:
        self.classes_, labels = np.unique(y, return_inverse=True)
        indicators = np.eye(len(self.classes_), dtype=X.dtype)[labels]
        self.mean_, self.shares_ = X.mean(axis=0), indicators.mean(axis=0)
        # X is not centred: a copy of it is what there may be no memory for.
        gram = X.T @ X - len(X) * np.outer(self.mean_, self.mean_)
        gram[np.diag_indices_from(gram)] += self.penalty * len(X)
        moments = X.T @ indicators - len(X) * np.outer(self.mean_, self.shares_)
        self.coef_ = solve(gram, moments, assume_a="pos", overwrite_a=True)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        scores = (X - self.mean_) @ self.coef_ + self.shares_
        return softmax(self.sharpness * scores, axis=1)

    def predict(self, X: Any) -> np.ndarray:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class FeatureNet(torch.nn.Sequential):
    """One wide layer that sees 70% of the features at a time."""

    def __init__(self, n_features: int, n_classes: int, width: int = 1024) -> None:
        super().__init__(
            torch.nn.Dropout(0.3),
            torch.nn.Linear(n_features, width),
            torch.nn.ReLU(),
            torch.nn.Dropout(0.5),
            torch.nn.Linear(width, n_classes),
        )


def feature_net(epochs: int = 10) -> Any:
    """Settings by the loss on held-out labels of people ("aggregate")."""
    schedule = LRScheduler(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=epochs)
    return make_net(
        FeatureNet,
        optimizer=torch.optim.Adam,
        optimizer__weight_decay=1e-4,
        lr=2e-3,
        batch_size=128,
        max_epochs=epochs,
        callbacks=[schedule],
    )
