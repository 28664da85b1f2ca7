"""From the user's X, y and weights to what a net or T can be fitted on."""

from ._row_access import n_rows, rows_kind, sample_shape, take_rows, written_out
from ._training_set import TrainingSet, validate_training_set, with_features
from ._user_rows import as_rows, check_features, reads_numbers, validate_rows

__all__ = [
    "TrainingSet",
    "as_rows",
    "check_features",
    "n_rows",
    "reads_numbers",
    "rows_kind",
    "sample_shape",
    "take_rows",
    "validate_rows",
    "validate_training_set",
    "with_features",
    "written_out",
]
