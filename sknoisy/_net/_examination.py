"""What a module takes and returns, found out on a copy of it before any time goes into training."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.utils.data import Dataset, Subset, default_collate

from .._hints import SEE_ERRORS
from .._iterators import RowsDataset
from ._accelerated import bare_module
from ._data import ModuleInput, as_dataset, input_types, keep_module_input
from ._device import place_of, seeded
from ._layout import put_parameters_channels_last
from ._prediction import evaluating, explained_lookups, logits_of
from ._threads import evaluation_mode
from ._token_ids import known_ids

N_ROWS = 8
# The inputs of lazy modules, by their names.
LazyInputs = dict[str, tuple[Any, ...]]


def examine(net: NeuralNet, X: Any, y: Any, n_classes: int) -> None:
    """Check the logits of a few rows, and remember how the module takes them.

    A copy of the module computes them, so that nothing in the module changes, except that its
    lazy parts get their parameters. Raises ValueError if they are not one logit per class.
    """
    known: ModuleInput | None = vars(net).get("_module_input")
    if isinstance(X, Dataset):
        head: Any = Subset(X, range(min(len(X), N_ROWS)))  # type: ignore[arg-type]
    else:
        head = X[:N_ROWS]
    types = input_types(bare_module(net), head) if known is None else [known.dtype]
    failed: tuple[Any, Exception] | None = None
    for dtype in types:
        dataset: Any = as_dataset(net, head, y, takes=ModuleInput(dtype))
        rows = _batch_of(dataset)
        try:
            takes, logits, lazy_inputs, made = _try_out(net, rows, dtype)
        except (RuntimeError, IndexError, TypeError, KeyError, ValueError) as error:
            if _comes_from_a_warning(error):
                raise
            failed = failed or (rows, error)
            continue
        _refuse_parameters(made)
        _check_logits(logits, len(dataset), n_classes)
        _make_lazy_parameters(net, lazy_inputs)
        keep_module_input(net, takes if known is None else known)
        return
    assert failed is not None
    with explained_lookups():
        if str(failed[1]) == "index out of range in self":
            raise failed[1]
    raise _misfit(bare_module(net), len(dataset), *failed) from failed[1]


def _try_out(
    net: NeuralNet, rows: Any, dtype: torch.dtype
) -> tuple[ModuleInput, Tensor, LazyInputs, set[str]]:
    """How a copy of the module takes the rows, what it returns, what its lazy parts saw.

    The names of parameters that it made meanwhile come last.
    """
    names = set(dict(bare_module(net).named_parameters()))
    with seeded(0, net.device):
        module = _copy_of(net)
        lazy_inputs = _watch_lazy(module)
        with _in_place_of_module(net, module), evaluating(net, draws=True):
            before = _random_states(place_of(net))
            # PyTorch has no deep copy of sparse rows.
            own = rows.clone() if isinstance(rows, Tensor) else copy.deepcopy(rows)
            logits = logits_of(net, own).cpu().double()
            draws = not all(map(torch.equal, before, _random_states(place_of(net))))
            n_tokens = None
            if isinstance(rows, Tensor) and rows.dtype == torch.int64 and not net.compile:
                n_tokens = known_ids(lambda marked: logits_of(net, marked), rows)
    made = set(dict(module.named_parameters())) - names
    return ModuleInput(dtype, n_tokens, draws), logits, lazy_inputs, made


def _refuse_parameters(made: set[str]) -> None:
    if made:
        raise ValueError(
            f"The module makes parameters in its first forward pass, {sorted(made)}, of which the "
            f"optimizer would not know. Make them in __init__, or use lazy modules of PyTorch's, "
            f"such as nn.LazyLinear. {SEE_ERRORS}"
        )


def _copy_of(net: NeuralNet) -> nn.Module:
    try:
        return copy.deepcopy(bare_module(net))
    except Exception:  # PyTorch copies no parameters that are computed from others.
        return net.initialized_instance(net.module, net.get_params_for("module")).to(net.device)


def _watch_lazy(module: nn.Module) -> LazyInputs:
    """A dict that gets the first inputs of the lazy parts when the module is called."""
    inputs: LazyInputs = {}
    for name, part in module.named_modules():
        lazy: Any = part
        if isinstance(part, LazyModuleMixin) and lazy.has_uninitialized_params():
            lazy.register_forward_pre_hook(_keeper(inputs, name), prepend=True)
    return inputs


def _keeper(inputs: LazyInputs, name: str) -> Any:
    def keep(part: nn.Module, args: tuple[Any, ...]) -> None:
        inputs.setdefault(name, copy.deepcopy(args))

    return keep


def _make_lazy_parameters(net: NeuralNet, inputs: LazyInputs) -> None:
    """Call the lazy parts alone: forward of the whole module may leave other traces."""
    if not inputs:
        return
    parts = dict(bare_module(net).named_modules())
    with evaluation_mode(net), torch.no_grad():
        for name, args in inputs.items():
            parts[name](*args)
    if getattr(net, "_images_last", False):
        put_parameters_channels_last(bare_module(net))


@contextmanager
def _in_place_of_module(net: NeuralNet, module: nn.Module) -> Iterator[None]:
    original = net.module_
    vars(net)["module_"] = module
    try:
        yield
    finally:
        vars(net)["module_"] = original


def _random_states(place: torch.device) -> list[Tensor]:
    states = [torch.get_rng_state()]
    if place.type != "cpu":
        backend = getattr(torch, place.type)
        states.append(backend.get_rng_state(*([place] if place.type == "cuda" else [])))
    return states


def _batch_of(dataset: Any) -> Any:
    """All rows, as the module gets them."""
    if isinstance(dataset, RowsDataset):
        return dataset.rows(slice(0, len(dataset)))
    return default_collate([dataset[row][0] for row in range(len(dataset))])


def _check_logits(logits: Tensor, n_rows: int, n_classes: int) -> None:
    if logits.shape != (n_rows, n_classes):
        raise ValueError(
            f"The module must return logits of shape (n_samples, {n_classes}), one column per "
            f"class; it returned {tuple(logits.shape)} for {n_rows} samples. Let it take n_classes "
            f"as an argument, and it is filled in. {SEE_ERRORS}"
        )
    if (logits >= 0).all() and np.allclose(logits.sum(dim=1), 1, atol=1e-4):
        raise ValueError(
            "The module must return logits, but what it returns looks like probabilities: "
            f"non-negative rows that sum to 1. Remove the softmax at its end. {SEE_ERRORS}"
        )


def _comes_from_a_warning(error: BaseException | None) -> bool:
    """Whether it is a warning that the user made an error, perhaps wrapped by a compiler."""
    while error is not None and not isinstance(error, Warning):
        error = error.__cause__ or error.__context__
    return error is not None


def _misfit(module: nn.Module, n_rows: int, rows: Any, error: Exception) -> ValueError:
    hint = ""
    floats = isinstance(rows, Tensor) and rows.is_floating_point()
    if floats and any(isinstance(part, nn.Embedding) for part in module.modules()):
        hint = " Token ids must be integers in X: X.astype(int)."
    return ValueError(
        f"The module must take rows of the shape and type of X; given {n_rows} rows as "
        f"{_described(rows)} it raised: {error}.{hint} {SEE_ERRORS}"
    )


def _described(rows: Any) -> str:
    """A batch for a message."""
    if isinstance(rows, Mapping):
        named = ", ".join(f"{name}=({_described(value)})" for name, value in rows.items())
        return f"arguments of forward, {named},"
    if isinstance(rows, list):
        return f"one argument, a list of ({'), ('.join(map(_described, rows))}),"
    return f"a tensor of shape {tuple(rows.shape)} and type {rows.dtype}"
