"""Rows with their targets, and a loader that hands them out as ready batches."""

from ._loader import LOADER_SETTINGS, BatchLoader, make_loader, with_own_generator
from ._rows import LabelledDataset, RowsDataset, features_of, is_in_memory
from ._transfer import sent_ahead

__all__ = [
    "LOADER_SETTINGS",
    "BatchLoader",
    "LabelledDataset",
    "RowsDataset",
    "features_of",
    "is_in_memory",
    "make_loader",
    "sent_ahead",
    "with_own_generator",
]
