"""By which T linear models that are trained through it predict left-out labels better."""

from __future__ import annotations

from typing import Any

from .._iterators import each_once
from .._net import MAX_FEATURES, fit_net, held_out_loss, linear_net
from .._transition import FittedEstimate
from .._validation import TrainingSet, n_rows, rows_kind, sample_shape, take_rows
from ..losses import ForwardLoss
from ._held_out import MAX_EPOCHS, N_MEMBERS, Stopping, TrainingPlan
from ._nets import net_for
from ._race import some_rows

# By what share the loss must fall. Counts make noise of what overlaps, and through a little of it
# linear models fit a little better: measured on features of images with noise of known T, by up to
# 0.25%.
MARGIN = 0.005
# So many rows show it.
MAX_ROWS = 10_000


def is_wide_table(X: Any) -> bool:
    """Whether X has the form of the features of a pretrained network."""
    shape = sample_shape(X)
    return rows_kind(X) == "table" and shape is not None and shape[0] > MAX_FEATURES


def likelier_through(
    first: FittedEstimate,
    second: FittedEstimate,
    data: TrainingSet,
    device: str,
    seed: int,
    verbose: int,
) -> FittedEstimate:
    """The second estimate if linear models predict left-out labels clearly better through it.

    On wide tables that tells a T that is right from one that is not: posteriors that were fitted
    without T bend to the noise, those that pass through the right one need not.
    """
    plan = TrainingPlan(N_MEMBERS, Stopping(), MAX_EPOCHS)
    held_out = plan.held_out(data, seed)
    if held_out is None:
        return first
    rows = some_rows(data.X, len(data.y), MAX_ROWS, seed)
    X, weight = take_rows(data.X, rows), data.loss_weight
    weight = None if weight is None else weight[rows]
    held_out = held_out._replace(fold=held_out.fold[rows])

    def loss(fitted: FittedEstimate) -> float:
        n_features = sample_shape(data.X)[0]  # type: ignore[index]
        linear = linear_net(n_features, n_rows(each_once(X)))
        net = fit_net(
            net_for(linear, data, device, N_MEMBERS),
            X,
            data.y[rows],
            weight,
            n_classes=len(data.classes),
            seed=seed,
            criterion={
                "criterion": ForwardLoss,
                "criterion__transition_matrix": fitted.transition_matrix,
            },
            epochs=MAX_EPOCHS,
            held_out=held_out,
            stage="choice of T",
            verbose=verbose,
        )
        return held_out_loss(net)

    return second if loss(second) < (1 - MARGIN) * loss(first) else first
