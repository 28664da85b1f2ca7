"""Reading .npz files: by name, whole, without running anything."""

import numpy as np
import pytest

from sknoisy.datasets._npz import names_in, read_npz


def test_reads_the_arrays_asked_for(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.arange(3), y=np.zeros(2))
    assert sorted(names_in(tmp_path / "a.npz")) == ["x", "y"]
    assert read_npz(tmp_path / "a.npz", ["x"])["x"].tolist() == [0, 1, 2]


def test_a_missing_array_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    with pytest.raises(ValueError, match=r"\['y'\] are not in it"):
        read_npz(tmp_path / "a.npz", ["x", "y"])


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_half_a_file_is_an_error(tmp_path, share):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(1000))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="whole .npz file"):
        read_npz(path, ["x"])


def test_changed_bytes_are_an_error(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, x=np.random.default_rng(0).integers(0, 99, 1000))
    content = bytearray(path.read_bytes())
    content[500:510] = bytes(10)
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged or incomplete"):
        read_npz(path, ["x"])


def test_pickled_objects_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([[1], [1, 2]], dtype=object))
    with pytest.raises(ValueError, match="damaged or incomplete"):
        read_npz(tmp_path / "a.npz", ["x"])
