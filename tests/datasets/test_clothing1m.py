"""Clothing1M's folders, built small."""

import numpy as np
import pytest

from sknoisy.datasets import ImageFiles, load_clothing1m

Image = pytest.importorskip("PIL.Image")
KEYS = [f"images/0/{i}/{i}.jpg" for i in range(4)]


@pytest.fixture(params=[("clothing1m", "annotations"), (".", ".")])
def home(request, tmp_path):
    root, lists = (tmp_path / request.param[0]), tmp_path / request.param[0] / request.param[1]
    lists.mkdir(parents=True, exist_ok=True)
    for i, key in enumerate(KEYS):
        (root / key).parent.mkdir(parents=True)
        pixels = np.full((30 + 10 * i, 40, 3), 60 * i, dtype=np.uint8)
        Image.fromarray(pixels).save(root / key)
    (lists / "noisy_train_key_list.txt").write_text("\n".join(KEYS[:3]) + "\n")
    (lists / "clean_train_key_list.txt").write_text("\n".join(KEYS[2:]) + "\n")
    (lists / "noisy_label_kv.txt").write_text("".join(f"{k} {i}\n" for i, k in enumerate(KEYS[:3])))
    (lists / "clean_label_kv.txt").write_text(f"{KEYS[2]} 7\n{KEYS[3]} 13\n")
    return tmp_path


def test_labels_of_both_kinds_stand_side_by_side(home):
    noisy = load_clothing1m(home)
    assert noisy.target.tolist() == [0, 1, 2]
    assert noisy.clean_target.tolist() == [-1, -1, 7]
    clean = load_clothing1m(home, subset="clean_train")
    assert clean.target.tolist() == [7, 13]
    assert clean.noisy_target.tolist() == [2, -1]
    assert len(clean.target_names) == 14


def test_images_are_read_when_asked_for(home):
    files = load_clothing1m(home, image_size=16).data
    assert len(files) == 3
    for i in range(3):
        assert files[i].shape == (3, 16, 16)
        assert np.abs(files[i].astype(int) - 60 * i).max() <= 2


def test_the_middle_of_the_longer_side_is_kept(tmp_path):
    pixels = np.zeros((10, 30, 3), dtype=np.uint8)
    pixels[:, 10:20] = 200
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert ImageFiles([tmp_path / "a.png"], image_size=10)[0].min() == 200


def test_what_is_missing_is_named(home, tmp_path_factory):
    with pytest.raises(FileNotFoundError, match="on request"):
        load_clothing1m(tmp_path_factory.mktemp("empty"))
    with pytest.raises(FileNotFoundError, match="clean_test_key_list.txt"):
        load_clothing1m(home, subset="test")
    next(home.rglob("0.jpg")).unlink()
    with pytest.raises(FileNotFoundError, match=r"images/0/0/0\.jpg is not there"):
        load_clothing1m(home)
    next(home.rglob("noisy_label_kv.txt")).unlink()
    with pytest.raises(FileNotFoundError, match="noisy_label_kv.txt"):
        load_clothing1m(home)


def test_damaged_lists_are_errors(home):
    labels = next(home.rglob("noisy_label_kv.txt"))
    labels.write_text(f"{KEYS[0]} 0\n")
    with pytest.raises(ValueError, match=r"images/0/1/1\.jpg has none"):
        load_clothing1m(home)
    labels.write_text(f"{KEYS[0]} zero\n")
    with pytest.raises(ValueError, match="a file name and a label"):
        load_clothing1m(home)
    with pytest.raises(ValueError, match="subset must be one of"):
        load_clothing1m(home, subset="train")
