"""Callbacks that every training gets beside the user's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from skorch import NeuralNet
from skorch.callbacks import Callback
from tqdm.auto import tqdm

from .._hints import SEE_ERRORS


class EpochMarker(Callback):
    """Knows whether an epoch is complete, and only its callbacks are still running."""

    at_end = False

    def on_epoch_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        self.at_end = False

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        self.at_end = True


class StopOnNonFiniteLoss(Callback):
    """Raise at the end of the epoch in which the loss turned NaN or infinite."""

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        loss = net.history[-1].get("train_loss", 0.0)
        if not np.isfinite(loss):
            raise ValueError(
                f"The training loss turned {loss} in epoch {net.history[-1]['epoch']}: the "
                f"training diverged. Lower the learning rate (lr={net.lr}), scale the features, "
                f"or, with the backward correction, raise identity_mixing. {SEE_ERRORS}"
            )


class EpochReport(Callback):
    """Reports epochs to the callbacks of an estimator, which may stop the training."""

    def __init__(self, report: Callable[[], bool]) -> None:
        self.report = report

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        if self.report():
            raise KeyboardInterrupt  # As callbacks of skorch's stop a training.


class EpochProgress(Callback):
    """A progress bar that names the stage, counts epochs and shows the loss.

    Where nobody watches, as in a log file, it is a single line at the end of the stage.
    """

    def __init__(self, name: str, epochs: int) -> None:
        self.name = name
        self.epochs = epochs
        in_notebook = any(kind.__module__ == "tqdm.notebook" for kind in tqdm.__mro__)
        self.watched = in_notebook or sys.stderr.isatty()
        self.bar_ = tqdm(total=epochs, desc=name, unit="epoch", disable=not self.watched)
        self.n_epochs = 0
        self.loss = np.nan
        self.started = time.perf_counter()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "bar_": tqdm(disable=True)}  # A bar on a screen cannot be pickled.

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        self.n_epochs += 1
        self.loss = net.history[-1].get("train_loss", np.nan)
        self.bar_.set_postfix(loss=f"{self.loss:.4f}")
        self.bar_.update()

    def on_train_end(self, net: NeuralNet, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        self.bar_.close()
        if not self.watched:
            seconds = time.perf_counter() - self.started
            print(
                f"{self.name}: {self.n_epochs} of {self.epochs} epochs, loss={self.loss:.4f}, "
                f"{seconds:.1f} s",
                file=sys.stderr,
            )
