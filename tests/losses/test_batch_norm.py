import pytest
import torch
from torch import nn

from sknoisy.losses import EarlyLearningLoss, SigmoidLoss
from sknoisy.losses._batch_norm import BatchNorm

LOGITS = 5 + 3 * torch.randn(4, 32, 3, generator=torch.Generator().manual_seed(0)).double()


def test_training_standardises_over_the_batch():
    normalised = BatchNorm()(LOGITS[0])
    torch.testing.assert_close(normalised.mean(dim=0), torch.zeros(3).double())
    variance = normalised.var(dim=0, unbiased=False)
    torch.testing.assert_close(variance, torch.ones(3).double(), rtol=1e-5, atol=0)


def test_running_averages_are_those_of_torch_from_the_first_batch_on():
    ours, theirs = BatchNorm(), nn.BatchNorm1d(3, affine=False).double()
    ours(LOGITS[0])
    theirs.running_mean.copy_(LOGITS[0].mean(dim=0))
    theirs.running_var.copy_(LOGITS[0].var(dim=0))
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    for batch in LOGITS[1:]:
        torch.testing.assert_close(ours(batch), theirs(batch))
    torch.testing.assert_close(ours.eval()(LOGITS[0]), theirs.eval()(LOGITS[0]))


def test_evaluation_treats_rows_one_by_one_and_learns_nothing():
    layer = BatchNorm()
    layer(LOGITS[0])
    layer.eval()
    before = layer.running_mean.clone()
    torch.testing.assert_close(layer(LOGITS[1])[:1], layer(LOGITS[1][:1]))
    assert torch.equal(layer.running_mean, before)


def test_evaluation_in_another_precision_keeps_that_of_the_averages():
    layer = BatchNorm()
    layer(LOGITS[0])
    layer.eval()
    assert layer(LOGITS[1].float()).dtype == torch.float32
    assert layer.running_mean.dtype == torch.float64


def test_last_batch_of_one_uses_the_running_averages():
    layer = BatchNorm()
    layer(LOGITS[0])
    before = layer.running_mean.clone()
    single = layer(LOGITS[1][:1])
    torch.testing.assert_close(single, layer.eval()(LOGITS[1][:1]))
    assert torch.equal(layer.running_mean, before)


def test_first_batch_of_one_is_explained():
    with pytest.raises(ValueError, match="1 sample.*batch_size"):
        BatchNorm()(LOGITS[0][:1])


def test_before_any_batch_evaluation_changes_nothing():
    assert torch.equal(BatchNorm().eval()(LOGITS[0]), LOGITS[0])


def test_follows_the_dtype_of_the_logits():
    layer = BatchNorm()
    assert layer(LOGITS[0]).dtype == torch.float64
    assert layer(LOGITS[1].float()).dtype == torch.float32


def test_has_no_parameters():
    assert list(BatchNorm().parameters()) == []


@pytest.mark.parametrize("criterion", [SigmoidLoss, EarlyLearningLoss])
def test_buffers_load_into_an_empty_module_and_one_of_another_size(criterion):
    trained, empty, other = criterion(), criterion(), criterion()
    trained(*batch(5, 3))
    other(*batch(7, 2))
    for module in (empty, other):
        module.load_state_dict(trained.state_dict())
        for name, buffer in trained.named_buffers():
            assert torch.equal(module.get_buffer(name), buffer)


def test_unknown_state_is_still_refused():
    with pytest.raises(RuntimeError, match="Unexpected key"):
        EarlyLearningLoss().load_state_dict({"belief": torch.zeros(2, 2), "other": torch.ones(1)})


def batch(n, k):
    return torch.randn(n, k), (torch.zeros(n, dtype=torch.int64), None, torch.arange(n))
