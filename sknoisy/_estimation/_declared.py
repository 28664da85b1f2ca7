"""The types of what an estimator of T holds once it is fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._transition import FittedEstimate


class FittedTransitionMatrix:
    """Attributes that `TransitionMatrixEstimator` documents, and the estimate behind them."""

    _takes_soft_labels = True
    transition_matrix_: NDArray[np.float64]
    noise_rate_: float
    noise_rate_range_: tuple[float, float] | None
    identified_: bool | None
    classes_: NDArray[Any]
    n_examples_: NDArray[np.float64]
    condition_number_: float
    doubts_: tuple[str, ...]
    losses_: dict[str, float] | None
    histories_: list[Any]
    noisy_proba_: NDArray[np.float64]
    estimators_: list[Any]
    _fitted_estimate: FittedEstimate
