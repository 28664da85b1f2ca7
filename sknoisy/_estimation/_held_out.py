"""How many networks are trained, and which rows each leaves out to be stopped by."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._checks import check_integer, check_number, check_option
from .._equal_rows import equal_rows, in_order_of_appearance
from .._hints import SEE_ERRORS
from .._net import HeldOut, default_is_linear
from .._validation import TrainingSet, rows_kind, sample_shape
from ._folds import dealt_folds

# Members of the default network for tables.
N_MEMBERS = 5
# How long a default network may train where left-out rows stop it.
MAX_EPOCHS = 200


class Stopping(NamedTuple):
    """The parameters of a classifier that say how its network is stopped."""

    early_stopping: bool | str = "auto"
    validation_fraction: float = 0.1
    n_iter_no_change: int = 10
    n_members: int | str = "auto"

    @classmethod
    def of(cls, classifier: Any) -> Stopping:
        """Those of a classifier; raises if they cannot be used."""
        asked = cls(*(getattr(classifier, name) for name in cls._fields))
        check_option(asked.early_stopping, "early_stopping", ("auto", True, False))
        check_number(asked.validation_fraction, "validation_fraction", "(0, 1)")
        check_integer(asked.n_iter_no_change, "n_iter_no_change", 1)
        if asked.n_members != "auto":
            check_integer(asked.n_members, "n_members", 1)
        split = getattr(classifier.estimator, "train_split", None)
        if asked.early_stopping is True and split is not None:
            raise ValueError(
                "early_stopping=True leaves rows out of the training, but the net has a "
                "train_split of its own. Set its train_split=None, or early_stopping=False and "
                f"a callback such as skorch's EarlyStopping. {SEE_ERRORS}"
            )
        return asked

    def plan_for(self, estimator: Any, data: TrainingSet) -> TrainingPlan:
        """What they come to for a network and its rows."""
        kind = rows_kind(data.X)
        default = estimator is None and not default_is_linear(sample_shape(data.X), kind)
        stops = default if self.early_stopping == "auto" else bool(self.early_stopping)
        if self.n_members == "auto":
            n_members = N_MEMBERS if stops and default and kind is not None else 1
        else:
            n_members = int(self.n_members)
        return TrainingPlan(
            n_members, self if stops else None, MAX_EPOCHS if stops and default else None
        )


class TrainingPlan(NamedTuple):
    """How many networks are trained, how they are stopped if at all, and for how many epochs.

    None for the epochs: as many as the net says.
    """

    n_members: int
    stopping: Stopping | None
    epochs: int | None

    def held_out(self, data: TrainingSet, seed: int) -> HeldOut | None:
        """Rows that are left out: a fold by each member, or a fraction by the only one.

        None where nothing is stopped, or where there are fewer rows than folds. Equal rows, and
        those of one fold group, are left out together.
        """
        if self.stopping is None:
            return None
        n_folds = self.n_members
        if n_folds == 1:
            n_folds = max(2, round(1 / self.stopping.validation_fraction))
        groups = equal_rows(data.X) if data.fold_groups is None else data.fold_groups
        if groups.max() + 1 < n_folds:
            return None
        fold = dealt_folds(data, in_order_of_appearance(groups), n_folds, seed)
        if self.n_members == 1:
            fold = np.where(fold == 0, 0, -1)
        return HeldOut(fold, self.stopping.n_iter_no_change)
