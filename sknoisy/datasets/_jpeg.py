"""Many small images in one .npz file: JPEG files one after the other."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._damage import reading
from ._home import import_extra
from ._npz import read_npz


def read_jpeg_npz(path: Path) -> dict[str, NDArray[Any]]:
    """Images and labels of a file with the arrays `data`, `offsets` and `labels`.

    Image i is the JPEG file ``data[offsets[i]:offsets[i + 1]]``; all have one size. They come
    back as `data` uint8 of shape (n_samples, channels, height, width) and `target` int64.
    """
    arrays = read_npz(path, ("data", "offsets", "labels"))
    image_of = import_extra("PIL.Image", f"Reading {path.name}").open
    content, offsets = arrays["data"].tobytes(), arrays["offsets"]
    with reading(path, "hold JPEG images of one size"):
        first = np.asarray(image_of(io.BytesIO(content[offsets[0] : offsets[1]])))
        images = np.empty((len(offsets) - 1, *first.shape), dtype=np.uint8)
        for i, image in enumerate(images):
            image[...] = image_of(io.BytesIO(content[offsets[i] : offsets[i + 1]]))
        if images.ndim == 3:
            images = images[..., np.newaxis]
        channels_first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        return {"data": channels_first, "target": arrays["labels"].astype(np.int64)}
