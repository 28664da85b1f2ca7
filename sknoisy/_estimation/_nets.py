"""The net that an estimator trains on a training set."""

from __future__ import annotations

from typing import Any

from .._iterators import each_once
from .._net import build_net, default_is_linear, linear_net
from .._validation import TrainingSet, n_rows, rows_kind, sample_shape


def net_for(estimator: Any, data: TrainingSet, device: str, n_members: int = 1) -> Any:
    """An unfitted net of the user's settings, or the default one, with sizes as of the rows.

    Of several members its module is made of so many networks.
    """
    return build_net(
        estimator,
        n_classes=len(data.classes),
        sample_shape=sample_shape(data.X),
        kind=rows_kind(data.X),
        n_rows=n_rows(each_once(data.X)),
        device=device,
        n_members=n_members,
    )


def rivals(estimator: Any, data: TrainingSet, device: str, n_members: int = 1) -> list[Any]:
    """Nets to train beside that of `net_for`, where left-out rows can choose among them.

    Beside the default one for a wide table a linear model, which is better for features that a
    pretrained network made.
    """
    shape, kind = sample_shape(data.X), rows_kind(data.X)
    if estimator is not None or kind is None or shape is None or default_is_linear(shape, kind):
        return []
    linear = linear_net(shape[0], n_rows(each_once(data.X)))
    return [] if linear is None else [net_for(linear, data, device, n_members)]
