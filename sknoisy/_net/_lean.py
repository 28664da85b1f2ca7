"""skorch's net with a lean epoch loop."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from io import BytesIO
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNet, NeuralNetClassifier
from skorch.callbacks import BatchScoring, Callback, EpochScoring, LRScheduler
from skorch.utils import get_map_location, to_device
from torch import nn
from torch.utils.data import DataLoader

from .._base_estimator import WithoutAddresses
from .._hints import SEE_ERRORS
from .._iterators import BatchLoader, make_loader, with_own_generator
from ._data import takes_sparse
from ._device import on_device, place_of, resolve_device, widest_float
from ._layout import put_channels_last, put_parameters_channels_last, wants_channels_last
from ._replay import TrainingStep, make_step
from ._stand_in import plain_batches

# Where a pickled net of skorch's keeps module, criterion and optimizer.
_SAVED_PARTS = "__cuda_dependent_attributes__"
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
# Settings of a loader by which the user says which rows the last batch has.
_LOADER_CHOICES = {"drop_last", "sampler", "batch_sampler"}


class LeanNet(WithoutAddresses, NeuralNet):
    """skorch's net with an epoch loop that pays for bookkeeping only where a callback needs it.

    Without a callback that listens to batches, an epoch runs as a bare PyTorch loop: losses stay
    on the device and are read once, at the end, and the history holds them as a single batch.
    With such a callback the loop is skorch's own. `replay`, `autocast` and `channels_last` are
    described in `make_net`.
    """

    device: Any
    _step: TrainingStep | None = None
    # Sizes of batches that were replayed: the next training records them sooner.
    _frequent_sizes: set[int] | None = None
    _images_last = False

    def __init__(
        self,
        *args: Any,
        replay: Any = "auto",
        autocast: str | None = None,
        channels_last: Any = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.replay = replay
        self.autocast = autocast
        self.channels_last = channels_last

    def fit_loop(self, *args: Any, **kwargs: Any) -> LeanNet:
        # Recordings hold memory, and belong to one training.
        self._step = None
        # What is fitted goes back to main memory, so that many nets can share a device.
        with on_device(self, home="cpu"):
            try:
                return super().fit_loop(*args, **kwargs)
            finally:
                self._step = None

    def forward_iter(self, X: Any, training: bool = False, device: Any = "cpu") -> Iterator[Any]:
        """As skorch's, without drawing from the global generator."""
        with on_device(self):
            batches = self.get_iterator(self.get_dataset(X), training=training)
            for batch in batches if training else with_own_generator(batches):
                yield to_device(self.evaluation_step(batch, training=training), device=device)

    def infer(self, x: Any, **fit_params: Any) -> Any:
        with self._autocasting():
            return super().infer(self._laid_out(x), **fit_params)

    def initialize(self) -> LeanNet:
        if self.replay not in (True, False, "auto", "graph"):
            raise ValueError(
                f'replay must be True, False, "auto" or "graph"; got {self.replay!r}. {SEE_ERRORS}'
            )
        if self.autocast not in (None, "bfloat16"):
            raise ValueError(
                f'autocast must be None or "bfloat16"; got {self.autocast!r}. {SEE_ERRORS}'
            )
        if self.channels_last not in (True, False, "auto"):
            raise ValueError(
                f'channels_last must be True, False or "auto"; got {self.channels_last!r}.'
                f" {SEE_ERRORS}"
            )
        self.device = resolve_device(self.device)
        return super().initialize()

    def initialize_module(self) -> LeanNet:
        super().initialize_module()
        self._images_last = wants_channels_last(self.channels_last, self.module_, place_of(self))
        if self._images_last:
            put_parameters_channels_last(self.module_)
        return self

    def __getstate__(self) -> dict[str, Any]:
        here_only = {"_step", "_frequent_sizes"}
        return {k: v for k, v in super().__getstate__().items() if k not in here_only}

    def __setstate__(self, state: dict[str, Any]) -> None:
        auto = state["device"] == "auto"  # Not a device yet; skorch's unpickling wants one.
        state = {**state, "device": "cpu"} if auto else dict(state)
        try:
            super().__setstate__(state)
        except pickle.UnpicklingError:
            self._set_state_of_skorch_1_1(state)
        if auto:
            self.device = "auto"

    def _set_state_of_skorch_1_1(self, state: dict[str, Any]) -> None:
        """Its pickles hold what `torch.save` wrote, which PyTorch 2.6 loads on request only."""
        saved = BytesIO(state[_SAVED_PARTS])
        parts = torch.load(
            saved, map_location=get_map_location(state["device"]), weights_only=False
        )
        nothing = BytesIO()
        torch.save({}, nothing)
        super().__setstate__({**state, _SAVED_PARTS: nothing.getvalue()})
        self.__dict__.update(parts)

    def get_params_for_optimizer(self, prefix: str, named_parameters: Any) -> Any:
        named_parameters = list(named_parameters)
        args, kwargs = super().get_params_for_optimizer(prefix, named_parameters)
        if _takes_fused(self.optimizer, kwargs, named_parameters):
            kwargs["fused"] = True
        return args, kwargs

    def get_iterator(self, dataset: Any, training: bool = False) -> Any:
        """As skorch's; batch normalisation is spared a last training batch of a single row.

        A single row has no spread, and PyTorch refuses it. It is left out for an epoch; the next
        has another order.
        """
        # A user's loader may lack the setting.
        has_setting = self.iterator_train in (make_loader, DataLoader)
        if training and has_setting and _normalizes_batches(self.module_):
            settings = {"batch_size": self.batch_size, **self.get_params_for("iterator_train")}
            batch_size = settings["batch_size"] or 0
            if 1 < batch_size < len(dataset) and len(dataset) % batch_size == 1:
                if not _LOADER_CHOICES & set(settings):
                    return self.iterator_train(dataset, **settings, drop_last=True)
        return super().get_iterator(dataset, training)

    def predict(self, X: Any) -> NDArray[np.intp]:
        """Column of the largest posterior: what scoring callbacks compare with encoded labels."""
        return self.predict_proba(X).argmax(axis=1)

    def run_single_epoch(
        self, iterator: Any, training: bool, prefix: str, step_fn: Any, **fit_params: Any
    ) -> None:
        if iterator is None:
            return
        if training and len(iterator) == 0:
            raise ValueError(
                "An epoch of training takes no step: batch_size is larger than the training set "
                f"and drop_last leaves the rest out. Lower batch_size. {SEE_ERRORS}"
            )
        lean = isinstance(iterator, BatchLoader) and self._may_run_lean(training)
        if fit_params or not lean:
            with plain_batches(self, iterator) as batches:
                super().run_single_epoch(batches, training, prefix, step_fn, **fit_params)
            return
        loss, n_rows, n_batches = self._lean_epoch(iterator, training)
        self.history.new_batch()
        self.history.record_batch(prefix + "_loss", loss)
        self.history.record_batch(prefix + "_batch_size", n_rows)
        self.history.record(prefix + "_batch_count", n_batches)

    def _may_run_lean(self, training: bool) -> bool:
        steps = ("train_step", "train_step_single", "validation_step", "infer", "get_loss")
        return (
            all(getattr(type(self), step) is getattr(LeanNet, step) for step in steps)
            and not isinstance(self.optimizer_, torch.optim.LBFGS)
            and not any(_listens_to_batches(item, training) for _, item in self.callbacks_)
        )

    def _lean_epoch(self, batches: BatchLoader, training: bool) -> tuple[float, int, int]:
        """Mean loss, rows and batches of an epoch; reads the loss off the device once."""
        self._set_training(training)
        step = self._training_step() if training else self._loss_of
        place = place_of(self)
        # One running sum: a list of losses would pin down the heap between large batches.
        total = torch.zeros((), dtype=widest_float(place), device=place)
        n_rows = n_batches = 0
        with torch.no_grad():
            for X, target in batches:
                total.add_(step(X, target), alpha=len(X))
                n_rows += len(X)
                n_batches += 1
        return total.item() / n_rows, n_rows, n_batches

    def _loss_of(self, X: torch.Tensor, target: Any) -> torch.Tensor:
        with self._autocasting():
            output = self.module_(self._laid_out(X))
        return self.criterion_(output, target)

    def _laid_out(self, X: Any) -> Any:
        return put_channels_last(X) if self._images_last else X

    def _autocasting(self) -> Any:
        """Mixed precision in training; what is asked of a fitted net has that of its weights."""
        if self.autocast is None or not self.module_.training:
            return nullcontext()
        return torch.autocast(place_of(self).type, getattr(torch, self.autocast))

    def _training_step(self) -> TrainingStep:
        """That of this training, unless a callback exchanged module, loss or optimizer."""
        parts = (self.module_, self.criterion_, self.optimizer_)
        if self._step is None or self._step.parts != parts:
            if self._frequent_sizes is None:
                self._frequent_sizes = set()
            # A recording knows dense batches.
            replay = False if takes_sparse(self) else self.replay
            self._step = make_step(*parts, self._loss_of, replay, self._frequent_sizes)
        self._step.begin_epoch()
        return self._step


class LeanClassifierNet(LeanNet, NeuralNetClassifier):
    """As above, of a `NeuralNetClassifier`: with its ``valid_acc``, and a classifier to scorers."""

    get_loss = NeuralNet.get_loss


def _takes_fused(optimizer: Any, kwargs: Mapping[str, Any], named_parameters: list) -> bool:
    """Whether the optimizer has a fused implementation and the user chose no other."""
    if {"fused", "foreach", "capturable", "differentiable"} & set(kwargs):
        return False
    parameters = inspect.signature(optimizer).parameters
    return "fused" in parameters and all(
        p.is_floating_point() and p.device.type in ("cpu", "cuda") for _, p in named_parameters
    )


def _normalizes_batches(module: torch.nn.Module) -> bool:
    return any(isinstance(part, BATCH_NORMS) for part in module.modules())


def _listens_to_batches(callback: Any, training: bool) -> bool:
    if isinstance(callback, LRScheduler) and callback.step_every == "epoch":
        return False
    if type(callback) in (EpochScoring, BatchScoring) and callback.on_train != training:
        return False
    verbs = ("on_batch_begin", "on_batch_end", "on_grad_computed")
    return any(getattr(type(callback), verb) is not getattr(Callback, verb) for verb in verbs)
