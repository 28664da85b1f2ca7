"""A square matrix over classes as an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import describe
from .._hints import SEE_ERRORS
from ._display import Display

if TYPE_CHECKING:
    from typing_extensions import Self

# Numbers fit into the cells up to here; beyond, only colours can be read.
MOST_CLASSES_WITH_TEXT = 12
MOST_TICKS = 20


class MatrixDisplay(Display):
    """Base of the Displays of a matrix whose rows are the clean labels."""

    display_labels: ArrayLike | None
    im_: Any
    text_: NDArray[Any] | None
    colorbar_: Any

    _matrix_name: ClassVar[str]  # The attribute with the matrix.
    _columns: ClassVar[str]  # What its columns are.
    _largest: ClassVar[float | None] = None  # Value of the last colour; None: the largest entry.

    def plot(
        self,
        ax: Any = None,
        *,
        cmap: str = "cividis",
        include_values: bool = True,
        values_format: str = ".2f",
        colorbar: bool = True,
    ) -> Self:
        """Draw the matrix.

        Parameters
        ----------
        ax : matplotlib axes, default=None
            Where to draw; None makes a figure.
        cmap : str, default="cividis"
            Colour map; the default suits all kinds of colour vision. Beyond 12 classes colours
            follow the square root, so that rare confusions show too.
        include_values : bool, default=True
            Numbers in the cells, up to 12 classes.
        values_format : str, default=".2f"
            Of these numbers.
        colorbar : bool, default=True
            Whether to add one.
        """
        ax = self._start(ax)
        values: NDArray[np.float64] = getattr(self, self._matrix_name)
        K = len(values)
        names = np.arange(K) if self.display_labels is None else np.asarray(self.display_labels)
        many = K > MOST_CLASSES_WITH_TEXT
        norm = self._norm(values, many)
        self.im_ = ax.imshow(values, cmap=cmap, norm=norm, interpolation="nearest")
        self.text_ = None
        if include_values and not many:
            self.text_ = self._write(self._cell_texts(values_format))
        _name_ticks(ax.xaxis, names)
        _name_ticks(ax.yaxis, names)
        # Long or many names would overlap.
        if many or (K > 3 and max(len(str(name)) for name in names.tolist()) > 3):
            ax.tick_params(axis="x", labelrotation=90)
        ax.set(xlabel=self._columns, ylabel="Clean label")
        self.colorbar_ = None
        if colorbar:
            self.colorbar_ = self.figure_.colorbar(self.im_, ax=ax, fraction=0.046, pad=0.04)
        return self

    def _norm(self, values: NDArray[np.float64], many: bool) -> Any:
        """From values to colours: by their roots where no numbers show the rare confusions."""
        from matplotlib.colors import PowerNorm

        largest = float(values.max()) if self._largest is None else self._largest
        return PowerNorm(0.5 if many else 1.0, vmin=0.0, vmax=largest if largest > 0 else 1.0)

    def _cell_texts(self, values_format: str) -> NDArray[Any]:
        return format_values(getattr(self, self._matrix_name), values_format)

    def _write(self, texts: NDArray[Any]) -> NDArray[Any]:
        """Write into the cells, light on dark colours and dark on light ones."""
        image, K = self.im_, len(texts)
        values = image.get_array()
        dark, light = image.cmap(0.0), image.cmap(1.0)
        size = 10 if K <= 5 else 7 if K <= 10 else 6
        written = np.empty((K, K), dtype=object)
        for i, j in np.ndindex(K, K):
            colour = dark if values[i, j] > image.norm.vmax / 2 else light
            written[i, j] = self.ax_.text(
                j, i, texts[i, j], ha="center", va="center", color=colour, fontsize=size
            )
        return written


def check_display_labels(labels: ArrayLike | None, n_classes: int) -> NDArray[Any] | None:
    """One name per class, or None."""
    if labels is None:
        return None
    names = np.asarray(labels)
    if names.shape != (n_classes,):
        raise ValueError(
            f"display_labels must name each of the {n_classes} classes; got {describe(labels)}."
            f" {SEE_ERRORS}"
        )
    return names


def format_values(values: NDArray[np.float64], values_format: str) -> NDArray[Any]:
    """Every entry as text."""
    return np.vectorize(lambda value: format(value, values_format), otypes=[object])(values)


def _name_ticks(axis: Any, labels: NDArray[Any]) -> None:
    """Name the classes along an axis, at most 20 of them, evenly spaced."""
    step = int(np.ceil(len(labels) / MOST_TICKS))
    places = np.arange(0, len(labels), step)
    axis.set_ticks(places, [str(label) for label in labels[places].tolist()])
