"""Losses by epoch, of the networks behind T and of the corrected one, as a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._fitted import find_holder
from .._hints import SEE_ERRORS
from ._display import BLUE, ORANGE, Display, fitted_holder

STAGE_ONE, STAGE_TWO = "stage 1: noisy labels", "stage 2: corrected"


class LearningCurvesDisplay(Display):
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

    See Also
    --------
    sknoisy.callbacks.BestEpoch : Keeps the weights of the best epoch.
    sknoisy.metrics.noise_floor : The lowest loss that the noise allows.

    Examples
    --------
    >>> from sknoisy.inspection import LearningCurvesDisplay
    >>> display = LearningCurvesDisplay({"stage 2": [([1.0, 0.5], [1.1, 0.8])]}).plot()
    >>> len(display.lines_)
    2
    """

    def __init__(self, curves: Mapping[str, Sequence[tuple[ArrayLike, ArrayLike | None]]]) -> None:
        self.curves = {
            stage: [(_check_losses(train), _check_losses(valid)) for train, valid in networks]
            for stage, networks in curves.items()
        }

    @classmethod
    def from_estimator(cls, estimator: Any, **options: Any) -> LearningCurvesDisplay:
        """Draw the curves of a fitted classifier of this package.

        Stage 1 is left out where T was given or comes from classifiers other than networks.

        Parameters
        ----------
        estimator : fitted classifier
            With `history_`, perhaps inside a Pipeline or search.
        **options
            As for :meth:`plot`.
        """
        trained = fitted_holder(estimator, "history_", "It has not trained a network in epochs.")
        source = getattr(trained, "transition_matrix_estimator_", None)
        holder = find_holder(source, "histories_")
        first_stage = [] if holder is None else holder.histories_
        return cls.from_histories(trained.history_, first_stage, **options)

    @classmethod
    def from_histories(
        cls, history: Any, first_stage: Sequence[Any] = (), **options: Any
    ) -> LearningCurvesDisplay:
        """Draw the curves of skorch histories.

        Parameters
        ----------
        history : list of dict
            One per epoch, with "train_loss" and perhaps "valid_loss".
        first_stage : list of such histories, default=()
            Of the networks behind T, one per fold.
        **options
            As for :meth:`plot`.
        """
        if isinstance(first_stage, str) or not hasattr(first_stage, "__iter__"):
            raise TypeError(
                f"first_stage must be a list of histories; got {first_stage!r}. {SEE_ERRORS}"
            )
        curves = {STAGE_ONE: [_losses(network) for network in first_stage]}
        if not curves[STAGE_ONE]:
            curves = {}
        return cls({**curves, STAGE_TWO: [_losses(history)]}).plot(**options)

    def plot(self, ax: Any = None, *, log_scale: bool = False) -> LearningCurvesDisplay:
        """Draw the losses, held-out ones dashed.

        The losses of the two stages differ, so compare their shapes only: where a held-out loss
        rises again, the network memorises the noise.

        Parameters
        ----------
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        log_scale : bool, default=False
            Whether losses are on a logarithmic scale.
        """
        ax = self._start(ax)
        self.lines_ = []
        colours = (BLUE, ORANGE) if len(self.curves) > 1 else (ORANGE,)
        for (stage, networks), colour in zip(self.curves.items(), colours, strict=False):
            for number, (train, valid) in enumerate(networks):
                for losses, style, part in ((train, "-", "training"), (valid, "--", "held out")):
                    if losses is None:
                        continue
                    self.lines_ += ax.plot(
                        np.arange(1, len(losses) + 1),
                        losses,
                        style,
                        color=colour,
                        label=f"{stage}, {part}" if number == 0 else None,
                        alpha=1 if number == 0 else 0.5,
                        marker="o" if len(losses) < 10 else None,
                        markersize=3,
                    )
        if log_scale:
            ax.set_yscale("log")
        ax.set(xlabel="Epoch", ylabel="Loss")
        ax.legend()
        return self


def _check_losses(values: ArrayLike | None) -> NDArray[np.float64] | None:
    if values is None:
        return None
    losses = np.asarray(values, dtype=np.float64)
    if losses.ndim != 1 or not len(losses):
        raise ValueError(
            f"Losses must be one number per epoch; got shape {losses.shape}. {SEE_ERRORS}"
        )
    return losses


def _losses(history: Any) -> tuple[list[float], list[float] | None]:
    """Training and held-out losses of a history; None where nothing was held out."""
    epochs = list(history) if hasattr(history, "__iter__") else []
    if not epochs or not isinstance(epochs[0], Mapping) or "train_loss" not in epochs[0]:
        raise ValueError(
            f'A history must hold at least one epoch, with a "train_loss". {SEE_ERRORS}'
        )
    train = [epoch["train_loss"] for epoch in epochs if "train_loss" in epoch]
    valid = [epoch["valid_loss"] for epoch in epochs if "valid_loss" in epoch]
    return train, valid or None
