"""The noise transition matrix T as plain numpy: its checks, and its estimates from posteriors.

Everywhere ``T[i, j] = P(noisy = j | clean = i)``: rows sum to 1.
"""

from .._labels import show_labels
from ._adjustment import (
    SUREST,
    Adjustment,
    likeliest_adjustment,
    logits_of,
    mixed_if_likelier,
)
from ._algebra import clean_prior, mix_with_identity
from ._arrays import MIN_ROWS_PER_CLASS, normalize_rows, row_weights
from ._canonical import canonical_rows
from ._clusters import cluster_posteriors, maximum_trace_order
from ._count import default_n_top
from ._diagnostics import doubts, doubts_of_given
from ._estimate import NoisyRows
from ._fitted_estimate import (
    FittedEstimate,
    bootstrap_weights,
    estimate,
    estimate_from_top_counts,
)
from ._group_estimate import GroupEstimate, group_transition_matrices
from ._group_shrinkage import shrink_groups
from ._matrix_checks import check_transition_matrix, classes_of_frame
from ._methods import METHODS, check_method, find_method, methods_with
from ._named_structures import with_labels
from ._projection import project_posterior
from ._sharpness import (
    fit_sharpness,
    sharpened,
    sharpness_of,
    smoothed_log,
    temperature_scaled,
)
from ._shrinkage import shrink_counts
from ._structure import labels_allowed
from ._top_rows import TopRows
from ._trusted_counts import ChosenRows
from ._trusted_update import TrustedRows, with_trusted

__all__ = [
    "METHODS",
    "MIN_ROWS_PER_CLASS",
    "SUREST",
    "Adjustment",
    "ChosenRows",
    "FittedEstimate",
    "GroupEstimate",
    "NoisyRows",
    "TopRows",
    "TrustedRows",
    "bootstrap_weights",
    "canonical_rows",
    "check_method",
    "check_transition_matrix",
    "classes_of_frame",
    "clean_prior",
    "cluster_posteriors",
    "default_n_top",
    "doubts",
    "doubts_of_given",
    "estimate",
    "estimate_from_top_counts",
    "find_method",
    "fit_sharpness",
    "group_transition_matrices",
    "labels_allowed",
    "likeliest_adjustment",
    "logits_of",
    "maximum_trace_order",
    "methods_with",
    "mix_with_identity",
    "mixed_if_likelier",
    "normalize_rows",
    "project_posterior",
    "row_weights",
    "sharpened",
    "sharpness_of",
    "show_labels",
    "shrink_counts",
    "shrink_groups",
    "smoothed_log",
    "temperature_scaled",
    "with_labels",
    "with_trusted",
]
