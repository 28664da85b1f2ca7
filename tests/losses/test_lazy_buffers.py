import pytest
import torch

from sknoisy.losses import EarlyLearningLoss, SigmoidLoss


@pytest.mark.parametrize("criterion", [SigmoidLoss, EarlyLearningLoss])
def test_trained_state_loads_into_an_empty_module_and_one_of_another_size(criterion):
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
