"""Labels given as a Series come back as one."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


def as_series(labels: NDArray[Any], y: Any) -> Any:
    """`labels` with the index, name and type of `y` if that is a Series; else as they are.

    The type is kept where it holds every label: classes that a categorical column lacks do not
    turn into missing ones.
    """
    package = type(y).__module__.partition(".")[0]
    if type(y).__name__ != "Series" or package not in ("pandas", "polars"):
        return labels
    values = labels.tolist()
    if package == "polars":
        series = type(y)(y.name, values)
        same = series.cast(y.dtype, strict=False)
        return series if same.null_count() else same
    series = type(y)(values, index=y.index, name=y.name)
    if not set(values) <= set(getattr(y.dtype, "categories", values)):
        return series
    try:
        same = series.astype(y.dtype)
    except (TypeError, ValueError):  # A label too large for it.
        return series
    return same if same.tolist() == values else series
