"""CIFAR from small files in the original formats, and from the real copy."""

import pickle
import tarfile

import numpy as np
import pytest

from sknoisy.datasets import fetch_cifar10, fetch_cifar100

N_PER_BATCH = 3
BATCHES10 = [f"data_batch_{i}" for i in range(1, 6)]


def write_batch(path, seed, keys):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (N_PER_BATCH, 3 * 32 * 32)).astype(np.uint8)
    labels = {key: rng.integers(0, 10, N_PER_BATCH).tolist() for key in keys}
    path.write_bytes(pickle.dumps({"data": images} | labels, protocol=2))
    return images.reshape(-1, 3, 32, 32), labels


@pytest.fixture
def cifar10_folder(tmp_path):
    folder = tmp_path / "cifar10" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    written = [
        write_batch(folder / name, seed, ["labels"])
        for seed, name in enumerate([*BATCHES10, "test_batch"])
    ]
    return folder, *zip(*written, strict=True)


def pack(folder):
    with tarfile.open(folder.with_name("cifar-10-python.tar.gz"), "w:gz") as archive:
        archive.add(folder, folder.name)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize("packed", [False, True])
def test_original_files_are_read(cifar10_folder, tmp_path, packed):
    folder, images, labels = cifar10_folder
    if packed:
        pack(folder)
    data = fetch_cifar10(subset="all", data_home=tmp_path, check_hash=False)
    np.testing.assert_array_equal(data.data, np.concatenate(images))
    np.testing.assert_array_equal(data.target, np.concatenate([x["labels"] for x in labels]))
    assert (data.data.dtype, data.target.dtype, data.lossy) == (np.uint8, np.int64, False)
    test = fetch_cifar10(subset="test", data_home=tmp_path, check_hash=False).data
    np.testing.assert_array_equal(test, images[-1])


@pytest.mark.parametrize("packed", [False, True])
def test_files_that_are_not_the_published_ones_are_refused(cifar10_folder, tmp_path, packed):
    if packed:
        pack(cifar10_folder[0])
    with pytest.raises(ValueError, match="published"):
        fetch_cifar10(data_home=tmp_path)


def test_a_missing_batch_is_named(cifar10_folder, tmp_path):
    (cifar10_folder[0] / "data_batch_3").unlink()
    with pytest.raises(ValueError, match="data_batch_3"):
        fetch_cifar10(data_home=tmp_path, check_hash=False)


def test_half_an_archive_is_an_error(cifar10_folder, tmp_path):
    pack(cifar10_folder[0])
    archive = tmp_path / "cifar10" / "cifar-10-python.tar.gz"
    archive.write_bytes(archive.read_bytes()[:30_000])
    with pytest.raises(ValueError, match="damaged or incomplete"):
        fetch_cifar10(data_home=tmp_path, check_hash=False)


def test_cifar100_has_fine_and_coarse_labels(tmp_path):
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    images, labels = write_batch(folder / "train", 0, ["fine_labels", "coarse_labels"])
    data = fetch_cifar100(data_home=tmp_path, check_hash=False)
    np.testing.assert_array_equal(data.data, images)
    assert data.target.tolist() == labels["fine_labels"]
    assert data.coarse_target.tolist() == labels["coarse_labels"]
    assert (len(data.target_names), len(data.coarse_target_names)) == (100, 20)


def test_a_copy_in_jpeg_is_said_to_be_lossy(write_jpeg_npz, tmp_path):
    images = np.full((2, 32, 32, 3), 99, dtype=np.uint8)
    write_jpeg_npz(tmp_path / "train_jpeg.npz", images, [3, 5])
    data = fetch_cifar10(data_home=tmp_path)
    assert data.data.shape == (2, 3, 32, 32)
    assert data.lossy
    assert "JPEG" in data.DESCR
    with pytest.raises(FileNotFoundError, match=r"cifar-10-python\.tar\.gz or cifar-10-batches"):
        fetch_cifar10(subset="test", data_home=tmp_path, download_if_missing=False)


def test_labels_alone_do_not_stand_for_images(tmp_path):
    np.savez(tmp_path / "cifar100n.npz", clean_fine=np.zeros(3))
    with pytest.raises(FileNotFoundError, match=r"labels only; fetch_cifar100n\(images=False\)"):
        fetch_cifar100(data_home=tmp_path, download_if_missing=False)


@pytest.mark.data
def test_real_cifar10(data_home):
    pytest.importorskip("PIL")
    data = fetch_cifar10(subset="test", data_home=data_home, download_if_missing=False)
    assert data.data.shape == (10_000, 3, 32, 32)
    assert np.bincount(data.target).tolist() == [1000] * 10
    assert data.target[:5].tolist() == [3, 8, 8, 0, 6]
    means = data.data.mean(axis=(0, 2, 3)) / 255
    np.testing.assert_allclose(means, [0.494, 0.485, 0.450], atol=0.01)
