"""The end of a training, on the few rows whose labels are known to be right."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skorch import NeuralNet

from ._training import fit_net


def fine_tune(
    net: NeuralNet,
    X: Any,
    y: NDArray[np.integer],
    sample_weight: NDArray[np.float64] | None = None,
    *,
    n_classes: int,
    seed: int,
    epochs: int,
    lr_factor: float,
    progress: str | None = None,
) -> NeuralNet:
    """Train a fitted net on with a few rows: all of them, at another learning rate.

    Nothing is held out, and the user's callbacks, made for the whole training, do not run.

    Parameters
    ----------
    net : skorch.NeuralNet
        Fitted; its criterion is kept.
    X, y, sample_weight, n_classes, seed, epochs, progress
        As for :func:`fit_net`.
    lr_factor : float
        Of the learning rate at which the training ended.
    """
    split, callbacks, groups = net.train_split, net.callbacks_, net.optimizer_.param_groups
    before = [group["lr"] for group in groups]
    defaults = {name for name, _ in net.get_default_callbacks()}
    try:
        net.train_split = None
        net.callbacks_ = [(name, callback) for name, callback in callbacks if name in defaults]
        for group, lr in zip(groups, before, strict=True):
            group["lr"] = lr * lr_factor
        fit_net(
            net,
            X,
            y,
            sample_weight,
            n_classes=n_classes,
            seed=seed,
            epochs=epochs,
            progress=progress,
        )
    finally:
        net.train_split, net.callbacks_ = split, callbacks
        for group, lr in zip(groups, before, strict=True):
            group["lr"] = lr
    return net
