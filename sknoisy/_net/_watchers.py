"""Callbacks that every training gets beside the user's own."""

from __future__ import annotations

from typing import Any

import numpy as np
from skorch import NeuralNet
from skorch.callbacks import Callback
from torch import nn
from tqdm.auto import tqdm


class EpochMarker(Callback):
    """Knows whether an epoch is done and its callbacks have their turn."""

    at_end = False

    def on_epoch_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        self.at_end = False

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        self.at_end = True


class WarmUp(Callback):
    """Train with another criterion for the first epochs; the optimizer goes on as it is.

    Parameters
    ----------
    criterion : torch.nn.Module
        The one of the first epochs.
    epochs : int
        How many they are.
    """

    def __init__(self, criterion: nn.Module, epochs: int) -> None:
        self.criterion = criterion
        self.epochs = epochs

    def on_train_begin(self, net: NeuralNet, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        self.own_ = net.criterion_
        net.criterion_ = self.criterion

    def on_epoch_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        if len(net.history) > self.epochs:
            net.criterion_ = self.own_

    def on_train_end(self, net: NeuralNet, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        net.criterion_ = self.own_


class StopOnNonFiniteLoss(Callback):
    """Raise at the end of the epoch in which the loss turned NaN or infinite."""

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        loss = net.history[-1].get("train_loss", 0.0)
        if not np.isfinite(loss):
            raise ValueError(
                f"The training loss turned {loss} in epoch {net.history[-1]['epoch']}: the "
                f"network is lost. Lower the learning rate (lr={net.lr}), scale the features, or, "
                f"with the backward correction, raise identity_mixing."
            )


class EpochProgress(Callback):
    """A progress bar that names the stage, counts epochs and shows the loss."""

    def __init__(self, name: str, epochs: int) -> None:
        self.name = name
        self.epochs = epochs
        self.bar_ = tqdm(total=epochs, desc=name, unit="epoch")

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        self.bar_.set_postfix(loss=f"{net.history[-1].get('train_loss', np.nan):.4f}")
        self.bar_.update()

    def on_train_end(self, net: NeuralNet, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        self.bar_.close()
