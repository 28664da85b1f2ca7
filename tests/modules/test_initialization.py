"""Initial weights have the variance or the range that the papers ask for."""

import pytest
import torch

from sknoisy.modules import he_conv, he_linear, uniform_linear

# The standard error of a variance from n normal weights is its sqrt(2 / n)-fold.
FOUR_ERRORS = 4 * 2**0.5 / 1000


def test_weights_before_a_relu_keep_the_variance_of_the_signal():
    torch.manual_seed(0)
    layer = he_linear(1000, 1000)
    assert layer.weight.var().item() == pytest.approx(2 / 1000, rel=FOUR_ERRORS)
    assert not layer.bias.any()


def test_convolutions_count_all_inputs_of_a_pixel():
    torch.manual_seed(0)
    layer = he_conv(100, 1200)
    assert layer.weight.var().item() == pytest.approx(2 / 900, rel=FOUR_ERRORS)
    assert layer.bias is None
    assert not he_conv(2, 2, bias=True).bias.any()


@pytest.mark.parametrize(("kernel_size", "stride", "size"), [(1, 1, 8), (3, 1, 8), (7, 2, 4)])
def test_convolutions_keep_the_size_but_for_the_stride(kernel_size, stride, size):
    assert he_conv(2, 3, kernel_size, stride=stride)(torch.zeros(1, 2, 8, 8)).shape[2:] == (
        size,
        size,
    )


def test_other_weights_are_uniform_in_a_small_range():
    torch.manual_seed(0)
    layer = uniform_linear(1000, 1000)
    assert layer.weight.abs().max() <= 0.05
    # A uniform variance has a smaller sampling error than a normal one.
    assert layer.weight.var().item() == pytest.approx(0.1**2 / 12, rel=FOUR_ERRORS)
    assert not layer.bias.any()
