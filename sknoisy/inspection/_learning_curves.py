"""Losses by epoch, of the networks behind T and of the corrected one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from ._matplotlib import BLUE, ORANGE, new_axes

STAGE_ONE, STAGE_TWO = "stage 1: noisy labels", "stage 2: corrected"


class LearningCurvesDisplay:
    """Training and held-out loss by epoch, for both stages of a corrected classifier.

    Use :meth:`from_estimator` or :meth:`from_histories` to make one.

    Parameters
    ----------
    curves : mapping from str to list of (train, valid)
        For each stage the losses of its networks; `valid` is None where nothing was held out.

    Attributes
    ----------
    lines_ : list of matplotlib lines
    ax_, figure_ : matplotlib axes and figure

    Examples
    --------
    >>> from sknoisy.inspection import LearningCurvesDisplay
    >>> display = LearningCurvesDisplay({"stage 2": [([1.0, 0.5], [1.1, 0.8])]}).plot()
    >>> len(display.lines_)
    2
    """

    def __init__(self, curves: Mapping[str, Sequence[tuple[ArrayLike, ArrayLike | None]]]) -> None:
        self.curves = {
            stage: [
                (_losses(train), None if valid is None else _losses(valid)) for train, valid in c
            ]
            for stage, c in curves.items()
        }

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: Any = None, **options: Any
    ) -> LearningCurvesDisplay:
        """Draw the curves of a fitted classifier of this package.

        Stage 1 is left out where T was given or comes from classifiers other than networks.

        Parameters
        ----------
        estimator : fitted classifier
            With `history_`; the last step of a Pipeline is taken.
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        **options
            As for :meth:`plot`.

        Returns
        -------
        LearningCurvesDisplay
        """
        last = estimator[-1] if hasattr(estimator, "steps") else estimator
        check_is_fitted(last)
        if not hasattr(last, "history_"):
            raise ValueError(
                f"{type(last).__name__} has no history_: learning curves need a network trained "
                f"in epochs."
            )
        source = getattr(last, "transition_matrix_estimator_", None)
        networks = getattr(source, "estimators_", [])
        first = [net.history for net in networks if hasattr(net, "history")]
        return cls.from_histories(last.history_, first, ax=ax, **options)

    @classmethod
    def from_histories(
        cls, history: Any, first_stage: Sequence[Any] = (), *, ax: Any = None, **options: Any
    ) -> LearningCurvesDisplay:
        """Draw the curves of skorch histories.

        Parameters
        ----------
        history : list of dict
            One per epoch, with "train_loss" and perhaps "valid_loss".
        first_stage : list of such histories, default=()
            Of the networks that T was read off, one per fold.
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        **options
            As for :meth:`plot`.

        Returns
        -------
        LearningCurvesDisplay
        """
        curves = {STAGE_TWO: [_of_history(history)]}
        if len(first_stage):
            curves = {STAGE_ONE: [_of_history(one) for one in first_stage], **curves}
        return cls(curves).plot(ax=ax, **options)

    def plot(self, ax: Any = None, *, log_scale: bool = False) -> LearningCurvesDisplay:
        """Draw the losses, held-out ones dashed.

        The two stages have different losses, so that only their shapes compare: a held-out loss
        that rises again says that the network learns the noise by heart.

        Parameters
        ----------
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        log_scale : bool, default=False
            Whether losses are on a logarithmic scale.

        Returns
        -------
        LearningCurvesDisplay
            Itself.
        """
        self.ax_ = new_axes(ax)
        self.lines_ = []
        for (stage, networks), colour in zip(
            self.curves.items(), (BLUE, ORANGE) if len(self.curves) > 1 else (ORANGE,), strict=False
        ):
            for number, (train, valid) in enumerate(networks):
                for losses, style, what in ((train, "-", "training"), (valid, "--", "held out")):
                    if losses is None:
                        continue
                    label = f"{stage}, {what}" if number == 0 else None
                    epochs = np.arange(1, len(losses) + 1)
                    self.lines_ += self.ax_.plot(
                        epochs,
                        losses,
                        style,
                        color=colour,
                        label=label,
                        alpha=1 if number == 0 else 0.5,
                        marker="o" if len(losses) < 10 else None,
                        markersize=3,
                    )
        if log_scale:
            self.ax_.set_yscale("log")
        self.ax_.set(xlabel="Epoch", ylabel="Loss")
        self.ax_.legend()
        self.figure_ = self.ax_.figure
        return self


def _losses(values: ArrayLike) -> NDArray[np.float64]:
    losses = np.asarray(values, dtype=np.float64)
    if losses.ndim != 1 or not len(losses):
        raise ValueError(f"Losses must be one number per epoch; got shape {losses.shape}.")
    return losses


def _of_history(history: Any) -> tuple[list[float], list[float] | None]:
    epochs = list(history)
    if not epochs or "train_loss" not in epochs[0]:
        raise ValueError('A history must hold at least one epoch, with a "train_loss".')
    train = [epoch["train_loss"] for epoch in epochs if "train_loss" in epoch]
    valid = [epoch["valid_loss"] for epoch in epochs if "valid_loss" in epoch]
    return train, valid or None
