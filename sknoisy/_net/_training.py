"""Train a net: from settings and data to a fitted net."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet
from torch.utils.data import Dataset

from .._hints import SEE_ERRORS
from ..losses import Criterion
from ..modules import ColumnScaling, SparseLinear, TableMLP
from ._accelerated import bare_module, losses_left_bare
from ._criterion import CriterionParams, new_criterion, set_criterion
from ._data import as_dataset
from ._device import seeded
from ._examination import examine
from ._examples import as_examples
from ._phases import FirstPhase, fine_tuning, may_change_module, run_epochs
from ._prediction import explained_lookups
from ._stopping import HeldOut, HeldOutStopping, n_members_of
from ._threads import training

# A warm-up that is a share of the epochs ends after so many steps, though not within an epoch: by
# then a network predicts all classes, and much later it has memorised single wrong labels.
MAX_WARM_UP_STEPS = 500
# The same of a training that left-out rows stop, which is short.
STOPPED_WARM_UP_STEPS = 10


class WarmUp(NamedTuple):
    """A first training with another criterion: its parameters, and epochs or their share."""

    criterion: CriterionParams
    epochs: float


def fit_net(
    net: NeuralNet,
    X: Any,
    y: NDArray[np.integer],
    sample_weight: NDArray[np.float64] | None = None,
    *,
    matrix: NDArray[np.integer] | None = None,
    n_classes: int,
    seed: int,
    criterion: CriterionParams | None = None,
    initial_state: Mapping[str, torch.Tensor] | None = None,
    warm_up: WarmUp | None = None,
    epochs: int | None = None,
    held_out: HeldOut | None = None,
    stage: str = "training",
    verbose: int = 0,
) -> NeuralNet:
    """Train a net, or go on with one that is initialized; the global random state is left alone.

    X is validated, y encoded, weights have mean 1; `matrix` says which T each row goes through
    where the criterion knows several. `seed` seeds initial weights, order of the rows and
    dropout. The net keeps its criterion unless it is given another. It starts from
    `initial_state` if that fits its module; else from random weights, and with a `warm_up`,
    whose epochs are taken from `epochs` (default the net's `max_epochs`; one is left). With rows
    `held_out` the training ends where these say so.

    Raises ValueError if the module does not return one logit per class, if the loss turns NaN
    or infinite, or if no step is taken.
    """
    epochs = net.max_epochs if epochs is None else epochs
    _check_epochs(epochs)
    examples = as_examples(X, y, sample_weight, matrix, held_out)
    X, y, sample_weight, matrix, held_out, soft = examples
    with seeded(seed, net.device), training(net), explained_lookups():
        new = not net.initialized_
        if new:
            set_criterion(net, criterion, weighted=sample_weight is not None or soft is not None)
            _initialize(net)

        def prepare() -> tuple[Dataset, FirstPhase | None]:
            first = None
            if new:
                _fit_columns(net, X, sample_weight)
            else:
                _restart_optimizer(net)
            examine(net, X, y, n_classes)
            if new and initial_state is not None and _fits(net, initial_state):
                bare_module(net).load_state_dict(initial_state)
            elif new and warm_up is not None:
                n_steps = len(y) // net.batch_size if net.batch_size > 0 else 1
                most = MAX_WARM_UP_STEPS if held_out is None else STOPPED_WARM_UP_STEPS
                n_epochs = _warm_up_epochs(warm_up.epochs, epochs, n_steps, most)
                first = FirstPhase(new_criterion(warm_up.criterion), n_epochs)
            fold = None
            if held_out is not None and n_members_of(bare_module(net)) > 1:
                fold = held_out.fold
            return as_dataset(net, X, y, sample_weight, matrix, fold, soft), first

        stopping = None if held_out is None else HeldOutStopping(held_out)
        run_epochs(net, X, y, prepare, epochs, stage, verbose, seed=seed, stopping=stopping)
    return net


def fine_tune(
    net: NeuralNet,
    X: Any,
    y: NDArray[np.integer],
    sample_weight: NDArray[np.float64] | None = None,
    *,
    matrix: NDArray[np.integer] | None = None,
    seed: int,
    epochs: int,
    lr_factor: float,
    stage: str = "training",
    verbose: int = 0,
) -> NeuralNet:
    """Go on with a fitted net on a few rows, at a share of the last learning rate.

    Nothing is held out, and the user's callbacks, made for the whole training, do not run.
    """
    X, y, sample_weight, matrix, _, soft = as_examples(X, y, sample_weight, matrix)
    with seeded(seed, net.device), training(net), fine_tuning(net, lr_factor), explained_lookups():
        run_epochs(
            net,
            X,
            y,
            lambda: (as_dataset(net, X, y, sample_weight, matrix, soft=soft), None),
            epochs,
            stage,
            verbose,
            seed=seed,
        )
    return net


def check_trainable(
    net: NeuralNet, X: Any, *, n_classes: int, seed: int, criterion: CriterionParams
) -> None:
    """Raise what `fit_net` would raise before training; the net is used up by the check."""
    _check_epochs(net.max_epochs)
    with seeded(seed, net.device):
        set_criterion(net, criterion, weighted=False)
        _initialize(net)
        if not may_change_module(net):
            examine(net, X, None, n_classes)


def drop_training_state(net: NeuralNet) -> None:
    """Drop what only the next step would need: gradients, and the state of the optimizer.

    They take up to three times the weights. `fit_net` goes on without them. What a criterion
    remembers of single rows goes too.
    """
    if isinstance(net.criterion_, Criterion):
        net.criterion_.forget_rows()
    net.optimizer_.zero_grad(set_to_none=True)
    net.optimizer_.state.clear()


def first_stage_state(networks: Sequence[Any] | None) -> Mapping[str, torch.Tensor] | None:
    """The weights of the first of some fitted classifiers; None if that is no net."""
    if not networks or not isinstance(networks[0], NeuralNet):
        return None
    return networks[0].module_.state_dict()


def _fits(net: NeuralNet, state: Mapping[str, torch.Tensor]) -> bool:
    """Whether `state` belongs to a module of the same structure."""
    present = bare_module(net).state_dict()
    return present.keys() == state.keys() and all(
        present[name].shape == state[name].shape for name in present
    )


def _restart_optimizer(net: NeuralNet) -> None:
    """Give an optimizer that lost its state a new one, if it is of those that begin with one."""
    if not net.optimizer_.state:
        args, params = net.get_params_for_optimizer("optimizer", net.get_all_learnable_params())
        net.optimizer_.state.update(net.optimizer(*args, **params).state)


def _check_epochs(epochs: int) -> None:
    if epochs < 1:
        raise ValueError(
            f"max_epochs must be at least 1, or no step is taken; got {epochs}. {SEE_ERRORS}"
        )


def _initialize(net: NeuralNet) -> None:
    try:
        with losses_left_bare(net):
            net.initialize()
    except TypeError as error:
        name = getattr(net.module, "__name__", "module")
        if name not in str(error):
            raise
        known = [p for p in inspect.signature(net.module).parameters if p != "self"]
        raise TypeError(
            f"{error}. {name} takes {', '.join(known)}: pass them as module__<argument>=... to "
            f"make_net. Only n_features, n_classes, n_channels and input_shape are filled in, and "
            f"where X has several inputs n_classes alone. {SEE_ERRORS}"
        ) from error


def _fit_columns(net: NeuralNet, X: Any, sample_weight: NDArray[np.float64] | None) -> None:
    """Set the statistics of the layers that scale columns, where X has columns."""
    if isinstance(X, Dataset) or len(getattr(X, "shape", ())) != 2:
        return
    parts: list[Any] = [net.module_]
    while parts:
        part = parts.pop()
        if isinstance(part, ColumnScaling | SparseLinear | TableMLP):
            part.fit_columns(X, sample_weight)  # Its own parts too.
        else:
            parts += part.children()


def _warm_up_epochs(warm_up: float, epochs: int, steps_per_epoch: int, most: int) -> int:
    """How many of all epochs a warm-up takes; a share takes one at least."""
    if not 0 < warm_up < 1:
        return min(int(warm_up), epochs - 1)
    share = max(1, round(warm_up * epochs))
    return min(share, max(1, most // max(1, steps_per_epoch)), epochs - 1)
