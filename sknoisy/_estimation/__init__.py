"""Estimators of T from noisy labels: one for all rows, and one for each group of rows."""

from ._defaults import default_classifier, pooled_with_default
from ._estimator import TransitionMatrixEstimator
from ._folds import make_folds, with_equal_rows, with_fold_groups
from ._group_estimator import GroupTransitionMatrixEstimator
from ._grown_trees import grow_trees, left_out_mean, takes_trees
from ._held_out import Stopping, TrainingPlan
from ._label_evidence import LabelEvidence
from ._nets import net_for, rivals
from ._noise_groups import NoiseGroups, read_noise_groups
from ._parameters import check_learning
from ._posteriors import CrossFit, class_posteriors, known_posteriors
from ._race import fit_likeliest
from ._trusted import TrustedLabels, read_trusted_labels
from ._wrapped import (
    HandsOn,
    check_takes_sparse,
    input_tags_of,
    is_read_by_net,
    seeded_clone,
    takes_sample_weight,
    weight_params,
)

__all__ = [
    "CrossFit",
    "HandsOn",
    "GroupTransitionMatrixEstimator",
    "LabelEvidence",
    "NoiseGroups",
    "Stopping",
    "TrainingPlan",
    "TransitionMatrixEstimator",
    "TrustedLabels",
    "check_learning",
    "check_takes_sparse",
    "class_posteriors",
    "default_classifier",
    "fit_likeliest",
    "grow_trees",
    "input_tags_of",
    "is_read_by_net",
    "known_posteriors",
    "left_out_mean",
    "make_folds",
    "net_for",
    "rivals",
    "pooled_with_default",
    "read_noise_groups",
    "read_trusted_labels",
    "seeded_clone",
    "takes_sample_weight",
    "takes_trees",
    "weight_params",
    "with_equal_rows",
    "with_fold_groups",
]
