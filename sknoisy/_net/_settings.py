"""Settings of a net that skorch or PyTorch would trip over in the training, or never look at."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from skorch import NeuralNet
from skorch.callbacks import Callback
from torch import nn

from .._checks import check_integer, check_number, describe
from .._hints import SEE_ERRORS

KNOWN = ("skorch.", "sknoisy.")  # Packages whose callbacks record what their documentation says.


def check_settings(net: NeuralNet) -> None:
    """Raise unless the settings of an unfitted net can be used, before anything is trained."""
    if net.batch_size != -1 or isinstance(net.batch_size, bool | float):
        try:
            check_integer(net.batch_size, "batch_size", 1)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"batch_size must be a positive number of rows, or -1 for all; got "
                f"{describe(net.batch_size)}."
                f" {SEE_ERRORS}"
            ) from error
    check_integer(net.max_epochs, "max_epochs", 1)
    if not isinstance(net.lr, torch.Tensor):
        check_number(net.lr, "lr", "[0, inf)")
    if net.train_split is not None:
        _check_callable(net.train_split, "train_split", "None or such as skorch.dataset.ValidSplit")
    for name in ("iterator_train", "iterator_valid"):
        _check_callable(getattr(net, name), name, "such as torch.utils.data.DataLoader")
    _check_callable(net.optimizer, "optimizer", "a class such as torch.optim.Adam")
    _check_callable(net.criterion, "criterion", "a class such as sknoisy.losses.CrossEntropy")
    if isinstance(net.criterion, nn.Module):
        raise TypeError(
            f"The criterion must be a class, not an instance: pass "
            f"criterion={type(net.criterion).__name__} and its arguments as "
            f"criterion__<argument>=.... {SEE_ERRORS}"
        )
    _check_callbacks(net.callbacks)
    _check_monitors(net)


def _check_callable(value: Any, name: str, expected: str) -> None:
    if not callable(value):
        raise TypeError(
            f"{name} of a net must be callable, {expected}; got {describe(value)}. {SEE_ERRORS}"
        )


def _check_callbacks(callbacks: Any) -> None:
    if callbacks is None or (isinstance(callbacks, str) and callbacks == "disable"):
        return
    items = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    for item in items:
        callback = item[1] if isinstance(item, tuple) and len(item) == 2 else item
        is_class = isinstance(callback, type) and issubclass(callback, Callback)
        if items is not callbacks or not (is_class or isinstance(callback, Callback | None)):
            raise TypeError(
                f"callbacks of a net must be a list of skorch callbacks, or of pairs (name, "
                f"callback); got {describe(item)}."
                f" {SEE_ERRORS}"
            )


def _check_monitors(net: NeuralNet) -> None:
    """Raise if a callback watches a score of held-out rows, and the net holds out none."""
    items = net.callbacks if isinstance(net.callbacks, list | tuple) else []
    callbacks = [item[1] if isinstance(item, tuple) else item for item in items]
    kinds = [item if isinstance(item, type) else type(item) for item in callbacks if item]
    # A user's callback may record what others watch.
    if net.train_split is not None or not all(kind.__module__.startswith(KNOWN) for kind in kinds):
        return
    for callback, kind in zip(filter(None, callbacks), kinds, strict=True):
        default = inspect.signature(kind).parameters.get("monitor")
        monitor = getattr(callback, "monitor", default and default.default)
        if isinstance(monitor, str) and monitor.startswith(("valid_loss", "valid_acc")):
            raise ValueError(
                f"{kind.__name__} watches {monitor!r}, so that it needs held-out rows, and the "
                f"net holds out none: give it a train_split, such as "
                f"skorch.dataset.ValidSplit(0.1, stratified=True). {SEE_ERRORS}"
            )
