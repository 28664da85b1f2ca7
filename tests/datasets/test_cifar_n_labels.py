"""Human labels in three formats, with one hash for their content."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sknoisy.datasets import _store
from sknoisy.datasets._cifar_n_labels import (
    CIFAR10N,
    CIFAR100N,
    KEYS,
    SHA256,
    label_hash,
    read_human_labels,
    read_labels,
)
from sknoisy.datasets._store import Store


def label_sets(source, n=50):
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 10, n) for name in source.sets}


def store(home, *, download_if_missing=False, check_hash=True):
    return Store(home, CIFAR10N.cifar.folders, download_if_missing, check_hash)


def write(source, values, folder, suffix):
    path = folder / source.file.name.replace(".pt", suffix)
    original = {KEYS[name][0]: value for name, value in values.items()}
    if suffix == ".npz":
        path = folder / source.cifar.copy_of_human_labels
        np.savez(path, **{KEYS[name][1]: value for name, value in values.items()})
    elif suffix == ".npy":
        np.save(path, original, allow_pickle=True)
    else:
        torch.save(original, path)
    return path


@pytest.mark.parametrize("source", [CIFAR10N, CIFAR100N], ids=lambda source: source.cifar.name)
@pytest.mark.parametrize("suffix", [".pt", ".npy", ".npz"])
def test_all_formats_give_the_same_labels(tmp_path, source, suffix):
    values = label_sets(source)
    read = read_human_labels(source, write(source, values, tmp_path, suffix))
    assert read.keys() == values.keys()
    for name, value in values.items():
        np.testing.assert_array_equal(read[name], value)
        assert read[name].dtype == np.int64


def test_files_of_pytorch_run_nothing(tmp_path):
    path = tmp_path / CIFAR10N.file.name
    torch.save({"clean_label": Path("/")}, path)
    with pytest.raises(ValueError, match=r"it calls pathlib"):
        read_human_labels(CIFAR10N, path)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.int16, np.uint8])
def test_older_files_of_pytorch_are_read(tmp_path, dtype):
    values = {name: value.astype(dtype) for name, value in label_sets(CIFAR10N).items()}
    path = tmp_path / CIFAR10N.file.name
    original = {KEYS[name][0]: value for name, value in values.items()}
    torch.save(original, path, _use_new_zipfile_serialization=False)
    assert read_human_labels(CIFAR10N, path)["worst"].tolist() == values["worst"].tolist()


@pytest.mark.parametrize("suffix", [".pt", ".npy", ".npz"])
def test_a_damaged_file_is_an_error(tmp_path, suffix):
    path = write(CIFAR10N, label_sets(CIFAR10N), tmp_path, suffix)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=path.name):
        read_human_labels(CIFAR10N, path)


@pytest.mark.parametrize("suffix", [".pt", ".npy", ".npz"])
def test_a_missing_label_set_is_named(tmp_path, suffix):
    values = label_sets(CIFAR10N)
    del values["worst"]
    path = write(CIFAR10N, values, tmp_path, suffix)
    with pytest.raises(ValueError, match="worse_label" if suffix != ".npz" else "worst"):
        read_human_labels(CIFAR10N, path)


@pytest.mark.parametrize("suffix", [".pt", ".npy", ".npz"])
def test_labels_other_than_the_published_ones_are_refused(tmp_path, suffix):
    write(CIFAR10N, label_sets(CIFAR10N), tmp_path, suffix)
    with pytest.raises(ValueError, match="label set 'clean'.*50,000 labels.*got 50 labels"):
        read_labels(CIFAR10N, "worst", store(tmp_path))


def test_the_hash_is_that_of_the_labels_not_of_their_type():
    labels = np.array([3, 1, 99])
    assert label_hash(labels) == label_hash(labels.astype(np.int8))
    assert label_hash(labels) != label_hash(labels[::-1])


def test_the_published_labels_pass_the_check(tmp_path, monkeypatch):
    values = label_sets(CIFAR10N)
    for name, value in values.items():
        monkeypatch.setitem(SHA256, name, label_hash(value))
    write(CIFAR10N, values, tmp_path, ".npz")
    assert read_labels(CIFAR10N, "worst", store(tmp_path)).keys() == values.keys()


def test_missing_labels_are_downloaded_and_read(tmp_path, monkeypatch):
    def download(*_):
        return write(CIFAR10N, label_sets(CIFAR10N), tmp_path, ".pt")

    monkeypatch.setattr(_store, "download", download)
    files = store(tmp_path, download_if_missing=True, check_hash=False)
    assert len(read_labels(CIFAR10N, "worst", files)["worst"]) == 50


def test_missing_labels_say_which_files_would_do(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"human\.pt or .*human\.npy or cifar10n\.npz"):
        read_labels(CIFAR10N, "worst", store(tmp_path))
