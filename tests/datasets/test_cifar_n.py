"""Human labels next to clean ones and to the images."""

import numpy as np
import pytest

from sknoisy.datasets import fetch_cifar10n, fetch_cifar100n

SETS10 = ["aggregate", "random1", "random2", "random3", "worst"]


@pytest.fixture
def home(tmp_path):
    rng = np.random.default_rng(0)
    clean = rng.integers(0, 10, 60)
    noisy = {name: rng.permutation(clean) for name in SETS10}
    np.savez(tmp_path / "cifar10n.npz", clean=clean, **noisy)
    sets100 = ("clean_fine", "clean_coarse", "noisy_fine", "noisy_coarse")
    np.savez(tmp_path / "cifar100n.npz", **{name: rng.integers(0, 20, 60) for name in sets100})
    return tmp_path


def test_one_label_set_to_learn_from_and_all_to_compare(home):
    data = fetch_cifar10n(labels="aggre", images=False, data_home=home, check_hash=False)
    assert list(data.noisy_targets) == ["aggre", "rand1", "rand2", "rand3", "worst"]
    np.testing.assert_array_equal(data.target, data.noisy_targets.aggre)
    assert data.noise_rates["worst"] == np.mean(data.noisy_targets.worst != data.clean_target)
    assert data.data is None
    assert "CIFAR-10N" in data.DESCR


def test_clean_labels_can_be_asked_for(home):
    data = fetch_cifar10n(labels="clean", images=False, data_home=home, check_hash=False)
    np.testing.assert_array_equal(data.target, data.clean_target)


@pytest.mark.parametrize(("labels", "n_classes"), [("fine", 100), ("coarse", 20)])
def test_fine_and_coarse_labels_each_have_their_clean_ones(home, labels, n_classes):
    data = fetch_cifar100n(labels=labels, images=False, data_home=home, check_hash=False)
    np.testing.assert_array_equal(data.clean_target, data.clean_targets[labels])
    assert len(data.target_names) == n_classes
    for name, rate in data.noise_rates.items():
        assert rate == np.mean(data.noisy_targets[name] != data.clean_targets[name])


@pytest.mark.parametrize("fetch", [fetch_cifar10n, fetch_cifar100n])
def test_an_unknown_label_set_lists_the_known_ones(home, fetch):
    with pytest.raises(ValueError, match=r"labels must be one of '.*; got 'best'"):
        fetch(labels="best", data_home=home)


def test_images_come_with_the_labels(write_jpeg_npz, home):
    images = np.zeros((60, 32, 32, 3), np.uint8)
    write_jpeg_npz(home / "train_jpeg.npz", images, np.zeros(60))
    X, y = fetch_cifar10n(data_home=home, check_hash=False, return_X_y=True)
    assert X.shape == (60, 3, 32, 32)
    assert y.shape == (60,)


def test_labels_without_images_say_how_to_go_on(home):
    with pytest.raises(FileNotFoundError, match="images=False returns them alone"):
        fetch_cifar100n(data_home=home, check_hash=False, download_if_missing=False)


@pytest.mark.data
def test_real_labels_have_the_published_noise_rates(data_home):
    ten = fetch_cifar10n(images=False, data_home=data_home, download_if_missing=False)
    expected = {"aggre": 0.0903, "rand1": 0.1723, "rand2": 0.1812, "rand3": 0.1764, "worst": 0.4021}
    assert ten.noise_rates == pytest.approx(expected, abs=3e-4)
    hundred = fetch_cifar100n(images=False, data_home=data_home, download_if_missing=False)
    assert hundred.noise_rates == pytest.approx({"fine": 0.4020, "coarse": 0.2640}, abs=1e-4)
    assert np.bincount(hundred.clean_target).tolist() == [500] * 100
