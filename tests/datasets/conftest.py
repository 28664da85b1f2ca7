"""Files as the data sets come in."""

import io

import numpy as np
import pytest


@pytest.fixture(scope="session")
def write_jpeg_npz():
    """Write images of shape (n, height, width[, 3]) and their labels as JPEG files in one .npz."""
    Image = pytest.importorskip("PIL.Image")

    def write(path, images, labels):
        files = []
        for image in images:
            stream = io.BytesIO()
            Image.fromarray(image).save(stream, format="JPEG", quality=95, subsampling=0)
            files.append(stream.getvalue())
        offsets = np.cumsum([0, *map(len, files)])
        data = np.frombuffer(b"".join(files), dtype=np.uint8)
        np.savez(path, data=data, offsets=offsets, labels=np.array(labels, dtype=np.int8))

    return write
