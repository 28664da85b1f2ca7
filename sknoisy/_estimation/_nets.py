"""The net that an estimator trains on a training set."""

from __future__ import annotations

from typing import Any

from .._net import build_net
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
        n_rows=n_rows(data.X),
        device=device,
        n_members=n_members,
    )
