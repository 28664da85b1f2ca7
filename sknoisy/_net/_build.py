"""From what the user passes as a network to a net that can be trained."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from skorch import NeuralNet, NeuralNetBinaryClassifier, NeuralNetClassifier, NeuralNetRegressor
from torch import nn
from torch.utils.data import DataLoader

from .._hints import SEE_ERRORS
from .._iterators import LOADER_SETTINGS, make_loader
from ..losses import CrossEntropy
from ..modules import MLP, MemberModules, Members, SparseLinear, TableMLP
from ._device import resolve_device
from ._lean import LeanClassifierNet, LeanNet
from ._settings import check_settings

# Beyond so many columns of a sparse X the first layer of an MLP costs more than all the rest.
MAX_DENSE_FEATURES = 1000
# Width of the hidden layers and learning rate for tables, up to so many rows and beyond: on few
# rows narrow networks are as good, in a third of the time.
FEW_ROWS, NARROW, WIDE = 3000, (64, 8e-3), (128, 2e-3)
TABLE_BATCH = 256
# A step of the linear model costs as much as its weights, so that it takes many rows: an epoch is
# about so many steps.
SPARSE_STEPS, SPARSE_BATCHES, SPARSE_LR = 10, (64, 2048), 0.01
# A table of more columns is wide: a linear model may be best, as for features of a pretrained
# network. A step moves each of its logits by about so much, whatever the number of columns.
MAX_FEATURES, LINEAR_STEP = 200, 0.4
LINEAR_STEPS, LINEAR_BATCHES = 10, (64, 512)  # As for sparse rows.


def make_net(module: Any = MLP, **skorch_params: Any) -> LeanNet:
    """Return an unfitted skorch net with sknoisy's defaults.

    Parameters
    ----------
    module : torch.nn.Module class, default=MLP
        Class of a network that returns logits of shape (n_samples, n_classes). Those of the
        arguments `n_features`, `n_classes`, `n_channels` and `input_shape` that it takes are
        filled in at fit.
    **skorch_params
        Parameters of :class:`skorch.NeuralNet`, such as ``module__hidden_sizes=(64,)``,
        ``optimizer``, ``lr``, ``max_epochs``, ``batch_size``, ``callbacks``, ``device``.
        Defaults that differ from skorch's: ``criterion=CrossEntropy``, ``optimizer=Adam``,
        ``lr=1e-3``, ``max_epochs=40``, ``batch_size=64``, shuffled batches, ``verbose=0``,
        ``device="auto"`` (CUDA where there is one), and no hold-out (``train_split=None``).
        Three more parameters concern speed. ``replay="auto"`` records a training step of modules
        that are PyTorch's or sknoisy's own and replays it without autograd, which gives the same
        network in every bit; True does so for a class of your own too, whose ``forward`` must
        then depend on nothing but input, parameters and buffers; "graph" also captures it as a
        CUDA graph, where there is CUDA; False never does any of this. Whatever `replay` is, a
        version of PyTorch that sknoisy was not tested with replays nothing.
        ``autocast="bfloat16"`` trains in mixed precision. ``channels_last="auto"`` lays out
        images as GPUs like them, on CUDA and for the same modules; True and False decide for any.

    Returns
    -------
    skorch.NeuralNet

    Raises
    ------
    TypeError
        If `module` is an instance instead of a class.

    See Also
    --------
    sknoisy.modules.MLP : The default module.
    ForwardCorrectedClassifier : Takes such a net as `estimator`.
    skorch.NeuralNetClassifier : The class of nets with its own defaults.

    Examples
    --------
    >>> net = make_net(module__hidden_sizes=(32,), max_epochs=10)
    >>> net.max_epochs, net.lr
    (10, 0.001)
    """
    defaults: dict[str, Any] = {
        "criterion": CrossEntropy,
        "optimizer": torch.optim.Adam,
        "lr": 1e-3,
        "max_epochs": 40,
        "batch_size": 64,
        "iterator_train": make_loader,
        "iterator_train__shuffle": True,
        "iterator_valid": make_loader,
        "train_split": None,
        "verbose": 0,
        "device": "auto",
    }
    _check_module(module)
    return LeanNet(module, **(defaults | skorch_params))


def is_net(estimator: Any) -> bool:
    """Whether `estimator` is one of the forms that stand for a network."""
    return (
        estimator is None
        or isinstance(estimator, NeuralNet | nn.Module)
        or (inspect.isclass(estimator) and issubclass(estimator, nn.Module))
    )


def build_net(
    estimator: Any,
    *,
    n_classes: int,
    sample_shape: tuple[int, ...] | None,
    kind: str | None = None,
    n_rows: int = 0,
    device: str = "auto",
    n_members: int = 1,
) -> NeuralNet:
    """An unfitted net of the user's settings, its sizes filled in; `estimator` stays as it is.

    `sample_shape` is the shape of one row of X, None if unknown (a Dataset); what kind of rows
    there are, see `rows_kind`, and how many decides on the default net. Device "auto" leaves the
    net's. With several members its module is made of so many networks. Raises TypeError if
    `estimator` is neither None, a module class nor a net, or holds a module instance; ValueError
    if the device is not there.
    """
    if estimator is None:
        net = _default_net(sample_shape, kind, n_rows)
    else:
        net = _as_net(estimator)
    check_settings(net)
    params: dict[str, Any] = {"verbose": 0} if net.verbose is True else {}
    params["device"] = resolve_device(net.device if device == "auto" else device)
    if net.predict_nonlinearity == "auto":
        params["predict_nonlinearity"] = proba_of_logits
    sizes: dict[str, Any] = {"n_classes": n_classes}
    if sample_shape is not None:
        sizes["input_shape"] = sample_shape
        sizes["n_features"] = int(np.prod(sample_shape))
        sizes["n_channels"] = sample_shape[0] if sample_shape else 1
    wanted = inspect.signature(net.module).parameters
    chosen = net.get_params_for("module")
    if isinstance(net, NeuralNetClassifier):
        params["classes"] = np.arange(n_classes)  # It knows columns; names are ours to give.
    params |= {f"module__{k}": v for k, v in sizes.items() if k in wanted and k not in chosen}
    net.set_params(**params)
    return net if n_members == 1 else _with_members(net, n_members)


def _with_members(net: NeuralNet, n_members: int) -> NeuralNet:
    if inspect.isclass(net.module) and issubclass(net.module, Members):
        return net.set_params(module__n_members=n_members)
    member = net.module
    return net.set_params(module=MemberModules, module__member=member, module__n_members=n_members)


def check_net_settings(estimator: Any, device: str = "auto") -> None:
    """Raise what `build_net` would raise about the net and the device, before any data is seen."""
    build_net(estimator, n_classes=2, sample_shape=None, device=device)


def _default_net(sample_shape: tuple[int, ...] | None, kind: str | None, n_rows: int) -> LeanNet:
    """For a table one that takes any scale; for a wide sparse one a linear model."""
    if default_is_linear(sample_shape, kind):
        low, high = SPARSE_BATCHES
        batch_size = min(max(n_rows // SPARSE_STEPS, low), high)
        return make_net(SparseLinear, lr=SPARSE_LR, batch_size=batch_size)
    if kind is None:
        return make_net(MLP)
    width, lr = NARROW if n_rows <= FEW_ROWS else WIDE
    return make_net(TableMLP, module__hidden_sizes=(width, width), lr=lr, batch_size=TABLE_BATCH)


def linear_net(n_features: int, n_rows: int) -> LeanNet | None:
    """A linear model beside the default net for a table, None if that is not wide."""
    if n_features <= MAX_FEATURES:
        return None
    low, high = LINEAR_BATCHES
    return make_net(
        TableMLP,
        module__hidden_sizes=(),
        module__n_pieces=0,
        module__dropout=0.0,
        lr=LINEAR_STEP / n_features,
        batch_size=min(max(n_rows // LINEAR_STEPS, low), high),
    )


def default_is_linear(sample_shape: tuple[int, ...] | None, kind: str | None) -> bool:
    """Whether the default net for such rows is a linear model."""
    return kind == "sparse" and sample_shape is not None and sample_shape[0] > MAX_DENSE_FEATURES


def _as_net(estimator: Any) -> NeuralNet:
    if isinstance(estimator, nn.Module) or inspect.isclass(estimator):
        return make_net(estimator)
    if isinstance(estimator, NeuralNetBinaryClassifier | NeuralNetRegressor):
        raise TypeError(
            f"estimator must have one logit per class; {type(estimator).__name__} has a single "
            f"output. Use skorch.NeuralNetClassifier or sknoisy.make_net, with two logits for two "
            f"classes. {SEE_ERRORS}"
        )
    if not isinstance(estimator, NeuralNet):
        raise TypeError(
            f"estimator must be None, a torch.nn.Module class or an unfitted skorch net such as "
            f"sknoisy.make_net(...); got {type(estimator).__name__}."
            f" {SEE_ERRORS}"
        )
    _check_module(estimator.module)
    params = clone(estimator).get_params(deep=False)
    if params["criterion"] is nn.NLLLoss:
        # skorch's default is for modules that return probabilities; ours return logits.
        params["criterion"] = nn.CrossEntropyLoss
    for iterator in ("iterator_train", "iterator_valid"):
        settings = {k.split("__")[1] for k in params if k.startswith(iterator + "__")}
        # accelerate shares the rows out among its processes in a DataLoader alone.
        own = hasattr(estimator, "accelerator")
        if params[iterator] is DataLoader and not own and LOADER_SETTINGS.issuperset(settings):
            params[iterator] = make_loader
    # A user's subclass may override any step, so it keeps its own loop.
    lean: dict[type, Any] = {NeuralNet: LeanNet, NeuralNetClassifier: LeanClassifierNet}
    return lean.get(type(estimator), type(estimator))(**params)


def _check_module(module: Any) -> None:
    if isinstance(module, nn.Module):
        name = type(module).__name__
        raise TypeError(
            f"The module must be a class, not an instance: fit would train your own object, and "
            f"clones would start from trained weights. Pass make_net({name}, "
            f"module__<argument>=...) instead of {name}(<argument>=...). {SEE_ERRORS}"
        )
    if not callable(module):
        raise TypeError(
            f"The module must be a torch.nn.Module class that returns logits; "
            f"got {type(module).__name__}."
            f" {SEE_ERRORS}"
        )


def proba_of_logits(logits: torch.Tensor) -> torch.Tensor:
    """What makes a net's own `predict_proba` return probabilities; skorch guesses few losses."""
    return torch.softmax(logits, dim=-1)
