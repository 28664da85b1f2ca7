import pytest
import torch
from torch import nn

from sknoisy.losses import Criterion, CrossEntropy, MAELoss, cross_entropy_loss, mae_loss


class Zero(Criterion):
    def loss(self, logits, target):
        return 0 * logits.sum(dim=1)


LOGITS = torch.tensor([[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]])
Y = torch.tensor([2, 1])


def test_criterion_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Criterion()


def test_output_layer_is_the_identity():
    assert isinstance(Zero().output_layer, nn.Identity)


@pytest.mark.parametrize("container", [tuple, list])
def test_target_may_bring_weights_and_index(container):
    weight = torch.tensor([2.0, 0.0])
    expected = cross_entropy_loss(LOGITS, Y, sample_weight=weight)
    plain = cross_entropy_loss(LOGITS, Y)
    criterion = CrossEntropy()
    assert torch.equal(criterion(LOGITS, container([Y, weight])), expected)
    assert torch.equal(criterion(LOGITS, container([Y, weight, torch.arange(2)])), expected)
    assert torch.equal(criterion(LOGITS, container([Y, None, torch.arange(2)])), plain)
    assert torch.equal(criterion(LOGITS, container([Y])), plain)


def test_mean_divides_by_the_batch_not_by_the_weights():
    weight = torch.tensor([0.5, 0.0])
    none = mae_loss(LOGITS, Y, reduction="none")
    torch.testing.assert_close(mae_loss(LOGITS, Y, sample_weight=weight), 0.5 * none[0] / 2)


def test_weights_of_another_precision_do_not_change_that_of_the_loss():
    weight = torch.ones(2, dtype=torch.float64)
    assert mae_loss(LOGITS, Y, sample_weight=weight).dtype == torch.float32


def test_mini_batch_gradients_average_to_the_full_gradient():
    weight = torch.tensor([1.7, 0.3])
    halves = [mae_loss(LOGITS[[i]], Y[[i]], sample_weight=weight[[i]]) for i in range(2)]
    torch.testing.assert_close(sum(halves) / 2, mae_loss(LOGITS, Y, sample_weight=weight))


@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.bool])
def test_labels_of_any_integer_type(dtype):
    y = torch.tensor([0, 1])
    assert torch.equal(CrossEntropy()(LOGITS, y.to(dtype)), CrossEntropy()(LOGITS, y))


@pytest.mark.parametrize(
    ("logits", "target", "error", "message"),
    [
        (LOGITS[:, 0], Y, ValueError, r"logits must have shape \(n, n_classes\); got \(2,\)"),
        (LOGITS, Y[:1], ValueError, r"target must have shape \(2,\).*got \(1,\)"),
        (LOGITS, Y.unsqueeze(1), ValueError, r"target must have shape \(2,\).*got \(2, 1\)"),
        (LOGITS, Y.float(), TypeError, "integer class indices; got torch.float32"),
        (LOGITS, (), TypeError, "got tuple of length 0"),
        (LOGITS, (Y, None, None, None, None), TypeError, "got tuple of length 5"),
        (LOGITS, (None, torch.ones(2)), TypeError, "target must be the labels y"),
        (LOGITS, "labels", TypeError, "got str"),
        (LOGITS, (Y, torch.ones(3)), ValueError, r"sample_weight must have shape \(2,\)"),
        (LOGITS, (Y, torch.ones(2, 1)), ValueError, r"sample_weight must have shape \(2,\)"),
    ],
)
def test_misshapen_input_is_explained(logits, target, error, message):
    with pytest.raises(error, match=message):
        MAELoss()(logits, target)


def test_unknown_reduction_is_explained():
    with pytest.raises(ValueError, match="reduction must be one of .* got 'median'"):
        MAELoss(reduction="median")
    with pytest.raises(ValueError, match="reduction must be one of .* got 'median'"):
        mae_loss(LOGITS, Y, reduction="median")


def test_representation_names_the_reduction():
    assert "reduction='sum'" in repr(MAELoss(reduction="sum"))
