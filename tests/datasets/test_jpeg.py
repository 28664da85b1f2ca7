"""Many JPEG images in one file."""

import numpy as np
import pytest

from sknoisy.datasets._jpeg import read_jpeg_npz

pytest.importorskip("PIL")


@pytest.mark.parametrize(("shape", "n_channels"), [((8, 6, 3), 3), ((8, 6), 1)])
def test_images_come_channels_first(write_jpeg_npz, tmp_path, shape, n_channels):
    # Smooth images, which JPEG changes little.
    images = np.linspace(0, 200, int(np.prod((2, *shape)))).reshape(2, *shape).astype(np.uint8)
    write_jpeg_npz(tmp_path / "a.npz", images, [4, 1])
    read = read_jpeg_npz(tmp_path / "a.npz")
    assert read["data"].shape == (2, n_channels, 8, 6)
    assert read["target"].tolist() == [4, 1]
    expected = images.reshape(2, 8, 6, n_channels).transpose(0, 3, 1, 2)
    assert np.abs(read["data"].astype(int) - expected).max() <= 8


def test_images_of_several_sizes_are_an_error(write_jpeg_npz, tmp_path):
    images = [np.zeros((8, 8, 3), np.uint8), np.zeros((4, 8, 3), np.uint8)]
    write_jpeg_npz(tmp_path / "a.npz", images, [0, 1])
    with pytest.raises(ValueError, match="JPEG images of one size"):
        read_jpeg_npz(tmp_path / "a.npz")


def test_what_is_no_image_is_an_error(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        data=np.zeros(20, np.uint8),
        offsets=np.array([0, 10, 20]),
        labels=np.zeros(2, np.int8),
    )
    with pytest.raises(ValueError, match="must hold JPEG images"):
        read_jpeg_npz(tmp_path / "a.npz")
