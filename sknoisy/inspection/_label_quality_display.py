"""How probable the given labels are, as a histogram with the rows to look at first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import check_flag, check_integer, check_numbers
from .._hints import SEE_ERRORS
from ..metrics import label_quality, most_probable_label
from ._display import BLUE, ORANGE, PredictionDisplay

LONGEST = 16  # Characters of a label in the list.


class LabelQualityDisplay(PredictionDisplay):
    """Histogram of P(clean label = given label), and a list of the worst rows.

    Use :meth:`from_estimator` or :meth:`from_predictions` to make one.

    Parameters
    ----------
    quality : array-like of shape (n_samples,)
        Probability that the given label is the clean one.
    given, probable : array-like of shape (n_samples,), default=None
        The given and the most probable clean labels, for the list.
    n_worst : int, default=10
        How many rows to list.

    Attributes
    ----------
    worst_rows_ : ndarray of int of shape (n_worst,)
        Row numbers, the most doubtful first.
    bars_, text_, ax_, figure_ : matplotlib objects
        `text_` is the list of the worst rows, or None.

    See Also
    --------
    sknoisy.metrics.label_quality : The probabilities that are drawn.
    sknoisy.metrics.rows_to_relabel : The rows to check first.

    Examples
    --------
    >>> from sknoisy.inspection import LabelQualityDisplay
    >>> T = [[0.8, 0.2], [0.2, 0.8]]
    >>> display = LabelQualityDisplay.from_predictions([[0.9, 0.1], [0.99, 0.01]], [0, 1], T)
    >>> display.worst_rows_
    array([1, 0])
    """

    def __init__(
        self,
        quality: ArrayLike,
        *,
        given: ArrayLike | None = None,
        probable: ArrayLike | None = None,
        n_worst: int = 10,
    ) -> None:
        self.n_worst = check_integer(n_worst, "n_worst", 0)
        self.quality = check_numbers(quality, "quality", "(n_samples,)")
        # Written so that NaN fails too.
        if self.quality.ndim != 1 or not ((self.quality >= 0) & (self.quality <= 1)).all():
            raise ValueError(
                f"quality must hold one probability per row; got shape {self.quality.shape}, NaN "
                f"or others."
                f" {SEE_ERRORS}"
            )
        self.given = None if given is None else np.asarray(given)
        self.probable = None if probable is None else np.asarray(probable)

    @classmethod
    def from_predictions(
        cls,
        proba: ArrayLike,
        y_noisy: ArrayLike,
        transition_matrix: ArrayLike,
        *,
        classes: ArrayLike | None = None,
        n_worst: int = 10,
        **options: Any,
    ) -> LabelQualityDisplay:
        """Draw it for posteriors of the clean labels.

        Parameters
        ----------
        proba, y_noisy, transition_matrix, classes
            As for :func:`~sknoisy.metrics.label_quality`.
        n_worst : int, default=10
            How many rows to list.
        **options
            As for :meth:`plot`.
        """
        quality = label_quality(proba, y_noisy, transition_matrix, classes=classes)
        probable = most_probable_label(proba, y_noisy, transition_matrix, classes=classes)
        return cls(quality, given=y_noisy, probable=probable, n_worst=n_worst).plot(**options)

    def plot(
        self, ax: Any = None, *, n_bins: int = 25, log_scale: bool = True
    ) -> LabelQualityDisplay:
        """Draw the histogram, and the list beside it.

        Parameters
        ----------
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        n_bins : int, default=25
            Number of bars; those below one half, more probably wrong than right, are orange.
        log_scale : bool, default=True
            Logarithmic counts, which show the few bad labels.
        """
        check_integer(n_bins, "n_bins", 1)
        check_flag(log_scale, "log_scale")
        makes_figure = ax is None
        ax = self._start(ax)
        if makes_figure and self.n_worst:  # Room for the list.
            self.figure_.set_size_inches(10.4, 4.8)
            self.figure_.subplots_adjust(left=0.08, right=0.58)
        counts, edges = np.histogram(self.quality, bins=n_bins, range=(0, 1))
        colours = [ORANGE if edge < 0.5 else BLUE for edge in edges[:-1] + 0.5 / n_bins]
        self.bars_ = ax.bar(
            edges[:-1], counts, width=1 / n_bins, align="edge", color=colours, edgecolor="white"
        )
        if log_scale:
            ax.set_yscale("symlog", linthresh=1)
        n_bad = int((self.quality < 0.5).sum())
        ax.set(
            xlabel="Probability that the given label is the clean one",
            ylabel="Rows",
            xlim=(0, 1),
            title=f"{n_bad} of {len(self.quality)} labels are more probably wrong than right",
        )
        self.worst_rows_ = np.argsort(self.quality, kind="stable")[: self.n_worst]
        self.text_ = None
        if len(self.worst_rows_):
            style = {"va": "top", "family": "monospace", "fontsize": 9}
            self.text_ = ax.text(1.03, 1.0, self._list(), transform=ax.transAxes, **style)
        return self

    def _list(self) -> str:
        rows = self.worst_rows_
        columns = [
            ["row", *(str(row) for row in rows)],
            ["P(right)", *map(_probability, self.quality[rows])],
            ["given", *_shortened(self.given, rows)],
            ["probable", *_shortened(self.probable, rows)],
        ]
        widths = [max(len(text) for text in column) for column in columns]
        return "\n".join(
            f"{row:>{widths[0]}}  {right:>{widths[1]}}  {given:<{widths[2]}}  {probable}".rstrip()
            for row, right, given, probable in zip(*columns, strict=True)
        )


def _probability(value: float) -> str:
    """So that the worst of many bad labels can be told apart."""
    return f"{value:.3f}" if value >= 0.001 or value == 0 else f"{value:.0e}"


def _shortened(labels: NDArray[Any] | None, rows: NDArray[np.intp]) -> list[str]:
    """Labels as text; of long ones both ends, since names often differ at the end only."""
    if labels is None:
        return [""] * len(rows)
    texts = [str(label) for label in labels[rows].tolist()]
    return [text if len(text) <= LONGEST else f"{text[:7]}…{text[-8:]}" for text in texts]
