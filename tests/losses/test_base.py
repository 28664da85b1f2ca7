import numpy as np
import pytest
import torch
from torch import nn

from sknoisy.losses import Criterion, CrossEntropy, EarlyLearningLoss, MAELoss, Target

LOGITS = torch.tensor([[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]])
Y = torch.tensor([2, 1])
WEIGHT = torch.tensor([2.0, 0.0])
INDEX = torch.arange(2)


class Zero(Criterion):
    def loss(self, logits, labels):
        return 0 * logits.sum(dim=1)


def test_criterion_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Criterion()


def test_output_layer_is_the_identity():
    assert isinstance(Zero().output_layer, nn.Identity)


@pytest.mark.parametrize("container", [tuple, list, lambda fields: Target(*fields)])
def test_target_may_bring_what_the_loss_does_not_need(container):
    losses = CrossEntropy(reduction="none")(LOGITS, Y)
    criterion = CrossEntropy()
    for rest in ([], [None], [None, INDEX], [None, INDEX, INDEX]):
        assert torch.equal(criterion(LOGITS, container([Y, *rest])), losses.mean())
    for rest in ([WEIGHT], [WEIGHT, INDEX], [WEIGHT, None, INDEX]):
        assert torch.equal(criterion(LOGITS, container([Y, *rest])), (losses * WEIGHT).mean())


def test_mean_divides_by_the_batch_not_by_the_weights():
    """So that the gradients of mini-batches average to that of the whole."""
    weight = torch.tensor([1.7, 0.3])
    halves = [MAELoss()(LOGITS[[i]], (Y[[i]], weight[[i]])) for i in range(2)]
    torch.testing.assert_close(sum(halves) / 2, MAELoss()(LOGITS, (Y, weight)))


def test_weights_of_another_precision_do_not_change_that_of_the_loss():
    assert MAELoss()(LOGITS, (Y, WEIGHT.double())).dtype == torch.float32


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
        (LOGITS, Y.numpy(), TypeError, r"got ndarray.*torch.as_tensor\(y\)"),
        (LOGITS, (), TypeError, "got tuple of length 0"),
        (LOGITS, (Y, None, None, None, None, None), TypeError, "got tuple of length 6"),
        (LOGITS, (None, torch.ones(2)), TypeError, "target must be the labels y"),
        (LOGITS, Target(None), TypeError, "target must be the labels y"),
        (LOGITS, "labels", TypeError, "got str"),
        (
            LOGITS,
            (Y, torch.ones(3), INDEX),
            ValueError,
            r"weight of the target must have shape \(2,\)",
        ),
        (LOGITS, (Y, torch.ones(2, 1), INDEX), ValueError, r"weight .* shape \(2,\).*got \(2, 1\)"),
        (LOGITS, (Y, None, Y[:1]), ValueError, r"index .* shape \(2,\).*got \(1,\)"),
    ],
)
def test_misshapen_input_is_explained(logits, target, error, message):
    with pytest.raises(error, match=message):
        EarlyLearningLoss()(logits, target)


class Broken(Criterion):
    def loss(self, logits, labels):
        raise RuntimeError("of the loss itself")


def test_other_errors_of_a_loss_stay_what_they_are():
    with pytest.raises(RuntimeError, match="of the loss itself"):
        Broken()(LOGITS, Y)


def test_representation_names_the_reduction():
    assert "reduction='sum'" in repr(MAELoss(reduction="sum"))


@pytest.mark.parametrize("label", [-1, 3])
def test_a_target_outside_the_columns_is_named(label):
    with pytest.raises(ValueError, match=rf"class indices from 0 to 2.*; got {label}\."):
        CrossEntropy()(torch.zeros(2, 3), torch.tensor([0, label]))


@pytest.mark.parametrize("logits", [None, [[0.0]], np.zeros((2, 3)), torch.zeros(2, 3).long()])
def test_logits_are_a_tensor_of_floats(logits):
    with pytest.raises(TypeError, match="logits must be a tensor of floating-point numbers; got"):
        CrossEntropy()(logits, torch.tensor([0, 1]))
