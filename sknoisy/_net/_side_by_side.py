"""Networks and linear models for a table side by side, their posteriors averaged."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import clone
from skorch import NeuralNet
from torch import Tensor, nn
from torch.utils.data import Subset

from ..losses import Criterion
from ..modules import MixedTableMLP
from ._accelerated import bare_module
from ._data import as_dataset, draws_random_numbers, keep_module_input
from ._device import on_device, seeded
from ._examples import as_examples
from ._prediction import evaluating
from ._stopping import HeldOut, held_out_loss, logits_by, losses_and_weights, n_members_of

Array = NDArray[np.float64]


def can_be_averaged(net: NeuralNet) -> bool:
    """Whether its posteriors come from the module alone, not from a layer of the criterion too."""
    criterion = net.criterion_
    return not isinstance(criterion, Criterion) or type(criterion.output_layer) is nn.Identity


def side_by_side(networks: NeuralNet, linear: NeuralNet) -> NeuralNet:
    """A fitted net that averages the members of two, of which each has as many.

    The history is that of the likelier one by its left-out rows. Each kind keeps its learning rate
    for later calls of `partial_fit`.
    """
    n_members = bare_module(networks).n_members + bare_module(linear).n_members
    net = clone(networks).set_params(
        module=MixedTableMLP,
        module__n_members=n_members,
        optimizer__param_groups=[("linear.*", {"lr": linear.lr})],
    )
    with seeded(0, net.device):
        net.initialize()
    with on_device(net, home="cpu"):
        module = bare_module(net)
        for part, fitted in ((module.networks, networks), (module.linear, linear)):
            part.load_state_dict(bare_module(fitted).state_dict())
    keep_module_input(net, vars(networks)["_module_input"])
    net.history_ = min((networks, linear), key=held_out_loss).history_
    net._set_training(False)
    return net


def left_out_losses(
    nets: Sequence[NeuralNet],
    X: Any,
    y: NDArray[np.integer],
    sample_weight: Array | None,
    matrix: NDArray[np.integer] | None,
    held_out: HeldOut,
) -> tuple[Array, Array]:
    """The loss of each left-out row by the mean posterior of nets that left it out, and weights.

    The nets have as many members each and the same criterion. Rows come in the order of the folds.
    """
    X, y, sample_weight, matrix, of_rows, soft = as_examples(X, y, sample_weight, matrix, held_out)
    assert of_rows is not None
    net = nets[0]
    dataset = as_dataset(net, X, y, sample_weight, matrix, soft=soft)
    found: list[tuple[Tensor, Tensor]] = []
    with ExitStack() as stack:
        for one in nets:
            stack.enter_context(evaluating(one, draws=draws_random_numbers(one, dataset)))
        for member in range(n_members_of(bare_module(net))):
            rows = of_rows.rows_of(member).tolist()
            for batch, target in net.get_iterator(Subset(dataset, rows)):
                each = [torch.log_softmax(logits_by(one, batch, member), dim=1) for one in nets]
                logits = torch.logsumexp(torch.stack(each), dim=0)
                found.append(losses_and_weights(net, logits, target))
    losses, weights = (torch.cat(part).double().cpu().numpy() for part in zip(*found, strict=True))
    return losses, weights
