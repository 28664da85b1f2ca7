"""Rows with their targets, and a loader that hands them out as ready batches."""

from ._dataset_items import check_items, dataset_labels
from ._loader import LOADER_SETTINGS, BatchLoader, make_loader, with_own_generator
from ._repeated_rows import RepeatedRows, each_once, merged
from ._rows import LabelledDataset, RowsDataset, is_in_memory
from ._several_inputs import (
    InputsDataset,
    SequenceDataset,
    check_lengths_of_inputs,
    checked_inputs,
    compare_inputs,
    has_several_inputs,
    is_row_of_several,
    is_sequence_of_items,
    map_inputs,
    n_rows_of_inputs,
    row_in,
)
from ._tensors import array_of_tensor, as_array, as_tensor
from ._transfer import sent_ahead

__all__ = [
    "LOADER_SETTINGS",
    "BatchLoader",
    "InputsDataset",
    "LabelledDataset",
    "RepeatedRows",
    "RowsDataset",
    "SequenceDataset",
    "array_of_tensor",
    "as_array",
    "as_tensor",
    "check_items",
    "check_lengths_of_inputs",
    "checked_inputs",
    "compare_inputs",
    "dataset_labels",
    "each_once",
    "has_several_inputs",
    "is_in_memory",
    "is_row_of_several",
    "is_sequence_of_items",
    "make_loader",
    "map_inputs",
    "merged",
    "n_rows_of_inputs",
    "row_in",
    "sent_ahead",
    "with_own_generator",
]
