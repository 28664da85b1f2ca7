"""The noise transition matrix T as plain numpy: its checks, and its estimates from posteriors.

Everywhere ``T[i, j] = P(noisy = j | clean = i)``: rows sum to 1.
"""

from ._algebra import clean_prior, mix_with_identity
from ._anchor import anchor_transition_matrix
from ._checks import ROW_SUM_TOLERANCE, check_transition_matrix, show_labels
from ._clusters import cluster_posteriors, maximum_trace_order
from ._confident_joint import confident_joint_transition_matrix
from ._count import count_transition_matrix, default_n_top
from ._diagnostics import doubts
from ._group_estimate import GroupEstimate, group_transition_matrices
from ._groups import shrink_groups
from ._methods import (
    METHODS,
    Estimate,
    Method,
    check_method,
    estimate,
    estimate_from_counts,
    estimate_transition_matrix,
)
from ._projection import held_out_losses, project_posterior
from ._resampling import (
    bootstrap_weights,
    dirichlet_interval,
    normal_interval,
    resampled_transition_matrices,
)
from ._rows import MIN_ROWS_PER_CLASS, PRIOR_ROWS, normalize_rows, row_weights
from ._selection import auto_transition_matrix
from ._sharpness import fit_sharpness, sharpened, smoothed_log, temperature_scaled
from ._shrinkage import shrink_counts
from ._structure import structure_options, structured_estimate
from ._top_rows import TopRows
from ._trusted import order_is_doubtful, trusted_counts, trusted_order, trusted_posterior

__all__ = [
    "Estimate",
    "GroupEstimate",
    "METHODS",
    "MIN_ROWS_PER_CLASS",
    "PRIOR_ROWS",
    "ROW_SUM_TOLERANCE",
    "Method",
    "TopRows",
    "anchor_transition_matrix",
    "auto_transition_matrix",
    "bootstrap_weights",
    "check_method",
    "check_transition_matrix",
    "clean_prior",
    "cluster_posteriors",
    "confident_joint_transition_matrix",
    "count_transition_matrix",
    "default_n_top",
    "dirichlet_interval",
    "doubts",
    "estimate",
    "estimate_from_counts",
    "estimate_transition_matrix",
    "fit_sharpness",
    "group_transition_matrices",
    "held_out_losses",
    "maximum_trace_order",
    "mix_with_identity",
    "normal_interval",
    "normalize_rows",
    "order_is_doubtful",
    "project_posterior",
    "resampled_transition_matrices",
    "row_weights",
    "sharpened",
    "show_labels",
    "shrink_counts",
    "shrink_groups",
    "smoothed_log",
    "structure_options",
    "structured_estimate",
    "temperature_scaled",
    "trusted_counts",
    "trusted_order",
    "trusted_posterior",
]
