"""matplotlib, imported when something is drawn, and what the Displays share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Cells hold numbers up to here; beyond, colours alone can be read.
MOST_CLASSES_WITH_TEXT = 12
MOST_TICKS = 20
COLOUR_MAP = "cividis"
# Two hues that differ for all kinds of colour vision, and in grey (Okabe, Ito, 2008).
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"


def new_axes(ax: Any = None) -> Any:
    """`ax`, or the axes of a new pyplot figure.

    Raises
    ------
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> new_axes("some axes")
    'some axes'
    """
    if ax is not None:
        return ax
    return pyplot().subplots()[1]


def pyplot() -> Any:
    """``matplotlib.pyplot``, or an error that names the extra."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Figures need matplotlib, which is not installed: pip install 'sknoisy[plot]'."
        ) from error
    return plt


def label_ticks(axis: Any, labels: NDArray[Any]) -> None:
    """Name the classes along an axis, only some of them where there are many."""
    step = int(np.ceil(len(labels) / MOST_TICKS))
    places = np.arange(0, len(labels), step)
    axis.set_ticks(places, [str(label) for label in labels[places].tolist()])


def draw_matrix(
    ax: Any,
    matrix: ArrayLike,
    labels: ArrayLike | None,
    *,
    rows: str,
    columns: str,
    texts: NDArray[Any] | None,
    cmap: str,
    colorbar: bool,
    vmax: float | None = 1.0,
) -> tuple[Any, NDArray[Any] | None, Any]:
    """A square matrix as an image, with numbers in it where they can be read.

    Returns the image, the texts (None where there are too many classes) and the colour bar.
    """
    values = np.asarray(matrix, dtype=np.float64)
    K = len(values)
    names = np.arange(K) if labels is None else np.asarray(labels)
    many = K > MOST_CLASSES_WITH_TEXT
    image = ax.imshow(
        values, cmap=cmap, norm=_norm(values, vmax, many=many), interpolation="nearest"
    )
    written = None
    if texts is not None and not many:
        written = np.empty((K, K), dtype=object)
        middle = image.norm.vmax / 2
        dark, light = image.cmap(0.0), image.cmap(1.0)
        size = 10 if K <= 5 else 7 if K <= 10 else 6
        for i in range(K):
            for j in range(K):
                colour = dark if values[i, j] > middle else light
                written[i, j] = ax.text(
                    j, i, texts[i, j], ha="center", va="center", color=colour, fontsize=size
                )
    label_ticks(ax.xaxis, names)
    label_ticks(ax.yaxis, names)
    # Long or many names would run into each other.
    if many or (K > 3 and max(len(str(n)) for n in names.tolist()) > 3):
        ax.tick_params(axis="x", labelrotation=90)
    ax.set(xlabel=columns, ylabel=rows)
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.046, pad=0.04) if colorbar else None
    return image, written, bar


def _norm(values: NDArray[np.float64], vmax: float | None, *, many: bool) -> Any:
    """From values to colours: by their roots where no numbers show the rare confusions."""
    from matplotlib.colors import PowerNorm

    top = float(values.max()) if vmax is None else vmax
    return PowerNorm(0.5 if many else 1.0, vmin=0.0, vmax=top if top > 0 else 1.0)
