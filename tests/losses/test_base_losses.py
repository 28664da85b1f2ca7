import pytest
import torch

from sknoisy.losses._base_losses import check_base_loss, vector_of_losses


def test_names_and_callables_pass():
    for base_loss in ("cross_entropy", "squared_error", torch.neg):
        assert check_base_loss(base_loss) is base_loss


@pytest.mark.parametrize("base_loss", ["brier", None, 3])
def test_anything_else_is_explained(base_loss):
    with pytest.raises(ValueError, match="base_loss must be one of"):
        check_base_loss(base_loss)


def test_callable_must_return_one_loss_per_label():
    with pytest.raises(ValueError, match=r"of shape \(2, 3\); got \(2,\)"):
        vector_of_losses(lambda log_proba: log_proba.sum(dim=1), torch.zeros(2, 3))
