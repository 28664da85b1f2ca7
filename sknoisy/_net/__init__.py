"""The skorch net behind the estimators: construction, training, posteriors.

The only place that knows skorch.
"""

from ._accelerated import bare_module
from ._build import (
    MAX_FEATURES,
    build_net,
    check_net_settings,
    default_is_linear,
    is_net,
    linear_net,
    make_net,
)
from ._copy import copied_net
from ._data import as_dataset
from ._device import resolve_device
from ._lean import LeanNet
from ._posterior_module import PosteriorModule, input_dtype
from ._prediction import predict_proba, proba_blocks, scaled_rows
from ._side_by_side import can_be_averaged, left_out_losses, side_by_side
from ._stopping import HeldOut, held_out_loss, left_out_proba
from ._stored import StoredNet, is_plain_net
from ._training import (
    WarmUp,
    check_trainable,
    drop_training_state,
    fine_tune,
    first_stage_state,
    fit_net,
)

__all__ = [
    "MAX_FEATURES",
    "HeldOut",
    "LeanNet",
    "PosteriorModule",
    "StoredNet",
    "WarmUp",
    "as_dataset",
    "bare_module",
    "build_net",
    "can_be_averaged",
    "check_net_settings",
    "check_trainable",
    "copied_net",
    "default_is_linear",
    "drop_training_state",
    "fine_tune",
    "first_stage_state",
    "fit_net",
    "held_out_loss",
    "input_dtype",
    "is_net",
    "is_plain_net",
    "left_out_losses",
    "left_out_proba",
    "linear_net",
    "make_net",
    "predict_proba",
    "proba_blocks",
    "resolve_device",
    "scaled_rows",
    "side_by_side",
]
