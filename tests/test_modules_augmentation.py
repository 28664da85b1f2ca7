"""Augmentation shifts and mirrors each image of a batch by itself, and only in training."""

from functools import partial

import numpy as np
import pytest
import torch

from sknoisy import ForwardCorrectedClassifier, make_net
from sknoisy.modules import ConvNet, FlipAndCrop
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
    found = [
        [
            key
            for *key, version in all_versions(image, padding, flip)
            if np.array_equal(version, new)
        ]
        for image, new in zip(IMAGES.numpy(), made, strict=True)
    ]
    assert all(len(keys) == 1 for keys in found)
    tops, lefts, flips = (set(values) for values in zip(*(keys[0] for keys in found), strict=True))
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
    with pytest.raises(ValueError, match="padding must be 0 or more pixels; got -1"):
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
