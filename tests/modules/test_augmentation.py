"""Augmentation changes each row of a batch by itself, and only in training."""

from functools import partial

import numpy as np
import pytest
import torch

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy.modules import ConvNet, EmbeddingClassifier, FlipAndCrop, RandomShift
from sknoisy.modules._augmentation import augmenting, check_images

IMAGES = torch.arange(1.0, 1 + 50 * 2 * 5 * 6).reshape(50, 2, 5, 6)


def all_versions(image, padding, flip):
    """Every image that the layer may make of one, by plain slicing."""
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    height, width = image.shape[1:]
    for top in range(2 * padding + 1):
        for left in range(2 * padding + 1):
            window = padded[:, top : top + height, left : left + width]
            yield top, left, False, window
            if flip:
                yield top, left, True, window[:, :, ::-1]


@pytest.mark.parametrize(("padding", "flip"), [(0, True), (1, False), (2, True)])
def test_each_image_becomes_one_of_its_versions(padding, flip):
    torch.manual_seed(0)
    made = FlipAndCrop(padding, flip)(IMAGES).numpy()
    candidates = [
        [
            key
            for *key, version in all_versions(image, padding, flip)
            if np.array_equal(version, new)
        ]
        for image, new in zip(IMAGES.numpy(), made, strict=True)
    ]
    assert all(len(keys) == 1 for keys in candidates)
    tops, lefts, flips = (
        set(values) for values in zip(*(keys[0] for keys in candidates), strict=True)
    )
    assert tops == lefts == set(range(2 * padding + 1))
    assert flips == ({False, True} if flip else {False})


def test_half_of_the_images_are_mirrored():
    torch.manual_seed(0)
    images = torch.tensor([0.0, 1.0]).expand(4000, 1, 1, 2)
    share = FlipAndCrop(padding=0)(images)[:, 0, 0, 0].mean().item()
    assert share == pytest.approx(0.5, abs=4 * 0.5 / 4000**0.5)


def test_nothing_happens_outside_training():
    assert FlipAndCrop().eval()(IMAGES) is IMAGES


def test_the_users_images_stay_as_they_are():
    before = IMAGES.clone()
    FlipAndCrop()(IMAGES)
    assert torch.equal(IMAGES, before)


def test_random_numbers_follow_the_seed():
    layer = FlipAndCrop()
    torch.manual_seed(3)
    first = layer(IMAGES)
    torch.manual_seed(3)
    assert torch.equal(layer(IMAGES), first)
    assert not torch.equal(layer(IMAGES), first)


def test_a_negative_padding_is_refused():
    with pytest.raises(ValueError, match="padding must be at least 0; got -1"):
        FlipAndCrop(padding=-1)


def test_what_is_no_batch_of_images_is_refused():
    check_images(IMAGES, 2)
    for X in (IMAGES[0], IMAGES.transpose(1, 3), IMAGES.reshape(50, -1)):
        with pytest.raises(ValueError, match=r"\(n_samples, 2, height, width\).*channels first"):
            check_images(X, 2)


def test_an_augmentation_is_a_class_a_callable_or_none():
    assert augmenting(None)(IMAGES) is IMAGES
    assert augmenting(FlipAndCrop).padding == 4
    assert augmenting(partial(FlipAndCrop, padding=2)).padding == 2


def test_a_fit_with_augmentation_is_reproducible_and_leaves_the_generator_alone():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 1, 8, 8)).astype(np.float32), np.arange(60) % 2
    net = make_net(
        ConvNet,
        module__depth=2,
        module__n_filters=2,
        module__hidden_size=4,
        module__augmentation=FlipAndCrop,
        max_epochs=3,
        batch_size=30,
        device="cpu",
    )
    clf = ForwardCorrectedClassifier(net, transition_matrix=np.eye(2), random_state=0)
    before = torch.get_rng_state()
    proba = [clf.fit(X, y).predict_proba(X) for _ in range(2)]
    np.testing.assert_array_equal(*proba)
    assert torch.equal(torch.get_rng_state(), before)


# %% Token ids

ROWS = torch.arange(1, 1 + 200 * 7).reshape(200, 7)


def test_each_row_is_rolled_by_a_shift_of_its_own():
    torch.manual_seed(0)
    made = RandomShift(max_shift=2)(ROWS).numpy()
    candidates = [
        [shift for shift in range(-3, 4) if np.array_equal(np.roll(row, shift), new)]
        for row, new in zip(ROWS.numpy(), made, strict=True)
    ]
    assert all(len(shifts) == 1 for shifts in candidates)
    assert {shifts[0] for shifts in candidates} == {-2, -1, 0, 1, 2}


def test_a_shift_may_be_longer_than_the_row():
    made = RandomShift(max_shift=50)(ROWS)
    assert torch.equal(made.sort(dim=1).values, ROWS)


def test_rows_stay_where_they_are_outside_of_training_and_without_a_shift():
    assert RandomShift().eval()(ROWS) is ROWS
    assert RandomShift(max_shift=0)(ROWS) is ROWS


def test_a_negative_shift_is_refused():
    with pytest.raises(ValueError, match="max_shift must be at least 0; got -1"):
        RandomShift(max_shift=-1)


def test_the_embedding_classifier_shifts_in_training_only():
    shift = partial(RandomShift, max_shift=3)
    net = EmbeddingClassifier(7, 2, n_tokens=1500, dropout=0, augmentation=shift)
    torch.manual_seed(0)
    assert not torch.allclose(net(ROWS), net(ROWS))
    net.eval()
    assert torch.equal(net(ROWS), net(ROWS))
