"""The T that a fitted classifier was trained with, for what calibrates its posteriors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._carrier import Tag, read
from .._fitted import find_holder
from .._transition._identification import identification_doubt
from .._validation import TrainingSet
from ..metrics._noise_model import noise_model_and_trade_off
from ._resolve import fit_stage_one, resolve_label_noise
from ._value import LabelNoise


def noise_of_classifier(
    owner: Any,
    classifier: Any,
    X: Any,
    data: TrainingSet,
    proba: NDArray[np.float64],
    seed: int,
    *,
    transition_matrix: Any,
) -> LabelNoise:
    """A given T beats the classifier's, that the one X carries, and that an estimate.

    `owner` is the estimator whose parameter `transition_matrix` is, `proba` are posteriors of the
    rows in `data` by classifiers that have not seen them, from which T is estimated.
    """

    def fit(estimator_of_T: Any) -> Any:
        if estimator_of_T is not None:
            return fit_stage_one(owner, estimator_of_T, data, seed)
        codes = np.arange(len(data.classes))
        model, unsure = noise_model_and_trade_off(
            proba, data.y, classes=codes, sample_weight=data.sample_weight
        )
        doubt = identification_doubt(unsure)
        doubts = () if doubt is None else (doubt,)
        return LabelNoise.of_all_rows(model.transition_matrix, "estimated", doubts=doubts)

    holder = find_holder(classifier)
    tag = read(X)
    if holder is not None:
        doubts = tuple(getattr(holder, "doubts_", ()))
        tag = Tag(holder.transition_matrix_, holder.classes_, doubts)
    noise = resolve_label_noise(transition_matrix, data, fit, carried=tag)
    if noise.source == "carried" and holder is not None:
        return noise._replace(source="estimator")
    return noise
